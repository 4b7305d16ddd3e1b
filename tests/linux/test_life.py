"""Processes on the live kernel: born, executing, waited for, signalled."""

from __future__ import annotations

import os
from errno import EACCES, EAGAIN, EBADF, ECHILD, EINVAL, EMFILE, EPERM, ESRCH

import pytest

from nsdoc import ProcessGone, Unavailable, abi, fails
from nsdoc.abi import (
    CLONE_FILES,
    CLONE_FS,
    CLONE_NEWPID,
    CLONE_NEWTIME,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    CLONE_PARENT,
    CLONE_PIDFD,
    CLONE_SETTLS,
    CLONE_SIGHAND,
    CLONE_THREAD,
    CLONE_VFORK,
    CLONE_VM,
    PRIO_PROCESS,
    RLIM_INFINITY,
    RLIMIT_CORE,
    RLIMIT_NOFILE,
    RLIMIT_NPROC,
    SIGCONT,
    SIGKILL,
    SIGSTOP,
    SIGTERM,
    WNOHANG,
    WUNTRACED,
)
from nsdoc.process import Process


def test_fork_makes_a_child_with_a_pid_of_its_own(alice: Process) -> None:
    """fork() gives a process whose parent is the caller."""
    child = alice.fork()
    assert child.getpid() == child.pid != alice.pid
    assert child.getppid() == alice.pid


def test_fork_copies_what_it_should(alice: Process, room: str) -> None:
    """A child has its parent's directory and descriptors, and changes neither for the parent."""
    alice.chdir(room)
    reader, writer = alice.pipe()
    child = alice.fork()
    assert child.getcwd() == room
    child.write(writer, "hello")
    assert alice.read(reader) == b"hello"
    child.chdir("/")
    child.close(reader)
    assert alice.getcwd() == room
    alice.close(reader)


def test_clone_fs_shares_the_directory(alice: Process) -> None:
    """With CLONE_FS a change of directory is seen by both."""
    child = alice.clone(CLONE_FS)
    child.chdir("/")
    assert alice.getcwd() == "/"


def test_clone_files_shares_the_descriptors(alice: Process) -> None:
    """With CLONE_FILES a descriptor that the child opens is the parent's too."""
    child = alice.clone(CLONE_FILES)
    fd = child.open("/")
    assert alice.fstat(fd) == child.stat("/")
    alice.close(fd)
    with fails(EBADF):
        child.fstat(fd)


def test_clone_parent_makes_a_sibling(alice: Process) -> None:
    """With CLONE_PARENT the caller's parent waits for the child."""
    caller = alice.fork()
    child = caller.clone(CLONE_PARENT)
    assert child.getppid() == alice.pid
    child.exit(4)
    assert alice.waitpid(child) == (child.pid, 4 << 8)


def test_clone_with_maps_writes_them(inner: Process) -> None:
    """clone() with uid_map and gid_map gives a process whose IDs are mapped."""
    assert inner.getresuid() == (0, 0, 0)
    assert inner.getresgid() == (0, 0, 0)


def test_clone_with_a_bad_map_raises_what_the_kernel_says(alice: Process) -> None:
    """A map that the kernel refuses shows as the error of the write."""
    with fails(EPERM):
        alice.clone(CLONE_NEWUSER, uid_map="0 4242 1")
    with fails(EINVAL):
        alice.clone(CLONE_NEWUSER, gid_map="nonsense")


@pytest.mark.parametrize(
    "flags",
    [
        CLONE_NEWUSER | CLONE_FS,
        CLONE_NEWUSER | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM,
        CLONE_SIGHAND,
        CLONE_THREAD,
    ],
)
def test_clone_refuses_flags_that_contradict(alice: Process, flags: int) -> None:
    """Flags that do not fit together are refused by the kernel itself."""
    with fails(EINVAL):
        alice.clone(flags)


@pytest.mark.parametrize(
    ("flags", "reason"),
    [(CLONE_VFORK, "would not answer"), (CLONE_SETTLS, "no memory"), (CLONE_PIDFD, "pidfd_open")],
)
def test_some_flags_are_not_offered(alice: Process, flags: int, reason: str) -> None:
    """Flags that the processes of an example cannot have raise Unavailable, and the process goes on."""
    for call in (alice.clone, alice.clone3):
        with pytest.raises(Unavailable, match=reason):
            call(flags)
    assert alice.getpid() == alice.pid


def test_clone3_knows_time_namespaces(inner: Process) -> None:
    """clone3() takes CLONE_NEWTIME, which clone() has no room for."""
    child = inner.clone3(CLONE_NEWTIME)
    assert child.readlink("/proc/self/ns/time") != inner.readlink("/proc/self/ns/time")


def test_clone3_makes_siblings(alice: Process) -> None:
    """clone3() with CLONE_PARENT gives the caller's parent another child."""
    sibling = alice.fork().clone3(CLONE_PARENT)
    assert sibling.getppid() == alice.pid


def test_clone3_takes_a_pid(inner: Process) -> None:
    """set_tid chooses the PID in the new PID namespace."""
    assert inner.clone3(CLONE_NEWPID, set_tid=[1]).getpid() == 1
    with fails(EINVAL):
        inner.clone3(CLONE_NEWPID, set_tid=[2])


def test_clone3_refuses_a_pid_without_privilege(alice: Process) -> None:
    """set_tid in the caller's own PID namespace needs a capability there."""
    with fails(EPERM):
        alice.clone3(set_tid=[4321])


def test_clone3_refuses_unknown_flags(alice: Process) -> None:
    """clone3() takes no flag that it does not know."""
    with fails(EINVAL):
        alice.clone3(1 << 40)


def test_exit_status_reaches_the_parent(alice: Process) -> None:
    """exit() ends the process, and wait() gives its status as os.wait() does."""
    child = alice.fork()
    child.exit(7)
    pid, status = alice.wait()
    assert (pid, os.waitstatus_to_exitcode(status)) == (child.pid, 7)
    with pytest.raises(ProcessGone, match=str(child.pid)):
        child.getpid()


def test_wait_without_children_fails(alice: Process) -> None:
    """wait() and waitpid() fail with ECHILD where nobody can be waited for."""
    with fails(ECHILD):
        alice.wait()
    with fails(ECHILD):
        alice.waitpid(alice)


def test_waitpid_without_waiting(alice: Process) -> None:
    """With WNOHANG waitpid() says (0, 0) while the child lives."""
    child = alice.fork()
    assert alice.waitpid(child, WNOHANG) == (0, 0)
    with fails(EINVAL):
        alice.waitpid(child, 1 << 20)


def test_a_stopped_child_is_seen(alice: Process) -> None:
    """SIGSTOP and SIGCONT work, and WUNTRACED shows the stop."""
    child = alice.fork()
    alice.kill(child, SIGSTOP)
    pid, status = alice.waitpid(child, WUNTRACED)
    assert pid == child.pid
    assert os.WSTOPSIG(status) == SIGSTOP
    alice.kill(child, SIGCONT)
    assert child.getppid() == alice.pid


def test_a_killed_process_is_gone(alice: Process) -> None:
    """A process ended by a signal answers no more, and its parent sees which signal it was."""
    child = alice.fork()
    alice.kill(child, SIGKILL)
    assert alice.waitpid(child) == (child.pid, SIGKILL)
    with pytest.raises(ProcessGone):
        child.getuid()


def test_kill_checks_pid_signal_and_permission(alice: Process) -> None:
    """kill() fails with ESRCH, EINVAL and EPERM, in the kernel's order."""
    child = alice.fork()
    alice.kill(child, 0)
    with fails(EINVAL):
        alice.kill(child, 99)
    child.exit()
    alice.wait()
    with fails(ESRCH):
        alice.kill(child, 99)


def test_kill_of_another_user_is_refused(alice: Process, bob: Process, root: Process) -> None:
    """A process signals those of its own user, and with CAP_KILL all."""
    with fails(EPERM):
        alice.kill(bob, SIGTERM)
    alice.kill(alice.fork(), SIGTERM)
    root.kill(bob, 0)


def test_pidfd_signals_its_process(alice: Process) -> None:
    """pidfd_open() and pidfd_send_signal() reach a process, and fail once it is gone."""
    child = alice.fork()
    fd = alice.pidfd_open(child)
    alice.pidfd_send_signal(fd, SIGKILL)
    assert alice.waitpid(child) == (child.pid, SIGKILL)
    with fails(ESRCH):
        alice.pidfd_send_signal(fd, 0)
    with fails(ESRCH):
        alice.pidfd_open(child)
    with fails(EINVAL):
        alice.pidfd_open(alice, 1 << 30)
    with fails(EBADF):
        alice.pidfd_send_signal(alice.open("/"), 0)


def test_sessions(alice: Process) -> None:
    """setsid() makes a leader of a new session, once."""
    child = alice.fork()
    assert child.getsid() == alice.getsid()
    assert child.setsid() == child.pid == child.getsid()
    assert alice.getsid(child) == child.pid
    with fails(EPERM):
        child.setsid()
    with fails(ESRCH):
        child.getsid(4194304)


def test_pids_are_those_of_the_process_own_namespace(inner: Process) -> None:
    """getpid() and getppid() answer in the process's own PID namespace, `pid` in the example's."""
    child = inner.clone(CLONE_NEWPID)
    assert (child.getpid(), child.getppid()) == (1, 0)
    assert child.pid > 1
    assert inner.read(f"/proc/{child.pid}/status").split("NSpid:")[1].split()[1] == "1"


def test_prlimit_reads_and_sets(alice: Process) -> None:
    """prlimit() gives the old limits, and the new ones hold."""
    soft, hard = alice.prlimit(0, RLIMIT_NOFILE)
    assert alice.prlimit(0, RLIMIT_NOFILE, (40, hard)) == (soft, hard)
    assert alice.prlimit(alice, RLIMIT_NOFILE) == (40, hard)
    fds = [alice.dup(0) for _ in range(40 - 3)]
    with fails(EMFILE):
        alice.dup(0)
    assert fds[-1] == 39
    assert alice.prlimit(0, RLIMIT_CORE)[0] == 0


def test_prlimit_refuses(alice: Process) -> None:
    """A soft limit above the hard one is EINVAL, a raised hard limit EPERM, an unknown resource EINVAL."""
    alice.prlimit(0, RLIMIT_NPROC, (500, 500))
    with fails(EINVAL):
        alice.prlimit(0, RLIMIT_NPROC, (501, 500))
    with fails(EPERM):
        alice.prlimit(0, RLIMIT_NPROC, (500, 501))
    with fails(EPERM):
        alice.prlimit(0, RLIMIT_NPROC, (RLIM_INFINITY, RLIM_INFINITY))
    with fails(EINVAL):
        alice.prlimit(0, 99)


def test_prlimit_of_another_user_is_refused(alice: Process, bob: Process) -> None:
    """prlimit() of a process with other IDs needs CAP_SYS_RESOURCE."""
    with fails(EPERM):
        alice.prlimit(bob, RLIMIT_NOFILE)


def test_infinity_is_minus_one(alice: Process) -> None:
    """A limit that is infinite reads as -1, and -1 or RLIM_INFINITY sets it."""
    alice.prlimit(0, RLIMIT_CORE, (0, alice.prlimit(0, RLIMIT_CORE)[1]))
    soft, hard = alice.prlimit(0, 0)
    assert (soft, hard) == (-1, -1)
    alice.prlimit(0, 0, (100, RLIM_INFINITY))
    assert alice.prlimit(0, 0) == (100, -1)


def test_priorities(alice: Process) -> None:
    """A process can be made nicer, and not less nice again."""
    child = alice.fork()
    assert child.getpriority(PRIO_PROCESS, 0) == 0
    alice.setpriority(PRIO_PROCESS, child, 5)
    assert alice.getpriority(PRIO_PROCESS, child) == 5
    with fails(EACCES):
        child.setpriority(PRIO_PROCESS, 0, -5)
    with fails(ESRCH):
        alice.getpriority(PRIO_PROCESS, 4194304)
    with fails(EINVAL):
        alice.getpriority(9, 0)


def test_a_call_with_arguments_of_the_wrong_type_is_an_error_of_the_author(alice: Process) -> None:
    """What fits no call raises TypeError, and the process goes on."""
    with pytest.raises(TypeError):
        alice.chdir(3.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        alice.setgroups(["wheel"])  # type: ignore[list-item]
    assert alice.getpid() == alice.pid


def test_a_call_takes_no_more_than_it_can_carry(alice: Process) -> None:
    """A number, a text or data that no call can carry whole is an error of the author, not cut to fit."""
    with pytest.raises(ValueError, match="more than a call can take"):
        alice.setuid(1 << 70)
    with pytest.raises(ValueError, match="null byte"):
        alice.open("/etc\0/passwd")
    with pytest.raises(ValueError, match="at most 262144 bytes"):
        alice.write(1, bytes(300000))
    assert alice.getpid() == alice.pid


def test_namespaces_of_a_clone_are_its_own(alice: Process) -> None:
    """CLONE_NEWUSER with other flags gives those namespaces too."""
    child = alice.clone(CLONE_NEWUSER | CLONE_NEWUTS)
    for name in ("user", "uts"):
        assert child.readlink(f"/proc/self/ns/{name}") != alice.readlink(f"/proc/self/ns/{name}")


def test_a_blocked_signal_can_be_taken(alice: Process) -> None:
    """A signal that is blocked waits, and tells who sent it; without one there is EAGAIN."""
    child = alice.fork()
    assert child.sigprocmask(abi.SIG_BLOCK, [abi.SIGUSR1]) == frozenset()
    with fails(EAGAIN):
        child.sigtimedwait([abi.SIGUSR1])
    alice.kill(child, abi.SIGUSR1)
    assert child.sigtimedwait([abi.SIGUSR1]) == (abi.SIGUSR1, abi.SI_USER, alice.pid, alice.getuid(), 0)


def test_waitid_tells_whose_child_it_was(alice: Process) -> None:
    """waitid() gives number, code, PID, user ID and status of a child that has ended."""
    child = alice.fork()
    assert alice.waitid(abi.P_ALL, 0, abi.WEXITED | abi.WNOHANG) is None
    child.exit(3)
    told = (abi.SIGCHLD, abi.CLD_EXITED, child.pid, alice.getuid(), 3)
    assert alice.waitid(abi.P_PID, child) == told


def test_a_filter_refuses_a_call(alice: Process) -> None:
    """seccomp() lets a call fail in the process and its children; what call that is has to be known."""
    alice.prctl(abi.PR_SET_NO_NEW_PRIVS, 1)
    alice.seccomp("unshare", EACCES)
    for process in (alice, alice.fork()):
        with fails(EACCES):
            process.unshare(CLONE_NEWUSER)
    with pytest.raises(ValueError, match="unknown call 'nonsense'; known are accept4"):
        alice.seccomp("nonsense", EACCES)
