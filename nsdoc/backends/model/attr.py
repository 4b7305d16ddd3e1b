"""Changing the mode, the owner and the group of a file.

Twin: fs/attr.c, and chown_common() and chmod_common() of fs/open.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nsdoc.abi import CAP_CHOWN, CAP_FSETID, S_ISGID, S_ISUID
from nsdoc.backends.model.capability import capable, capable_wrt_inode_uidgid, ns_capable
from nsdoc.backends.model.cred import in_group
from nsdoc.backends.model.errnos import EINVAL, EOPNOTSUPP, EOVERFLOW, EPERM
from nsdoc.backends.model.file import fdget
from nsdoc.backends.model.idmap import fs_kgid, fs_kuid, vfsids
from nsdoc.backends.model.namei import user_path
from nsdoc.backends.model.open import S_IALLUGO
from nsdoc.backends.model.permission import (
    MAY_WRITE,
    inode_owner_or_capable,
    inode_permission,
    mnt_want_write,
)
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.uidgid import (
    INVALID,
    gid_arg,
    kgid_has_mapping,
    kuid_has_mapping,
    make_kgid,
    make_kuid,
    uid_arg,
)

if TYPE_CHECKING:
    from nsdoc.backends.model.dcache import Path
    from nsdoc.backends.model.idmap import Vfsids
    from nsdoc.backends.model.inode import Inode
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.uidgid import Kgid, Kuid

XATTR_CAPS = "security.capability"
_GROUP_EXEC = 0o010


def sys_utime(current: Task, path: str, seconds: int | None = None) -> None:
    """Permission to set the times of a file, which are not kept.  utime(2)."""
    place = user_path(current, path)
    mnt_want_write(place.mnt)
    # may_setattr(), utime(2) EPERM: nobody changes an immutable file.
    if place.dentry.inode.is_immutable():
        raise Refused(EPERM)
    if inode_owner_or_capable(current, place):
        return
    # R081, may_setattr(), utime(2) EACCES: the current time may be set by whoever may write.
    if seconds is None:
        inode_permission(current, place, MAY_WRITE)
        return
    # R081, setattr_prepare(), utime(2) EPERM: another time only by the owner, or with CAP_FOWNER.
    raise Refused(EPERM)


class Iattr(NamedTuple):
    """What shall change: None leaves it."""

    mode: int | None = None
    uid: Kuid | None = None
    gid: Kgid | None = None


def sys_chmod(current: Task, path: str, mode: int) -> None:
    """chmod(2)."""
    _chmod(current, user_path(current, path), mode)


def sys_fchmod(current: Task, fd: int, mode: int) -> None:
    """fchmod(2)."""
    _chmod(current, fdget(current, fd).path, mode)


def _chmod(current: Task, place: Path, mode: int) -> None:
    mnt_want_write(place.mnt)
    inode = place.dentry.inode
    notify_change(current, place, Iattr(mode=(mode & S_IALLUGO) | inode.kind()))


def sys_chown(current: Task, path: str, uid: int, gid: int) -> None:
    """chown(2)."""
    _chown(current, user_path(current, path), uid, gid)


def sys_lchown(current: Task, path: str, uid: int, gid: int) -> None:
    """lchown(2)."""
    _chown(current, user_path(current, path, follow=False), uid, gid)


def sys_fchown(current: Task, fd: int, uid: int, gid: int) -> None:
    """fchown(2)."""
    _chown(current, fdget(current, fd).path, uid, gid)


def _chown(current: Task, place: Path, uid: int, gid: int) -> None:
    """Twin: chown_common()."""
    mnt_want_write(place.mnt)
    ns = current.cred.user_ns
    kuid, kgid = make_kuid(ns, uid_arg(uid)), make_kgid(ns, gid_arg(gid))
    # R081, chown(2): an ID that has no mapping in the caller's user namespace is not valid, whoever asks.
    if uid_arg(uid) != INVALID and kuid == INVALID:
        raise Refused(EINVAL)
    if gid_arg(gid) != INVALID and kgid == INVALID:
        raise Refused(EINVAL)
    inode = place.dentry.inode
    attr = Iattr(
        mode=None if inode.is_dir() else _mode_after_chown(current, inode, vfsids(place.mnt.idmap, inode)),
        uid=None if uid_arg(uid) == INVALID else kuid,
        gid=None if gid_arg(gid) == INVALID else kgid,
    )
    notify_change(current, place, attr)
    # chown(2), capabilities(7): file capabilities are removed.
    if not inode.is_dir():
        inode.xattrs.pop(XATTR_CAPS, None)


def _mode_after_chown(current: Task, inode: Inode, ids: Vfsids) -> int | None:
    """chown(2): the set-user-ID and set-group-ID bits are cleared, whoever asks; None where there are
    none."""
    mode = inode.mode & ~S_ISUID
    if _drops_sgid(current, inode, ids):
        mode &= ~S_ISGID
    return None if mode == inode.mode else mode


def _drops_sgid(current: Task, inode: Inode, ids: Vfsids) -> bool:
    """Whether the set-group-ID bit goes.  Twin: setattr_should_drop_sgid()."""
    if not inode.mode & S_ISGID:
        return False
    return bool(inode.mode & _GROUP_EXEC) or not in_group_or_capable(current, ids, ids.gid)


def in_group_or_capable(current: Task, ids: Vfsids, gid: Kgid) -> bool:
    """Whether the task may leave a set-group-ID bit for a group.  Twin: in_group_or_capable()."""
    return in_group(current.cred, gid) or capable_wrt_inode_uidgid(current, ids, CAP_FSETID)


def notify_change(current: Task, place: Path, attr: Iattr) -> None:
    """Change what `attr` says, if the task may.

    Raises:
        Refused: EOPNOTSUPP, EOVERFLOW, EPERM; in the order of notify_change() and setattr_prepare().
    """
    mnt, inode = place.mnt, place.dentry.inode
    # may_setattr(): nobody changes an immutable file.
    if inode.is_immutable() and (attr.mode, attr.uid, attr.gid) != (None, None, None):
        raise Refused(EPERM)
    # chmod(2): the mode of a symbolic link means nothing.
    if attr.mode is not None and inode.is_symlink() and current.kernel.has("symlink-modes-are-fixed"):
        raise Refused(EOPNOTSUPP)
    uid = None if attr.uid is None else fs_kuid(mnt.idmap, inode.sb.user_ns, attr.uid)
    gid = None if attr.gid is None else fs_kgid(mnt.idmap, inode.sb.user_ns, attr.gid)
    ids = vfsids(mnt.idmap, inode)
    if current.kernel.has("unmapped-ids-are-refused"):
        _check_fsmapping(inode, uid, gid, ids)
    inode.may_setattr(current, mode=attr.mode is not None, owner=uid is not None or gid is not None)
    _setattr_prepare(current, place, attr, ids)
    if uid is not None:
        inode.uid = uid
    if gid is not None:
        inode.gid = gid
    if attr.mode is not None:
        inode.mode = _settled_mode(current, place, attr.mode)


def _check_fsmapping(inode: Inode, uid: Kuid | None, gid: Kgid | None, ids: Vfsids) -> None:
    ns = inode.sb.user_ns
    # R074, notify_change(), chown(2) EOVERFLOW: the filesystem cannot store the new owner or group.
    if uid is not None and not kuid_has_mapping(ns, uid):
        raise Refused(EOVERFLOW)
    if gid is not None and not kgid_has_mapping(ns, gid):
        raise Refused(EOVERFLOW)
    # R074: a file whose owner or group cannot be expressed is changed only by giving it ones that can.
    if uid is None and ids.uid == INVALID:
        raise Refused(EOVERFLOW)
    if gid is None and ids.gid == INVALID:
        raise Refused(EOVERFLOW)


def _setattr_prepare(current: Task, place: Path, attr: Iattr, ids: Vfsids) -> None:
    owns = current.cred.fsuid == ids.uid
    # R081, chown_ok(), chown(2) EPERM: only who has CAP_CHOWN over the file changes its owner;
    # the owner may set what it is already.
    if (
        attr.uid is not None
        and not (owns and attr.uid == ids.uid)
        and not _may_chown(current, place, ids, ids.uid)
    ):
        raise Refused(EPERM)
    # R081, chgrp_ok(), chown(2) EPERM: the owner may change the group to one that it is in.
    if attr.gid is not None:
        allowed = owns and (attr.gid == ids.gid or in_group(current.cred, attr.gid))
        if not allowed and not _may_chown(current, place, ids, ids.gid):
            raise Refused(EPERM)
    # R081, chmod(2) EPERM: only the owner, or who has CAP_FOWNER over the file, changes its mode.
    if attr.mode is not None and not inode_owner_or_capable(current, place):
        raise Refused(EPERM)


def _may_chown(current: Task, place: Path, ids: Vfsids, changed: int) -> bool:
    if capable_wrt_inode_uidgid(current, ids, CAP_CHOWN):
        return True
    # R081, chown_ok(): an ID that the filesystem cannot express may be put right by its own root.
    return changed == INVALID and ns_capable(current, place.dentry.inode.sb.user_ns, CAP_CHOWN)


def _settled_mode(current: Task, place: Path, mode: int) -> int:
    """R081, setattr_copy(), chmod(2): the set-group-ID bit is dropped for a group that the task is not in."""
    ids = vfsids(place.mnt.idmap, place.dentry.inode)
    return mode if in_group_or_capable(current, ids, ids.gid) else mode & ~S_ISGID


def file_remove_privs(current: Task, place: Path) -> None:
    """What writing to a file takes from it.

    # Twin: file_remove_privs(), inode(7) and capabilities(7): the set-user-ID and set-group-ID bits,
    # unless the writer has CAP_FSETID over the whole machine; file capabilities always.
    """
    inode = place.dentry.inode
    inode.xattrs.pop(XATTR_CAPS, None)
    if not inode.is_regular() or capable(current, CAP_FSETID):
        return
    ids = vfsids(place.mnt.idmap, inode)
    if _drops_sgid(current, inode, ids):
        inode.mode &= ~S_ISGID
    inode.mode &= ~S_ISUID
