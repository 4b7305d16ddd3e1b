"""The attributes of mounts.

Twin: mount_setattr(2) of fs/namespace.c, and its part of fsmount(2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import AT_EMPTY_PATH, AT_RECURSIVE, AT_SYMLINK_NOFOLLOW, CAP_SYS_ADMIN, MOUNT_ATTR_IDMAP
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.errnos import EINVAL, ENOSYS, EPERM
from nsdoc.backends.model.file import fdget, fdget_raw
from nsdoc.backends.model.idmap import Idmap
from nsdoc.backends.model.mount_calls import PROPAGATION, can_change_locked_flags, make_readonly_or_busy
from nsdoc.backends.model.namei import AT_NO_AUTOMOUNT, user_path_at
from nsdoc.backends.model.nsfs import NsInode
from nsdoc.backends.model.pnode import change_mnt_propagation
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.umount import check_mnt, may_mount, path_mounted
from nsdoc.backends.model.user_namespace import UserNamespace

if TYPE_CHECKING:
    from nsdoc.backends.model.dcache import Path
    from nsdoc.backends.model.mount import Mount
    from nsdoc.backends.model.sched import Task

# The flag of a mount that each attribute is.
_FLAGS: Final = {
    abi.MOUNT_ATTR_RDONLY: abi.MS_RDONLY,
    abi.MOUNT_ATTR_NOSUID: abi.MS_NOSUID,
    abi.MOUNT_ATTR_NODEV: abi.MS_NODEV,
    abi.MOUNT_ATTR_NOEXEC: abi.MS_NOEXEC,
    0x80: abi.MS_NODIRATIME,
}
# The settings of the access time: relative, never, always.
_ATIME_FLAGS: Final = {0: abi.MS_RELATIME, 0x10: abi.MS_NOATIME, 0x20: 0}
_ATIME: Final = 0x70
_NOSYMFOLLOW: Final = 0x200000
_VALID: Final = sum(_FLAGS) | _ATIME | _NOSYMFOLLOW


def valid(attrs: int) -> bool:
    """Whether a new mount can have these attributes.  Twin: the checks of them in fsmount(2)."""
    return not attrs & ~_VALID and attrs & _ATIME in _ATIME_FLAGS


def flags_of(attrs: int) -> int:
    """The flags of a new mount with these attributes."""
    return _plain_flags(attrs) | _atime_flag(attrs)


def _plain_flags(attrs: int) -> int:
    return sum(flag for attr, flag in _FLAGS.items() if attrs & attr)


def _atime_flag(attrs: int) -> int:
    return _ATIME_FLAGS.get(attrs & _ATIME, abi.MS_RELATIME)


def sys_mount_setattr(
    current: Task,
    fd: int,
    path: str,
    flags: int,
    attr_set: int,
    attr_clr: int,
    propagation: int,
    userns_fd: int,
) -> None:
    """Change what a mount, or a tree of mounts, allows.  mount_setattr(2).

    Raises:
        Refused: ENOSYS, EINVAL, EPERM, EBADF; in the order of mount_setattr().
    """
    if not current.kernel.has("idmapped-mounts"):
        raise Refused(ENOSYS)
    # mount_setattr(2) EINVAL: unknown flags.
    if flags & ~(AT_EMPTY_PATH | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT):
        raise Refused(EINVAL)
    # R070, mount_setattr(2) EPERM.
    if not may_mount(current):
        raise Refused(EPERM)
    if not (attr_set or attr_clr or propagation):
        return
    _check_attrs(attr_set, attr_clr, propagation)
    source = _mnt_userns(current, attr_set, attr_clr, userns_fd)
    empty = not path and flags & AT_EMPTY_PATH
    place = fdget_raw(current, fd).path if empty else user_path_at(current, path, flags)
    _do_mount_setattr(current, place, (attr_set, attr_clr, propagation), source, bool(flags & AT_RECURSIVE))


def _check_attrs(attr_set: int, attr_clr: int, propagation: int) -> None:
    # mount_setattr(2) EINVAL: more than one propagation type, or none that exists.
    if propagation & ~PROPAGATION or propagation & (propagation - 1):
        raise Refused(EINVAL)
    # mount_setattr(2) EINVAL: there is no such attribute.
    if (attr_set | attr_clr) & ~(_VALID | MOUNT_ATTR_IDMAP):
        raise Refused(EINVAL)
    # mount_setattr(2) EINVAL: an access time setting is changed by clearing all of them.
    if attr_clr & _ATIME not in (0, _ATIME) or (
        attr_set & _ATIME and not attr_clr & _ATIME
    ):
        raise Refused(EINVAL)
    if attr_set & _ATIME not in _ATIME_FLAGS:
        raise Refused(EINVAL)


def _mnt_userns(current: Task, attr_set: int, attr_clr: int, fd: int) -> UserNamespace | None:
    """The user namespace whose maps a mount shall have.  Twin: build_mount_idmapped()."""
    if not (attr_set | attr_clr) & MOUNT_ATTR_IDMAP:
        return None
    # mount_setattr(2) EINVAL: a map cannot be taken off.
    if attr_clr & MOUNT_ATTR_IDMAP:
        raise Refused(EINVAL)
    inode = fdget(current, fd).inode
    # mount_setattr(2) EINVAL: the descriptor is not of a user namespace.
    if not isinstance(inode, NsInode) or not isinstance(inode.ns, UserNamespace):
        raise Refused(EINVAL)
    # mount_setattr(2) EPERM: the initial user namespace stands for no map.
    if inode.ns.parent is None:
        raise Refused(EPERM)
    # mount_setattr(2) EPERM: the caller lacks CAP_SYS_ADMIN in that user namespace.
    if not ns_capable(current, inode.ns, CAP_SYS_ADMIN):
        raise Refused(EPERM)
    return inode.ns


def _do_mount_setattr(
    current: Task,
    place: Path,
    wanted: tuple[int, int, int],
    source: UserNamespace | None,
    recurse: bool,
) -> None:
    attr_set, attr_clr, propagation = wanted
    mnt = place.mnt
    # do_mount_setattr(), EINVAL: it is not the root of a mount.
    if not path_mounted(place):
        raise Refused(EINVAL)
    # alloc_mnt_idmap(), EINVAL: the user namespace has no maps yet.
    if source is not None and not (source.uid_map.extents and source.gid_map.extents):
        raise Refused(EINVAL)
    # EINVAL: it is mounted nowhere, or in another mount namespace.
    if mnt.ns is None or ((mnt.parent is not None or not mnt.ns.anonymous) and not check_mnt(current, mnt)):
        raise Refused(EINVAL)
    mounts = list(mnt.tree()) if recurse else [mnt]
    for changed in mounts:
        _mount_setattr_prepare(current, changed, attr_set, attr_clr, source)
    for changed in mounts:
        changed.flags = _recalc_flags(changed, attr_set, attr_clr)
        if source is not None:
            changed.idmap = Idmap(source.uid_map, source.gid_map)
        if propagation:
            change_mnt_propagation(current.kernel, changed, propagation)


def _recalc_flags(mnt: Mount, attr_set: int, attr_clr: int) -> int:
    clear, add = _plain_flags(attr_clr), _plain_flags(attr_set)
    if attr_clr & _ATIME:
        clear |= abi.MS_NOATIME | abi.MS_RELATIME
        add |= _atime_flag(attr_set)
    return (mnt.flags & ~clear) | add


def _mount_setattr_prepare(
    current: Task,
    mnt: Mount,
    attr_set: int,
    attr_clr: int,
    source: UserNamespace | None,
) -> None:
    flags = _recalc_flags(mnt, attr_set, attr_clr)
    # R072, mount_setattr(2) EPERM: a locked flag would be cleared.
    if not can_change_locked_flags(current, mnt, flags):
        raise Refused(EPERM)
    if source is not None:
        can_idmap_mount(current, mnt, source)
    make_readonly_or_busy(current, mnt, flags)


def can_idmap_mount(current: Task, mnt: Mount, source: UserNamespace) -> None:
    """Whether a mount can get the maps of a user namespace.

    Raises:
        Refused: EINVAL, EPERM; in the order of can_idmap_mount(), mount_setattr(2).
    """
    kernel, fs_ns = current.kernel, mnt.sb.user_ns
    # EINVAL: the filesystem has these maps anyway.
    if source is fs_ns:
        raise Refused(EINVAL)
    # EPERM: a map is given once.
    if mnt.idmap is not None:
        raise Refused(EPERM)
    change = mnt.sb.fstype.idmap
    # EINVAL: the filesystem does not allow it.
    if change is None or not kernel.has(change):
        raise Refused(EINVAL)
    # EINVAL: before Linux 5.17 the filesystem had to be of the initial user namespace.
    if fs_ns.parent is not None and not kernel.has("idmapped-userns-mounts"):
        raise Refused(EINVAL)
    # EPERM: the caller lacks CAP_SYS_ADMIN in the user namespace of the filesystem.
    if not ns_capable(current, fs_ns, CAP_SYS_ADMIN):
        raise Refused(EPERM)
    # EINVAL: the mount can be seen already.
    if mnt.ns is None or not mnt.ns.anonymous:
        raise Refused(EINVAL)
