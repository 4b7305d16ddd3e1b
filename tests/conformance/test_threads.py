"""Processes with more than one thread, which cannot leave their user namespace."""

from __future__ import annotations

import pytest

from nsdoc import ProcessGone
from nsdoc.abi import (
    CLONE_FILES,
    CLONE_FS,
    CLONE_NEWPID,
    CLONE_NEWTIME,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    CLONE_PARENT,
    CLONE_SIGHAND,
    CLONE_THREAD,
    CLONE_VM,
    PTRACE_SEIZE,
    SIGKILL,
)
from nsdoc.process import Kernel, Process
from tests.conformance.support import alice_of, child_of, outcome, root_of

THREAD = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM
FIRST, SECOND = "the first thread", "the second thread"


def threads(process: Process, flags: int = 0) -> dict[str, Process]:
    """The two threads of a process that has had one."""
    return {FIRST: process, SECOND: process.clone(THREAD | flags)}


@pytest.mark.parametrize("which", [FIRST, SECOND])
@pytest.mark.parametrize(
    ("flags", "error"),
    [
        (CLONE_NEWUSER, "EINVAL"),
        (CLONE_THREAD, "EINVAL"),
        (CLONE_SIGHAND, "EINVAL"),
        (CLONE_VM, "EINVAL"),
        (CLONE_NEWUSER | 0x1, "EINVAL"),
        (CLONE_FS | CLONE_FILES, None),
        (CLONE_NEWUTS, "EPERM"),
    ],
)
def test_unshare(kernel: Kernel, which: str, flags: int, error: str | None) -> None:
    """Neither thread can leave what threads share, nor the user namespace; the rest is as ever."""
    assert outcome(threads(alice_of(kernel))[which].unshare, flags) == error


@pytest.mark.parametrize("which", [FIRST, SECOND])
def test_user_namespaces(kernel: Kernel, which: str) -> None:
    """Neither thread joins a user namespace, EINVAL comes before EPERM, and both create one for a child."""
    alice = alice_of(kernel)
    outside = alice.open("/proc/self/ns/user")
    alice.unshare(CLONE_NEWUSER)
    alone = alice.fork()
    alice.write("/proc/self/uid_map", "0 1000 1")
    alice.write("/proc/self/setgroups", "deny")
    alice.write("/proc/self/gid_map", "0 1000 1")
    inside = alice.open(f"/proc/{child_of(alice).pid}/ns/user")
    thread = threads(alice, CLONE_FILES)[which]
    assert outcome(alone.setns, outside) == "EPERM"
    assert [outcome(thread.setns, fd) for fd in (outside, inside)] == ["EINVAL", "EINVAL"]
    assert child_of(thread).getuid() == 65534


@pytest.mark.parametrize("alone", [True, False])
def test_time_namespaces(kernel: Kernel, alone: bool) -> None:
    """EUSERS comes before the lack of a capability."""
    root, alice = root_of(kernel), alice_of(kernel)
    owner = root.clone(CLONE_NEWUSER)
    owner.unshare(CLONE_NEWTIME)
    fd = owner.open(f"/proc/{owner.fork().pid}/ns/time")
    member = owner.fork()
    assert outcome(member.setns, fd) is None
    time = alice.open("/proc/self/ns/time")
    process = alice if alone else threads(alice)[FIRST]
    assert outcome(process.setns, time) == ("EPERM" if alone else "EUSERS")


def test_a_thread_is_of_its_process(kernel: Kernel) -> None:
    """A thread has the number of its process, and a child of either is the child of both."""
    alice = alice_of(kernel)
    first, second = threads(alice).values()
    assert second.getpid() == first.getpid() == second.pid
    assert second.getppid() == first.getppid()
    assert "Threads:\t2\n" in first.read("/proc/self/status")
    child = second.fork()
    assert child.getppid() == first.pid
    assert "Threads:\t1\n" in child.read("/proc/self/status")
    child.exit(3)
    assert first.wait() == (child.pid, 3 << 8)
    assert second.clone(THREAD).clone(CLONE_PARENT).getppid() == first.getppid()


def test_identities_are_apart(kernel: Kernel) -> None:
    """A thread changes its user ID, its capabilities and its PID namespace for children by itself."""
    first, second = threads(root_of(kernel)).values()
    second.unshare(CLONE_NEWPID)
    second.setresuid(1000, 1000, 1000)
    assert (first.getuid(), second.getuid(), int(second.capget().effective)) == (0, 1000, 0)
    assert first.fork().getpid() != 1
    assert outcome(second.clone, THREAD) == "EINVAL"
    assert second.fork().getpid() == 1


@pytest.mark.parametrize("end", ["the first exits", "the second exits", "a signal"])
def test_threads_end_together(kernel: Kernel, end: str) -> None:
    """With _exit(2) of any thread, and with a signal, all of them end, and their descriptors are closed."""
    alice = alice_of(kernel)
    reader, writer = alice.pipe()
    child = alice.fork()
    alice.close(writer)
    first, second = threads(child).values()
    if end == "a signal":
        alice.kill(child, SIGKILL)
    else:
        (first if end == "the first exits" else second).exit(5)
    assert alice.waitpid(child)[1] == (SIGKILL if end == "a signal" else 5 << 8)
    for thread in (first, second):
        with pytest.raises(ProcessGone):
            thread.getuid()
    assert alice.read(reader, 1) == b""


def test_a_thread_does_not_trace_another(kernel: Kernel) -> None:
    """The threads of a process have access to one another, and do not trace one another."""
    first, second = threads(alice_of(kernel)).values()
    assert outcome(second.ptrace, PTRACE_SEIZE, first.pid) == "EPERM"
    assert outcome(second.kill, first.pid, 0) is None
    assert second.readlink(f"/proc/{first.pid}/ns/user") == first.readlink("/proc/self/ns/user")
