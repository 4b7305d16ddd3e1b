"""Pipes.

Twin: fs/pipe.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc import abi
from nsdoc.abi import O_RDONLY, O_WRONLY, S_IFIFO
from nsdoc.backends.model.dcache import Dentry, Path
from nsdoc.backends.model.errnos import EPIPE
from nsdoc.backends.model.exit import send_signal
from nsdoc.backends.model.file import File, fd_install
from nsdoc.backends.model.inode import Inode
from nsdoc.backends.model.refusal import Refused
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from nsdoc.backends.model.sched import Task


class PipeInode(Inode):
    """A pipe: what was written and not yet read."""

    __slots__ = ("readers", "writers")

    def __init__(self, current: Task) -> None:
        sb = current.kernel.nsfs_mnt.sb
        super().__init__(sb, S_IFIFO | 0o600, current.cred.fsuid, current.cred.fsgid)
        self.readers = self.writers = 1

    def release(self, file: File) -> None:
        """One end is closed."""
        if file.readable():
            self.readers = 0
        else:
            self.writers = 0

    def read(self, current: Task, file: File, size: int, offset: int) -> bytes:
        """What was written first; nothing once nobody can write any more."""
        if not self.data and self.writers and size:
            raise Unavailable("read(): the pipe is empty, and the call would wait for ever")
        taken = bytes(self.data[:size])
        del self.data[:size]
        return taken

    def write(self, current: Task, file: File, data: bytes, offset: int) -> int:
        """Append."""
        # pipe(7) EPIPE: nobody can read any more; who does not ignore SIGPIPE ends.
        if not self.readers:
            send_signal(current, current, abi.SIGPIPE)
            raise Refused(EPIPE)
        self.data += data
        return len(data)


def sys_pipe(current: Task) -> tuple[int, int]:
    """A descriptor to read from and one to write to.  pipe(2)."""
    path = Path(current.kernel.nsfs_mnt, Dentry("pipe", None, PipeInode(current)))
    reader = fd_install(current, File(path, O_RDONLY, current.cred))
    return reader, fd_install(current, File(path, O_WRONLY, current.cred))
