"""Calls about files, directories and their permissions."""

from __future__ import annotations

from nsdoc.abi import O_RDONLY
from nsdoc.process.caller import Caller, raw
from nsdoc.process.values import Stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import overload


class FileCalls(Caller):
    """open(2), read(2), stat(2), chown(2), xattr(7) and their kin; paths are text, data is bytes."""

    __slots__ = ()

    def open(self, path: str, flags: int = O_RDONLY, mode: int = 0o666) -> int:
        """open(2): a new descriptor.

        Raises:
            KernelError: EACCES, EEXIST, EINVAL, EISDIR, ELOOP, EMFILE, ENOENT, ENOTDIR, ENXIO, EOVERFLOW,
                EPERM, EROFS.
        """
        return int(self._call("open", path, flags, mode))

    def close(self, fd: int) -> None:
        """close(2).

        Raises:
            KernelError: EBADF.
        """
        self._call("close", fd)

    def dup(self, fd: int) -> int:
        """dup(2): a new descriptor for the same open file description.

        Raises:
            KernelError: EBADF, EMFILE.
        """
        return int(self._call("dup", fd))

    def pipe(self) -> tuple[int, int]:
        """pipe(2): a descriptor to read from and one to write to.

        Raises:
            KernelError: EMFILE.
        """
        reader, writer = self._call("pipe")
        return reader, writer

    if TYPE_CHECKING:

        @overload
        def read(self, file: str) -> str: ...
        @overload
        def read(self, file: int, size: int = 65536) -> bytes: ...

    def read(self, file: int | str, size: int = 65536) -> bytes | str:
        """read(2): at most `size` bytes from a descriptor.

        As a convenience, a path gives the whole file as text:
        the process opens it, reads to the end and closes it.

        Raises:
            KernelError: EAGAIN, EBADF, EINVAL, EIO, EISDIR; of a path also those of `open`.
        """
        if isinstance(file, int):
            return bytes(self._call("read", file, size))
        return bytes(self._call("read", file)).decode(errors="surrogateescape")

    def write(self, file: int | str, data: str | bytes) -> int:
        """write(2): write to a descriptor, and say how many bytes the kernel took.

        As a convenience, a path is opened for writing, truncated, written to with one write(2) and closed;
        where no file is, one is made, but never below :file:`/proc` or :file:`/sys`.

        Raises:
            KernelError: EAGAIN, EBADF, EINVAL, EFBIG, ENOSPC, EPERM, EPIPE; of a path also those of `open`.
        """
        return int(self._call("write", file, raw(data)))

    def pread(self, fd: int, size: int, offset: int) -> bytes:
        """pread(2): at most `size` bytes from `offset`.

        Raises:
            KernelError: EBADF, EINVAL, EISDIR, ESPIPE.
        """
        return bytes(self._call("pread", fd, size, offset))

    def pwrite(self, fd: int, data: str | bytes, offset: int) -> int:
        """pwrite(2): write at `offset`, and say how many bytes the kernel took.

        Raises:
            KernelError: EBADF, EINVAL, ENOSPC, ESPIPE.
        """
        return int(self._call("pwrite", fd, raw(data), offset))

    def lseek(self, fd: int, offset: int, whence: int = 0) -> int:
        """lseek(2): the new offset.

        Raises:
            KernelError: EBADF, EINVAL, ESPIPE.
        """
        return int(self._call("lseek", fd, offset, whence))

    def ftruncate(self, fd: int, length: int) -> None:
        """ftruncate(2).

        Raises:
            KernelError: EBADF, EFBIG, EINVAL, EPERM.
        """
        self._call("ftruncate", fd, length)

    def stat(self, path: str) -> Stat:
        """stat(2): the file's mode, IDs and size; a symbolic link is followed.

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EOVERFLOW.
        """
        return Stat(*self._call("stat", path))

    def lstat(self, path: str) -> Stat:
        """lstat(2): as `stat`, of a symbolic link itself.

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EOVERFLOW.
        """
        return Stat(*self._call("lstat", path))

    def fstat(self, fd: int) -> Stat:
        """fstat(2): as `stat`, of an open file.

        Raises:
            KernelError: EBADF, EOVERFLOW.
        """
        return Stat(*self._call("fstat", fd))

    def access(self, path: str, mode: int) -> None:
        """access(2): succeeds or raises, so that the error can be told; `os.access` gives a bool.

        Raises:
            KernelError: EACCES, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EROFS.
        """
        self._call("access", path, mode)

    def utime(self, path: str, seconds: int | None = None) -> None:
        """utime(2): set both times of a file, by default to the current time, which asks for less.

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EPERM, EROFS.
        """
        self._call("utime", path, seconds)

    def umask(self, mask: int) -> int:
        """umask(2): the mask before the call."""
        return int(self._call("umask", mask))

    def chmod(self, path: str, mode: int) -> None:
        """chmod(2).

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EPERM, EROFS.
        """
        self._call("chmod", path, mode)

    def fchmod(self, fd: int, mode: int) -> None:
        """fchmod(2).

        Raises:
            KernelError: EBADF, EPERM, EROFS.
        """
        self._call("fchmod", fd, mode)

    def chown(self, path: str, uid: int, gid: int) -> None:
        """chown(2); -1 leaves an ID as it is.

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EINVAL, EPERM, EROFS.
        """
        self._call("chown", path, uid, gid)

    def fchown(self, fd: int, uid: int, gid: int) -> None:
        """fchown(2); -1 leaves an ID as it is.

        Raises:
            KernelError: EBADF, EINVAL, EPERM, EROFS.
        """
        self._call("fchown", fd, uid, gid)

    def lchown(self, path: str, uid: int, gid: int) -> None:
        """lchown(2); -1 leaves an ID as it is.

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EINVAL, EPERM, EROFS.
        """
        self._call("lchown", path, uid, gid)

    def mkdir(self, path: str, mode: int = 0o777) -> None:
        """mkdir(2).

        Raises:
            KernelError: EACCES, EEXIST, ELOOP, EMLINK, ENAMETOOLONG, ENOENT, ENOSPC, ENOTDIR, EOVERFLOW,
                EROFS.
        """
        self._call("mkdir", path, mode)

    def rmdir(self, path: str) -> None:
        """rmdir(2).

        Raises:
            KernelError: EACCES, EBUSY, EINVAL, ENOENT, ENOTDIR, ENOTEMPTY, EPERM, EROFS.
        """
        self._call("rmdir", path)

    def mknod(self, path: str, mode: int = 0o600, device: int = 0) -> None:
        """mknod(2).

        Raises:
            KernelError: EACCES, EEXIST, EINVAL, ENOENT, ENOSPC, ENOTDIR, EOVERFLOW, EPERM, EROFS.
        """
        self._call("mknod", path, mode, device)

    def symlink(self, target: str, path: str) -> None:
        """symlink(2): make `path` a symbolic link to `target`.

        Raises:
            KernelError: EACCES, EEXIST, ENAMETOOLONG, ENOENT, ENOSPC, ENOTDIR, EOVERFLOW, EROFS.
        """
        self._call("symlink", target, path)

    def readlink(self, path: str) -> str:
        """readlink(2): what a symbolic link refers to, such as ``user:[4026531837]``.

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EINVAL.
        """
        return str(self._call("readlink", path))

    def link(self, target: str, path: str) -> None:
        """link(2): make `path` a new name of `target`.

        Raises:
            KernelError: EACCES, EEXIST, EMLINK, ENOENT, ENOTDIR, EPERM, EROFS, EXDEV.
        """
        self._call("link", target, path)

    def unlink(self, path: str) -> None:
        """unlink(2).

        Raises:
            KernelError: EACCES, EBUSY, EISDIR, ENOENT, ENOTDIR, EPERM, EROFS.
        """
        self._call("unlink", path)

    def rename(self, old: str, new: str) -> None:
        """rename(2).

        Raises:
            KernelError: EACCES, EBUSY, EEXIST, EINVAL, EISDIR, ENOENT, ENOTDIR, ENOTEMPTY, EPERM, EROFS,
                EXDEV.
        """
        self._call("rename", old, new)

    def listdir(self, path: str = ".") -> list[str]:
        """getdents64(2) as `os.listdir` makes it: the names in a directory, sorted.

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EMFILE.
        """
        return list(self._call("listdir", path))

    def chdir(self, path: str) -> None:
        """chdir(2).

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR.
        """
        self._call("chdir", path)

    def fchdir(self, fd: int) -> None:
        """fchdir(2).

        Raises:
            KernelError: EACCES, EBADF, ENOTDIR.
        """
        self._call("fchdir", fd)

    def getcwd(self) -> str:
        """getcwd(2).

        Raises:
            KernelError: ENOENT.
        """
        return str(self._call("getcwd"))

    def chroot(self, path: str) -> None:
        """chroot(2).

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EPERM.
        """
        self._call("chroot", path)

    def getxattr(self, path: str, name: str) -> bytes:
        """getxattr(2): the value of an extended attribute.

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, ENODATA, EOPNOTSUPP, EOVERFLOW.
        """
        return bytes(self._call("getxattr", path, name))

    def setxattr(self, path: str, name: str, value: bytes, flags: int = 0) -> None:
        """setxattr(2).

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EEXIST, EINVAL, ENODATA, ENOSPC,
                EOPNOTSUPP, EPERM, EROFS.
        """
        self._call("setxattr", path, name, bytes(value), flags)

    def listxattr(self, path: str) -> list[str]:
        """listxattr(2): the names of the extended attributes, sorted.

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EOPNOTSUPP.
        """
        return list(self._call("listxattr", path))

    def removexattr(self, path: str, name: str) -> None:
        """removexattr(2).

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, ENODATA, EOPNOTSUPP, EPERM, EROFS.
        """
        self._call("removexattr", path, name)
