"""The newer interface to mounts.

Twin: open_tree(2), move_mount(2) and fsmount(2) of fs/namespace.c, and fs/fsopen.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc import abi
from nsdoc.abi import (
    AT_EMPTY_PATH,
    AT_RECURSIVE,
    AT_SYMLINK_NOFOLLOW,
    MS_RDONLY,
    O_PATH,
    O_RDWR,
    OPEN_TREE_CLOEXEC,
    OPEN_TREE_CLONE,
    S_IFREG,
)
from nsdoc.backends.model import mount_attr
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
from nsdoc.backends.model.inode import Inode
from nsdoc.backends.model.mount import MntNamespace
from nsdoc.backends.model.mount_calls import (
    do_move_mount,
    loop_copy,
)
from nsdoc.backends.model.namei import AT_NO_AUTOMOUNT, user_path, user_path_at
from nsdoc.backends.model.namespace import ATIME
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.ucount import inc_ucount
from nsdoc.backends.model.uidgid import GLOBAL_ROOT_GID, GLOBAL_ROOT_UID
from nsdoc.backends.model.umount import may_mount
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from nsdoc.backends.model.mount import Mount
    from nsdoc.backends.model.sched import Task

# Commands of fsconfig(2).
_SET_FLAG, _SET_STRING, _CMD_CREATE, _CMD_RECONFIGURE = 0, 1, 6, 7


def _needs_api(current: Task) -> None:
    """These calls came together."""
    if not current.kernel.has("new-mount-api"):
        raise Refused(ENOSYS)


def sys_open_tree(current: Task, path: str, flags: int = 0) -> int:
    """A descriptor for a mount, or for a detached copy of it.  open_tree(2).

    Raises:
        Refused: ENOSYS, EINVAL, EPERM, and what the walk and `loop_copy` say.
    """
    _needs_api(current)
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
    place = user_path_at(current, path, flags)
    if flags & OPEN_TREE_CLONE:
        ns = _anonymous_ns(current)
        mnt = loop_copy(current, place, bool(flags & AT_RECURSIVE))
        place = Path(_detached(ns, mnt), mnt.root)
    return fd_install(current, File(place, O_PATH, current.cred), cloexec=bool(flags & OPEN_TREE_CLOEXEC))


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
    _needs_api(current)
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


class FsContextInode(Inode):
    """A file that stands for a filesystem that is being configured."""

    __slots__ = ("context",)

    def __init__(self, current: Task, context: FsContext) -> None:
        super().__init__(current.kernel.nsfs_mnt.sb, S_IFREG | 0o600, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID)
        self.context = context


def sys_fsopen(current: Task, fstype: str, flags: int = 0) -> int:
    """A descriptor for a new filesystem.  fsopen(2)."""
    _needs_api(current)
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
    _needs_api(current)
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
    _needs_api(current)
    # R070, fsmount(2) EPERM.
    if not may_mount(current):
        raise Refused(EPERM)
    # fsmount(2) EINVAL: unknown flags or attributes.
    if flags & ~1 or not mount_attr.valid(attr_flags):
        raise Refused(EINVAL)
    context = _context(current, fd)
    # fsmount(2) EINVAL: the filesystem was not made yet.
    if context.sb is None:
        raise Refused(EINVAL)
    wanted = mount_attr.flags_of(attr_flags)
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
