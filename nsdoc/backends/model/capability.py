"""Does a task have a capability over a user namespace, a file or another task?

Twin: kernel/capability.c, and cap_capable() of security/commoncap.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc.backends.model.uidgid import kgid_has_mapping, kuid_has_mapping

if TYPE_CHECKING:
    from nsdoc.backends.model.cred import Cred
    from nsdoc.backends.model.file import File
    from nsdoc.backends.model.idmap import Vfsids
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.user_namespace import UserNamespace


def cap_capable(cred: Cred, targ_ns: UserNamespace, cap: int) -> bool:
    """Whether the holder of `cred` has `cap` in `targ_ns`.

    R040, cap_capable(), user_namespaces(7) "Capabilities".
    """
    ns = targ_ns
    while True:
        # R040, rule 1: a process has a capability in its own user namespace if it is in its effective set.
        if ns is cred.user_ns:
            return bool(cred.cap_effective >> cap & 1)
        # R040: nobody in a namespace at the same or a deeper level has anything to say above or beside it.
        if ns.level <= cred.user_ns.level or ns.parent is None:
            return False
        # R040, rule 3: the owner, seen from the parent user namespace, has all capabilities.
        if ns.parent is cred.user_ns and ns.owner == cred.euid:
            return True
        # R040, rule 2: a capability held in a user namespace is held in all its descendants.
        ns = ns.parent


def ns_capable(current: Task, ns: UserNamespace, cap: int) -> bool:
    """Whether the calling task has a capability over a user namespace.  R041, ns_capable()."""
    if not current.kernel.has("capabilities-per-user-namespace"):
        return bool(current.cred.cap_effective >> cap & 1)
    return cap_capable(current.cred, ns, cap)


def capable(current: Task, cap: int) -> bool:
    """Whether the calling task has a capability over the whole machine.

    # R041, capable(), user_namespaces(7): what is not governed by a namespace
    # needs the capability in the initial user namespace.
    """
    return ns_capable(current, current.kernel.init_user_ns, cap)


def ids_can_be_equal(current: Task, ns: UserNamespace) -> bool:
    """Whether an ID of the calling task and one of another user namespace can be the same.

    From Linux 2.6.39 to 3.4 a user was a pair of user namespace and number:
    kill_ok_by_cred() compared within one user namespace only,
    and to inode_userns() every file belonged to the initial one.
    """
    kernel = current.kernel
    return (
        kernel.has("id-maps")
        or not kernel.has("capabilities-per-user-namespace")
        or current.cred.user_ns is ns
    )


def file_ns_capable(current: Task, file: File, ns: UserNamespace, cap: int) -> bool:
    """Whether the one who opened a file had a capability over a user namespace.  R041, file_ns_capable()."""
    if not current.kernel.has("map-writes-check-opener"):
        return ns_capable(current, ns, cap)
    return cap_capable(file.cred, ns, cap)


def privileged_wrt_inode_uidgid(current: Task, ns: UserNamespace, ids: Vfsids) -> bool:
    """Whether capabilities in a user namespace reach a file with these IDs.

    # R042, privileged_wrt_inode_uidgid(), user_namespaces(7): both the user ID and the group ID of the file
    # must have a mapping in the user namespace.
    """
    if not current.kernel.has("file-capabilities-need-both-ids"):
        return kuid_has_mapping(ns, ids.uid)
    return kuid_has_mapping(ns, ids.uid) and kgid_has_mapping(ns, ids.gid)


def capable_wrt_inode_uidgid(current: Task, ids: Vfsids, cap: int) -> bool:
    """Whether the calling task has a capability over a file.  R042, capable_wrt_inode_uidgid()."""
    if not current.kernel.has("id-maps"):
        return capable(current, cap)
    ns = current.cred.user_ns
    return ns_capable(current, ns, cap) and privileged_wrt_inode_uidgid(current, ns, ids)
