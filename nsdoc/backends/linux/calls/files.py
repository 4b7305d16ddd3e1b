"""Files, directories, their permissions and extended attributes.

Where `os` makes a descriptor, it makes one that execve(2) closes; the calls here are raw instead.
"""

from __future__ import annotations

import os

# isort: off
from os import (
    chdir, chmod, chown, chroot, close, fchdir, fchmod, fchown, ftruncate, getcwd, getxattr, lchown, link,
    lseek, mkdir, mknod, pread, pwrite, readlink, removexattr, rename, rmdir, setxattr, symlink, umask,
    unlink,
)  # fmt: skip
# isort: on

from nsdoc import abi
from nsdoc.backends.linux.syscalls import buffer, syscall
from nsdoc.backends.linux.syscalls import path as raw_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Fields: TypeAlias = tuple[int, int, int, int, int, int, int, int]

_CHUNK = 65536
_WORD = 4


def open(path: str, flags: int, mode: int) -> int:
    return syscall("openat", abi.AT_FDCWD, raw_path(path), flags, mode)


def dup(fd: int) -> int:
    return syscall("dup", fd)


def pipe() -> tuple[int, int]:
    ends = buffer(2 * _WORD)
    syscall("pipe2", ends, 0)
    return int.from_bytes(ends.raw[:_WORD], "little"), int.from_bytes(ends.raw[_WORD:], "little")


def read(file: int | str, size: int = _CHUNK) -> bytes:
    if isinstance(file, int):
        return os.read(file, size)
    fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = part = os.read(fd, size)
        while part:
            part = os.read(fd, size)
            data += part
    finally:
        os.close(fd)
    return data


def write(file: int | str, data: bytes) -> int:
    if isinstance(file, int):
        return os.write(file, data)
    fd = _open_to_write(file)
    try:
        return os.write(fd, data)
    finally:
        os.close(fd)


def _open_to_write(file: str) -> int:
    # Not O_CREAT at once: in a sticky directory that can change the answer for a file that exists,
    # see protected_regular in proc_sys_fs(5).
    try:
        return os.open(file, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
    except FileNotFoundError:
        if file.startswith(("/proc/", "/sys/")):
            raise
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)


def stat(path: str) -> Fields:
    return _fields(os.stat(path))


def lstat(path: str) -> Fields:
    return _fields(os.lstat(path))


def fstat(fd: int) -> Fields:
    return _fields(os.fstat(fd))


def _fields(found: os.stat_result) -> Fields:
    return (
        found.st_mode, found.st_ino, found.st_dev, found.st_nlink,
        found.st_uid, found.st_gid, found.st_size, found.st_rdev,
    )  # fmt: skip


def access(path: str, mode: int) -> None:
    # Raw, because os.access() hides the error.
    syscall("faccessat", abi.AT_FDCWD, raw_path(path), mode)


def listdir(path: str) -> list[str]:
    return sorted(os.listdir(path))


def listxattr(path: str) -> list[str]:
    return sorted(os.listxattr(path))


def utime(path: str, seconds: int | None) -> None:
    os.utime(path, None if seconds is None else (seconds, seconds))


CALLS = (
    open, dup, pipe, read, write, stat, lstat, fstat, access, listdir, listxattr, utime,
    chdir, chmod, chown, chroot, close, fchdir, fchmod, fchown, ftruncate, getcwd, getxattr, lchown, link,
    lseek, mkdir, mknod, pread, pwrite, readlink, removexattr, rename, rmdir, setxattr, symlink, umask,
    unlink,
)  # fmt: skip
