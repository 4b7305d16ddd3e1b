"""The namespaces of a task other than its user namespace, and how they are made.

Twin: the first half of kernel/nsproxy.c.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import CAP_SYS_ADMIN
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.errnos import EINVAL, EPERM
from nsdoc.backends.model.namespace import copy_mnt_ns
from nsdoc.backends.model.ns_types import CgroupNamespace, IpcNamespace, NetNamespace, TimeNamespace, copy_ns
from nsdoc.backends.model.pid import copy_pid_ns
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.uts import copy_utsname

if TYPE_CHECKING:
    from nsdoc.backends.model.cred import Cred
    from nsdoc.backends.model.fs_struct import FsStruct
    from nsdoc.backends.model.mount import MntNamespace
    from nsdoc.backends.model.pid import PidNamespace
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.user_namespace import UserNamespace
    from nsdoc.backends.model.uts import UtsNamespace

# All kinds but the user namespace.
NSPROXY_FLAGS: Final = (
    abi.CLONE_NEWNS
    | abi.CLONE_NEWUTS
    | abi.CLONE_NEWIPC
    | abi.CLONE_NEWPID
    | abi.CLONE_NEWNET
    | abi.CLONE_NEWCGROUP
    | abi.CLONE_NEWTIME
)


@dataclass(frozen=True, slots=True)
class Nsproxy:
    """The namespaces of a task.

    # R005: the user namespace is not among them; it is part of the credentials.
    """

    mnt_ns: MntNamespace
    uts_ns: UtsNamespace
    ipc_ns: IpcNamespace
    pid_ns_for_children: PidNamespace
    cgroup_ns: CgroupNamespace
    net_ns: NetNamespace
    time_ns: TimeNamespace
    time_ns_for_children: TimeNamespace


def create_new_namespaces(
    current: Task,
    flags: int,
    old: Nsproxy,
    user_ns: UserNamespace,
    fs: FsStruct,
) -> Nsproxy:
    """The namespaces `old`, with new ones of the kinds asked for, owned by `user_ns`.

    # R060, create_new_namespaces(): made in this order, so that the first failure decides.
    """
    new = old
    if flags & abi.CLONE_NEWNS:
        new = replace(new, mnt_ns=copy_mnt_ns(current, user_ns, old.mnt_ns, fs))
    if flags & abi.CLONE_NEWUTS:
        new = replace(new, uts_ns=copy_utsname(current, user_ns, old.uts_ns))
    if flags & abi.CLONE_NEWIPC:
        new = replace(new, ipc_ns=copy_ns(current, user_ns, IpcNamespace))
    if flags & abi.CLONE_NEWPID:
        new = replace(new, pid_ns_for_children=copy_pid_ns(current, user_ns, old.pid_ns_for_children))
    if flags & abi.CLONE_NEWCGROUP:
        new = replace(new, cgroup_ns=copy_ns(current, user_ns, CgroupNamespace))
    if flags & abi.CLONE_NEWNET:
        new = replace(new, net_ns=copy_ns(current, user_ns, NetNamespace))
    if flags & abi.CLONE_NEWTIME:
        new = replace(new, time_ns_for_children=copy_ns(current, user_ns, TimeNamespace))
        new.time_ns_for_children.offsets = dict(old.time_ns_for_children.offsets)
    return new


def copy_namespaces(current: Task, flags: int, cred: Cred, fs: FsStruct) -> Nsproxy:
    """The namespaces of a new child.

    Raises:
        Refused: EPERM, EINVAL, or what a kind says.
    """
    old = current.nsproxy
    if flags & NSPROXY_FLAGS:
        # R060, copy_namespaces(), clone(2) EPERM: CAP_SYS_ADMIN in the child's user namespace is needed,
        # in the new one if CLONE_NEWUSER was given as well.
        if not _may_create(current, cred):
            raise Refused(EPERM)
        # R016, clone(2) EINVAL: CLONE_NEWIPC and CLONE_SYSVSEM exclude each other.
        if flags & abi.CLONE_NEWIPC and flags & abi.CLONE_SYSVSEM:
            raise Refused(EINVAL)
    new = create_new_namespaces(current, flags, old, cred.user_ns, fs)
    # Twin: timens_on_fork(), time_namespaces(7): a child enters the time namespace made for children.
    new.time_ns_for_children.frozen = True
    return replace(new, time_ns=new.time_ns_for_children)


def unshare_nsproxy_namespaces(current: Task, flags: int, cred: Cred, fs: FsStruct) -> Nsproxy:
    """The namespaces of a task that unshares some.

    Raises:
        Refused: EPERM, or what a kind says.
    """
    if not flags & NSPROXY_FLAGS:
        return current.nsproxy
    # R060, unshare_nsproxy_namespaces(), unshare(2) EPERM: CAP_SYS_ADMIN in the user namespace is needed,
    # in the new one if CLONE_NEWUSER was given as well.
    if not _may_create(current, cred):
        raise Refused(EPERM)
    return create_new_namespaces(current, flags, current.nsproxy, cred.user_ns, fs)


def _may_create(current: Task, cred: Cred) -> bool:
    """Before Linux 3.8 the capability had to be held in the initial user namespace, namespaces(7)."""
    kernel = current.kernel
    target = cred.user_ns if kernel.has("namespaces-owned-by-user-namespaces") else kernel.init_user_ns
    return ns_capable(current, target, CAP_SYS_ADMIN)
