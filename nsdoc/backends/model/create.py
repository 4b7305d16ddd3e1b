"""Making, removing and renaming names.

Twin: the last part of fs/namei.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import (
    CAP_MKNOD,
    S_IFBLK,
    S_IFCHR,
    S_IFDIR,
    S_IFIFO,
    S_IFLNK,
    S_IFMT,
    S_IFREG,
    S_IFSOCK,
    S_ISGID,
)
from nsdoc.backends.model.capability import capable, capable_wrt_inode_uidgid
from nsdoc.backends.model.cred import in_group
from nsdoc.backends.model.dcache import Dentry, Path, is_subdir
from nsdoc.backends.model.errnos import (
    EADDRINUSE,
    EBUSY,
    EEXIST,
    EINVAL,
    EISDIR,
    ENOENT,
    ENOTDIR,
    ENOTEMPTY,
    EPERM,
    EXDEV,
)
from nsdoc.backends.model.idmap import fs_kgid, fs_kuid, has_unmapped_id, vfsids
from nsdoc.backends.model.inode import Inode
from nsdoc.backends.model.namei import user_parent, user_path
from nsdoc.backends.model.permission import (
    MAY_READ,
    MAY_WRITE,
    generic_permission,
    inode_owner_or_capable,
    inode_permission,
    may_create,
    may_delete,
    mnt_want_write,
)
from nsdoc.backends.model.refusal import Refused

if TYPE_CHECKING:
    from nsdoc.backends.model.namei import Parent
    from nsdoc.backends.model.sched import Task

WHITEOUT_DEV: Final = 0
_GROUP_EXEC: Final = 0o010
_MODE: Final = 0o1777


def new_inode(current: Task, directory: Path, mode: int, rdev: int = 0, target: str = "") -> Inode:
    """A file for a new name in a directory.

    # R074, inode_init_owner(), inode(7): it belongs to the filesystem user ID and group ID of the task,
    # or to the group of the directory where that has the set-group-ID bit.
    """
    mnt, parent = directory.mnt, directory.dentry.inode
    uid = fs_kuid(mnt.idmap, mnt.sb.user_ns, current.cred.fsuid)
    gid = fs_kgid(mnt.idmap, mnt.sb.user_ns, current.cred.fsgid)
    if parent.mode & S_ISGID:
        gid = parent.gid
        mode = mode | S_ISGID if mode & S_IFMT == S_IFDIR else _strip_sgid(current, directory, mode)
    return parent.create(current, directory, Inode(mnt.sb, mode, uid, gid, rdev, target))


def _strip_sgid(current: Task, directory: Path, mode: int) -> int:
    """A set-group-ID program for a group that one is not in cannot be made.  Twin: mode_strip_sgid()."""
    ids = vfsids(directory.mnt.idmap, directory.dentry.inode)
    if mode & (S_ISGID | _GROUP_EXEC) != S_ISGID | _GROUP_EXEC or in_group(current.cred, ids.gid):
        return mode
    return mode if capable_wrt_inode_uidgid(current, ids, abi.CAP_FSETID) else mode & ~S_ISGID


def _new_name(current: Task, path: str, *, directory: bool) -> Parent:
    """Where a name shall be made.  Twin: filename_create()."""
    parent = user_parent(current, path)
    # EEXIST: "/", "." and ".." exist.
    if parent.name in (".", "..", "/"):
        raise Refused(EEXIST)
    # EEXIST: the name exists, whatever it is, a dangling link too.
    if parent.directory.dentry.inode.lookup(current, parent.directory.dentry, parent.name) is not None:
        raise Refused(EEXIST)
    # ENOENT: a slash at the end asks for a directory.
    if parent.must_be_directory and not directory:
        raise Refused(ENOENT)
    mnt_want_write(parent.directory.mnt)
    return parent


def sys_mkdir(current: Task, path: str, mode: int = 0o777) -> None:
    """mkdir(2)."""
    parent = _new_name(current, path, directory=True)
    may_create(current, parent.directory)
    inode = new_inode(current, parent.directory, S_IFDIR | (mode & _MODE & ~current.fs.umask))
    parent.directory.dentry.add(parent.name, inode)
    parent.directory.dentry.inode.nlink += 1


def sys_mknod(current: Task, path: str, mode: int = 0o600, device: int = 0) -> None:
    """mknod(2).

    Raises:
        Refused: EPERM, EINVAL, and what making a name says.
    """
    kind = mode & S_IFMT or S_IFREG
    # may_mknod(), mknod(2) EPERM, EINVAL: directories are made by mkdir(2), other types do not exist.
    if kind == S_IFDIR:
        raise Refused(EPERM)
    if kind not in (S_IFREG, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK):
        raise Refused(EINVAL)
    parent = _new_name(current, path, directory=False)
    may_create(current, parent.directory)
    # R073, vfs_mknod(), mknod(2) EPERM: devices need CAP_MKNOD in the initial user namespace,
    # except the character device 0, 0, which is no device.
    whiteout = kind == S_IFCHR and device == WHITEOUT_DEV and current.kernel.has("whiteouts-are-free")
    if kind in (S_IFCHR, S_IFBLK) and not whiteout and not capable(current, CAP_MKNOD):
        raise Refused(EPERM)
    number = device if kind in (S_IFCHR, S_IFBLK) else 0
    inode = new_inode(current, parent.directory, kind | (mode & 0o7777 & ~current.fs.umask), rdev=number)
    parent.directory.dentry.add(parent.name, inode)


def bind_socket(current: Task, path: str) -> Inode:
    """The file of a UNIX domain socket.  Twin: unix_bind_bsd()."""
    try:
        parent = _new_name(current, path, directory=False)
    except Refused as refused:
        # bind(2) EADDRINUSE: the name exists.
        raise Refused(EADDRINUSE if refused.errno == EEXIST else refused.errno) from None
    may_create(current, parent.directory)
    inode = new_inode(current, parent.directory, S_IFSOCK | (0o777 & ~current.fs.umask))
    parent.directory.dentry.add(parent.name, inode)
    return inode


def sys_symlink(current: Task, target: str, path: str) -> None:
    """symlink(2)."""
    # symlink(2) ENOENT: the target is empty.
    if not target:
        raise Refused(ENOENT)
    parent = _new_name(current, path, directory=False)
    may_create(current, parent.directory)
    inode = new_inode(current, parent.directory, S_IFLNK | 0o777, target=target)
    parent.directory.dentry.add(parent.name, inode)


def sys_link(current: Task, target: str, path: str) -> None:
    """link(2).

    Raises:
        Refused: EXDEV, EPERM, and what making a name says.
    """
    old = user_path(current, target, follow=False)
    parent = _new_name(current, path, directory=False)
    # link(2) EXDEV: the two are on different mounts.
    if old.mnt is not parent.directory.mnt:
        raise Refused(EXDEV)
    _may_linkat(current, old)
    may_create(current, parent.directory)
    # link(2) EPERM: directories have one name.
    if old.dentry.inode.is_dir():
        raise Refused(EPERM)
    # R074, vfs_link(): a file whose owner or group cannot be expressed gets no further names.
    if has_unmapped_id(vfsids(old.mnt.idmap, old.dentry.inode)):
        raise Refused(EPERM)
    parent.directory.dentry.add(parent.name, old.dentry.inode)
    old.dentry.inode.nlink += 1


def _may_linkat(current: Task, old: Path) -> None:
    """proc_sys_fs(5) protected_hardlinks: linking to what one neither owns nor could read and write is
    refused."""
    inode = old.dentry.inode
    ids = vfsids(old.mnt.idmap, inode)
    if not current.kernel.sysctl.protected_hardlinks or inode_owner_or_capable(current, old):
        return
    safe = inode.is_regular() and not inode.mode & abi.S_ISUID
    safe = safe and inode.mode & (S_ISGID | _GROUP_EXEC) != S_ISGID | _GROUP_EXEC
    if not safe or not generic_permission(current, inode, ids, MAY_READ | MAY_WRITE):
        raise Refused(EPERM)


def _old_name(current: Task, path: str) -> tuple[Parent, Path]:
    """A name that shall go, and what is there."""
    parent = user_parent(current, path)
    entry = parent.directory.dentry.inode.lookup(current, parent.directory.dentry, parent.name)
    # ENOENT: there is no such name.
    if entry is None:
        raise Refused(ENOENT)
    return parent, Path(parent.directory.mnt, entry)


def sys_unlink(current: Task, path: str) -> None:
    """unlink(2).

    Raises:
        Refused: EISDIR, ENOTDIR, EBUSY, and what removing a name says.
    """
    # unlink(2) EISDIR: "/", "." and ".." are directories.
    if user_parent(current, path).name in (".", "..", "/"):
        raise Refused(EISDIR)
    mnt_want_write(user_parent(current, path).directory.mnt)
    parent, victim = _old_name(current, path)
    # unlink(2): a slash at the end asks for a directory, and that is not for unlink().
    if parent.must_be_directory:
        raise Refused(EISDIR if victim.dentry.inode.is_dir() else ENOTDIR)
    may_delete(current, parent.directory, victim.dentry)
    if victim.dentry.inode.is_dir():
        raise Refused(EISDIR)
    _names_can_go(parent)
    _not_mounted(current, victim)
    remove_name(parent, victim)


def remove_name(parent: Parent, victim: Path) -> None:
    """Take a name from its directory."""
    del parent.directory.dentry.children[parent.name]
    inode = victim.dentry.inode
    if inode.is_dir():
        parent.directory.dentry.inode.nlink -= 1
        inode.nlink = 0
    else:
        inode.nlink -= 1


def _names_can_go(parent: Parent) -> None:
    # vfs_unlink(), EPERM: the filesystem removes no names, as proc.
    if not parent.directory.dentry.inode.may_remove_names():
        raise Refused(EPERM)


def _not_mounted(current: Task, victim: Path) -> None:
    """unlink(2) EBUSY: something is mounted there, in the mount namespace of the caller."""
    top = current.nsproxy.mnt_ns.root
    assert top is not None
    if any(victim.dentry in mnt.mounts for mnt in top.tree()):
        raise Refused(EBUSY)


def sys_rmdir(current: Task, path: str) -> None:
    """rmdir(2).

    Raises:
        Refused: EBUSY, EINVAL, ENOTEMPTY, ENOTDIR, and what removing a name says.
    """
    # rmdir(2) EBUSY, EINVAL, ENOTEMPTY: "/", "." and "..".
    special = {"/": EBUSY, ".": EINVAL, "..": ENOTEMPTY}.get(user_parent(current, path).name)
    if special is not None:
        raise Refused(special)
    mnt_want_write(user_parent(current, path).directory.mnt)
    parent, victim = _old_name(current, path)
    may_delete(current, parent.directory, victim.dentry)
    if not victim.dentry.inode.is_dir():
        raise Refused(ENOTDIR)
    _names_can_go(parent)
    _not_mounted(current, victim)
    # rmdir(2) ENOTEMPTY: there are names in the directory.
    if victim.dentry.inode.names(current, victim.dentry):
        raise Refused(ENOTEMPTY)
    remove_name(parent, victim)


def sys_rename(current: Task, old: str, new: str) -> None:
    """rename(2).

    Raises:
        Refused: EXDEV, EBUSY, EINVAL, ENOTDIR, EISDIR, ENOTEMPTY, and what removing and making names say.
    """
    source_parent, target_parent = user_parent(current, old), user_parent(current, new)
    # rename(2) EXDEV: the two are on different mounts.
    if source_parent.directory.mnt is not target_parent.directory.mnt:
        raise Refused(EXDEV)
    # rename(2) EBUSY: "/", "." and ".." stay where they are.
    if {source_parent.name, target_parent.name} & {".", "..", "/"}:
        raise Refused(EBUSY)
    mnt_want_write(source_parent.directory.mnt)
    _, source = _old_name(current, old)
    inode = source.dentry.inode
    directory = target_parent.directory.dentry
    target = directory.inode.lookup(current, directory, target_parent.name)
    # rename(2) ENOTDIR: a slash at the end asks for a directory.
    if not inode.is_dir() and (source_parent.must_be_directory or target_parent.must_be_directory):
        raise Refused(ENOTDIR)
    # rename(2) EINVAL: a directory cannot be moved into itself.
    if is_subdir(target_parent.directory.dentry, source.dentry):
        raise Refused(EINVAL)
    if target is not None and target.inode is inode:
        return
    may_delete(current, source_parent.directory, source.dentry)
    _may_replace(current, source_parent, target_parent, source, target)
    _move(source_parent, target_parent, source)


def _may_replace(
    current: Task, source_parent: Parent, parent: Parent, source: Path, target: Dentry | None
) -> None:
    inode = source.dentry.inode
    if target is None:
        may_create(current, parent.directory)
    else:
        may_delete(current, parent.directory, target)
        # rename(2) ENOTDIR, EISDIR: a directory replaces only a directory, a file only a file.
        if inode.is_dir() and not target.inode.is_dir():
            raise Refused(ENOTDIR)
        if target.inode.is_dir() and not inode.is_dir():
            raise Refused(EISDIR)
    _names_can_go(source_parent)
    # vfs_rename(), rename(2) EACCES: moving a directory changes what ".." in it is.
    if inode.is_dir() and source.dentry.parent is not parent.directory.dentry:
        inode_permission(current, source, MAY_WRITE)
    if target is not None:
        _not_mounted(current, Path(parent.directory.mnt, target))
        # rename(2) ENOTEMPTY: the directory to be replaced has names in it.
        if target.children:
            raise Refused(ENOTEMPTY)
        remove_name(parent, Path(parent.directory.mnt, target))
    _not_mounted(current, source)


def _move(source_parent: Parent, target_parent: Parent, source: Path) -> None:
    entry = source.dentry
    del entry.parent.children[entry.name]
    if entry.inode.is_dir():
        entry.parent.inode.nlink -= 1
        target_parent.directory.dentry.inode.nlink += 1
    entry.parent, entry.name = target_parent.directory.dentry, target_parent.name
    entry.parent.children[entry.name] = entry
