"""Credentials: who a task is.

They are never changed in place: a call prepares a copy and commits it, or leaves everything as it was.

Twin: include/linux/cred.h and kernel/cred.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nsdoc.backends.model.ucount import charge_nproc, uncharge_nproc

if TYPE_CHECKING:
    from nsdoc.backends.model.keys import Key
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.ucount import Ucounts
    from nsdoc.backends.model.uidgid import Kgid, Kuid
    from nsdoc.backends.model.user_namespace import UserNamespace


@dataclass(frozen=True, slots=True)
class Cred:
    """The credentials of a task.

    # R002: all IDs are those of the initial user namespace.  Moving to another user namespace changes none
    # of them,
    # it changes only what they are called.
    """

    uid: Kuid
    gid: Kgid
    suid: Kuid
    sgid: Kgid
    euid: Kuid
    egid: Kgid
    fsuid: Kuid
    fsgid: Kgid
    groups: tuple[Kgid, ...]
    cap_inheritable: int
    cap_permitted: int
    cap_effective: int
    cap_bset: int
    cap_ambient: int
    securebits: int
    user_ns: UserNamespace
    ucounts: Ucounts
    thread_keyring: Key | None = None
    process_keyring: Key | None = None
    session_keyring: Key | None = None


def in_group(cred: Cred, kgid: Kgid) -> bool:
    """Whether a group is the filesystem group or among the supplementary ones.  Twin: in_group_p()."""
    return kgid == cred.fsgid or kgid in cred.groups


def in_egroup(cred: Cred, kgid: Kgid) -> bool:
    """Whether a group is the effective group or among the supplementary ones.  Twin: in_egroup_p()."""
    return kgid == cred.egid or kgid in cred.groups


def cred_cap_issubset(old: Cred, new: Cred) -> bool:
    """Whether `new` can do nothing that `old` could not.

    # R023, cred_cap_issubset(): capabilities in a descendant user namespace count as held
    # by the one in the parent whose effective user ID is the owner's.
    """
    if old.user_ns is new.user_ns:
        return new.cap_permitted & ~old.cap_permitted == 0
    ns = new.user_ns
    while ns.parent is not None:
        if ns.parent is old.user_ns and ns.owner == old.euid:
            return True
        ns = ns.parent
    return False


def commit_creds(current: Task, new: Cred) -> None:
    """Make `new` the credentials of the task.

    # R023, commit_creds(), proc(5) and prctl(2): a change of effective or filesystem ID, or a gain of
    # capabilities,
    # makes the process not dumpable (fs.suid_dumpable, 0 unless set).
    """
    old = current.cred
    ids_changed = (old.euid, old.egid, old.fsuid, old.fsgid) != (new.euid, new.egid, new.fsuid, new.fsgid)
    if ids_changed or not cred_cap_issubset(old, new):
        current.mm.dumpable = current.kernel.sysctl.suid_dumpable
        current.pdeath_signal = 0
    # R117: the process counts for the new user in the new user namespace.
    if (new.uid, new.user_ns) != (old.uid, old.user_ns):
        charge_nproc(new.ucounts)
        uncharge_nproc(old.ucounts)
    # Twin: key_fsuid_changed(): the keyring of a thread follows its filesystem user ID.
    if new.thread_keyring is not None:
        new.thread_keyring.uid = new.fsuid
    current.cred = new
