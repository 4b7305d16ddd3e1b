"""Opening files, and asking whether one could.

Twin: fs/open.c, and path_openat() of fs/namei.c.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import (
    MS_NODEV,
    O_CREAT,
    O_DIRECTORY,
    O_EXCL,
    O_NOATIME,
    O_NOFOLLOW,
    O_PATH,
    O_TMPFILE,
    O_TRUNC,
    S_IFREG,
    S_IFSOCK,
)
from nsdoc.backends.model.create import new_inode
from nsdoc.backends.model.dcache import Path
from nsdoc.backends.model.errnos import (
    EACCES,
    EEXIST,
    EINVAL,
    EISDIR,
    ELOOP,
    ENOENT,
    ENOTDIR,
    ENXIO,
    EOVERFLOW,
    EPERM,
    EROFS,
    ETXTBSY,
)
from nsdoc.backends.model.file import File, close_fd, fd_install, is_executed
from nsdoc.backends.model.namei import MAXSYMLINKS, Walk, user_path
from nsdoc.backends.model.permission import (
    MAY_EXEC,
    MAY_READ,
    MAY_WRITE,
    fsuidgid_has_mapping,
    inode_owner_or_capable,
    inode_permission,
    mnt_want_write,
)
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.securebits import issecure
from nsdoc.backends.model.uidgid import Uid, make_kuid
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from nsdoc.backends.model.cred import Cred
    from nsdoc.backends.model.namei import Parent
    from nsdoc.backends.model.sched import Task

O_ACCMODE: Final = 3
_ACC_MODE: Final = (MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE)
_WITH_PATH: Final = O_DIRECTORY | O_NOFOLLOW | O_PATH | abi.O_CLOEXEC
S_IALLUGO: Final = 0o7777


def sys_open(current: Task, path: str, flags: int = 0, mode: int = 0o666) -> int:
    """A descriptor for a file.  open(2).

    Raises:
        Refused: as open(2) says, in the order of path_openat().
    """
    file = do_open(current, path, flags, mode)
    return fd_install(current, file, cloexec=bool(flags & abi.O_CLOEXEC))


def do_open(current: Task, path: str, flags: int, mode: int = 0o666) -> File:
    """Open a file without a descriptor."""
    if flags & O_TMPFILE == O_TMPFILE:
        raise Unavailable("open() with O_TMPFILE is not modelled")
    # build_open_flags(), open(2) EINVAL.
    if flags & O_CREAT and flags & O_DIRECTORY and current.kernel.has("no-creating-directories"):
        raise Refused(EINVAL)
    if flags & O_PATH:
        flags &= _WITH_PATH
    walk = Walk(current)
    parent = walk.parent(path, current.fs.pwd)
    if flags & O_CREAT:
        return _open_or_create(walk, parent, flags, mode & S_IALLUGO & ~current.fs.umask)
    follow = not flags & O_NOFOLLOW or parent.must_be_directory
    place = walk.last(parent.directory, parent.name, follow=follow)
    return _finish(current, place, flags, parent.must_be_directory)


def _open_or_create(walk: Walk, parent: Parent, flags: int, mode: int) -> File:
    """open(2) with O_CREAT.  Twin: open_last_lookups()."""
    current = walk.current
    while True:
        # open(2) EISDIR: the name can only be that of a directory.
        if parent.must_be_directory or parent.name in (".", ".."):
            raise Refused(EISDIR)
        place = walk.lookup(parent.directory, parent.name)
        if place is None:
            return _create(current, parent, flags, mode)
        # open(2) EEXIST: the name exists, and O_EXCL was given.
        if flags & O_EXCL:
            raise Refused(EEXIST)
        if not place.dentry.inode.is_symlink() or flags & O_NOFOLLOW:
            break
        parent = _through_link(walk, place, parent)
        if parent.name == "/":
            place = parent.directory
            break
    # open(2) EISDIR: a directory cannot be created this way.
    if place.dentry.inode.is_dir():
        raise Refused(EISDIR)
    return _finish(current, place, flags, False)


def _through_link(walk: Walk, link: Path, parent: Parent) -> Parent:
    """The directory and name that a symbolic link at the end of a path stands for."""
    walk.links += 1
    if walk.links > MAXSYMLINKS:
        raise Refused(ELOOP)
    target = link.dentry.inode.follow(walk.current)
    if isinstance(target, Path):
        return parent._replace(directory=target, name="/")
    return walk.parent(target, parent.directory)


def _create(current: Task, parent: Parent, flags: int, mode: int) -> File:
    """Make a regular file and open it.  Twin: lookup_open(), may_o_create()."""
    directory = parent.directory
    # open(2) EROFS: the filesystem or the mount is read-only.
    mnt_want_write(directory.mnt)
    # The directory itself was removed.
    if directory.dentry.is_unlinked():
        raise Refused(ENOENT)
    # R074, may_o_create(), open(2) EOVERFLOW: the filesystem has no number for the new file's owner or group.
    if not fsuidgid_has_mapping(current, directory.mnt):
        raise Refused(EOVERFLOW)
    inode_permission(current, directory, MAY_WRITE | MAY_EXEC)
    inode = new_inode(current, directory, S_IFREG | mode)
    entry = directory.dentry.add(parent.name, inode)
    # A new file is opened as asked for, whatever its mode.
    return File(Path(directory.mnt, entry), flags & ~(O_CREAT | O_EXCL | O_TRUNC), current.cred)


def _finish(current: Task, place: Path, flags: int, must_be_directory: bool) -> File:
    """Open what was found.  Twin: do_open()."""
    inode = place.dentry.inode
    # open(2) ENOTDIR: it is not a directory, as the path or O_DIRECTORY demands.
    if (flags & O_DIRECTORY or must_be_directory) and not inode.is_dir():
        raise Refused(ENOTDIR)
    if flags & O_PATH:
        return File(place, flags, current.cred)
    truncate = flags & O_TRUNC and inode.is_regular()
    if truncate:
        mnt_want_write(place.mnt)
    _may_open(current, place, flags)
    file = File(place, flags & ~(O_CREAT | O_EXCL), current.cred)
    # do_dentry_open(), open(2) EROFS: the mount is read-only.
    if file.writable() and not inode.is_special():
        mnt_want_write(place.mnt)
    # get_write_access(), open(2) ETXTBSY: a process executes it.
    if (file.writable() or truncate) and is_executed(current.kernel, inode):
        raise Refused(ETXTBSY)
    # open(2) ENXIO: a socket cannot be opened.
    if inode.kind() == S_IFSOCK:
        raise Refused(ENXIO)
    inode.open(current, file)
    if truncate:
        inode.truncate(0)
    return file


def _may_open(current: Task, place: Path, flags: int) -> None:
    """Twin: may_open()."""
    inode = place.dentry.inode
    mask = _ACC_MODE[flags & O_ACCMODE] | (MAY_WRITE if flags & O_TRUNC else 0)
    # open(2) ELOOP: it is a symbolic link, and O_NOFOLLOW was given.
    if inode.is_symlink():
        raise Refused(ELOOP)
    # open(2) EISDIR: a directory cannot be opened for writing.
    if inode.is_dir() and mask & MAY_WRITE:
        raise Refused(EISDIR)
    # R070, may_open_dev(), mount(2) MS_NODEV: a device on a mount without devices, or on a filesystem of a
    # user namespace.
    if inode.is_device() and not may_open_dev(place):
        raise Refused(EACCES)
    inode_permission(current, place, mask)
    # open(2) EPERM: O_NOATIME needs the owner, or CAP_FOWNER over the file.
    if flags & O_NOATIME and not inode_owner_or_capable(current, place):
        raise Refused(EPERM)


def may_open_dev(place: Path) -> bool:
    """Whether device files work at a place.  Twin: may_open_dev()."""
    return not place.mnt.flags & MS_NODEV and place.mnt.sb.user_ns.parent is None


def sys_close(current: Task, fd: int) -> None:
    """close(2)."""
    close_fd(current, fd)


def sys_access(current: Task, path: str, mode: int) -> None:
    """Whether the real user and group could access a file.  access(2).

    Raises:
        Refused: EINVAL, EACCES, EROFS, and what the walk says.
    """
    # access(2) EINVAL: mode is not valid.
    if mode & ~7:
        raise Refused(EINVAL)
    saved = current.cred
    current.cred = _access_override(current)
    try:
        place = user_path(current, path)
        _access(current, place, mode)
    finally:
        current.cred = saved


def _access_override(current: Task) -> Cred:
    """The credentials with the real IDs in charge of files.

    # access_override_creds(), access(2): with the real user ID 0 of the user namespace all permitted
    # capabilities count,
    # with another none, unless SECBIT_NO_SETUID_FIXUP is set.
    """
    cred = replace(current.cred, fsuid=current.cred.uid, fsgid=current.cred.gid)
    if issecure(cred, abi.SECBIT_NO_SETUID_FIXUP):
        return cred
    root = cred.uid == make_kuid(cred.user_ns, Uid(0))
    return replace(cred, cap_effective=cred.cap_permitted if root else 0)


def _access(current: Task, place: Path, mode: int) -> None:
    inode = place.dentry.inode
    # access(2) EACCES: nothing can be executed from a mount with MS_NOEXEC.
    if mode & MAY_EXEC and inode.is_regular() and place.mnt.flags & abi.MS_NOEXEC:
        raise Refused(EACCES)
    inode_permission(current, place, mode)
    # access(2) EROFS: the mount is read-only.
    if mode & MAY_WRITE and not inode.is_special() and place.mnt.flags & abi.MS_RDONLY:
        raise Refused(EROFS)
