"""Threads and other processes of the live kernel that share memory or descriptors."""

from __future__ import annotations

from errno import EINVAL

import pytest

from nsdoc import ProcessGone, fails
from nsdoc.abi import (
    CLONE_FILES,
    CLONE_FS,
    CLONE_NEWUSER,
    CLONE_SIGHAND,
    CLONE_THREAD,
    CLONE_VM,
    PR_GET_NO_NEW_PRIVS,
    PR_SET_NO_NEW_PRIVS,
    PRIO_PROCESS,
    SIGKILL,
)
from nsdoc.process import Process

THREAD = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM


@pytest.mark.parametrize("shared", [0, CLONE_FILES, CLONE_FILES | CLONE_FS])
def test_a_thread_is_of_its_process(alice: Process, shared: int) -> None:
    """A thread has the PID of its process, and the process then has two threads that both make calls."""
    alice.setpriority(PRIO_PROCESS, 0, 1)
    thread = alice.clone(THREAD | shared)
    assert thread.pid == thread.getpid() == alice.pid
    assert "Threads:\t2\n" in alice.read("/proc/self/status")
    assert thread.readlink("/proc/thread-self") != alice.readlink("/proc/thread-self")
    assert thread.prctl(PR_SET_NO_NEW_PRIVS, 1) == 0
    assert (thread.prctl(PR_GET_NO_NEW_PRIVS), alice.prctl(PR_GET_NO_NEW_PRIVS)) == (1, 0)
    third = thread.clone3(THREAD | shared)
    assert "Threads:\t3\n" in third.read("/proc/self/status")
    thread.chdir("/")
    assert (alice.getcwd() == "/") == bool(shared & CLONE_FS)
    assert alice.fork().getppid() == alice.pid


def test_a_process_with_threads_creates_no_user_namespace(alice: Process) -> None:
    """With a second thread unshare() and setns() of a user namespace are EINVAL, and clone() is not."""
    member = alice.clone(CLONE_NEWUSER)
    fd = alice.open(f"/proc/{member.pid}/ns/user")
    thread = alice.clone(THREAD)
    for process in (alice, thread):
        with fails(EINVAL):
            process.unshare(CLONE_NEWUSER)
        with fails(EINVAL):
            process.setns(fd, CLONE_NEWUSER)
        assert process.clone(CLONE_NEWUSER).getuid() == 65534


@pytest.mark.parametrize("shared", [0, CLONE_FILES])
def test_threads_end_together(alice: Process, shared: int) -> None:
    """When a thread calls _exit(2), its process is gone with all threads; the parent gets the status."""
    child = alice.fork()
    thread = child.clone(THREAD | shared)
    child.clone(CLONE_NEWUSER)
    thread.exit(6)
    assert alice.waitpid(child) == (child.pid, 6 << 8)
    for process in (child, thread):
        with pytest.raises(ProcessGone):
            process.getuid()


def test_a_process_that_shares_memory_goes_its_own_way(alice: Process) -> None:
    """With CLONE_VM alone the child is a process of its own, which execve() gives memory of its own."""
    child = alice.clone(CLONE_VM)
    assert child.pid != alice.pid
    assert (child.getppid(), child.getpid(), alice.getpid()) == (alice.pid, child.pid, alice.pid)
    child.execve()
    assert (child.getpid(), alice.getpid()) == (child.pid, alice.pid)
    child.exit()
    alice.wait()


@pytest.mark.parametrize("end", ["exits", "is killed"])
def test_the_end_of_who_shares_descriptors_is_seen(alice: Process, end: str) -> None:
    """A process whose descriptors stay open in others is found to be gone, and they go on."""
    child = alice.clone(CLONE_FILES)
    heir = child.fork()
    if end == "exits":
        child.exit(9)
        assert alice.waitpid(child) == (child.pid, 9 << 8)
    else:
        alice.kill(child, SIGKILL)
        assert alice.waitpid(child) == (child.pid, SIGKILL)
    with pytest.raises(ProcessGone):
        child.getpid()
    assert (alice.getpid(), heir.getpid()) == (alice.pid, heir.pid)
    other = alice.clone(CLONE_FILES)
    alice.exit()
    assert other.getpid() == other.pid
