"""/proc/PID: the files of one process.

Twin: fs/proc/base.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from nsdoc.abi import S_IFDIR, S_IFLNK, S_IFREG
from nsdoc.backends.model.dcache import Dentry
from nsdoc.backends.model.errnos import EACCES, EINVAL, ENOENT, EPERM, ESRCH
from nsdoc.backends.model.inode import Inode
from nsdoc.backends.model.pid import PidNamespace
from nsdoc.backends.model.ptrace import FSCREDS, ptrace_may_access
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.sched import SUID_DUMP_USER
from nsdoc.backends.model.uidgid import (
    GLOBAL_ROOT_GID,
    GLOBAL_ROOT_UID,
    INVALID,
    Gid,
    Uid,
    make_kgid,
    make_kuid,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from nsdoc.backends.model.dcache import Path
    from nsdoc.backends.model.file import File
    from nsdoc.backends.model.inode import Superblock
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.uidgid import Kgid, Kuid

# R110: a directory of this mode belongs to the process whatever its dumpability.
_OPEN_DIRECTORY: Final = S_IFDIR | 0o555


class ProcInode(Inode):
    """A file of proc: its content is made when it is read, and nothing can be added."""

    __slots__ = ()

    def is_virtual(self) -> bool:
        """See `Inode.is_virtual`."""
        return True

    def has_pwrite(self) -> bool:
        """See `Inode.has_pwrite`."""
        return False

    def may_remove_names(self) -> bool:
        """See `Inode.may_remove_names`."""
        return False

    def lookup(self, current: Task, dentry: Dentry, name: str) -> Dentry | None:
        """proc says that a name does not exist even when it shall be made."""
        found = self.find(current, dentry, name)
        if found is None:
            raise Refused(ENOENT)
        return found

    def find(self, current: Task, dentry: Dentry, name: str) -> Dentry | None:
        """The entry of a name in this directory."""
        return dentry.children.get(name)

    def truncate(self, length: int) -> None:
        """Opening with O_TRUNC changes nothing."""

    def size(self) -> int:
        """proc(5): most files seem to be empty."""
        return 0


def task_dump_owner(task: Task, mode: int) -> tuple[Kuid, Kgid]:
    """Who owns a file of a process.

    # R110, task_dump_owner(), proc(5): the effective user and group of the process, unless it is not
    # dumpable;
    # then root of the user namespace of its program, or global root where that has no mapping.
    """
    uid, gid = task.cred.euid, task.cred.egid
    if mode == _OPEN_DIRECTORY:
        return uid, gid
    # R110: a process that has ended has no program; since the release of "exec-state-outlives-program" it is
    # remembered.
    if not task.alive() and not task.kernel.has("zombies-keep-their-owner"):
        return GLOBAL_ROOT_UID, GLOBAL_ROOT_GID
    if task.mm.dumpable == SUID_DUMP_USER:
        return uid, gid
    if not task.kernel.has("proc-files-belong-to-namespace-root"):
        return GLOBAL_ROOT_UID, GLOBAL_ROOT_GID
    ns = task.mm.user_ns
    uid, gid = make_kuid(ns, Uid(0)), make_kgid(ns, Gid(0))
    return (
        GLOBAL_ROOT_UID if uid == INVALID else uid,
        GLOBAL_ROOT_GID if gid == INVALID else gid,
    )


class PidInode(ProcInode):
    """A file or directory below /proc/PID."""

    __slots__ = ("task",)

    def __init__(self, sb: Superblock, mode: int, task: Task) -> None:
        super().__init__(sb, mode, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID)
        self.task = task

    def may_setattr(self, current: Task, *, mode: bool, owner: bool) -> None:
        """R110, proc_setattr(): the mode of a file of a process stays."""
        if mode:
            raise Refused(EPERM)

    def ids(self) -> tuple[Kuid, Kgid]:
        """See `task_dump_owner`."""
        return task_dump_owner(self.task, self.mode)


class PidEntry(NamedTuple):
    """What one name below /proc/PID is.

    `show` makes the content, `store` takes what is written, `open` decides before either.
    `since` is the change that brought the file.
    """

    mode: int
    show: Callable[[Task, Task, File], str]
    store: Callable[[Task, Task, File, bytes, int], int] | None = None
    open: Callable[[Task, Task, File], object] | None = None
    since: str | None = None


class PidFile(PidInode):
    """A regular file below /proc/PID."""

    __slots__ = ("entry",)

    def __init__(self, sb: Superblock, task: Task, entry: PidEntry) -> None:
        super().__init__(sb, S_IFREG | entry.mode, task)
        self.entry = entry

    def open(self, current: Task, file: File) -> None:
        """Keep what the entry wants to keep for this opening."""
        if self.entry.open is not None:
            file.private = self.entry.open(current, self.task, file)

    def read(self, current: Task, file: File, size: int, offset: int) -> bytes:
        """The content as it is now."""
        # proc_single_show(), ESRCH: the process is gone, and the opening has kept nothing of it.
        if self.task.state == "dead" and file.private is None:
            raise Refused(ESRCH)
        text = self.entry.show(current, self.task, file)
        return text.encode(errors="surrogateescape")[offset : offset + size]

    def write(self, current: Task, file: File, data: bytes, offset: int) -> int:
        """Hand the data to the entry."""
        # write(2) EINVAL: the file cannot be written to.
        if self.entry.store is None:
            raise Refused(EINVAL)
        return self.entry.store(current, self.task, file, data, offset)


class PidLink(PidInode):
    """A symbolic link below /proc/PID that leads to a place, whatever its text."""

    __slots__ = ("text", "where")

    def __init__(
        self,
        sb: Superblock,
        task: Task,
        where: Callable[[Task], Path],
        text: Callable[[Task, Task], str],
    ) -> None:
        super().__init__(sb, S_IFLNK | 0o777, task)
        self.where = where
        self.text = text

    def _check(self, current: Task) -> None:
        # R097, proc_fd_access_allowed(), proc_ns_get_link(), namespaces(7):
        # who has no ptrace access to the process cannot see where the link leads.
        if not ptrace_may_access(current, self.task, FSCREDS):
            raise Refused(EACCES)

    def follow(self, current: Task) -> str | Path:
        """The place."""
        self._check(current)
        return self.where(self.task)

    def readlink(self, current: Task) -> str:
        """The text."""
        self._check(current)
        return self.text(current, self.task)


def proc_pid_ns(sb: Superblock) -> PidNamespace:
    """The PID namespace whose processes a proc filesystem shows."""
    assert isinstance(sb.info, PidNamespace)
    return sb.info
