"""Access to other processes on the live kernel: ptrace(2) and what asks for the same permission."""

from __future__ import annotations

from errno import EACCES, EBADF, EFAULT, EINVAL, EIO, EPERM, ESRCH

import pytest

from nsdoc.abi import (
    CAP_SYS_PTRACE,
    CLONE_NEWUSER,
    PR_SET_DUMPABLE,
    PTRACE_ATTACH,
    PTRACE_CONT,
    PTRACE_DETACH,
    PTRACE_INTERRUPT,
    PTRACE_KILL,
    PTRACE_SEIZE,
    PTRACE_TRACEME,
)
from nsdoc.errors import fails
from nsdoc.process import Kernel, Process


def stopped(process: Process, pid: int) -> bool:
    """Whether a process is stopped by its tracer, as /proc/PID/stat has it."""
    return process.read(f"/proc/{pid}/stat").rpartition(")")[2].split()[0] == "t"


def mapping(process: Process) -> int:
    """The beginning of the first mapping of a process's memory."""
    return int(process.read("/proc/self/maps").partition("-")[0], 16)


def may_trace(kernel: Kernel) -> None:
    """Skip where this host restricts tracing, ptrace(2): /proc/sys/kernel/yama/ptrace_scope."""
    if not kernel.supports("tracing"):
        pytest.skip("this host lets a process trace its descendants only")


def test_attaching_stops_and_detaching_continues(kernel: Kernel, alice: Process) -> None:
    """PTRACE_ATTACH stops a process, which answers again after PTRACE_DETACH."""
    child = alice.fork()
    alice.ptrace(PTRACE_ATTACH, child)
    pid, status = alice.waitpid(child)
    assert (pid, status & 0xFF) == (child.pid, 0x7F)
    assert stopped(alice, child.pid)
    with fails(EPERM):
        kernel.process().ptrace(PTRACE_ATTACH, child)
    alice.ptrace(PTRACE_DETACH, child)
    assert child.getppid() == alice.pid


def test_seizing_does_not_stop(alice: Process) -> None:
    """PTRACE_SEIZE leaves the process running, and PTRACE_INTERRUPT stops it."""
    child = alice.fork()
    alice.ptrace(PTRACE_SEIZE, child)
    assert child.getppid() == alice.pid
    alice.ptrace(PTRACE_INTERRUPT, child)
    alice.waitpid(child)
    alice.ptrace(PTRACE_CONT, child)
    assert child.getpid() == child.pid


def test_a_child_asks_to_be_traced(alice: Process) -> None:
    """PTRACE_TRACEME makes the parent the tracer, once."""
    child = alice.fork()
    child.ptrace(PTRACE_TRACEME)
    assert f"TracerPid:\t{alice.pid}\n" in alice.read(f"/proc/{child.pid}/status")
    with fails(EPERM):
        child.ptrace(PTRACE_TRACEME)


def test_ptrace_checks_its_arguments(alice: Process) -> None:
    """A process that is not there, not stopped, or one's own, and an unknown request, are refused."""
    child = alice.fork()
    with fails(ESRCH):
        alice.ptrace(PTRACE_ATTACH, 4194304)
    with fails(ESRCH):
        alice.ptrace(PTRACE_DETACH, child)
    with fails(EPERM):
        alice.ptrace(PTRACE_ATTACH, alice)
    with fails(EIO):
        alice.ptrace(PTRACE_SEIZE, child, 1)
    alice.ptrace(PTRACE_ATTACH, child)
    alice.waitpid(child)
    with fails(EIO):
        alice.ptrace(4242, child)
    alice.ptrace(PTRACE_KILL, child)


def test_tracing_another_user_is_refused(kernel: Kernel, alice: Process, bob: Process, root: Process) -> None:
    """All IDs must match, or the caller needs CAP_SYS_PTRACE over the target's user namespace."""
    for request in (PTRACE_ATTACH, PTRACE_SEIZE):
        with fails(EPERM):
            alice.ptrace(request, bob)
    root.ptrace(PTRACE_SEIZE, bob)
    other_group = kernel.process(uid=1000, gid=1001)
    with fails(EPERM):
        alice.ptrace(PTRACE_SEIZE, other_group)
    helped = kernel.process(uid=1000, gid=1000, caps=[CAP_SYS_PTRACE])
    helped.ptrace(PTRACE_SEIZE, other_group)


def test_tracing_into_a_user_namespace_and_out_of_it(kernel: Kernel, alice: Process) -> None:
    """A creator traces members of its user namespace; a member traces nobody outside."""
    may_trace(kernel)
    member = alice.clone(CLONE_NEWUSER)
    sibling = alice.fork()
    sibling.ptrace(PTRACE_SEIZE, member)
    with fails(EPERM):
        member.ptrace(PTRACE_SEIZE, alice)


def test_a_process_that_is_not_dumpable_is_not_traced(alice: Process) -> None:
    """Without CAP_SYS_PTRACE a process that is not dumpable cannot be traced, not even by its parent."""
    child = alice.fork()
    child.prctl(PR_SET_DUMPABLE, 0)
    with fails(EPERM):
        alice.ptrace(PTRACE_SEIZE, child)
    with fails(EACCES):
        alice.readlink(f"/proc/{child.pid}/ns/user")
    child.prctl(PR_SET_DUMPABLE, 1)
    alice.ptrace(PTRACE_SEIZE, child)


def test_memory_of_another_process(kernel: Kernel, alice: Process, bob: Process) -> None:
    """process_vm_readv() reads the memory of who may be traced, and says EFAULT where there is none."""
    may_trace(kernel)
    child = alice.fork()
    where = mapping(child)
    assert alice.process_vm_readv(child, where, 4) == b"\x7fELF"
    with fails(EFAULT):
        alice.process_vm_readv(child, 0, 4)
    with fails(EPERM):
        alice.process_vm_readv(bob, where, 4)
    with fails(ESRCH):
        alice.process_vm_readv(4194304, where, 4)


def test_descriptors_of_another_process(kernel: Kernel, alice: Process, bob: Process) -> None:
    """pidfd_getfd() copies a descriptor of who may be traced."""
    may_trace(kernel)
    child = alice.fork()
    reader, writer = child.pipe()
    pidfd = alice.pidfd_open(child)
    copy = alice.pidfd_getfd(pidfd, reader)
    child.write(writer, "across")
    assert alice.read(copy) == b"across"
    with fails(EBADF):
        alice.pidfd_getfd(pidfd, 77)
    with fails(EINVAL):
        alice.pidfd_getfd(pidfd, reader, 1)
    with fails(EBADF):
        alice.pidfd_getfd(alice.open("/"), reader)
    with fails(EPERM):
        bob.pidfd_getfd(bob.pidfd_open(child), reader)


def test_files_of_proc_ask_for_the_same(alice: Process) -> None:
    """Reading another process's namespaces is refused from inside a user namespace outwards."""
    member = alice.clone(CLONE_NEWUSER)
    assert alice.readlink(f"/proc/{member.pid}/ns/user") == member.readlink("/proc/self/ns/user")
    with fails(EACCES):
        member.readlink(f"/proc/{alice.pid}/ns/user")
    with fails(EACCES):
        member.open(f"/proc/{alice.pid}/ns/user")
