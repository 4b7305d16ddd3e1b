"""Files, directories, their permissions and extended attributes."""

from __future__ import annotations

import os
from struct import pack, unpack_from

from nsdoc import abi
from nsdoc.backends.linux.agent import checked
from nsdoc.backends.linux.machine import SAVE, STOP, USE
from nsdoc.backends.linux.request import Request, Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from nsdoc.backends.linux.agent import Agent

    Fields: TypeAlias = tuple[int, int, int, int, int, int, int, int]

_HERE = abi.AT_FDCWD
_NOFOLLOW = abi.AT_SYMLINK_NOFOLLOW
_REMOVEDIR = 0x200
_CHUNK = 65536
_SMALL = 4096
# struct statx of linux/stat.h, and STATX_BASIC_STATS.
_STATX_SIZE, _BASIC = 256, 0x7FF
# The offsets in struct linux_dirent64: the length of an entry, and its name.
_DIRENT_LENGTH, _DIRENT_NAME = 16, 19


def open(agent: Agent, path: str, flags: int, mode: int) -> int:
    return agent.syscall("openat", _HERE, path, flags, mode)


def close(agent: Agent, fd: int) -> None:
    agent.syscall("close", fd)


def dup(agent: Agent, fd: int) -> int:
    return agent.syscall("dup", fd)


def pipe(agent: Agent) -> tuple[int, ...]:
    ends = Room(8)
    agent.syscall("pipe2", ends, 0)
    return ends.words(2)


def read(agent: Agent, file: int | str, size: int = _CHUNK) -> bytes:
    if isinstance(file, str):
        return _read_whole(agent, file)
    memory = Room(size)
    got = agent.syscall("read", file, memory, size)
    return memory.raw[:got]


def _read_whole(agent: Agent, path: str) -> bytes:
    """A file that is opened, read to its end and closed, in one message if it is small."""
    request = Request()
    first, second = Room(_SMALL), Room(_SMALL)
    request.add("openat", _HERE, path, abi.O_RDONLY | abi.O_CLOEXEC, flags=SAVE)
    request.add("read", 0, first, _SMALL, flags=USE)
    request.add("read", 0, second, _SMALL, flags=USE | STOP)
    request.add("close", 0, flags=USE)
    opened, got, more, _ = agent.perform(request)
    checked(opened)
    data = first.raw[: checked(got)]
    if more <= 0:
        checked(more)
        return data
    return data + second.raw[:more] + _read_on(agent)


def _read_on(agent: Agent) -> bytes:
    """What is left of the file that a request of this agent has saved; it is closed."""
    data = b""
    while True:
        request, memory = Request(), Room(_CHUNK)
        request.add("read", 0, memory, _CHUNK, flags=USE | STOP)
        request.add("close", 0, flags=USE)
        got = agent.perform(request)[0]
        if got <= 0:
            checked(got)
            return data
        data += memory.raw[:got]


def write(agent: Agent, file: int | str, data: bytes) -> int:
    if isinstance(file, int):
        return agent.syscall("write", file, data, len(data))
    # Not O_CREAT at once: in a sticky directory that can change the answer for a file that exists,
    # see protected_regular in proc_sys_fs(5).
    opened, written = _write_whole(agent, file, abi.O_WRONLY | abi.O_TRUNC, data)
    if opened == -abi.ERRNO["ENOENT"] and not file.startswith(("/proc/", "/sys/")):
        opened, written = _write_whole(agent, file, abi.O_WRONLY | abi.O_CREAT | abi.O_EXCL, data)
    checked(opened)
    return checked(written)


def _write_whole(agent: Agent, path: str, flags: int, data: bytes) -> tuple[int, int]:
    request = Request()
    request.add("openat", _HERE, path, flags | abi.O_CLOEXEC, 0o666, flags=SAVE)
    request.add("write", 0, data, len(data), flags=USE)
    request.add("close", 0, flags=USE)
    opened, written, _ = agent.perform(request)
    return opened, written


def pread(agent: Agent, fd: int, size: int, offset: int) -> bytes:
    memory = Room(size)
    got = agent.syscall("pread64", fd, memory, size, offset)
    return memory.raw[:got]


def pwrite(agent: Agent, fd: int, data: bytes, offset: int) -> int:
    return agent.syscall("pwrite64", fd, data, len(data), offset)


def lseek(agent: Agent, fd: int, offset: int, whence: int) -> int:
    return agent.syscall("lseek", fd, offset, whence)


def ftruncate(agent: Agent, fd: int, length: int) -> None:
    agent.syscall("ftruncate", fd, length)


def stat(agent: Agent, path: str) -> Fields:
    return _statx(agent, _HERE, path, 0)


def lstat(agent: Agent, path: str) -> Fields:
    return _statx(agent, _HERE, path, _NOFOLLOW)


def fstat(agent: Agent, fd: int) -> Fields:
    return _statx(agent, fd, "", abi.AT_EMPTY_PATH)


def _statx(agent: Agent, directory: int, path: str, flags: int) -> Fields:
    found = Room(_STATX_SIZE)
    agent.syscall("statx", directory, path, flags, _BASIC, found)
    links, uid, gid, mode, _, inode, size = unpack_from("<IIIHHQQ", found.raw, 16)
    rmajor, rminor, major, minor = unpack_from("<4I", found.raw, 128)
    return mode, inode, os.makedev(major, minor), links, uid, gid, size, os.makedev(rmajor, rminor)


def access(agent: Agent, path: str, mode: int) -> None:
    agent.syscall("faccessat", _HERE, path, mode)


def umask(agent: Agent, mask: int) -> int:
    return agent.syscall("umask", mask)


def chmod(agent: Agent, path: str, mode: int) -> None:
    agent.syscall("fchmodat", _HERE, path, mode)


def fchmod(agent: Agent, fd: int, mode: int) -> None:
    agent.syscall("fchmod", fd, mode)


def chown(agent: Agent, path: str, uid: int, gid: int) -> None:
    agent.syscall("fchownat", _HERE, path, uid, gid, 0)


def lchown(agent: Agent, path: str, uid: int, gid: int) -> None:
    agent.syscall("fchownat", _HERE, path, uid, gid, _NOFOLLOW)


def fchown(agent: Agent, fd: int, uid: int, gid: int) -> None:
    agent.syscall("fchown", fd, uid, gid)


def mkdir(agent: Agent, path: str, mode: int) -> None:
    agent.syscall("mkdirat", _HERE, path, mode)


def rmdir(agent: Agent, path: str) -> None:
    agent.syscall("unlinkat", _HERE, path, _REMOVEDIR)


def mknod(agent: Agent, path: str, mode: int, device: int) -> None:
    agent.syscall("mknodat", _HERE, path, mode, device)


def symlink(agent: Agent, target: str, path: str) -> None:
    agent.syscall("symlinkat", target, _HERE, path)


def readlink(agent: Agent, path: str) -> str:
    target = Room(_SMALL)
    length = agent.syscall("readlinkat", _HERE, path, target, _SMALL)
    return os.fsdecode(target.raw[:length])


def link(agent: Agent, target: str, path: str) -> None:
    agent.syscall("linkat", _HERE, target, _HERE, path, 0)


def unlink(agent: Agent, path: str) -> None:
    agent.syscall("unlinkat", _HERE, path, 0)


def rename(agent: Agent, old: str, new: str) -> None:
    agent.syscall("renameat2", _HERE, old, _HERE, new, 0)


def listdir(agent: Agent, path: str) -> tuple[str, ...]:
    fd = agent.syscall("openat", _HERE, path, abi.O_RDONLY | abi.O_DIRECTORY | abi.O_CLOEXEC)
    names: list[str] = []
    entries = Room(_CHUNK)
    try:
        while length := agent.syscall("getdents64", fd, entries, _CHUNK):
            names += _names(entries.raw[:length])
    finally:
        agent.syscall("close", fd)
    return tuple(sorted(name for name in names if name not in (".", "..")))


def _names(entries: bytes) -> list[str]:
    names = []
    while entries:
        (length,) = unpack_from("<H", entries, _DIRENT_LENGTH)
        names.append(os.fsdecode(entries[_DIRENT_NAME:length].partition(b"\0")[0]))
        entries = entries[length:]
    return names


def chdir(agent: Agent, path: str) -> None:
    agent.syscall("chdir", path)


def fchdir(agent: Agent, fd: int) -> None:
    agent.syscall("fchdir", fd)


def getcwd(agent: Agent) -> str:
    path = Room(_SMALL)
    length = agent.syscall("getcwd", path, _SMALL)
    return os.fsdecode(path.raw[: length - 1])


def chroot(agent: Agent, path: str) -> None:
    agent.syscall("chroot", path)


def getxattr(agent: Agent, path: str, name: str) -> bytes:
    value = Room(_CHUNK)
    length = agent.syscall("getxattr", path, name, value, _CHUNK)
    return value.raw[:length]


def setxattr(agent: Agent, path: str, name: str, value: bytes, flags: int) -> None:
    agent.syscall("setxattr", path, name, value, len(value), flags)


def listxattr(agent: Agent, path: str) -> tuple[str, ...]:
    names = Room(_CHUNK)
    length = agent.syscall("listxattr", path, names, _CHUNK)
    return tuple(sorted(map(os.fsdecode, names.raw[:length].split(b"\0")[:-1])))


def removexattr(agent: Agent, path: str, name: str) -> None:
    agent.syscall("removexattr", path, name)


def utime(agent: Agent, path: str, seconds: int | None) -> None:
    # With a null pointer the kernel takes the time of now and asks for less, utimensat(2).
    times = None if seconds is None else pack("<4q", seconds, 0, seconds, 0)
    agent.syscall("utimensat", _HERE, path, times, 0)


CALLS = (
    open, close, dup, pipe, read, write, pread, pwrite, lseek, ftruncate, stat, lstat, fstat, access, umask,
    chmod, fchmod, chown, lchown, fchown, mkdir, rmdir, mknod, symlink, readlink, link, unlink, rename,
    listdir, chdir, fchdir, getcwd, chroot, getxattr, setxattr, listxattr, removexattr, utime,
)  # fmt: skip
