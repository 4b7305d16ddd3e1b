"""Joining namespaces that exist.

Twin: the second half of kernel/nsproxy.c.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import CAP_SYS_ADMIN, CAP_SYS_CHROOT
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.cred import commit_creds
from nsdoc.backends.model.dcache import Path
from nsdoc.backends.model.errnos import EINVAL, ENOSYS, EPERM, ESRCH, EUSERS
from nsdoc.backends.model.file import fdget
from nsdoc.backends.model.mount import MntNamespace, traverse_mounts
from nsdoc.backends.model.ns_types import CgroupNamespace, IpcNamespace, NetNamespace, TimeNamespace
from nsdoc.backends.model.nsfs import NsInode
from nsdoc.backends.model.nsproxy import NSPROXY_FLAGS
from nsdoc.backends.model.pid import PidNamespace, task_active_pid_ns
from nsdoc.backends.model.pidfd import PidfdInode
from nsdoc.backends.model.ptrace import REALCREDS, ptrace_may_access
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.user_namespace import UserNamespace, userns_install
from nsdoc.backends.model.uts import UtsNamespace

if TYPE_CHECKING:
    from nsdoc.backends.model.cred import Cred
    from nsdoc.backends.model.fs_struct import FsStruct
    from nsdoc.backends.model.ns_common import Namespace
    from nsdoc.backends.model.nsproxy import Nsproxy
    from nsdoc.backends.model.sched import Task

_ALL: Final = NSPROXY_FLAGS | abi.CLONE_NEWUSER



@dataclass(slots=True)
class Nsset:
    """What a setns(2) has gathered so far; nothing of it counts before the end."""

    flags: int
    cred: Cred
    nsproxy: Nsproxy
    fs: FsStruct


def sys_setns(current: Task, fd: int, nstype: int = 0) -> None:
    """setns(2).

    Raises:
        Refused: ENOSYS, EBADF, EINVAL, EPERM, ESRCH; in the order of R030 to R033.
    """
    if not current.kernel.has("setns"):
        raise Refused(ENOSYS)
    # R030, setns(2) EBADF: the descriptor is not open.
    inode = fdget(current, fd).inode
    if isinstance(inode, NsInode):
        _setns_by_file(current, inode.ns, nstype)
    elif isinstance(inode, PidfdInode) and current.kernel.has("setns-takes-pidfd"):
        _setns_by_pidfd(current, inode.task, nstype)
    else:
        # R030, setns(2) EINVAL: the descriptor is for neither a namespace nor a process.
        raise Refused(EINVAL)


def _setns_by_file(current: Task, ns: Namespace, nstype: int) -> None:
    # R030, setns(2) EINVAL: the namespace is of another kind than the one asked for.
    if nstype and nstype != ns.clone_flag:
        raise Refused(EINVAL)
    # A mount namespace alone changes the root and working directory in place.
    nsset = Nsset(ns.clone_flag, current.cred, current.nsproxy, current.fs)
    install(current, nsset, ns)
    _commit_nsset(current, nsset)


def _setns_by_pidfd(current: Task, task: Task, nstype: int) -> None:
    # R030, check_setns_flags(), setns(2) EINVAL: no kind was asked for, or one that does not exist.
    if not nstype or nstype & ~_ALL:
        raise Refused(EINVAL)
    # R031, setns(2) ESRCH: the process has ended and was waited for.
    if task.state == "dead":
        raise Refused(ESRCH)
    # R031, validate_nsset(), setns(2) EPERM: the caller has no ptrace access to the process.
    if not ptrace_may_access(current, task, REALCREDS):
        raise Refused(EPERM)
    # R031: a process that has ended is in no namespaces any more.
    if not task.alive():
        raise Refused(ESRCH)
    # R033: with several kinds the root and working directory are changed in a copy until all went well.
    fs = current.fs if nstype == abi.CLONE_NEWNS else current.fs.copy()
    nsset = Nsset(nstype, current.cred, current.nsproxy, fs)
    for ns in _namespaces_of(task):
        if nstype & ns.clone_flag:
            install(current, nsset, ns)
    _commit_nsset(current, nsset)


def _namespaces_of(task: Task) -> tuple[Namespace, ...]:
    """R031: the order in which the namespaces of a process are joined; the user namespace comes first."""
    nsproxy = task.nsproxy
    return (
        task.cred.user_ns,
        nsproxy.mnt_ns,
        nsproxy.uts_ns,
        nsproxy.ipc_ns,
        task_active_pid_ns(task),
        nsproxy.cgroup_ns,
        nsproxy.net_ns,
        nsproxy.time_ns,
    )


def install(current: Task, nsset: Nsset, ns: Namespace) -> None:
    """Join one namespace: the install() operation of its kind."""
    if isinstance(ns, UserNamespace):
        userns_install(current, nsset, ns)
        return
    # R033, timens_install(), setns(2) EUSERS: the process has threads, of which each would need its own time.
    if isinstance(ns, TimeNamespace) and not current.thread_group_empty():
        raise Refused(EUSERS)
    # R033, setns(2) EPERM: CAP_SYS_ADMIN is needed in the user namespace that owns the namespace,
    # and in the caller's own, the new one if both are joined at once.
    if not ns_capable(current, ns.owner_ns(), CAP_SYS_ADMIN) or not ns_capable(
        current, nsset.cred.user_ns, CAP_SYS_ADMIN
    ):
        raise Refused(EPERM)
    if isinstance(ns, MntNamespace):
        _mntns_install(current, nsset, ns)
    elif isinstance(ns, PidNamespace):
        _pidns_install(current, nsset, ns)
    elif isinstance(ns, UtsNamespace):
        nsset.nsproxy = replace(nsset.nsproxy, uts_ns=ns)
    elif isinstance(ns, IpcNamespace):
        nsset.nsproxy = replace(nsset.nsproxy, ipc_ns=ns)
    elif isinstance(ns, NetNamespace):
        nsset.nsproxy = replace(nsset.nsproxy, net_ns=ns)
    elif isinstance(ns, CgroupNamespace):
        nsset.nsproxy = replace(nsset.nsproxy, cgroup_ns=ns)
    else:
        assert isinstance(ns, TimeNamespace)
        ns.frozen = True
        nsset.nsproxy = replace(nsset.nsproxy, time_ns=ns, time_ns_for_children=ns)


def _mntns_install(current: Task, nsset: Nsset, ns: MntNamespace) -> None:
    kernel = current.kernel
    # R033, mntns_install(), setns(2) EPERM: joining a mount namespace also needs CAP_SYS_CHROOT.
    if not ns_capable(current, nsset.cred.user_ns, CAP_SYS_CHROOT):
        raise Refused(EPERM)
    # R033, setns(2) EINVAL: the root and working directory are shared with another process.
    # From Linux 5.8 on, a pidfd with several kinds had this test look at the caller's copy, and pass.
    tested = current.fs if kernel.has("setns-tests-shared-fs-of-caller") else nsset.fs
    if tested.users != 1:
        raise Refused(EINVAL)
    assert ns.root is not None
    top = traverse_mounts(Path(ns.root, ns.root.root))
    nsset.fs.root = nsset.fs.pwd = top
    nsset.nsproxy = replace(nsset.nsproxy, mnt_ns=ns)


def _pidns_install(current: Task, nsset: Nsset, ns: PidNamespace) -> None:
    active = task_active_pid_ns(current)
    ancestor: PidNamespace | None = ns
    while ancestor is not None and ancestor.level > active.level:
        ancestor = ancestor.parent
    # R033, pidns_install(), setns(2) EINVAL: only the caller's own PID namespace or a descendant can be
    # joined,
    # and only its children will be in it.
    if ancestor is not active:
        raise Refused(EINVAL)
    nsset.nsproxy = replace(nsset.nsproxy, pid_ns_for_children=ns)


def _commit_nsset(current: Task, nsset: Nsset) -> None:
    """R031: all went well, so all of it counts.  Twin: commit_nsset()."""
    if nsset.flags & abi.CLONE_NEWUSER:
        commit_creds(current, nsset.cred)
    current.fs.root, current.fs.pwd = nsset.fs.root, nsset.fs.pwd
    current.nsproxy = nsset.nsproxy
