"""The newer interface to mounts.

Twin: open_tree(2), move_mount(2), mount_setattr(2) and fsmount(2) of fs/namespace.c, and fs/fsopen.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import (
    AT_EMPTY_PATH,
    AT_RECURSIVE,
    AT_SYMLINK_NOFOLLOW,
    CAP_SYS_ADMIN,
    MOUNT_ATTR_IDMAP,
    MS_RDONLY,
    O_PATH,
    O_RDWR,
    OPEN_TREE_CLOEXEC,
    OPEN_TREE_CLONE,
    S_IFREG,
)
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.dcache import Dentry, Path
from nsdoc.backends.model.errnos import EBUSY, EINVAL, ENODEV, ENOENT, ENOSYS, EOPNOTSUPP, EPERM
from nsdoc.backends.model.file import File, fd_install, fdget, fdget_raw
from nsdoc.backends.model.fs_context import (
    FsContext,
    fs_context_for_mount,
    get_tree,
    mount_capable,
    mount_too_revealing,
    new_mount,
    parse_option,
)
from nsdoc.backends.model.idmap import Idmap
from nsdoc.backends.model.inode import Inode
from nsdoc.backends.model.mount import MntNamespace
from nsdoc.backends.model.mount_calls import (
    PROPAGATION,
    can_change_locked_flags,
    do_move_mount,
    loop_copy,
    make_readonly_or_busy,
)
from nsdoc.backends.model.namei import user_path
from nsdoc.backends.model.namespace import ATIME
from nsdoc.backends.model.nsfs import NsInode
from nsdoc.backends.model.pnode import change_mnt_propagation
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.ucount import inc_ucount
from nsdoc.backends.model.uidgid import GLOBAL_ROOT_GID, GLOBAL_ROOT_UID
from nsdoc.backends.model.umount import check_mnt, may_mount, path_mounted
from nsdoc.backends.model.user_namespace import UserNamespace
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from nsdoc.backends.model.mount import Mount
    from nsdoc.backends.model.sched import Task

AT_NO_AUTOMOUNT: Final = 0x800
# Attributes of mount_setattr(2) and fsmount(2), and the flag of a mount that each is.
_ATTRS: Final = {
    abi.MOUNT_ATTR_RDONLY: MS_RDONLY,
    abi.MOUNT_ATTR_NOSUID: abi.MS_NOSUID,
    abi.MOUNT_ATTR_NODEV: abi.MS_NODEV,
    abi.MOUNT_ATTR_NOEXEC: abi.MS_NOEXEC,
    0x80: abi.MS_NODIRATIME,
}
_ATTR_ATIME: Final = 0x70
_ATTR_NOATIME: Final = 0x10
_ATTR_STRICTATIME: Final = 0x20
_ATTR_NOSYMFOLLOW: Final = 0x200000
_VALID: Final = sum(_ATTRS) | _ATTR_ATIME | _ATTR_NOSYMFOLLOW
# Commands of fsconfig(2).
_SET_FLAG, _SET_STRING, _CMD_CREATE, _CMD_RECONFIGURE = 0, 1, 6, 7


def _needs(current: Task, change: str) -> None:
    """The call came with a change."""
    if not current.kernel.has(change):
        raise Refused(ENOSYS)


def sys_open_tree(current: Task, path: str, flags: int = 0) -> int:
    """A descriptor for a mount, or for a detached copy of it.  open_tree(2).

    Raises:
        Refused: ENOSYS, EINVAL, EPERM, and what the walk and `loop_copy` say.
    """
    _needs(current, "new-mount-api")
    known = (
        AT_EMPTY_PATH
        | AT_NO_AUTOMOUNT
        | AT_RECURSIVE
        | AT_SYMLINK_NOFOLLOW
        | OPEN_TREE_CLONE
        | OPEN_TREE_CLOEXEC
    )
    # open_tree(2) EINVAL: unknown flags, or AT_RECURSIVE without OPEN_TREE_CLONE.
    if flags & ~known or flags & (AT_RECURSIVE | OPEN_TREE_CLONE) == AT_RECURSIVE:
        raise Refused(EINVAL)
    # R070, open_tree(2) EPERM: a copy needs CAP_SYS_ADMIN in the owner of the mount namespace.
    if flags & OPEN_TREE_CLONE and not may_mount(current):
        raise Refused(EPERM)
    place = _place(current, path, flags)
    if flags & OPEN_TREE_CLONE:
        ns = _anonymous_ns(current)
        mnt = loop_copy(current, place, bool(flags & AT_RECURSIVE))
        place = Path(_detached(ns, mnt), mnt.root)
    return fd_install(current, File(place, O_PATH, current.cred), cloexec=bool(flags & OPEN_TREE_CLOEXEC))


def _place(current: Task, path: str, flags: int) -> Path:
    if not path and flags & AT_EMPTY_PATH:
        return current.fs.pwd
    return user_path(current, path, follow=not flags & AT_SYMLINK_NOFOLLOW)


def _anonymous_ns(current: Task) -> MntNamespace:
    """A mount namespace without a name, for a detached mount.  R115, alloc_mnt_ns(): it counts."""
    kernel, owner = current.kernel, current.nsproxy.mnt_ns.owner_ns()
    charged = inc_ucount(kernel, owner, current.cred.euid, "mnt")
    ns = kernel.register(MntNamespace(kernel, owner), charged)
    ns.anonymous = True
    return ns


def _detached(ns: MntNamespace, top: Mount) -> Mount:
    """Put a tree of mounts into an anonymous mount namespace."""
    ns.root = top
    for mnt in top.tree():
        mnt.ns = ns
    return top


def sys_move_mount(current: Task, from_fd: int, to_path: str, flags: int = 0x4) -> None:
    """Hang up the mount of a descriptor.  move_mount(2).

    Raises:
        Refused: ENOSYS, EPERM, EINVAL, EBADF, ENOENT, and what `do_move_mount` says.
    """
    _needs(current, "new-mount-api")
    # R070, move_mount(2) EPERM.
    if not may_mount(current):
        raise Refused(EPERM)
    # move_mount(2) EINVAL: unknown flags.
    if flags & ~0x377:
        raise Refused(EINVAL)
    # move_mount(2) ENOENT: the path is empty, without MOVE_MOUNT_F_EMPTY_PATH.
    if not flags & abi.MOVE_MOUNT_F_EMPTY_PATH:
        raise Refused(ENOENT)
    if flags & ~(abi.MOVE_MOUNT_F_EMPTY_PATH | 0x10):
        raise Unavailable("move_mount() with these flags is not modelled")
    old = fdget_raw(current, from_fd).path
    do_move_mount(current, old, user_path(current, to_path, follow=bool(flags & 0x10)))


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
    _needs(current, "idmapped-mounts")
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
    place = (
        fdget_raw(current, fd).path if not path and flags & AT_EMPTY_PATH else _place(current, path, flags)
    )
    _do_mount_setattr(current, place, (attr_set, attr_clr, propagation), source, bool(flags & AT_RECURSIVE))


def _check_attrs(attr_set: int, attr_clr: int, propagation: int) -> None:
    # mount_setattr(2) EINVAL: more than one propagation type, or none that exists.
    if propagation & ~PROPAGATION or propagation & (propagation - 1):
        raise Refused(EINVAL)
    # mount_setattr(2) EINVAL: there is no such attribute.
    if (attr_set | attr_clr) & ~(_VALID | MOUNT_ATTR_IDMAP):
        raise Refused(EINVAL)
    # mount_setattr(2) EINVAL: an access time setting is changed by clearing all of them.
    if attr_clr & _ATTR_ATIME not in (0, _ATTR_ATIME) or (
        attr_set & _ATTR_ATIME and not attr_clr & _ATTR_ATIME
    ):
        raise Refused(EINVAL)
    if attr_set & _ATTR_ATIME not in (0, _ATTR_NOATIME, _ATTR_STRICTATIME):
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
    clear = sum(flag for attr, flag in _ATTRS.items() if attr_clr & attr)
    add = sum(flag for attr, flag in _ATTRS.items() if attr_set & attr)
    if attr_clr & _ATTR_ATIME:
        clear |= abi.MS_NOATIME | abi.MS_RELATIME
        kept = {_ATTR_NOATIME: abi.MS_NOATIME, _ATTR_STRICTATIME: 0}
        add |= kept.get(attr_set & _ATTR_ATIME, abi.MS_RELATIME)
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


class FsContextInode(Inode):
    """A file that stands for a filesystem that is being configured."""

    __slots__ = ("context",)

    def __init__(self, current: Task, context: FsContext) -> None:
        super().__init__(current.kernel.nsfs_mnt.sb, S_IFREG | 0o600, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID)
        self.context = context


def sys_fsopen(current: Task, fstype: str, flags: int = 0) -> int:
    """A descriptor for a new filesystem.  fsopen(2)."""
    _needs(current, "new-mount-api")
    # R070, fsopen(2) EPERM.
    if not may_mount(current):
        raise Refused(EPERM)
    # fsopen(2) EINVAL: unknown flags.
    if flags & ~1:
        raise Refused(EINVAL)
    # fsopen(2) ENODEV: there is no such type.
    if not fstype:
        raise Refused(ENODEV)
    inode = FsContextInode(current, fs_context_for_mount(current, fstype))
    path = Path(current.kernel.nsfs_mnt, Dentry("fscontext", None, inode))
    return fd_install(current, File(path, O_RDWR, current.cred), cloexec=bool(flags & 1))


def _context(current: Task, fd: int) -> FsContext:
    # fsconfig(2) EBADF, EINVAL.
    inode = fdget(current, fd).inode
    if not isinstance(inode, FsContextInode):
        raise Refused(EINVAL)
    return inode.context


def sys_fsconfig(current: Task, fd: int, command: int, key: str, value: str, aux: int = 0) -> None:
    """Configure a new filesystem, or make it.  fsconfig(2)."""
    _needs(current, "new-mount-api")
    # fsconfig(2) EINVAL: the descriptor is negative.
    if fd < 0:
        raise Refused(EINVAL)
    expected = {_SET_FLAG: (True, False), _SET_STRING: (True, True), _CMD_CREATE: (False, False)}.get(command)
    # fsconfig(2) EBUSY: a filesystem that is being made is not changed.
    if command == _CMD_RECONFIGURE and not (key or value or aux or _context(current, fd).mounted):
        raise Refused(EBUSY)
    if expected is None:
        # fsconfig(2) EOPNOTSUPP: there is no such command.
        if not 0 <= command <= 8:
            raise Refused(EOPNOTSUPP)
        raise Unavailable(f"fsconfig() with command {command} is not modelled")
    # fsconfig(2) EINVAL: the command takes other arguments.
    if (bool(key), bool(value)) != expected or aux:
        raise Refused(EINVAL)
    context = _context(current, fd)
    if command != _CMD_CREATE:
        _not_made(context)
        parse_option(context, key, value)
        return
    _not_made(context)
    # R070, mount_capable(), fsconfig(2) EPERM.
    if not mount_capable(current, context):
        raise Refused(EPERM)
    context.sb = get_tree(current, context)


def _not_made(context: FsContext) -> None:
    # fsconfig(2) EBUSY: the filesystem is there already.
    if context.sb is not None:
        raise Refused(EBUSY)


def sys_fsmount(current: Task, fd: int, flags: int = 0, attr_flags: int = 0) -> int:
    """A descriptor for a detached mount of a new filesystem.  fsmount(2)."""
    _needs(current, "new-mount-api")
    # R070, fsmount(2) EPERM.
    if not may_mount(current):
        raise Refused(EPERM)
    # fsmount(2) EINVAL: unknown flags or attributes.
    if (
        flags & ~1
        or attr_flags & ~_VALID
        or attr_flags & _ATTR_ATIME not in (0, _ATTR_NOATIME, _ATTR_STRICTATIME)
    ):
        raise Refused(EINVAL)
    context = _context(current, fd)
    # fsmount(2) EINVAL: the filesystem was not made yet.
    if context.sb is None:
        raise Refused(EINVAL)
    wanted = sum(flag for attr, flag in _ATTRS.items() if attr_flags & attr)
    wanted |= {0: abi.MS_RELATIME, _ATTR_NOATIME: abi.MS_NOATIME}.get(attr_flags & _ATTR_ATIME, 0)
    revealing, locked = mount_too_revealing(current, context.sb, wanted & (MS_RDONLY | ATIME))
    # R071, fsmount(2) EPERM.
    if revealing:
        raise Refused(EPERM)
    # fsmount(2) EBUSY: it was mounted already.
    if context.mounted:
        raise Refused(EBUSY)
    ns = _anonymous_ns(current)
    context.mounted = True
    mnt = _detached(ns, new_mount(current, context.sb, context.source, wanted, locked))
    return fd_install(current, File(Path(mnt, mnt.root), O_PATH, current.cred), cloexec=bool(flags & 1))
