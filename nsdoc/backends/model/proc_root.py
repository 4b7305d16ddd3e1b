"""The top of /proc.

Twin: fs/proc/root.c, fs/proc/self.c and proc_pid_lookup() of fs/proc/base.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc.abi import S_IFDIR, S_IFLNK, S_IFREG
from nsdoc.backends.model.dcache import Dentry
from nsdoc.backends.model.errnos import ENOENT
from nsdoc.backends.model.inode import Superblock
from nsdoc.backends.model.ipc import show_queues
from nsdoc.backends.model.ns_types import IpcNamespace
from nsdoc.backends.model.pid import pid_nr_ns
from nsdoc.backends.model.proc_base import ProcInode, proc_pid_ns
from nsdoc.backends.model.proc_pid import PidDirectory
from nsdoc.backends.model.proc_sys import sys_directory
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.uidgid import GLOBAL_ROOT_GID, GLOBAL_ROOT_UID
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from nsdoc.backends.model.file import File
    from nsdoc.backends.model.fs_types import FileSystemType
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.pid import PidNamespace
    from nsdoc.backends.model.sched import Task


# Names that exist in /proc and are not modelled.
_OTHERS: Final = frozenset(
    """acpi asound buddyinfo bus cgroups cmdline config.gz consoles cpuinfo crypto devices diskstats dma
    driver
    execdomains fb filesystems fs interrupts iomem ioports irq kallsyms kcore key-users keys kmsg kpagecount
    loadavg
    locks meminfo misc modules mtrr net pagetypeinfo partitions pressure schedstat scsi slabinfo softirqs stat
    swaps sysrq-trigger thread-self timer_list tty uptime vmallocinfo vmstat zoneinfo""".split()
)


class ProcRoot(ProcInode):
    """The root of a proc filesystem."""

    __slots__ = ()

    def find(self, current: Task, dentry: Dentry, name: str) -> Dentry | None:
        """A file of the machine, or the directory of a process."""
        if name in dentry.children:
            found = dentry.children[name]
            if not isinstance(found.inode, PidDirectory) or found.inode.task.state != "dead":
                return found
        if name == "sys":
            # Made at its first use: few examples look there.
            return dentry.children.setdefault(name, sys_directory(self.sb))
        if name in _OTHERS:
            raise Unavailable(f"/proc/{name} is not modelled")
        if not name.isdigit():
            return None
        task = proc_pid_ns(self.sb).tasks.get(int(name))
        if task is None or str(int(name)) != name:
            return None
        return dentry.add(name, PidDirectory(self.sb, task))

    def names(self, current: Task, dentry: Dentry) -> list[str]:
        """The processes of the PID namespace, and the files that are modelled."""
        files = {"sys", *(name for name in dentry.children if not name.isdigit())}
        return [*files, *map(str, proc_pid_ns(self.sb).tasks)]


class SelfLink(ProcInode):
    """/proc/self: the directory of whoever looks."""

    __slots__ = ("suffix",)

    def __init__(self, sb: Superblock, suffix: str = "") -> None:
        super().__init__(sb, S_IFLNK | 0o777, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID)
        self.suffix = suffix

    def follow(self, current: Task) -> str:
        """The number of the process in the PID namespace of the filesystem."""
        number = pid_nr_ns(current, proc_pid_ns(self.sb))
        # proc_self_get_link(): this PID namespace does not know the process.
        if not number:
            raise Refused(ENOENT)
        return f"{number}{self.suffix}"

    def readlink(self, current: Task) -> str:
        """The same as a text."""
        return self.follow(current)


class TextFile(ProcInode):
    """A file that only reads."""

    __slots__ = ("show",)

    def __init__(self, sb: Superblock, show: Callable[[Task], str]) -> None:
        super().__init__(sb, S_IFREG | 0o444, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID)
        self.show = show

    def read(self, current: Task, file: File, size: int, offset: int) -> bytes:
        """The text."""
        return self.show(current).encode()[offset : offset + size]


class QueuesFile(ProcInode):
    """/proc/sysvipc/msg: the message queues of the IPC namespace of whoever opened it."""

    __slots__ = ()

    def __init__(self, sb: Superblock) -> None:
        super().__init__(sb, S_IFREG | 0o444, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID)

    def open(self, current: Task, file: File) -> None:
        """Remember the IPC namespace."""
        file.private = current.nsproxy.ipc_ns

    def read(self, current: Task, file: File, size: int, offset: int) -> bytes:
        """The queues with their owners as the user namespace of the opener has them."""
        assert isinstance(file.private, IpcNamespace)
        return show_queues(file.private, file.cred.user_ns).encode()[offset : offset + size]


def proc_fill_super(kernel: Kernel, fstype: FileSystemType, ns: PidNamespace) -> Superblock:
    """A proc filesystem for the processes of a PID namespace.

    # R070: its owner is the user namespace that owns the PID namespace.
    """
    sb = Superblock(kernel, fstype, ns.owner_ns(), ns)
    sb.root = Dentry("/", None, ProcRoot(sb, S_IFDIR | 0o555, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID))
    sb.root.add("self", SelfLink(sb))
    sb.root.add("version", TextFile(sb, lambda current: f"Linux version {current.kernel.release}\n"))
    sysvipc = sb.root.add("sysvipc", ProcInode(sb, S_IFDIR | 0o555, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID))
    sysvipc.add("msg", QueuesFile(sb))
    mounts = sb.root.add("mounts", SelfLink(sb, "/mounts"))
    mounts.inode.mode = S_IFLNK | 0o777
    return sb
