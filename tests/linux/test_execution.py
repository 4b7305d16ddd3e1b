"""Processes on the live kernel that execute a program and go on answering, with what the kernel gave them."""

from __future__ import annotations

from errno import EACCES, EBADF, EINVAL, ENODATA, ENOENT, ENOEXEC, EOVERFLOW, EPERM

import pytest

from nsdoc.abi import (
    CAP_CHOWN,
    CAP_KILL,
    CAP_NET_ADMIN,
    CAP_NET_RAW,
    CLONE_NEWNS,
    CLONE_NEWUSER,
    MS_BIND,
    MS_NOSUID,
    MS_REMOUNT,
    O_CLOEXEC,
    PR_CAP_AMBIENT,
    PR_CAP_AMBIENT_RAISE,
    PR_CAPBSET_DROP,
    PR_GET_DUMPABLE,
    PR_GET_KEEPCAPS,
    PR_GET_NO_NEW_PRIVS,
    PR_GET_SECUREBITS,
    PR_SET_KEEPCAPS,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_SECUREBITS,
    SECBIT_NOROOT,
    WNOHANG,
)
from nsdoc.errors import ProcessGone, Unavailable, fails
from nsdoc.process import CapSet, Kernel, Process


def fcap(*capabilities: int, effective: bool = True, rootid: int | None = None) -> bytes:
    """The value of security.capability: version 2, or version 3 with a root ID; permitted as given."""
    mask = CapSet.of(capabilities)
    magic = (0x02000000 if rootid is None else 0x03000000) | effective
    words = [magic, mask & 0xFFFFFFFF, 0, mask >> 32, 0]
    return b"".join(word.to_bytes(4, "little") for word in (*words, *(() if rootid is None else (rootid,))))


@pytest.fixture
def program(kernel: Kernel, root: Process, room: str) -> str:
    """A copy of the program that answers, owned by root and executable by all."""
    path = f"{room}/program"
    root.write(path, root.read(kernel.program))
    root.chmod(path, 0o755)
    return path


def test_a_process_answers_after_execve(alice: Process) -> None:
    """execve() keeps PID, IDs, directory and descriptors, and the process goes on."""
    before = (alice.getpid(), alice.getresuid(), alice.getcwd(), alice.getppid())
    reader, writer = alice.pipe()
    closing = alice.open("/", O_CLOEXEC)
    alice.execve()
    assert (alice.getpid(), alice.getresuid(), alice.getcwd(), alice.getppid()) == before
    alice.write(writer, "kept")
    assert alice.read(reader) == b"kept"
    with fails(EBADF):
        alice.fstat(closing)
    child = alice.fork()
    child.execve()
    assert child.getppid() == alice.pid
    child.exit(3)
    assert alice.wait() == (child.pid, 3 << 8)


def test_the_program_is_root_s_and_everybody_s(kernel: Kernel, alice: Process, root: Process) -> None:
    """Kernel.program belongs to root and can be executed by all."""
    found = alice.stat(kernel.program)
    assert (found.st_uid, found.st_mode & 0o7777) == (0, 0o755)
    root.access(kernel.program, 1)


def test_the_environment_is_what_was_given(alice: Process) -> None:
    """The new program sees the variables that it was given."""
    alice.execve(env={"NSDOC_TEST": "yes"})
    assert "NSDOC_TEST=yes\0" in alice.read("/proc/self/environ")


def test_another_program_ends_the_process(alice: Process) -> None:
    """With arguments of one's own any program can be executed; it does not answer, and its status comes."""
    child = alice.fork()
    child.execve("/bin/sh", ["sh", "-c", "exit 5"])
    assert alice.waitpid(child) == (child.pid, 5 << 8)
    with pytest.raises(ProcessGone):
        child.getpid()


def test_a_program_that_cannot_answer_is_unavailable(alice: Process) -> None:
    """A program that is no copy of Kernel.program is said not to answer."""
    with pytest.raises(Unavailable, match="does not answer"):
        alice.fork().execve("/bin/true")


def test_execve_fails_as_the_kernel_says(alice: Process, room: str) -> None:
    """A missing file, one without permission and one of an unknown format are refused."""
    alice.chdir(room)
    alice.write("file", "no program")
    with fails(ENOENT):
        alice.execve("missing")
    with fails(EACCES):
        alice.execve("file")
    alice.chmod("file", 0o755)
    with fails(ENOEXEC):
        alice.execve("file")
    assert alice.getpid() == alice.pid


def test_set_user_id(alice: Process, root: Process, program: str) -> None:
    """A set-user-ID and set-group-ID program gives its owner's IDs as effective and saved ones."""
    root.chown(program, 1001, 1002)
    root.chmod(program, 0o6755)
    alice.execve(program)
    assert alice.getresuid() == (1000, 1001, 1001)
    assert alice.getresgid() == (1000, 1002, 1002)
    assert alice.prctl(PR_GET_DUMPABLE) == 0
    alice.setuid(1000)
    assert alice.getresuid() == (1000, 1000, 1001)


def test_set_user_id_root(kernel: Kernel, alice: Process, root: Process, program: str) -> None:
    """A set-user-ID program of root has all the capabilities that root has."""
    root.chmod(program, 0o4755)
    alice.execve(program)
    assert alice.getresuid() == (1000, 0, 0)
    assert alice.capget().effective == kernel.process(uid=0).capget().effective


def test_set_user_id_is_not_honoured(alice: Process, root: Process, program: str, room: str) -> None:
    """no_new_privs, a nosuid mount, and an owner that is not mapped each take the bits away."""
    root.chown(program, 1001, 1002)
    root.chmod(program, 0o6755)
    unprivileged = alice.fork()
    unprivileged.prctl(PR_SET_NO_NEW_PRIVS, 1)
    unmapped = alice.clone(CLONE_NEWUSER, uid_map="0 1000 1")
    root.unshare(CLONE_NEWNS)
    root.mount(room, room, "", MS_BIND)
    root.mount("none", room, "", MS_REMOUNT | MS_BIND | MS_NOSUID)
    without = root.clone()
    without.setgroups([])
    without.setresgid(1000, 1000, 1000)
    without.setresuid(1000, 1000, 1000)
    for process, uid in ((unprivileged, 1000), (unmapped, 0), (without, 1000)):
        process.execve(program)
        assert process.getresuid() == (uid, uid, uid)
    assert unprivileged.prctl(PR_GET_NO_NEW_PRIVS) == 1


def test_set_user_id_within_a_namespace(root: Process, program: str) -> None:
    """An owner that the user namespace maps is honoured, and its user ID 0 has all capabilities there."""
    root.chown(program, 100000, 200000)
    root.chmod(program, 0o4755)
    child = root.clone(CLONE_NEWUSER, uid_map="0 100000 10", gid_map="0 200000 10")
    child.setresgid(3, 3, 3)
    child.setresuid(3, 3, 3)
    child.execve(program)
    assert child.getresuid() == (3, 0, 0)
    assert CAP_CHOWN in child.capget().effective


def test_file_capabilities(alice: Process, root: Process, program: str) -> None:
    """File capabilities become permitted, and effective where the file says so."""
    root.setxattr(program, "security.capability", fcap(CAP_KILL, CAP_NET_RAW))
    child = alice.fork()
    child.execve(program)
    held = CapSet.of([CAP_KILL, CAP_NET_RAW])
    assert child.capget() == (held, held, CapSet(0))
    assert child.getresuid() == (1000, 1000, 1000)
    root.setxattr(program, "security.capability", fcap(CAP_KILL, effective=False))
    alice.execve(program)
    assert alice.capget() == (CapSet(0), CapSet.of([CAP_KILL]), CapSet(0))


def test_file_capabilities_are_bounded(alice: Process, root: Process, program: str) -> None:
    """A capability outside the bounding set is not gained, and EPERM where the program relies on it."""
    root.setxattr(program, "security.capability", fcap(CAP_KILL, effective=False))
    bounded = root.fork()
    bounded.prctl(PR_CAPBSET_DROP, CAP_KILL)
    bounded.setresuid(1000, 1000, 1000)
    bounded.execve(program)
    assert bounded.capget().permitted == 0
    root.setxattr(program, "security.capability", fcap(CAP_KILL))
    with fails(EPERM):
        bounded.execve(program)
    alice.prctl(PR_SET_NO_NEW_PRIVS, 1)
    alice.execve(program)
    assert alice.capget().permitted == 0


def test_file_capabilities_of_a_namespace(root: Process, alice: Process, program: str) -> None:
    """Version 3 counts in the user namespace whose root has set it, and reads as version 2 there."""
    member = root.clone(CLONE_NEWUSER, uid_map="0 100000 10", gid_map="0 200000 10")
    root.chown(program, 100000, 200000)
    member.setresgid(0, 0, 0)
    member.setresuid(0, 0, 0)
    member.setxattr(program, "security.capability", fcap(CAP_KILL))
    assert root.getxattr(program, "security.capability") == fcap(CAP_KILL, rootid=100000)
    assert member.getxattr(program, "security.capability") == fcap(CAP_KILL)
    stranger = alice.clone(CLONE_NEWUSER, uid_map="0 1000 1")
    with fails(EOVERFLOW):
        stranger.getxattr(program, "security.capability")
    alice.execve(program)
    assert alice.capget().permitted == 0
    member.setresuid(3, 3, 3)
    assert member.capget().permitted == 0
    member.execve(program)
    assert member.capget().effective == CapSet.of([CAP_KILL])


def test_file_capabilities_need_privilege(alice: Process, root: Process, program: str) -> None:
    """Only CAP_SETFCAP gives a file capabilities, and the value must be one."""
    root.chown(program, 1000, 1000)
    with fails(EPERM):
        alice.setxattr(program, "security.capability", fcap(CAP_KILL))
    with fails(EINVAL):
        root.setxattr(program, "security.capability", b"nonsense")
    with fails(ENODATA):
        alice.getxattr(program, "security.capability")


def test_user_id_0_gets_all_capabilities(inner: Process, kernel: Kernel) -> None:
    """In a user namespace its user ID 0 has all capabilities after execve(), unless securebits say no."""
    inner.capset([], [])
    inner.execve()
    assert inner.capget().effective == kernel.caps
    inner.prctl(PR_SET_SECUREBITS, SECBIT_NOROOT)
    inner.execve()
    assert inner.capget().effective == 0
    assert inner.prctl(PR_GET_SECUREBITS) == SECBIT_NOROOT


def test_other_user_ids_lose_them(root: Process, alice: Process) -> None:
    """A user ID other than 0, or one that is not mapped, loses all capabilities at execve()."""
    member = root.clone(CLONE_NEWUSER, uid_map="5 0 1")
    unmapped = alice.clone(CLONE_NEWUSER)
    for process in (member, unmapped):
        assert process.capget().effective != 0
        process.execve()
        assert process.capget() == (0, 0, 0)


def test_ambient_capabilities_stay(root: Process) -> None:
    """Ambient capabilities survive execve() by a user who is not root; keepcaps does not."""
    root.prctl(PR_SET_KEEPCAPS, 1)
    root.setresuid(1000, 1000, 1000)
    held = [CAP_NET_ADMIN, CAP_KILL]
    root.capset(held, held, [CAP_NET_ADMIN])
    root.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN)
    root.execve()
    only = CapSet.of([CAP_NET_ADMIN])
    assert root.capget() == (only, only, only)
    assert root.prctl(PR_GET_KEEPCAPS) == 0


def test_a_program_that_cannot_be_read_is_not_dumpable(alice: Process, root: Process, program: str) -> None:
    """A program without read permission answers, and its process is not dumpable."""
    root.chmod(program, 0o711)
    alice.execve(program)
    assert alice.prctl(PR_GET_DUMPABLE) == 0
    assert alice.getresuid() == (1000, 1000, 1000)
    assert alice.waitpid(alice.fork(), WNOHANG) == (0, 0)


def test_execve_in_another_root(inner: Process) -> None:
    """After chroot() there is no program to execute, which shows as ENOENT."""
    inner.chroot(".")
    with fails(ENOENT):
        inner.execve()
    assert inner.getpid() == inner.pid
