"""Extended attributes.

Twin: fs/xattr.c, and cap_inode_setxattr() and cap_inode_removexattr() of security/commoncap.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc.abi import CAP_SETFCAP, CAP_SYS_ADMIN, S_ISVTX
from nsdoc.backends.model.attr import XATTR_CAPS
from nsdoc.backends.model.capability import capable, capable_wrt_inode_uidgid, ns_capable
from nsdoc.backends.model.errnos import E2BIG, EEXIST, EINVAL, ENODATA, EOPNOTSUPP, EPERM, ERANGE
from nsdoc.backends.model.fcaps import cap_convert_nscap, cap_inode_getsecurity
from nsdoc.backends.model.idmap import has_unmapped_id, vfsids
from nsdoc.backends.model.namei import user_path
from nsdoc.backends.model.permission import (
    MAY_READ,
    MAY_WRITE,
    inode_owner_or_capable,
    inode_permission,
    mnt_want_write,
)
from nsdoc.backends.model.refusal import Refused

if TYPE_CHECKING:
    from nsdoc.backends.model.dcache import Path
    from nsdoc.backends.model.sched import Task

XATTR_CREATE: Final = 1
XATTR_REPLACE: Final = 2
_NAME_MAX: Final = 255
_SIZE_MAX: Final = 65536
_NAMESPACES: Final = ("security.", "trusted.", "user.")


def sys_setxattr(current: Task, path: str, name: str, value: bytes, flags: int = 0) -> None:
    """setxattr(2).

    Raises:
        Refused: EINVAL, ERANGE, E2BIG, EROFS, EPERM, EOPNOTSUPP, EEXIST, ENODATA; in the order of R082.
    """
    place = user_path(current, path)
    # setxattr_copy(), setxattr(2) EINVAL: unknown flags.
    if flags & ~(XATTR_CREATE | XATTR_REPLACE):
        raise Refused(EINVAL)
    _check_name(name)
    # setxattr(2) E2BIG: the value is too long.
    if len(value) > _SIZE_MAX:
        raise Refused(E2BIG)
    mnt_want_write(place.mnt)
    if name == XATTR_CAPS and value:
        value = cap_convert_nscap(current, place, value)
    _xattr_permission(current, place, name, MAY_WRITE)
    _cap_inode_setxattr(current, place, name)
    attributes = place.dentry.inode.xattrs
    # setxattr(2) EEXIST, ENODATA: the flags ask for an attribute that is new, or that exists.
    if flags & XATTR_CREATE and name in attributes:
        raise Refused(EEXIST)
    if flags & XATTR_REPLACE and name not in attributes:
        raise Refused(ENODATA)
    attributes[name] = value


def _check_name(name: str) -> None:
    # setxattr(2) ERANGE: the name is empty or too long.
    if not name or len(name) > _NAME_MAX:
        raise Refused(ERANGE)


def _xattr_permission(current: Task, place: Path, name: str, mask: int) -> None:
    """Twin: xattr_permission()."""
    inode = place.dentry.inode
    # may_write_xattr(): a file whose owner or group cannot be expressed gets no attributes.
    if mask & MAY_WRITE and has_unmapped_id(vfsids(place.mnt.idmap, inode)):
        raise Refused(EPERM)
    if name.startswith(("security.", "system.")):
        return
    hidden = EPERM if mask & MAY_WRITE else ENODATA
    if name.startswith("trusted."):
        # xattr(7): trusted attributes need CAP_SYS_ADMIN in the initial user namespace.
        if not capable(current, CAP_SYS_ADMIN):
            raise Refused(hidden)
        return
    if name.startswith("user."):
        # xattr(7): user attributes are for regular files and directories.
        if not inode.is_regular() and not inode.is_dir():
            raise Refused(hidden)
        sticky = inode.is_dir() and inode.mode & S_ISVTX
        if sticky and mask & MAY_WRITE and not inode_owner_or_capable(current, place):
            raise Refused(EPERM)
    inode_permission(current, place, mask)


def _cap_inode_setxattr(current: Task, place: Path, name: str) -> None:
    # xattr(7): security attributes need CAP_SYS_ADMIN in the user namespace of the filesystem;
    # file capabilities have a rule of their own.
    if name.startswith("security.") and name != XATTR_CAPS and not _may_set_security(current, place):
        raise Refused(EPERM)
    _resolve_name(place, name)


def _resolve_name(place: Path, name: str) -> None:
    """Twin: xattr_resolve_name()."""
    # xattr(7) EOPNOTSUPP: the filesystem has no such attributes.
    if not name.startswith(_NAMESPACES) or place.dentry.inode.is_virtual():
        raise Refused(EOPNOTSUPP)
    # EINVAL: there is nothing after the prefix.
    if name in _NAMESPACES:
        raise Refused(EINVAL)


def _may_set_security(current: Task, place: Path) -> bool:
    if current.kernel.has("superblock-owner-sets-security-xattrs"):
        return ns_capable(current, place.mnt.sb.user_ns, CAP_SYS_ADMIN)
    return capable(current, CAP_SYS_ADMIN)


def sys_getxattr(current: Task, path: str, name: str) -> bytes:
    """The value of an attribute.  getxattr(2)."""
    place = user_path(current, path)
    _check_name(name)
    _xattr_permission(current, place, name, MAY_READ)
    _resolve_name(place, name)
    value = place.dentry.inode.xattrs.get(name)
    # getxattr(2) ENODATA: there is no such attribute.
    if value is None:
        raise Refused(ENODATA)
    return cap_inode_getsecurity(current, place, value) if name == XATTR_CAPS else value


def sys_listxattr(current: Task, path: str) -> tuple[str, ...]:
    """The names of the attributes, sorted.  listxattr(2)."""
    names = user_path(current, path).dentry.inode.xattrs
    trusted = capable(current, CAP_SYS_ADMIN)
    return tuple(sorted(name for name in names if trusted or not name.startswith("trusted.")))


def sys_removexattr(current: Task, path: str, name: str) -> None:
    """removexattr(2)."""
    place = user_path(current, path)
    _check_name(name)
    mnt_want_write(place.mnt)
    _xattr_permission(current, place, name, MAY_WRITE)
    inode = place.dentry.inode
    if name == XATTR_CAPS:
        # R082, cap_inode_removexattr(): CAP_SETFCAP over the file.
        if not capable_wrt_inode_uidgid(current, vfsids(place.mnt.idmap, inode), CAP_SETFCAP):
            raise Refused(EPERM)
    else:
        _cap_inode_setxattr(current, place, name)
    # removexattr(2) ENODATA: there is no such attribute.
    if name not in inode.xattrs:
        raise Refused(ENODATA)
    del inode.xattrs[name]
