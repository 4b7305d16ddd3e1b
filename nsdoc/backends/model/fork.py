"""How tasks begin, and how a task leaves what it shares.

Twin: kernel/fork.c.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import CAP_SYS_ADMIN, CAP_SYS_RESOURCE, RLIMIT_NPROC
from nsdoc.backends.model.capability import capable
from nsdoc.backends.model.cred import commit_creds
from nsdoc.backends.model.errnos import E2BIG, EAGAIN, EFAULT, EINVAL, ENOSYS, EPERM
from nsdoc.backends.model.nsproxy import copy_namespaces, unshare_nsproxy_namespaces
from nsdoc.backends.model.pid import MAX_PID_NS_LEVEL, alloc_pid, attach_pid, task_active_pid_ns
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.sched import Task
from nsdoc.backends.model.ucount import charge_nproc, nproc_overlimit, uncharge_nproc
from nsdoc.backends.model.uidgid import GLOBAL_ROOT_UID
from nsdoc.backends.model.user_namespace import create_user_ns
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from nsdoc.backends.model.cred import Cred
    from nsdoc.backends.model.kernel import Kernel

CSIGNAL: Final = 0xFF
CLONE_PARENT_SETTID: Final = 0x100000
_CLONE3_FLAGS: Final = 0x3FFFFFFFF

# What unshare(2) takes beside the kinds of namespace.
_UNSHARABLE: Final = (
    abi.CLONE_THREAD | abi.CLONE_FS | abi.CLONE_SIGHAND | abi.CLONE_VM | abi.CLONE_FILES | abi.CLONE_SYSVSEM
)


def known_namespaces(kernel: Kernel, *, unshare: bool) -> int:
    """The kinds of namespace that clone(2) or unshare(2) knows on this release."""
    flags = abi.CLONE_NEWNS | abi.CLONE_NEWUTS | abi.CLONE_NEWIPC
    flags |= abi.CLONE_NEWNET if kernel.has("network-namespaces") else 0
    flags |= abi.CLONE_NEWCGROUP if kernel.has("cgroup-namespaces") else 0
    flags |= abi.CLONE_NEWTIME if unshare and kernel.has("time-namespaces") else 0
    if kernel.has("unshare-user-and-pid-namespaces" if unshare else "pid-namespaces"):
        flags |= abi.CLONE_NEWPID
    if not unshare or kernel.has("unshare-user-and-pid-namespaces"):
        flags |= abi.CLONE_NEWUSER
    if not kernel.has("user-namespace-in-credentials"):
        flags |= abi.CLONE_NEWUSER
    return flags


def sys_fork(current: Task) -> Task:
    """fork(2)."""
    return sys_clone(current, 0)


def sys_clone(current: Task, flags: int = 0) -> Task:
    """clone(2), with SIGCHLD among the flags and without a stack or places for thread IDs.

    Raises:
        Refused: what `_check_clone_flags`, `create_user_ns` or `copy_namespaces` say; EAGAIN.
    """
    kernel = current.kernel
    flags = (flags | abi.SIGCHLD) & 0xFFFFFFFF
    # R017: the lowest byte is the signal sent at the end; CLONE_NEWTIME lies in it, so that only clone3(2)
    # has it.
    exit_signal, flags = flags & CSIGNAL, flags & ~CSIGNAL
    _check_clone_flags(current, flags)
    flags &= ~_all_kinds() | known_namespaces(kernel, unshare=False)
    child = copy_process(current, flags)
    child.exit_signal = current.exit_signal if flags & abi.CLONE_PARENT else exit_signal
    return child


def sys_clone3(current: Task, flags: int = 0, set_tid: tuple[int, ...] = ()) -> Task:
    """clone3(2), with SIGCHLD as the signal at the end, or none for a thread or sibling.

    Raises:
        Refused: ENOSYS, EINVAL, and what clone(2) and `alloc_pid` say.
    """
    kernel = current.kernel
    # clone3(2): since Linux 5.3.
    if not kernel.has("clone3"):
        raise Refused(ENOSYS)
    # clone3(2) E2BIG: before Linux 5.5 there was no place for PIDs among the arguments.
    if set_tid and not kernel.has("clone3-set-tid"):
        raise Refused(E2BIG)
    # R017, clone3_args_valid(), clone3(2) EINVAL: an unknown flag, or one that clone3(2) does not take.
    if flags & ~_CLONE3_FLAGS or flags & abi.CLONE_DETACHED or flags & CSIGNAL & ~abi.CLONE_NEWTIME:
        raise Refused(EINVAL)
    # R017, clone3(2) EINVAL: more PIDs than there are levels of PID namespaces.
    if len(set_tid) > MAX_PID_NS_LEVEL:
        raise Refused(EINVAL)
    _check_clone_flags(current, flags)
    return copy_process(current, flags, set_tid)


def _all_kinds() -> int:
    return (
        abi.CLONE_NEWNS | abi.CLONE_NEWUTS | abi.CLONE_NEWIPC | abi.CLONE_NEWNET
        | abi.CLONE_NEWCGROUP | abi.CLONE_NEWPID | abi.CLONE_NEWUSER
    )  # fmt: skip


def _check_clone_flags(current: Task, flags: int) -> None:
    kernel = current.kernel
    # kernel_clone(): both would write to the same place.
    if flags & abi.CLONE_PIDFD and flags & CLONE_PARENT_SETTID and kernel.has("clone-pidfd"):
        raise Refused(EINVAL)
    # R015, copy_process(), clone(2) EINVAL: CLONE_NEWNS and CLONE_FS exclude each other.
    if flags & abi.CLONE_NEWNS and flags & abi.CLONE_FS:
        raise Refused(EINVAL)
    # R015, clone(2) EINVAL: CLONE_NEWUSER and CLONE_FS exclude each other, since Linux 3.9.
    if _with_fs(kernel, flags):
        raise Refused(EINVAL)
    # R011, the sysctl kernel.unprivileged_userns_clone of Debian.
    if flags & abi.CLONE_NEWUSER and _userns_clone_forbidden(current):
        raise Refused(EPERM)
    # R015, clone(2) EINVAL: CLONE_THREAD needs CLONE_SIGHAND.
    if flags & abi.CLONE_THREAD and not flags & abi.CLONE_SIGHAND:
        raise Refused(EINVAL)
    # R015, clone(2) EINVAL: CLONE_SIGHAND needs CLONE_VM.
    if flags & abi.CLONE_SIGHAND and not flags & abi.CLONE_VM:
        raise Refused(EINVAL)
    # R015, clone(2) EINVAL: process 1 of a PID namespace cannot make siblings.
    if flags & abi.CLONE_PARENT and current.signal.unkillable:
        raise Refused(EINVAL)
    # R015, clone(2) EINVAL: a thread is in the PID and user namespace of its process.
    if flags & abi.CLONE_THREAD and _other_ns_for_children(current, flags):
        raise Refused(EINVAL)
    # R015, clone(2) EINVAL: CLONE_PIDFD and CLONE_DETACHED exclude each other.
    if flags & abi.CLONE_PIDFD and flags & abi.CLONE_DETACHED and kernel.has("clone-pidfd"):
        raise Refused(EINVAL)
    if flags & abi.CLONE_VFORK:
        raise Unavailable("clone(): waiting for the child to execute a program is not modelled")
    if flags & abi.CLONE_PTRACE and current.ptracer is not None:
        raise Unavailable("clone(): a child that is traced, and stopped, from the start is not modelled")
    if flags & abi.CLONE_SIGHAND and not flags & abi.CLONE_THREAD:
        raise Unavailable("clone(): processes that share handlers of signals are not modelled")


def _with_fs(kernel: Kernel, flags: int) -> bool:
    both = abi.CLONE_NEWUSER | abi.CLONE_FS
    return flags & both == both and kernel.has("no-shared-fs-across-user-namespaces")


def _userns_clone_forbidden(current: Task) -> bool:
    forbidden = (
        current.kernel.has("debian-userns-clone-sysctl")
        and not current.kernel.sysctl.unprivileged_userns_clone
    )
    return forbidden and not capable(current, CAP_SYS_ADMIN)


def _other_ns_for_children(current: Task, flags: int) -> bool:
    pending = task_active_pid_ns(current) is not current.nsproxy.pid_ns_for_children
    return bool(flags & (abi.CLONE_NEWUSER | abi.CLONE_NEWPID)) or pending


def copy_process(current: Task, flags: int, set_tid: tuple[int, ...] = ()) -> Task:
    """A copy of the task, with what `flags` say shared or made anew."""
    return start_process(current, flags, copy_creds(current, flags), set_tid)


def start_process(current: Task, flags: int, cred: Cred, set_tid: tuple[int, ...] = ()) -> Task:
    """A copy of the task with other credentials: how copy_process() goes on once it has these."""
    charge_nproc(cred.ucounts)
    try:
        _check_nproc(current, cred)
        fs = current.fs if flags & abi.CLONE_FS else current.fs.copy()
        nsproxy = copy_namespaces(current, flags, cred, fs)
        pid = alloc_pid(current, nsproxy.pid_ns_for_children, set_tid)
        # clone(2) CLONE_PIDFD: there is no place for the descriptor.
        if flags & abi.CLONE_PIDFD and current.kernel.has("clone-pidfd"):
            raise Refused(EFAULT)
    except Refused:
        uncharge_nproc(cred.ucounts)
        raise
    child = Task(current.kernel, current.pid_struct if flags & abi.CLONE_THREAD else pid, cred, nsproxy)
    child.fs = fs
    if flags & abi.CLONE_FS:
        fs.users += 1
    _share_or_copy(current, child, flags)
    if flags & abi.CLONE_THREAD:
        _join_group(current, child)
    else:
        _adopt(current, child, flags)
    current.kernel.tasks.append(child)
    return child


def copy_creds(current: Task, flags: int) -> Cred:
    """The credentials of a child.  R016, copy_creds(): those of the parent, in a new user namespace if asked
    for."""
    process_keyring = current.cred.process_keyring if flags & abi.CLONE_THREAD else None
    cred = replace(current.cred, thread_keyring=None, process_keyring=process_keyring)
    return create_user_ns(current, cred) if flags & abi.CLONE_NEWUSER else cred


def _check_nproc(current: Task, cred: Cred) -> None:
    """R016, clone(2) EAGAIN: the user has too many processes, unless it is root or privileged."""
    if not nproc_overlimit(current, cred.ucounts, current.signal.rlimits[RLIMIT_NPROC][0]):
        return
    privileged = capable(current, CAP_SYS_RESOURCE) or capable(current, CAP_SYS_ADMIN)
    if cred.uid != GLOBAL_ROOT_UID and not privileged:
        raise Refused(EAGAIN)


def _share_or_copy(current: Task, child: Task, flags: int) -> None:
    same_process = bool(flags & abi.CLONE_THREAD)
    if flags & abi.CLONE_VM:
        child.mm = current.mm
        child.mm.users += 1
    else:
        child.mm = current.mm.copy()
    child.signal = current.signal if same_process else current.signal.copy()
    if flags & abi.CLONE_FILES:
        child.files = current.files
        child.files.users += 1
    else:
        child.files = current.files.copy()
    child.no_new_privs = current.no_new_privs
    child.blocked, child.refused = current.blocked, current.refused
    child.nice = current.nice
    child.comm, child.cmdline = current.comm, current.cmdline


def _join_group(current: Task, child: Task) -> None:
    """Make a thread of the process: it has the parent that the process has."""
    child.group_leader = current.group_leader
    child.real_parent = current.group_leader.real_parent
    child.signal.nr_threads += 1


def _adopt(current: Task, child: Task, flags: int) -> None:
    parent = current.real_parent if flags & abi.CLONE_PARENT else current.group_leader
    assert parent is not None
    child.real_parent = parent
    parent.children.append(child)
    attach_pid(child)


def sys_unshare(current: Task, flags: int) -> None:
    """unshare(2).

    Raises:
        Refused: EPERM, EINVAL, or what `create_user_ns` or `unshare_nsproxy_namespaces` say; in the order of
        R011 to R013.
    """
    kernel = current.kernel
    # R011, the sysctl kernel.unprivileged_userns_clone of Debian.
    if flags & abi.CLONE_NEWUSER and _userns_clone_forbidden(current):
        raise Refused(EPERM)
    # R012, check_unshare_flags(), unshare(2) EINVAL: an invalid bit.
    if flags & ~(_UNSHARABLE | known_namespaces(kernel, unshare=True)):
        raise Refused(EINVAL)
    # R010, R012, unshare(2) EINVAL: a process with threads cannot leave them, as in a new user namespace.
    leaving = abi.CLONE_THREAD | abi.CLONE_SIGHAND | abi.CLONE_VM | abi.CLONE_NEWUSER
    if flags & leaving and not current.thread_group_empty():
        raise Refused(EINVAL)
    # R012, unshare(2) EINVAL: memory that another process shares is not made one's own.
    if flags & abi.CLONE_VM and current.mm.users > 1:
        raise Refused(EINVAL)
    # R010, unshare(2): a new user or mount namespace implies a root and working directory of one's own.
    implying = abi.CLONE_NEWNS | abi.CLONE_FS
    if kernel.has("no-shared-fs-across-user-namespaces"):
        implying |= abi.CLONE_NEWUSER
    own_fs = flags & implying
    fs = current.fs.copy() if own_fs else current.fs
    cred = create_user_ns(current, current.cred) if flags & abi.CLONE_NEWUSER else current.cred
    nsproxy = unshare_nsproxy_namespaces(current, flags, cred, fs)
    # R013, R014: nothing failed, so that all of it counts.
    current.nsproxy = nsproxy
    if fs is not current.fs:
        current.fs.users -= 1
        current.fs = fs
    if flags & abi.CLONE_FILES and current.files.users > 1:
        current.files.users -= 1
        current.files = current.files.copy()
    if cred is not current.cred:
        commit_creds(current, cred)
