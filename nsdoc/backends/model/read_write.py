"""Reading and writing open files.

Twin: fs/read_write.c and fs/stat.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc.abi import O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_RDONLY, O_TRUNC, O_WRONLY, S_IFIFO, S_IFSOCK
from nsdoc.backends.model.attr import file_remove_privs
from nsdoc.backends.model.dcache import d_path
from nsdoc.backends.model.errnos import EBADF, EINVAL, ENOENT, ESPIPE
from nsdoc.backends.model.file import fd_install, fdget, fdget_raw, fput
from nsdoc.backends.model.idmap import vfsids
from nsdoc.backends.model.namei import user_path
from nsdoc.backends.model.open import do_open
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.uidgid import from_kgid_munged, from_kuid_munged

if TYPE_CHECKING:
    from nsdoc.backends.model.dcache import Path
    from nsdoc.backends.model.file import File
    from nsdoc.backends.model.sched import Task

_WHOLE: Final = 1 << 30
SEEK_SET: Final = 0
SEEK_CUR: Final = 1
SEEK_END: Final = 2


def sys_read(current: Task, file: int | str, size: int = 65536) -> bytes:
    """read(2) from a descriptor; of a path, the whole file."""
    if isinstance(file, str):
        opened = do_open(current, file, O_RDONLY)
        opened.users += 1
        try:
            return vfs_read(current, opened, _WHOLE)
        finally:
            fput(opened)
    return vfs_read(current, fdget(current, file), size)


def vfs_read(current: Task, file: File, size: int) -> bytes:
    """Read at the file's position, and move it."""
    # read(2) EBADF: not open for reading.
    if not file.readable():
        raise Refused(EBADF)
    data = file.inode.read(current, file, size, file.pos)
    file.pos += len(data)
    return data


def sys_write(current: Task, file: int | str, data: bytes) -> int:
    """write(2) to a descriptor; to a path, with one write(2) after opening and truncating, or making, the
    file."""
    if isinstance(file, str):
        opened = _open_to_write(current, file)
        opened.users += 1
        try:
            return vfs_write(current, opened, data)
        finally:
            fput(opened)
    return vfs_write(current, fdget(current, file), data)


def _open_to_write(current: Task, path: str) -> File:
    try:
        return do_open(current, path, O_WRONLY | O_TRUNC)
    except Refused as refused:
        if refused.errno != ENOENT or path.startswith(("/proc/", "/sys/")):
            raise
    return do_open(current, path, O_WRONLY | O_CREAT | O_EXCL)


def vfs_write(current: Task, file: File, data: bytes) -> int:
    """Write at the file's position, or at its end with O_APPEND."""
    # write(2) EBADF: not open for writing.
    if not file.writable():
        raise Refused(EBADF)
    if file.flags & O_APPEND:
        file.pos = file.inode.size()
    return _write_at(current, file, data, move=True)


def _write_at(current: Task, file: File, data: bytes, *, move: bool, offset: int = 0) -> int:
    start = file.pos if move else offset
    if data and file.inode.is_regular() and not file.inode.is_virtual():
        file_remove_privs(current, file.path)
    count = file.inode.write(current, file, data, start)
    if move:
        file.pos = start + count
    return count


def _positioned(current: Task, fd: int, offset: int) -> File:
    """The file for pread(2) or pwrite(2)."""
    # pread(2) EINVAL: the offset is negative.
    if offset < 0:
        raise Refused(EINVAL)
    file = fdget(current, fd)
    # pread(2) ESPIPE: the file has no position.
    if file.inode.kind() in (S_IFIFO, S_IFSOCK):
        raise Refused(ESPIPE)
    return file


def sys_pread(current: Task, fd: int, size: int, offset: int) -> bytes:
    """pread(2)."""
    file = _positioned(current, fd, offset)
    if not file.readable():
        raise Refused(EBADF)
    return file.inode.read(current, file, size, offset)


def sys_pwrite(current: Task, fd: int, data: bytes, offset: int) -> int:
    """pwrite(2)."""
    file = _positioned(current, fd, offset)
    # R050, pwrite(2) ESPIPE: files such as uid_map are written at their position only.
    if not file.inode.has_pwrite():
        raise Refused(ESPIPE)
    if not file.writable():
        raise Refused(EBADF)
    return _write_at(current, file, data, move=False, offset=offset)


def sys_lseek(current: Task, fd: int, offset: int, whence: int = 0) -> int:
    """lseek(2)."""
    file = fdget(current, fd)
    if file.inode.kind() in (S_IFIFO, S_IFSOCK):
        raise Refused(ESPIPE)
    base = {SEEK_SET: 0, SEEK_CUR: file.pos, SEEK_END: file.inode.size()}.get(whence)
    # lseek(2) EINVAL: whence is not valid, or the result is negative.
    if base is None or base + offset < 0:
        raise Refused(EINVAL)
    file.pos = base + offset
    return file.pos


def sys_ftruncate(current: Task, fd: int, length: int) -> None:
    """ftruncate(2)."""
    # ftruncate(2) EINVAL: the length is negative, or the file is not open for writing.
    if length < 0:
        raise Refused(EINVAL)
    file = fdget(current, fd)
    if not file.inode.is_regular() or not file.writable():
        raise Refused(EINVAL)
    file_remove_privs(current, file.path)
    file.inode.truncate(length)


def sys_dup(current: Task, fd: int) -> int:
    """dup(2)."""
    return fd_install(current, fdget_raw(current, fd))


def sys_stat(current: Task, path: str) -> tuple[int, ...]:
    """stat(2)."""
    return cp_new_stat(current, user_path(current, path))


def sys_lstat(current: Task, path: str) -> tuple[int, ...]:
    """lstat(2)."""
    return cp_new_stat(current, user_path(current, path, follow=False))


def sys_fstat(current: Task, fd: int) -> tuple[int, ...]:
    """fstat(2)."""
    return cp_new_stat(current, fdget_raw(current, fd).path)


def cp_new_stat(current: Task, place: Path) -> tuple[int, ...]:
    """The mode, IDs and size of a file.

    # R080, generic_fillattr(), cp_new_stat(), user_namespaces(7): an owner or group without a mapping
    # in the caller's user namespace reads as the overflow ID.
    """
    inode = place.dentry.inode
    ids = vfsids(place.mnt.idmap, inode)
    ns = current.cred.user_ns
    uid, gid = from_kuid_munged(ns, ids.uid), from_kgid_munged(ns, ids.gid)
    return inode.mode, inode.ino, inode.sb.dev, inode.nlink, uid, gid, inode.size(), inode.rdev


def sys_readlink(current: Task, path: str) -> str:
    """readlink(2)."""
    inode = user_path(current, path, follow=False).dentry.inode
    # readlink(2) EINVAL: it is no symbolic link.
    if not inode.is_symlink():
        raise Refused(EINVAL)
    return inode.readlink(current)


def sys_listdir(current: Task, path: str) -> tuple[str, ...]:
    """The names in a directory, sorted.  getdents64(2)."""
    file = do_open(current, path, O_RDONLY | O_DIRECTORY)
    # iterate_dir(), getdents(2) ENOENT: the directory was removed.
    if file.path.dentry.is_unlinked():
        raise Refused(ENOENT)
    return tuple(sorted(file.inode.names(current, file.path.dentry)))


def sys_getcwd(current: Task) -> str:
    """getcwd(2)."""
    place = current.fs.pwd
    # getcwd(2) ENOENT: the directory was removed.
    if place.dentry.is_unlinked():
        raise Refused(ENOENT)
    text, reachable = d_path(place, current.fs.root)
    return text if reachable else f"(unreachable){text}"
