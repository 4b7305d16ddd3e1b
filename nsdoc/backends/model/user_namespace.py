"""User namespaces: how one is made and how it is joined.

Twin: include/linux/user_namespace.h and kernel/user_namespace.c.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nsdoc.abi import (
    CAP_SETFCAP,
    CAP_SETGID,
    CAP_SETUID,
    CAP_SYS_ADMIN,
    CLONE_NEWUSER,
    RLIM_INFINITY,
    RLIMIT_NPROC,
)
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.errnos import EINVAL, ENOSPC, EPERM, EUSERS
from nsdoc.backends.model.fs_struct import current_chrooted
from nsdoc.backends.model.ns_common import Namespace
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.securebits import EXEC_BITS, SECUREBITS_DEFAULT
from nsdoc.backends.model.ucount import INT_MAX, KINDS, dec_ucount, find_ucounts, inc_ucount
from nsdoc.backends.model.uidgid import GLOBAL_ROOT_UID, IDENTITY, IdMap, kgid_has_mapping, kuid_has_mapping

if TYPE_CHECKING:
    from nsdoc.backends.model.cred import Cred
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.keys import Key
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.setns import Nsset
    from nsdoc.backends.model.ucount import Ucounts
    from nsdoc.backends.model.uidgid import Kgid, Kuid, OverflowIds

# The last level at which a user namespace can still have children.
MAX_LEVEL: Final = 32


class UserNamespace(Namespace):
    """One user namespace.  R001: what the kernel keeps for it."""

    kind = "user"
    clone_flag = CLONE_NEWUSER

    def __init__(
        self,
        kernel: Kernel,
        parent: UserNamespace | None,
        owner: Kuid,
        group: Kgid,
        overflow: OverflowIds,
    ) -> None:
        super().__init__(kernel, parent)
        self.parent = parent
        self.level: int = 0 if parent is None else parent.level + 1
        self.owner = owner
        self.group = group
        self.overflow = overflow
        self.uid_map = IdMap()
        self.gid_map = IdMap()
        self.projid_map = IdMap()
        self.setgroups_allowed = True
        self.parent_could_setfcap = False
        self.ucounts: Ucounts | None = None
        self.ucounts_by_uid: dict[Kuid, Ucounts] = {}
        # R021: nothing is limited in a new user namespace until someone writes to /proc/sys/user.
        self.ucount_max = dict.fromkeys(KINDS, INT_MAX)
        self.rlimit_nproc = RLIM_INFINITY
        # The user keyring and the user session keyring of each user, and keyrings with names.
        self.user_keyrings: dict[Kuid, tuple[Key, Key]] = {}
        self.named_keyrings: list[Key] = []


def in_userns(ancestor: UserNamespace, ns: UserNamespace | None) -> bool:
    """Whether `ns` is `ancestor` or a descendant of it.  Twin: in_userns()."""
    while ns is not None:
        if ns is ancestor:
            return True
        ns = ns.parent
    return False


def create_user_ns(current: Task, new: Cred) -> Cred:
    """The credentials `new` moved into a new child of their user namespace.

    Raises:
        Refused: ENOSPC or EUSERS, EPERM; in the order of R020.
    """
    kernel = current.kernel
    parent = new.user_ns
    # R020(a), create_user_ns(), user_namespaces(7): the nesting of user namespaces is limited.
    if kernel.has("user-namespace-depth-limit") and parent.level > MAX_LEVEL:
        raise Refused(_limit_errno(kernel))
    # Before Linux 3.8, clone(2): the caller needed three capabilities in the initial user namespace.
    if not kernel.has("unprivileged-user-namespaces"):
        _require_old_privilege(current)
    # R020(b): the namespace is charged to the creator's effective user ID in the parent.
    ucounts = inc_ucount(kernel, parent, new.euid, "user")
    try:
        _may_create_user_ns(current, new)
    except Refused:
        dec_ucount(kernel, ucounts, "user")
        raise
    return _enter_new(current, new, ucounts)


def _limit_errno(kernel: Kernel) -> int:
    """Too many levels was EUSERS before Linux 4.9, unshare(2)."""
    return ENOSPC if kernel.has("depth-limit-is-enospc") else EUSERS


def _require_old_privilege(current: Task) -> None:
    needed = 1 << CAP_SYS_ADMIN | 1 << CAP_SETUID | 1 << CAP_SETGID
    if needed & ~current.cred.cap_effective:
        raise Refused(EPERM)


def _may_create_user_ns(current: Task, new: Cred) -> None:
    kernel = current.kernel
    # R020(c), current_chrooted(), unshare(2) EPERM: the root directory of the caller is not that of its
    # mount namespace.
    if kernel.has("no-user-namespace-in-chroot") and current_chrooted(current):
        raise Refused(EPERM)
    # R020(d), unshare(2) EPERM: the effective user ID or group ID of the caller has no mapping in its user
    # namespace.
    if not kuid_has_mapping(new.user_ns, new.euid) or not kgid_has_mapping(new.user_ns, new.egid):
        raise Refused(EPERM)


def _enter_new(current: Task, new: Cred, ucounts: Ucounts) -> Cred:
    """R021: the new namespace as create_user_ns() fills it in, and the credentials inside it."""
    kernel = current.kernel
    parent = new.user_ns
    ns = UserNamespace(kernel, parent, new.euid, new.egid, parent.overflow)
    ns.ucounts = ns.charged = ucounts
    ns.parent_could_setfcap = bool(new.cap_effective >> CAP_SETFCAP & 1)
    # R021, user_namespaces(7): the setgroups setting is inherited.
    ns.setgroups_allowed = parent.setgroups_allowed
    # R021: a limit on processes binds the whole namespace, unless global root made it.
    if not (new.uid == GLOBAL_ROOT_UID and parent.parent is None):
        ns.rlimit_nproc = current.signal.rlimits[RLIMIT_NPROC][0]
    if not kernel.has("id-maps"):
        ns.uid_map = ns.gid_map = ns.projid_map = IDENTITY
    kernel.namespaces.append(ns)
    return _as_root(kernel, set_cred_user_ns(kernel, new, ns))


def _as_root(kernel: Kernel, new: Cred) -> Cred:
    """From Linux 2.6.29 to 3.4 the creator became user 0 of the new namespace, with no supplementary
    groups."""
    if kernel.has("id-maps") or not kernel.has("user-namespace-in-credentials"):
        return new
    root, wheel = GLOBAL_ROOT_UID, type(new.gid)(0)
    return replace(
        new,
        uid=root,
        euid=root,
        suid=root,
        fsuid=root,
        gid=wheel,
        egid=wheel,
        sgid=wheel,
        fsgid=wheel,
        groups=(),
    )


def set_cred_user_ns(kernel: Kernel, cred: Cred, ns: UserNamespace) -> Cred:
    """The credentials of whoever enters `ns`, new or not.

    # R022, set_cred_user_ns(), user_namespaces(7): all capabilities inside, none outside; securebits at
    # their defaults;
    # the IDs stay what they are.
    """
    if not kernel.has("capabilities-per-user-namespace"):
        return replace(cred, user_ns=ns, ucounts=find_ucounts(ns, cred.uid))
    kept = cred.securebits & EXEC_BITS if kernel.has("exec-securebits-survive-user-namespaces") else 0
    full = kernel.cap_full_set
    return replace(
        cred,
        securebits=SECUREBITS_DEFAULT | kept,
        cap_inheritable=0,
        cap_permitted=full,
        cap_effective=full,
        cap_ambient=0,
        cap_bset=full,
        user_ns=ns,
        ucounts=find_ucounts(ns, cred.uid),
    )


def userns_install(current: Task, nsset: Nsset, ns: UserNamespace) -> None:
    """Join an existing user namespace, as setns(2) does.

    Raises:
        Refused: EINVAL or EPERM; in the order of R032.
    """
    # R032, userns_install(), setns(2) EINVAL: a process cannot rejoin its own user namespace, to regain
    # capabilities.
    if ns is current.cred.user_ns:
        raise Refused(EINVAL)
    # R032, setns(2) EINVAL: the process has threads, which would stay behind.
    if not current.thread_group_empty():
        raise Refused(EINVAL)
    # R032, setns(2) EINVAL: the root directory, working directory and umask are shared with another process.
    if current.kernel.has("no-shared-fs-across-user-namespaces") and current.fs.users != 1:
        raise Refused(EINVAL)
    # R032, setns(2) EPERM: the caller lacks CAP_SYS_ADMIN in the target.
    # Nobody has it in an ancestor of their own, so there is no way back.
    if not ns_capable(current, ns, CAP_SYS_ADMIN):
        raise Refused(EPERM)
    nsset.cred = set_cred_user_ns(current.kernel, nsset.cred, ns)
