"""mount(2) and pivot_root(2).

Twin: path_mount() and what it calls, of fs/namespace.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import CAP_SYS_ADMIN, MS_BIND, MS_MOVE, MS_RDONLY, MS_REC, MS_REMOUNT
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.dcache import Path, is_subdir
from nsdoc.backends.model.errnos import EBUSY, EINVAL, ELOOP, ENOENT, ENOTDIR, EPERM
from nsdoc.backends.model.fs_context import (
    fs_context_for_mount,
    get_tree,
    mount_capable,
    mount_flags,
    mount_too_revealing,
    new_mount,
    parse_options,
)
from nsdoc.backends.model.mount import MntNamespace, Mount, traverse_mounts
from nsdoc.backends.model.namei import user_path
from nsdoc.backends.model.namespace import ATIME, LOCKABLE, clone_mnt, copy_tree
from nsdoc.backends.model.nsfs import NsInode
from nsdoc.backends.model.pnode import attach_propagated, change_mnt_propagation, make_shared, propagate_mnt
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.umount import check_mnt, may_mount, open_for_writing, path_mounted

if TYPE_CHECKING:
    from nsdoc.backends.model.dcache import Dentry
    from nsdoc.backends.model.sched import Task

PROPAGATION: Final = abi.MS_SHARED | abi.MS_PRIVATE | abi.MS_SLAVE | abi.MS_UNBINDABLE
MS_SILENT: Final = 0x8000
_MAGIC: Final = 0xC0ED0000
_MAGIC_MASK: Final = 0xFFFF0000


def sys_mount(
    current: Task, source: str, target: str, fstype: str = "", flags: int = 0, data: str = ""
) -> None:
    """mount(2).

    Raises:
        Refused: as mount(2) says, in the order of path_mount().
        Unavailable: the filesystem is not modelled.
    """
    place = user_path(current, target)
    if flags & _MAGIC_MASK == _MAGIC:
        flags &= ~_MAGIC_MASK
    # R070, may_mount(), mount(2) EPERM: the caller lacks CAP_SYS_ADMIN in the owner of its mount namespace.
    if not may_mount(current):
        raise Refused(EPERM)
    if flags & (MS_REMOUNT | MS_BIND) == MS_REMOUNT | MS_BIND:
        _reconfigure_mnt(current, place, _remount_flags(place, flags))
    elif flags & MS_REMOUNT:
        _remount(current, place, flags)
    elif flags & MS_BIND:
        _loopback(current, place, source, bool(flags & MS_REC))
    elif flags & PROPAGATION:
        _change_type(current, place, flags)
    elif flags & MS_MOVE:
        _move_mount_old(current, place, source)
    else:
        _new_mount(current, place, source, fstype, flags, data)


def _remount_flags(place: Path, flags: int) -> int:
    """mount(2): a remount that says nothing about access times leaves them."""
    given = flags & (ATIME | abi.MS_STRICTATIME)
    kept = mount_flags(flags)
    return kept if given else (kept & ~ATIME) | (place.mnt.flags & ATIME)


def _new_mount(current: Task, place: Path, source: str, fstype: str, flags: int, data: str) -> None:
    # do_new_mount(), mount(2) EINVAL: no type was given.
    if not fstype:
        raise Refused(EINVAL)
    fc = fs_context_for_mount(current, fstype)
    fc.source = source or "none"
    parse_options(fc, data)
    # R070, mount_capable(), mount(2) EPERM.
    if not mount_capable(current, fc):
        raise Refused(EPERM)
    sb = get_tree(current, fc)
    wanted = mount_flags(flags)
    revealing, locked = mount_too_revealing(current, sb, wanted)
    # R071, mount(2) EPERM: it would reveal more of proc or sysfs than can be seen.
    if revealing:
        raise Refused(EPERM)
    if flags & MS_RDONLY:
        sb.read_only = True
    place = lock_mount(place)
    # do_add_mount(), mount(2) EBUSY: the same filesystem is mounted there already.
    if place.mnt.sb is sb and path_mounted(place):
        raise Refused(EBUSY)
    _must_be_ours(current, place.mnt)
    graft_tree(current, new_mount(current, sb, fc.source, wanted, locked), place)


def lock_mount(place: Path) -> Path:
    """Where something is mounted: upon what is there already.  Twin: lock_mount()."""
    place = traverse_mounts(place)
    # lock_mount(), mount(2) ENOENT: the mount point was removed, or its mount was.
    if place.dentry.is_unlinked() or place.mnt.ns is None:
        raise Refused(ENOENT)
    return place


def _must_be_ours(current: Task, mnt: Mount) -> None:
    # mount(2) EINVAL: the target is in another mount namespace.
    if not check_mnt(current, mnt):
        raise Refused(EINVAL)


def graft_tree(current: Task, mnt: Mount, place: Path) -> None:
    """Hang a tree of mounts on a place.  Twin: graft_tree()."""
    # R072, mount(2) ENOTDIR: directories go on directories, files on files.
    if place.dentry.inode.is_dir() != mnt.root.inode.is_dir():
        raise Refused(ENOTDIR)
    attach_recursive_mnt(current, mnt, place.mnt, place.dentry)


def attach_recursive_mnt(current: Task, source: Mount, dest: Mount, mountpoint: Dentry) -> None:
    """Hang a tree of mounts on a place, and copies of it wherever the events of that mount go.

    # R072, attach_recursive_mnt(), mount_namespaces(7): below a shared mount everything becomes shared.
    """
    assert dest.ns is not None
    source.detach()
    made: list[tuple[Mount, Mount]] = []
    if dest.peers is not None:
        for mnt in source.tree():
            make_shared(current.kernel, mnt)
        made = propagate_mnt(current.kernel, dest, mountpoint, source)
    source.attach(dest, mountpoint)
    for mnt in source.tree():
        mnt.ns = dest.ns
    attach_propagated(made, mountpoint, dest.ns.owner_ns())


def loop_copy(current: Task, old: Path, recurse: bool) -> Mount:
    """The copy that a bind mount is.  Twin: __do_loopback()."""
    mnt = old.mnt
    # mount(2) EINVAL: the source is unbindable.
    if mnt.unbindable:
        raise Refused(EINVAL)
    # mount(2) EINVAL: the source is in another mount namespace, and no file of nsfs.
    if not check_mnt(current, mnt) and not isinstance(old.dentry.inode, NsInode):
        raise Refused(EINVAL)
    # R072, has_locked_children(), mount_namespaces(7): a bind mount without MS_REC
    # would uncover what locked mounts cover.
    if not recurse and has_locked_children(mnt, old.dentry):
        raise Refused(EINVAL)
    if recurse and mnt.ns is not None:
        copy, _ = copy_tree(current.kernel, mnt, old.dentry)
    else:
        copy = clone_mnt(current.kernel, mnt, old.dentry)
    copy.locked = False
    return copy


def has_locked_children(mnt: Mount, dentry: Dentry) -> bool:
    """Whether something that cannot be taken away is mounted below a place.  R072."""
    return any(child.locked and is_subdir(place, dentry) for place, child in mnt.mounts.items())


def _loopback(current: Task, place: Path, source: str, recurse: bool) -> None:
    # do_loopback(), mount(2) EINVAL: no source was given.
    if not source:
        raise Refused(EINVAL)
    old = user_path(current, source)
    # mnt_ns_loop(), mount(2) EINVAL: the mount namespace would hold itself, or one that is older.
    if _mnt_ns_loop(current, old):
        raise Refused(EINVAL)
    place = lock_mount(place)
    _must_be_ours(current, place.mnt)
    graft_tree(current, loop_copy(current, old, recurse), place)


def _mnt_ns_loop(current: Task, place: Path) -> bool:
    inode = place.dentry.inode
    if not isinstance(inode, NsInode) or not isinstance(inode.ns, MntNamespace):
        return False
    return current.nsproxy.mnt_ns.ns_id >= inode.ns.ns_id


def _change_type(current: Task, place: Path, flags: int) -> None:
    # do_change_type(), mount(2) EINVAL: the target is not a mount point.
    if not path_mounted(place):
        raise Refused(EINVAL)
    kind = flags & ~(MS_REC | MS_SILENT)
    # mount(2) EINVAL: more than one propagation type was given, or other flags.
    if kind & ~PROPAGATION or kind & (kind - 1):
        raise Refused(EINVAL)
    mnt = place.mnt
    # may_change_propagation(), mount(2) EINVAL: it is mounted nowhere.
    if mnt.ns is None:
        raise Refused(EINVAL)
    # may_change_propagation(): the caller lacks CAP_SYS_ADMIN in the owner of the mount's namespace.
    if not ns_capable(current, mnt.ns.owner_ns(), CAP_SYS_ADMIN):
        raise Refused(EPERM)
    for changed in mnt.tree() if flags & MS_REC else (mnt,):
        change_mnt_propagation(current.kernel, changed, kind)


def can_change_locked_flags(current: Task, mnt: Mount, flags: int) -> bool:
    """Whether a mount may have these flags.

    # R072, can_change_locked_flags(), mount_namespaces(7): flags that restrict and came
    # from a more privileged mount namespace stay, and so do those about access times.
    """
    locked = mnt.locked_flags if current.kernel.has("locked-mount-flags") else mnt.locked_flags & MS_RDONLY
    if locked & LOCKABLE & ~flags:
        return False
    return not locked & ATIME or mnt.flags & ATIME == flags & ATIME


def _check_remount(current: Task, place: Path, flags: int) -> None:
    _must_be_ours(current, place.mnt)
    # mount(2) EINVAL: the target is not a mount point.
    if not path_mounted(place):
        raise Refused(EINVAL)
    # R072, mount(2) EPERM: a locked flag would be cleared.
    if not can_change_locked_flags(current, place.mnt, flags):
        raise Refused(EPERM)


def _reconfigure_mnt(current: Task, place: Path, flags: int) -> None:
    _check_remount(current, place, flags)
    make_readonly_or_busy(current, place.mnt, flags)
    place.mnt.flags = flags


def make_readonly_or_busy(current: Task, mnt: Mount, flags: int) -> None:
    """mount(2) EBUSY: a file of the mount is open for writing."""
    becomes = flags & MS_RDONLY and not mnt.flags & MS_RDONLY
    if becomes and open_for_writing(current.kernel, lambda other: other is mnt):
        raise Refused(EBUSY)


def _remount(current: Task, place: Path, flags: int) -> None:
    wanted = _remount_flags(place, flags)
    _check_remount(current, place, wanted)
    sb, kernel = place.mnt.sb, current.kernel
    owner = sb.user_ns if kernel.has("superblock-owner-sets-security-xattrs") else kernel.init_user_ns
    # R070, do_remount(), mount(2) EPERM: CAP_SYS_ADMIN in the user namespace of the filesystem.
    if not ns_capable(current, owner, CAP_SYS_ADMIN):
        raise Refused(EPERM)
    # reconfigure_super(), mount(2) EBUSY: a file of the filesystem is open for writing.
    if flags & MS_RDONLY and not sb.read_only and open_for_writing(kernel, lambda mnt: mnt.sb is sb):
        raise Refused(EBUSY)
    sb.read_only = bool(flags & MS_RDONLY)
    place.mnt.flags = wanted


def _move_mount_old(current: Task, place: Path, source: str) -> None:
    # do_move_mount_old(), mount(2) EINVAL: no source was given.
    if not source:
        raise Refused(EINVAL)
    do_move_mount(current, user_path(current, source), place)


def do_move_mount(current: Task, old: Path, place: Path) -> None:
    """Move a mount, or hang up one that hung nowhere.

    Raises:
        Refused: EINVAL, ELOOP; in the order of do_move_mount().
    """
    mnt = old.mnt
    place = lock_mount(place)
    _must_be_ours(current, place.mnt)
    _may_move(current, old)
    # move_mount(2) EINVAL: directories go on directories, files on files.
    if place.dentry.inode.is_dir() != old.dentry.inode.is_dir():
        raise Refused(EINVAL)
    # mount(2) EINVAL: the parent of the mount is shared.
    if mnt.parent is not None and mnt.parent.peers is not None:
        raise Refused(EINVAL)
    # mount(2) EINVAL: an unbindable mount cannot go below a shared one.
    if place.mnt.peers is not None and any(moved.unbindable for moved in mnt.tree()):
        raise Refused(EINVAL)
    above: Mount | None = place.mnt
    while above is not None:
        # mount(2) ELOOP: a mount cannot go below itself.
        if above is mnt:
            raise Refused(ELOOP)
        above = above.parent
    attach_recursive_mnt(current, mnt, place.mnt, place.dentry)


def _may_move(current: Task, old: Path) -> None:
    mnt = old.mnt
    # move_mount(2) EINVAL: it is mounted nowhere.
    if mnt.ns is None:
        raise Refused(EINVAL)
    # move_mount(2) EINVAL: it is neither in the caller's mount namespace nor detached.
    if not (check_mnt(current, mnt) if mnt.parent is not None else mnt.ns.anonymous):
        raise Refused(EINVAL)
    # R072, mount_namespaces(7): the mount is locked to its place.
    if mnt.locked:
        raise Refused(EINVAL)
    # mount(2) EINVAL: the source is not the root of a mount.
    if not path_mounted(old):
        raise Refused(EINVAL)


def sys_pivot_root(current: Task, new_root: str, put_old: str) -> None:
    """pivot_root(2).

    Raises:
        Refused: EPERM, EINVAL, ENOENT, EBUSY, ENOTDIR; in the order of pivot_root().
    """
    # R070, pivot_root(2) EPERM: the caller lacks CAP_SYS_ADMIN in the owner of its mount namespace.
    if not may_mount(current):
        raise Refused(EPERM)
    new, old = _directory(current, new_root), lock_mount(_directory(current, put_old))
    root = current.fs.root
    _may_pivot(current, new, old, root)
    root_parent, root_mountpoint = root.mnt.parent, root.mnt.mountpoint
    assert root_parent is not None
    new.mnt.detach()
    root.mnt.detach()
    # R072, pivot_root(): the lock of the old root passes to the new one.
    if root.mnt.locked:
        new.mnt.locked, root.mnt.locked = True, False
    root.mnt.attach(old.mnt, old.dentry)
    new.mnt.attach(root_parent, root_mountpoint)
    _chroot_fs_refs(current, root, new)


def _directory(current: Task, path: str) -> Path:
    place = user_path(current, path)
    # pivot_root(2) ENOTDIR.
    if not place.dentry.inode.is_dir():
        raise Refused(ENOTDIR)
    return place


def _may_pivot(current: Task, new: Path, old: Path, root: Path) -> None:
    # pivot_root(2) EINVAL: a mount is in another mount namespace.
    if not check_mnt(current, root.mnt) or not check_mnt(current, new.mnt):
        raise Refused(EINVAL)
    # pivot_root(2) EINVAL: the put_old mount, or the parent of the old or the new root, is shared.
    around = (old.mnt, new.mnt.parent, root.mnt.parent)
    if any(mnt is not None and mnt.peers is not None for mnt in around):
        raise Refused(EINVAL)
    # R072, pivot_root(2) EINVAL: the new root is locked.
    if new.mnt.locked:
        raise Refused(EINVAL)
    # pivot_root(2) ENOENT: the new root was removed.
    if new.dentry.is_unlinked():
        raise Refused(ENOENT)
    # pivot_root(2) EBUSY: the new root or put_old is on the current root mount.
    if new.mnt is root.mnt or old.mnt is root.mnt:
        raise Refused(EBUSY)
    # pivot_root(2) EINVAL: the current root is no mount point, or is that of the whole mount namespace.
    if not path_mounted(root) or root.mnt.parent is None:
        raise Refused(EINVAL)
    # pivot_root(2) EINVAL: the new root is no mount point.
    if not path_mounted(new) or new.mnt.parent is None:
        raise Refused(EINVAL)
    # pivot_root(2) EINVAL: put_old is not at or below the new root.
    if not _reachable(old, new):
        raise Refused(EINVAL)
    # pivot_root(2) EINVAL: the new root is not below the current one.
    if not _reachable(new, root):
        raise Refused(EINVAL)


def _reachable(place: Path, root: Path) -> bool:
    """Twin: is_path_reachable()."""
    mnt, dentry = place
    while mnt is not root.mnt and mnt.parent is not None:
        dentry, mnt = mnt.mountpoint, mnt.parent
    return mnt is root.mnt and is_subdir(dentry, root.dentry)


def _chroot_fs_refs(current: Task, old: Path, new: Path) -> None:
    """pivot_root(2): every process whose root or working directory was the old root gets the new one."""
    for task in current.kernel.tasks:
        if not task.alive():
            continue
        if task.fs.root == old:
            task.fs.root = new
        if task.fs.pwd == old:
            task.fs.pwd = new
