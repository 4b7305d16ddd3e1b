"""What is told of others: who sent a signal, how a child ended, who owns a queue, who has too many keys."""

from __future__ import annotations

from typing import Any

import pytest

from nsdoc import KernelError, ProcessGone
from nsdoc.abi import (
    CAP_CHECKPOINT_RESTORE,
    CAP_SYS_ADMIN,
    CAP_SYS_RESOURCE,
    CAP_SYS_TIME,
    CLD_EXITED,
    CLD_KILLED,
    CLONE_NEWPID,
    CLONE_NEWTIME,
    CLONE_NEWUSER,
    CLONE_VM,
    IPC_CREAT,
    IPC_PRIVATE,
    IPC_RMID,
    KEY_SPEC_PROCESS_KEYRING,
    O_WRONLY,
    P_ALL,
    P_PID,
    SI_USER,
    SIG_BLOCK,
    SIG_SETMASK,
    SIG_UNBLOCK,
    SIGCHLD,
    SIGKILL,
    SIGTERM,
    SIGUSR1,
    WEXITED,
    WNOHANG,
    WNOWAIT,
)
from nsdoc.process import Kernel
from tests.conformance.support import alice_of, child_of, mapped_child_of, outcome, root_of


def test_a_blocked_signal_waits_once(kernel: Kernel) -> None:
    """A signal that is blocked has no effect, and can be taken once, however often it was sent."""
    alice = alice_of(kernel)
    child = alice.fork()
    assert child.sigprocmask(SIG_BLOCK, [SIGUSR1, SIGTERM, SIGKILL]) == frozenset()
    assert child.sigprocmask(SIG_BLOCK) == {SIGUSR1, SIGTERM}
    for signal in (SIGTERM, SIGUSR1, SIGUSR1):
        alice.kill(child, signal)
    assert child.sigtimedwait([SIGUSR1]) == (SIGUSR1, SI_USER, alice.pid, 1000, 0)
    assert outcome(child.sigtimedwait, [SIGUSR1]) == "EAGAIN"
    assert child.fork().sigprocmask(SIG_SETMASK, [SIGUSR1]) == {SIGUSR1, SIGTERM}
    assert child.sigprocmask(SIG_UNBLOCK, [SIGUSR1]) == {SIGUSR1, SIGTERM}
    with pytest.raises(ProcessGone):
        child.sigprocmask(SIG_SETMASK)
    assert alice.waitpid(child)[1] == SIGTERM


@pytest.mark.parametrize("how", [-1, 3])
def test_no_other_way_to_block(kernel: Kernel, how: int) -> None:
    """An operation that does not exist is refused."""
    assert outcome(alice_of(kernel).sigprocmask, how, [SIGUSR1]) == "EINVAL"


@pytest.mark.parametrize(("maps", "uid"), [(None, 65534), ("7 1000 1", 7), ("0 1000 1", 0)])
def test_the_sender_is_known_as_the_receiver_knows_it(kernel: Kernel, maps: str | None, uid: int) -> None:
    """The user ID of who sent a signal is that of the receiver's user namespace."""
    alice = alice_of(kernel)
    child = alice.clone(CLONE_NEWUSER, uid_map=maps)
    child.sigprocmask(SIG_BLOCK, [SIGUSR1])
    alice.kill(child, SIGUSR1)
    assert child.sigtimedwait([SIGUSR1]).uid == uid


def test_the_sender_is_the_real_user(kernel: Kernel) -> None:
    """It is the real user ID that is told; where the sender's own user namespace does not map it, none is."""
    root = root_of(kernel)
    receiver = root.fork()
    receiver.sigprocmask(SIG_BLOCK, [SIGUSR1, SIGTERM])
    sender = root.fork()
    sender.setresuid(1000, 0, 0)
    sender.kill(receiver, SIGUSR1)
    assert receiver.sigtimedwait([SIGUSR1]).uid == 1000
    child_of(root).kill(receiver, SIGTERM)
    assert receiver.sigtimedwait([SIGTERM]).uid == 65534


@pytest.mark.parametrize("mapped", [True, False])
@pytest.mark.parametrize("killed", [True, False])
def test_the_end_of_a_child(kernel: Kernel, mapped: bool, killed: bool) -> None:
    """waitid() and SIGCHLD tell how a child ended and whose it was; with WNOWAIT it can be told again."""
    alice = alice_of(kernel)
    parent = mapped_child_of(alice, "7 1000 1") if mapped else child_of(alice)
    parent.sigprocmask(SIG_BLOCK, [SIGCHLD])
    child = parent.fork()
    assert parent.waitid(P_PID, child, WEXITED | WNOHANG) is None
    if killed:
        parent.kill(child, SIGKILL)
    else:
        child.exit(3)
    code, status = (CLD_KILLED, SIGKILL) if killed else (CLD_EXITED, 3)
    expected = (SIGCHLD, code, child.pid, 7 if mapped else 65534, status)
    assert parent.waitid(P_ALL, 0, WEXITED | WNOWAIT) == expected
    assert parent.waitid(P_PID, child) == expected
    assert parent.sigtimedwait([SIGCHLD]) == expected
    assert outcome(parent.waitid, P_ALL, 0) == "ECHILD"


@pytest.mark.parametrize("arguments", [(P_ALL, 0, 0), (P_PID, 0), (9, 1), (P_ALL, 0, WEXITED | 0x100000)])
def test_what_waitid_refuses(kernel: Kernel, arguments: tuple[Any, ...]) -> None:
    """Options and kinds of ID that do not exist, no PID, and nothing to wait for are EINVAL."""
    assert outcome(alice_of(kernel).waitid, *arguments) == "EINVAL"


def test_queues_are_shown_with_their_owners(kernel: Kernel) -> None:
    """/proc/sysvipc/msg has the IDs that the user namespace of whoever opened it has."""
    alice = alice_of(kernel)
    queue = alice.msgget(IPC_PRIVATE, IPC_CREAT | 0o640)
    child = mapped_child_of(alice, "7 1000 1")
    for reader, uid in ((alice, "1000"), (child, "7"), (child_of(alice), "65534")):
        rows = [line.split() for line in reader.read("/proc/sysvipc/msg").splitlines()]
        assert rows[0][:3] + rows[0][7:11] == "key msqid perms uid gid cuid cgid".split()
        mine = next(row for row in rows if row[1] == str(queue))
        assert (mine[2], mine[7], mine[9]) == ("640", uid, uid)
    alice.msgctl(queue, IPC_RMID)


@pytest.mark.parametrize(("inside", "error"), [(True, "EDQUOT"), (False, None)])
def test_the_number_of_keys(kernel: Kernel, inside: bool, error: str | None) -> None:
    """Root of a user namespace has the limit of an ordinary user, root outside another one."""
    root = root_of(kernel)
    most = int(root.read("/proc/sys/kernel/keys/maxkeys"))
    process = root.clone(CLONE_NEWUSER, uid_map="0 4713 1", gid_map="0 4713 1") if inside else root
    if inside:
        process.setresgid(0, 0, 0)
        process.setresuid(0, 0, 0)
    seen = None
    try:
        for number in range(most + 1):
            process.add_key("user", f"key {number}", "secret", KEY_SPEC_PROCESS_KEYRING)
    except KernelError as refused:
        seen = refused.name
    assert seen == error


def test_shared_memory(kernel: Kernel) -> None:
    """With CLONE_VM a child shares what belongs to memory, until one of them executes a program."""
    root = root_of(kernel)
    child = root.clone(CLONE_VM | CLONE_NEWUSER)
    assert outcome(root.unshare, CLONE_VM) == "EINVAL"
    child.execve()
    assert outcome(root.unshare, CLONE_VM) is None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("monotonic 100 0", None),
        ("boottime -100 5\nmonotonic 7 999999999\n", None),
        ("1 2 3", None),
        ("7 2 3", None),
        ("2 2 3", "EINVAL"),
        ("monotonic 1", "EINVAL"),
        ("monotonic 1 1000000000", "EINVAL"),
        ("", "EINVAL"),
        ("monotonic 9223372037 0", "ERANGE"),
    ],
)
def test_clocks_are_set_off(kernel: Kernel, text: str, error: str | None) -> None:
    """Offsets are lines of a clock, seconds and nanoseconds; a process that is there already fixes them."""
    child = mapped_child_of(alice_of(kernel))
    child.unshare(CLONE_NEWTIME)
    path = "/proc/self/timens_offsets"
    assert outcome(child.write, path, text) == (error or len(text))
    child.fork()
    assert outcome(child.write, path, "monotonic 5 0") == "EACCES"


def test_two_clocks_at_once(kernel: Kernel) -> None:
    """A write takes two lines, and leaves the rest."""
    child = mapped_child_of(alice_of(kernel))
    child.unshare(CLONE_NEWTIME)
    lines = "monotonic 1 2\nboottime 1 2\n"
    assert child.write("/proc/self/timens_offsets", f"{lines}monotonic 3 4") == len(lines)


@pytest.mark.parametrize("text", ["monotonic 1 0", "nonsense", "monotonic 9223372037 0"])
def test_setting_clocks_off_needs_a_capability(kernel: Kernel, text: str) -> None:
    """CAP_SYS_TIME of who opened the file counts, after the text and before the range."""
    child = mapped_child_of(alice_of(kernel))
    child.unshare(CLONE_NEWTIME)
    child.capset([], [CAP_SYS_TIME])
    fd = child.open("/proc/self/timens_offsets", O_WRONLY)
    child.capset([CAP_SYS_TIME], [CAP_SYS_TIME])
    assert outcome(child.write, fd, text) == ("EINVAL" if text == "nonsense" else "EPERM")
    shown = [line.split() for line in child.read("/proc/self/timens_offsets").splitlines()]
    assert shown == [["monotonic", "0", "0"], ["boottime", "0", "0"]]


@pytest.mark.parametrize(
    ("caps", "error"),
    [([CAP_SYS_ADMIN], None), ([CAP_CHECKPOINT_RESTORE], None), ([CAP_SYS_RESOURCE], "EPERM"), ([], "EPERM")],
)
def test_the_next_number(kernel: Kernel, caps: list[int], error: str | None) -> None:
    """Who may choose the number of the next process of a PID namespace: it counts in the owner of that."""
    first = alice_of(kernel).clone(CLONE_NEWUSER | CLONE_NEWPID)
    process = first.fork()
    process.capset(caps, caps)
    assert outcome(process.write, "/proc/sys/kernel/ns_last_pid", "41") == (error or 2)
    assert first.read("/proc/sys/kernel/ns_last_pid") == ("2\n" if error else "41\n")
    assert first.fork().getpid() == (3 if error else 42)
