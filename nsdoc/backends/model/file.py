"""Open files and descriptors.

Twin: include/linux/file.h and fs/file.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc.abi import O_PATH, O_RDWR, O_WRONLY, RLIMIT_NOFILE
from nsdoc.backends.model.errnos import EBADF, EMFILE
from nsdoc.backends.model.refusal import Refused

if TYPE_CHECKING:
    from nsdoc.backends.model.cred import Cred
    from nsdoc.backends.model.dcache import Path
    from nsdoc.backends.model.inode import Inode
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.sched import Task


class File:
    """An open file description, with the credentials of the one who opened it."""

    __slots__ = ("cred", "flags", "path", "pos", "private", "users")

    def __init__(self, path: Path, flags: int, cred: Cred, private: object = None) -> None:
        self.path = path
        self.flags = flags
        self.cred = cred
        self.pos = 0
        # What a special file keeps for each opening, such as the user namespace of a map file.
        self.private = private
        self.users = 0

    @property
    def inode(self) -> Inode:
        """The file that is open."""
        return self.path.dentry.inode

    def readable(self) -> bool:
        """Whether it was opened for reading."""
        return not self.flags & (O_WRONLY | O_PATH)

    def writable(self) -> bool:
        """Whether it was opened for writing."""
        return bool(self.flags & (O_WRONLY | O_RDWR)) and not self.flags & O_PATH


class FilesStruct:
    """A table of descriptors."""

    __slots__ = ("close_on_exec", "fds", "users")

    def __init__(self) -> None:
        self.fds: dict[int, File] = {}
        self.close_on_exec: set[int] = set()
        self.users = 1

    def copy(self) -> FilesStruct:
        """A table of its own with the same open files, for fork(2) and unshare(2)."""
        new = FilesStruct()
        new.fds = dict(self.fds)
        new.close_on_exec = set(self.close_on_exec)
        for file in new.fds.values():
            file.users += 1
        return new


def is_open_for_writing(kernel: Kernel, inode: Inode) -> bool:
    """Whether a process has a file open for writing."""
    files = (file for task in kernel.tasks if task.alive() for file in task.files.fds.values())
    return any(file.writable() and file.inode is inode for file in files)


def is_executed(kernel: Kernel, inode: Inode) -> bool:
    """Whether a file is the program of a process."""
    programs = (task.mm.exe for task in kernel.tasks if task.alive())
    return any(place is not None and place.dentry.inode is inode for place in programs)


def fd_install(current: Task, file: File, cloexec: bool = False) -> int:
    """The lowest free descriptor, now for `file`.

    Raises:
        Refused: EMFILE, the limit on open files is reached.
    """
    files = current.files
    fd = 0
    while fd in files.fds:
        fd += 1
    if fd >= current.signal.rlimits[RLIMIT_NOFILE][0]:
        raise Refused(EMFILE)
    files.fds[fd] = file
    file.users += 1
    if cloexec:
        files.close_on_exec.add(fd)
    return fd


def fdget_raw(current: Task, fd: int) -> File:
    """The open file of a descriptor.

    Raises:
        Refused: EBADF, the descriptor is not open.
    """
    file = current.files.fds.get(fd)
    if file is None:
        raise Refused(EBADF)
    return file


def fdget(current: Task, fd: int) -> File:
    """As `fdget_raw`, but a descriptor opened with O_PATH is none.  Twin: fdget()."""
    file = fdget_raw(current, fd)
    if file.flags & O_PATH:
        raise Refused(EBADF)
    return file


def fput(file: File) -> None:
    """One descriptor less for an open file."""
    file.users -= 1
    if file.users == 0:
        file.inode.release(file)


def close_fd(current: Task, fd: int) -> None:
    """close(2).

    Raises:
        Refused: EBADF, the descriptor is not open.
    """
    file = fdget_raw(current, fd)
    del current.files.fds[fd]
    current.files.close_on_exec.discard(fd)
    fput(file)
