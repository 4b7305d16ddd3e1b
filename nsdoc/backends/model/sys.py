"""System calls about the IDs of a task.

Twin: kernel/sys.c and kernel/groups.c.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nsdoc.abi import CAP_SETGID, CAP_SETUID, RLIMIT_NPROC
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.commoncap import fix_setfsuid, fix_setuid
from nsdoc.backends.model.cred import commit_creds
from nsdoc.backends.model.errnos import EINVAL, EPERM
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.setid import Ids, checked, set_fs_id, set_id, set_re_id, set_res_id
from nsdoc.backends.model.ucount import find_ucounts, nproc_overlimit
from nsdoc.backends.model.uidgid import (
    GLOBAL_ROOT_UID,
    INVALID_GID,
    from_kgid_munged,
    from_kuid_munged,
    gid_arg,
    make_kgid,
    make_kuid,
    uid_arg,
)

if TYPE_CHECKING:
    from nsdoc.backends.model.cred import Cred
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.setid import Wanted
    from nsdoc.backends.model.uidgid import Gid, Kgid, Kuid, Uid

NGROUPS_MAX: Final = 65536


def sys_getuid(current: Task) -> Uid:
    """The real user ID, or the overflow user ID.  getuid(2)."""
    return from_kuid_munged(current.cred.user_ns, current.cred.uid)


def sys_geteuid(current: Task) -> Uid:
    """The effective user ID, or the overflow user ID.  geteuid(2)."""
    return from_kuid_munged(current.cred.user_ns, current.cred.euid)


def sys_getgid(current: Task) -> Gid:
    """The real group ID, or the overflow group ID.  getgid(2)."""
    return from_kgid_munged(current.cred.user_ns, current.cred.gid)


def sys_getegid(current: Task) -> Gid:
    """The effective group ID, or the overflow group ID.  getegid(2)."""
    return from_kgid_munged(current.cred.user_ns, current.cred.egid)


def sys_getresuid(current: Task) -> tuple[int, ...]:
    """The real, effective and saved user ID.  getresuid(2)."""
    cred = current.cred
    return tuple(from_kuid_munged(cred.user_ns, kuid) for kuid in (cred.uid, cred.euid, cred.suid))


def sys_getresgid(current: Task) -> tuple[int, ...]:
    """The real, effective and saved group ID.  getresgid(2)."""
    cred = current.cred
    return tuple(from_kgid_munged(cred.user_ns, kgid) for kgid in (cred.gid, cred.egid, cred.sgid))


def sys_getgroups(current: Task) -> tuple[int, ...]:
    """The supplementary groups, sorted as the kernel keeps them.  getgroups(2)."""
    return tuple(from_kgid_munged(current.cred.user_ns, kgid) for kgid in current.cred.groups)


def sys_setuid(current: Task, uid: int) -> None:
    """setuid(2)."""
    _commit_uids(current, set_id(_uids(current.cred), _kuid(current, uid), _may_setuid(current)))


def sys_setreuid(current: Task, ruid: int, euid: int) -> None:
    """setreuid(2)."""
    real, effective = _wanted_uid(current, ruid), _wanted_uid(current, euid)
    _commit_uids(current, set_re_id(_uids(current.cred), real, effective, _may_setuid(current)))


def sys_setresuid(current: Task, ruid: int, euid: int, suid: int) -> None:
    """setresuid(2)."""
    real, effective, saved = (_wanted_uid(current, uid) for uid in (ruid, euid, suid))
    old = _uids(current.cred)
    new = set_res_id(old, real, effective, saved, _may_setuid(current))
    if new is not old:
        _commit_uids(current, new)


def sys_setfsuid(current: Task, uid: int) -> Uid:
    """The filesystem user ID before the call.  setfsuid(2)."""
    old = current.cred
    before = from_kuid_munged(old.user_ns, old.fsuid)
    new = set_fs_id(_uids(old), _kuid(current, uid), _may_setuid(current))
    if new.fs != old.fsuid:
        commit_creds(current, fix_setfsuid(replace(old, fsuid=new.fs), old))
    return before


def sys_setgid(current: Task, gid: int) -> None:
    """setgid(2)."""
    _commit_gids(current, set_id(_gids(current.cred), _kgid(current, gid), _may_setgid(current)))


def sys_setregid(current: Task, rgid: int, egid: int) -> None:
    """setregid(2)."""
    real, effective = _wanted_gid(current, rgid), _wanted_gid(current, egid)
    _commit_gids(current, set_re_id(_gids(current.cred), real, effective, _may_setgid(current)))


def sys_setresgid(current: Task, rgid: int, egid: int, sgid: int) -> None:
    """setresgid(2)."""
    real, effective, saved = (_wanted_gid(current, gid) for gid in (rgid, egid, sgid))
    old = _gids(current.cred)
    new = set_res_id(old, real, effective, saved, _may_setgid(current))
    if new is not old:
        _commit_gids(current, new)


def sys_setfsgid(current: Task, gid: int) -> Gid:
    """The filesystem group ID before the call.  setfsgid(2)."""
    old = current.cred
    before = from_kgid_munged(old.user_ns, old.fsgid)
    new = set_fs_id(_gids(old), _kgid(current, gid), _may_setgid(current))
    if new.fs != old.fsgid:
        commit_creds(current, replace(old, fsgid=new.fs))
    return before


def sys_setgroups(current: Task, groups: tuple[int, ...]) -> None:
    """Set the supplementary groups.  setgroups(2).

    Raises:
        Refused: EPERM or EINVAL; in the order of R057.
    """
    # R057, may_setgroups(), setgroups(2) EPERM: the caller lacks CAP_SETGID in its user namespace,
    # its gid_map is not written yet, or setgroups says "deny".
    if not may_setgroups(current):
        raise Refused(EPERM)
    # R057, setgroups(2) EINVAL: more than NGROUPS_MAX groups.
    if len(groups) > NGROUPS_MAX:
        raise Refused(EINVAL)
    kgids = [_kgid(current, gid) for gid in groups]
    # R057, groups_from_user(), setgroups(2): a group ID is not valid in this user namespace.
    if INVALID_GID in kgids:
        raise Refused(EINVAL)
    commit_creds(current, replace(current.cred, groups=tuple(sorted(kgids))))


def may_setgroups(current: Task) -> bool:
    """Whether the task may change its supplementary groups.  R057, may_setgroups(),
    userns_may_setgroups()."""
    kernel, ns = current.kernel, current.cred.user_ns
    if not _may_setgid(current):
        return False
    if kernel.has("setgroups-needs-gid-map") and not ns.gid_map.extents:
        return False
    return ns.setgroups_allowed


def _uids(cred: Cred) -> Ids[Kuid]:
    return Ids(cred.uid, cred.euid, cred.suid, cred.fsuid)


def _gids(cred: Cred) -> Ids[Kgid]:
    return Ids(cred.gid, cred.egid, cred.sgid, cred.fsgid)


def _kuid(current: Task, uid: int) -> Kuid:
    return make_kuid(current.cred.user_ns, uid_arg(uid))


def _kgid(current: Task, gid: int) -> Kgid:
    return make_kgid(current.cred.user_ns, gid_arg(gid))


def _wanted_uid(current: Task, uid: int) -> Wanted[Kuid]:
    return checked(uid_arg(uid), _kuid(current, uid))


def _wanted_gid(current: Task, gid: int) -> Wanted[Kgid]:
    return checked(gid_arg(gid), _kgid(current, gid))


def _may_setuid(current: Task) -> bool:
    return ns_capable(current, current.cred.user_ns, CAP_SETUID)


def _may_setgid(current: Task) -> bool:
    return ns_capable(current, current.cred.user_ns, CAP_SETGID)


def _commit_uids(current: Task, ids: Ids[Kuid]) -> None:
    old = current.cred
    new = replace(old, uid=ids.real, euid=ids.effective, suid=ids.saved, fsuid=ids.fs)
    new = fix_setuid(new, old)
    # R117, set_cred_ucounts(): the process is counted for its new real user ID.
    if new.uid != old.uid:
        new = replace(new, ucounts=find_ucounts(new.user_ns, new.uid))
        # R117, flag_nproc_exceeded(), setuid(2): too many processes of that user show at the next execve(2).
        limit = current.signal.rlimits[RLIMIT_NPROC][0]
        current.nproc_exceeded = new.uid != GLOBAL_ROOT_UID and nproc_overlimit(current, new.ucounts, limit)
    commit_creds(current, new)


def _commit_gids(current: Task, ids: Ids[Kgid]) -> None:
    commit_creds(
        current, replace(current.cred, gid=ids.real, egid=ids.effective, sgid=ids.saved, fsgid=ids.fs)
    )
