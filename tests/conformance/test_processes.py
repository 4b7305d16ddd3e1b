"""Processes: signals, ends, limits and tracing, and what /proc tells of them."""

from __future__ import annotations

from typing import Any

import pytest

from nsdoc.abi import (
    CAP_SYS_PTRACE,
    CLONE_FILES,
    CLONE_FS,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    O_CLOEXEC,
    O_WRONLY,
    PR_CAP_AMBIENT,
    PR_CAP_AMBIENT_RAISE,
    PR_GET_NO_NEW_PRIVS,
    PR_SET_CHILD_SUBREAPER,
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    PRIO_PGRP,
    PRIO_PROCESS,
    PRIO_USER,
    PTRACE_ATTACH,
    PTRACE_CONT,
    PTRACE_DETACH,
    PTRACE_SEIZE,
    PTRACE_TRACEME,
    RLIMIT_NOFILE,
    RLIMIT_NPROC,
    SIGCONT,
    SIGKILL,
    SIGSTOP,
    SIGTERM,
    WNOHANG,
)
from nsdoc.errors import ProcessGone
from nsdoc.process import Kernel, Process
from tests.conformance.support import alice_of, child_of, mapped_child_of, outcome, root_of

NOBODY = 4194303
MNT_NOEXEC = 8


def ended(parent: Process) -> Process:
    """A child that has ended, and that nobody has waited for."""
    child = parent.fork()
    child.exit(3)
    return child


def first_of(kernel: Kernel) -> Process:
    """Process 1 of a PID namespace of root."""
    root = root_of(kernel)
    first = root.clone(CLONE_NEWPID | CLONE_NEWNS)
    first.mount("p", "/proc", "proc")
    return first


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("uid_map", "text"), ("setgroups", "allow\n"), ("status", "text"), ("cmdline", ""),
        ("ns/user", "EINVAL"),
        ("ns/mnt", "ENOENT"), ("cwd", "ENOENT"), ("root", "ENOENT"), ("exe", "ENOENT"), ("nosuch", "ENOENT"),
        ("ns/nosuch", "ENOENT"), ("fd/9", "EACCES"), ("fd/x", "EACCES"),
    ],
)  # fmt: skip
def test_files_of_a_zombie(kernel: Kernel, name: str, expected: str) -> None:
    """R110: of a process that has ended, what it was in is left, but not what it had."""
    alice = alice_of(kernel)
    got = outcome(alice.read, f"/proc/{ended(alice).pid}/{name}")
    if expected == "text":
        assert isinstance(got, str)
    else:
        assert got == expected


def test_states_are_told(kernel: Kernel) -> None:
    """R110: status tells of a process that has ended, that stopped, and that is traced."""
    alice = alice_of(kernel)

    def state(process: Process) -> str:
        lines = alice.read(f"/proc/{process.pid}/status").splitlines()
        return next(line for line in lines if line.startswith("State"))

    assert state(ended(alice)) == "State:\tZ (zombie)"
    stopped = alice.fork()
    alice.kill(stopped, SIGSTOP)
    alice.waitpid(stopped, 2)
    assert state(stopped) == "State:\tT (stopped)"
    traced = alice.fork()
    alice.ptrace(PTRACE_ATTACH, traced)
    alice.waitpid(traced)
    assert state(traced) == "State:\tt (tracing stop)"
    alice.kill(stopped, SIGKILL)
    alice.ptrace(PTRACE_DETACH, traced)


def test_names_in_proc(kernel: Kernel) -> None:
    """R110: what is no process has no directory; a process sees its name, its words and its descriptors."""
    alice = alice_of(kernel)
    for name in ("nosuch", "01", str(NOBODY), "0"):
        assert outcome(alice.listdir, f"/proc/{name}") == "ENOENT"
    fd = alice.open("/", O_CLOEXEC)
    assert str(fd) in alice.listdir("/proc/self/fd")
    assert alice.readlink(f"/proc/self/fd/{fd}") == "/"
    assert alice.stat(f"/proc/self/fd/{fd}").st_ino == alice.stat("/").st_ino
    info = alice.read(f"/proc/self/fdinfo/{fd}").splitlines()
    assert info[0] == "pos:\t0"
    assert int(info[1].split()[1], 8) & O_CLOEXEC
    assert outcome(alice.readlink, f"/proc/self/fd/{fd + 1}") == "ENOENT"
    assert sorted(alice.listdir("/proc/self/ns"))[:2] == ["cgroup", "ipc"]
    assert alice.read("/proc/self/comm").strip()
    assert alice.write("/proc/self/comm", "a name that is too long") == 23
    assert alice.read("/proc/self/comm") == "a name that is \n"
    assert outcome(alice.write, f"/proc/{alice.fork().pid}/comm", "x") == "EINVAL"
    assert alice.read("/proc/self/mounts").count("\n") > 2
    assert outcome(kernel.process(uid=1001, gid=1001).listdir, f"/proc/{alice.pid}/fd") == "EACCES"


def test_descriptors_of_files_that_are_gone(kernel: Kernel) -> None:
    """R118: a descriptor that was opened in /proc outlives the process that it is about."""
    alice = alice_of(kernel)
    child = child_of(alice)
    maps = alice.open(f"/proc/{child.pid}/uid_map")
    info = alice.open(f"/proc/{child.pid}/status")
    ns = alice.open(f"/proc/{child.pid}/ns/user")
    child.exit()
    alice.wait()
    assert alice.read(maps, 100) == b""
    assert outcome(alice.read, info, 100) == "ESRCH"
    assert outcome(alice.setns, ns) is None
    assert outcome(alice.chmod, "/proc/self/ns/user", 0o777) == "EPERM"
    assert outcome(alice.chmod, "/proc/self/uid_map", 0o777) == "EPERM"


def test_files_of_proc_stay(kernel: Kernel) -> None:
    """R116: names and modes of proc do not change, and what only reads cannot be written."""
    root = root_of(kernel)
    assert outcome(root.chmod, "/proc/sys/kernel/ostype", 0o777) == "EPERM"
    assert outcome(root.chown, "/proc/sys/user/max_user_namespaces", 5, 5) == "EPERM"
    assert outcome(root.unlink, "/proc/self/status") == "EPERM"
    assert outcome(alice_of(kernel).write, "/proc/sys/kernel/ostype", "x") == "EACCES"
    assert outcome(root.read, "/proc/sys/user/max_nosuch_namespaces") == "ENOENT"
    assert outcome(root.write, "/proc/self/status", "x") in ("EINVAL", "EIO", "EACCES")
    child = mapped_child_of(alice_of(kernel))
    assert outcome(child.open, "/proc/sys/kernel/hostname", O_WRONLY) == "EACCES"


def test_self_is_unknown_elsewhere(kernel: Kernel) -> None:
    """R061: in a proc of another PID namespace a process that this does not know has no /proc/self."""
    root = root_of(kernel)
    root.unshare(CLONE_NEWNS)
    root.mkdir("inner")
    first = root.clone(CLONE_NEWPID)
    first.mount("p", "inner", "proc")
    assert outcome(root.readlink, "inner/self") == "ENOENT"
    assert first.readlink("inner/self") == "1"


def test_signals_to_many(kernel: Kernel) -> None:
    """R095: -1 is everyone but process 1 and oneself, 0 and below -1 a process group."""
    first = first_of(kernel)
    assert outcome(first.kill, -1, 0) == "ESRCH"
    one, other = first.fork(), first.fork()
    assert outcome(one.kill, -1, 0) is None
    assert outcome(one.kill, -1, 65) == "EINVAL"
    assert outcome(one.kill, -NOBODY, 0) == "ESRCH"
    one.setsid()
    member = one.fork()
    assert outcome(other.kill, -int(one.readlink("/proc/self")), SIGTERM) is None
    for gone in (one, member):
        with pytest.raises(ProcessGone):
            gone.getpid()
    leader = first.fork()
    leader.setsid()
    pair = leader.fork()
    assert outcome(leader.kill, 0, 0) is None
    assert outcome(leader.kill, 0, 65) == "EINVAL"
    pair.setresgid(1000, 1000, 1000)
    pair.setresuid(1000, 1000, 1000)
    assert outcome(pair.kill, -int(leader.readlink("/proc/self")), 0) is None
    stranger = first.fork()
    stranger.setresuid(1001, 1001, 1001)
    assert outcome(stranger.kill, -int(leader.readlink("/proc/self")), 0) == "EPERM"
    assert outcome(stranger.kill, -1, 0) is None
    first.exit()


def test_groups_are_waited_for(kernel: Kernel) -> None:
    """R118: waitpid(2) waits for a process, a group, or one's own group."""
    first = first_of(kernel)
    leader, other = first.fork(), first.fork()
    leader.setsid()
    number = int(leader.readlink("/proc/self"))
    leader.exit(1)
    assert outcome(first.waitpid, -NOBODY, WNOHANG) == "ECHILD"
    assert first.waitpid(0, WNOHANG) == (0, 0)
    assert first.waitpid(-number) == (number, 0x100)
    other.exit(2)
    assert first.waitpid(0)[1] == 0x200
    assert outcome(first.waitpid, -1, 0x1000) == "EINVAL"
    first.exit()


def test_who_inherits(kernel: Kernel) -> None:
    """R118: a child goes to the nearest subreaper, and those that asked for a signal get it."""
    root = root_of(kernel)
    root.prctl(PR_SET_CHILD_SUBREAPER, 1)
    middle = root.fork()
    child, asking, gone = middle.fork(), middle.fork(), ended(middle)
    assert outcome(asking.prctl, PR_SET_PDEATHSIG, 65) == "EINVAL"
    asking.prctl(PR_SET_PDEATHSIG, SIGTERM)
    middle.exit()
    assert child.getppid() == root.pid
    with pytest.raises(ProcessGone):
        asking.getpid()
    assert sorted(root.wait()[0] for _ in range(3)) == sorted([middle.pid, asking.pid, gone.pid])


def test_a_pid_namespace_ends(kernel: Kernel) -> None:
    """R061: with process 1 all end; from outside, process 1 takes only SIGKILL and SIGSTOP."""
    root = root_of(kernel)
    first = root.clone(CLONE_NEWPID)
    child = first.fork()
    grandchild = child.fork()
    zombie = ended(first)
    assert outcome(root.kill, first, SIGTERM) is None
    assert outcome(child.kill, 1, SIGKILL) is None
    assert first.getpid() == 1
    handle = root.pidfd_open(child)
    root.kill(first, SIGKILL)
    for each in (first, child, grandchild, zombie):
        with pytest.raises(ProcessGone):
            each.getpid()
    assert root.waitpid(first) == (first.pid, SIGKILL)
    assert outcome(root.pidfd_send_signal, handle, 0) == "ESRCH"


def test_handles_of_processes(kernel: Kernel) -> None:
    """R095, R096: a PID file descriptor of what has ended, or of what the caller cannot see."""
    root = root_of(kernel)
    first = root.clone(CLONE_NEWPID)
    handle = root.pidfd_open(root)
    inner = root.fork()
    zombie = ended(root)
    gone = root.pidfd_open(zombie)
    assert outcome(root.pidfd_getfd, gone, 0) == "ESRCH"
    assert outcome(root.setns, gone, CLONE_NEWUSER) == "ESRCH"
    assert outcome(root.pidfd_send_signal, gone, 0) is None
    assert outcome(root.pidfd_send_signal, handle, 0, 99) == "EINVAL"
    assert outcome(root.pidfd_send_signal, root.open("/"), 0) == "EBADF"
    assert outcome(inner.pidfd_send_signal, handle, 0) is None
    child = root.clone(CLONE_NEWPID)
    assert outcome(child.pidfd_send_signal, handle, 0) == "EINVAL"
    assert first.getpid() == 1


@pytest.mark.parametrize(
    ("call", "args", "expected"),
    [
        ("prlimit", (NOBODY, RLIMIT_NOFILE), "ESRCH"), ("prlimit", (0, 99), "EINVAL"),
        ("prlimit", (0, RLIMIT_NOFILE, (5, 4)), "EINVAL"),
        ("prlimit", (0, RLIMIT_NOFILE, (1, 1 << 31)), "EPERM"),
        ("prlimit", (1, RLIMIT_NOFILE), "EPERM"), ("getpriority", (99, 0), "EINVAL"),
        ("getpriority", (PRIO_PROCESS, NOBODY), "ESRCH"), ("getpriority", (PRIO_USER, 4242), "ESRCH"),
        ("getpriority", (PRIO_USER, 0), 0), ("getpriority", (PRIO_USER, 1000), 0),
        ("setpriority", (PRIO_USER, 0, 1), None),
        ("prctl", (PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 5, 1), "EINVAL"),
        ("prctl", (PR_CAP_AMBIENT, 4, 1), "EINVAL"), ("prctl", (PR_GET_NO_NEW_PRIVS, 1), "EINVAL"),
        ("prctl", (PR_GET_NO_NEW_PRIVS,), 0), ("prctl", (PR_SET_NO_NEW_PRIVS, 0), "EINVAL"),
        ("prctl", (9999,), "EINVAL"), ("prctl", (PR_SET_DUMPABLE, 2), "EINVAL"),
        ("process_vm_readv", (NOBODY, 0, 8), "ESRCH"), ("process_vm_readv", (NOBODY, 0, 0), b""),
        ("process_vm_readv", (0, 0, 8), "ESRCH"), ("kill", (NOBODY, 65), "ESRCH"),
        ("pidfd_open", (NOBODY,), "ESRCH"), ("pidfd_open", (0,), "EINVAL"), ("pidfd_open", (1, 1), "EINVAL"),
        ("waitpid", (-1,), "ECHILD"),
    ],
)  # fmt: skip
def test_what_the_calls_refuse(kernel: Kernel, call: str, args: tuple[Any, ...], expected: Any) -> None:
    """R095, R096, R117: processes and kinds that do not exist, limits and flags that do not fit."""
    alice = alice_of(kernel)
    assert outcome(getattr(alice, call), *args) == expected


def test_chosen_pids(kernel: Kernel) -> None:
    """R061: a PID that is chosen is free, and there is one for each level at most."""
    first = first_of(kernel)
    child = first.clone3(set_tid=[77])
    assert child.getpid() == 77
    assert outcome(lambda: first.clone3(set_tid=[77])) == "EEXIST"
    assert outcome(lambda: first.clone3(set_tid=[78] * 9)) == "EINVAL"
    assert outcome(lambda: first.clone3(set_tid=[78] * 33)) == "EINVAL"
    first.write("/proc/sys/kernel/ns_last_pid", "76")
    assert first.fork().getpid() == 78
    first.exit()


def test_tracing_one_by_one(kernel: Kernel) -> None:
    """R096: who is traced is traced once; a signal goes along when it goes on."""
    alice = alice_of(kernel)
    child = alice.fork()
    child.ptrace(PTRACE_TRACEME)
    assert outcome(child.ptrace, PTRACE_TRACEME) == "EPERM"
    assert outcome(alice.ptrace, PTRACE_ATTACH, child) == "EPERM"
    assert outcome(alice.ptrace, PTRACE_CONT, child) == "ESRCH"
    other = alice.fork()
    alice.ptrace(PTRACE_ATTACH, other)
    alice.waitpid(other)
    assert outcome(alice.ptrace, PTRACE_CONT, other, 0, 65) == "EIO"
    assert outcome(alice.ptrace, PTRACE_CONT, other) == 0
    assert other.getpid() == other.pid
    third = alice.fork()
    alice.ptrace(PTRACE_ATTACH, third)
    alice.waitpid(third)
    assert outcome(alice.ptrace, PTRACE_DETACH, third, 0, SIGKILL) == 0
    assert alice.waitpid(third) == (third.pid, SIGKILL)
    assert outcome(alice.ptrace, PTRACE_SEIZE, ended(alice)) == "EPERM"


def test_a_parent_that_may_not_trace(kernel: Kernel) -> None:
    """R096: a process that has more than its parent cannot let that trace it."""
    alice = alice_of(kernel)
    able = kernel.process(uid=1000, gid=1000, caps=[CAP_SYS_PTRACE])
    child = able.fork()
    able.capset(0, 0)
    assert outcome(child.ptrace, PTRACE_TRACEME) == "EPERM"
    inner = child_of(alice)
    assert outcome(inner.ptrace, PTRACE_TRACEME) == 0


def test_tables_of_descriptors_part(kernel: Kernel) -> None:
    """R014: with CLONE_FILES descriptors are shared until one side gets its own."""
    alice = alice_of(kernel)
    child = alice.clone(CLONE_FILES)
    fd = alice.open("/")
    assert child.fstat(fd).st_ino == alice.fstat(fd).st_ino
    child.unshare(CLONE_FILES)
    alice.close(fd)
    assert child.fstat(fd).st_ino == alice.stat("/").st_ino
    other = alice.clone(CLONE_FILES)
    other.execve()
    more = alice.open("/")
    assert outcome(other.fstat, more) == "EBADF"
    shared = alice.clone(CLONE_FS)
    assert outcome(shared.unshare, CLONE_NEWUSER) is None


def test_programs_that_cannot_be_executed(kernel: Kernel) -> None:
    """R085: below a mount without execution nothing is executed, and what is executed is not written."""
    root = root_of(kernel)
    root.unshare(CLONE_NEWNS)
    root.mkdir("place")
    root.mount("t", "place", "tmpfs", MNT_NOEXEC)
    program = root.read(kernel.program)
    for name in ("place/program", "program"):
        root.write(name, program)
        root.chmod(name, 0o755)
    assert outcome(root.execve, "place/program") == "EACCES"
    child = root.fork()
    child.execve("program")
    assert outcome(root.open, "program", O_WRONLY) == "ETXTBSY"
    assert outcome(root.ftruncate, root.open(kernel.program), 0) == "EINVAL"
    child.exit()


def test_the_limit_on_processes_is_tried_again(kernel: Kernel) -> None:
    """R117: who has become a user with too many processes cannot execute a program."""
    root = root_of(kernel)
    many = [kernel.process(uid=4242, gid=4242) for _ in range(3)]
    root.prlimit(0, RLIMIT_NPROC, (1, 1))
    root.setresuid(4242, 4242, 4242)
    assert outcome(root.execve) == "EAGAIN"
    assert len(many) == 3


def test_sessions_and_continuing(kernel: Kernel) -> None:
    """R095: within a session SIGCONT reaches anyone."""
    root = root_of(kernel)
    root.setsid()
    one, other = root.fork(), root.fork()
    one.setresuid(1000, 1000, 1000)
    assert outcome(one.kill, other, SIGCONT) is None
    assert outcome(one.kill, other, SIGTERM) == "EPERM"
    other.setsid()
    assert outcome(one.kill, other, SIGCONT) == "EPERM"


def test_priorities_of_groups(kernel: Kernel) -> None:
    """R117: the priority of a process group is the highest of its members."""
    root = root_of(kernel)
    root.setsid()
    child = root.fork()
    child.setpriority(PRIO_PROCESS, 0, 5)
    assert root.getpriority(PRIO_PGRP, 0) == 0
    root.setpriority(PRIO_PGRP, 0, 7)
    assert child.getpriority(PRIO_PROCESS, 0) == 7
    assert root.getpriority(PRIO_PGRP, root.pid) == 7
