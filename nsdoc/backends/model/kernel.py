"""The state of the machine.

Twin: what the kernel keeps in global variables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from nsdoc.backends.model.uidgid import OverflowIds
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from nsdoc.backends.model.dcache import Dentry
    from nsdoc.backends.model.history import Edition
    from nsdoc.backends.model.inode import Inode, Superblock
    from nsdoc.backends.model.keys import Key
    from nsdoc.backends.model.mount import Mount
    from nsdoc.backends.model.ns_common import Namespace
    from nsdoc.backends.model.pid import PidNamespace
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.ucount import Ucounts
    from nsdoc.backends.model.unix import UnixSocket
    from nsdoc.backends.model.user_namespace import UserNamespace

NS = TypeVar("NS", bound="Namespace")

# Where the numbers of namespaces begin, of initial ones by kind and of others.
PROC_DYNAMIC_FIRST: Final = 0xF0000000


@dataclass(slots=True)
class Sysctl:
    """The settings of the whole machine that are modelled."""

    overflow: OverflowIds = field(default_factory=OverflowIds)
    suid_dumpable: int = 0
    protected_symlinks: int = 0
    protected_hardlinks: int = 1
    maxkeys: int = 200
    root_maxkeys: int = 1000000
    unprivileged_userns_clone: bool = True


class Kernel:
    """One booted machine.

    `host` is the process that starts those of an example, process 1 of `example_pid_ns`.
    """

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self._on = edition.on
        self.release = edition.release
        self.cap_last_cap = edition.cap_last_cap
        self.cap_full_set = (1 << edition.cap_last_cap + 1) - 1
        self.sysctl = Sysctl()
        self.tasks: list[Task] = []
        # Namespaces that count for somebody, and the places of those that were looked at.
        self.namespaces: list[Namespace] = []
        self.ns_dentries: dict[Namespace, Dentry] = {}
        # Filesystems of which there is one for each namespace, by type and namespace.
        self.shared_superblocks: dict[tuple[str, Namespace], Superblock] = {}
        # UNIX domain sockets by the file that names them.
        self.bound: dict[Inode, UnixSocket] = {}
        self.keys: dict[int, Key] = {}
        self._last_serial = 0
        self._last_inum = PROC_DYNAMIC_FIRST
        self._last_ns_id = 0
        self._last_dev = 0
        self._last_mnt_id = 0
        self._last_group_id = 0
        self.init_user_ns: UserNamespace
        self.init_pid_ns: PidNamespace
        self.example_pid_ns: PidNamespace
        self.nsfs_mnt: Mount
        self.host: Task

    def has(self, change: str) -> bool:
        """Whether a named change of behaviour is part of this kernel; see `history`."""
        return self._on[change]

    def cap_valid(self, cap: int) -> bool:
        """Whether this kernel knows a capability."""
        return 0 <= cap <= self.cap_last_cap

    def next_inum(self) -> int:
        """The inode number of a new namespace."""
        self._last_inum += 1
        return self._last_inum

    def next_ns_id(self) -> int:
        """The ID of a new namespace."""
        self._last_ns_id += 1
        return self._last_ns_id

    def next_dev(self) -> int:
        """The device number of a new filesystem."""
        self._last_dev += 1
        return self._last_dev

    def next_mnt_id(self) -> int:
        """The ID of a new mount."""
        self._last_mnt_id += 1
        return self._last_mnt_id

    def next_serial(self) -> int:
        """The ID of a new key."""
        self._last_serial += 1
        return self._last_serial

    def next_group_id(self) -> int:
        """The ID of a new peer group."""
        self._last_group_id += 1
        return self._last_group_id

    def group(self, current: Task, number: int) -> list[Task]:
        """The members of a process group, by its number in the caller's PID namespace; 0 is the caller's own.

        Raises:
            Unavailable: the group is led from outside the example, and so has members outside.
        """
        leader = current.signal.pgid
        if not number:
            if leader is None:
                raise Unavailable(
                    "the process group of this process is not part of the example; setsid() makes one"
                )
            return [task for task in self._processes() if task.signal.pgid is leader]
        ns = current.pid_struct.ns
        led = [(task, task.signal.pgid) for task in self._processes()]
        return [task for task, leader in led if leader is not None and leader.numbers.get(ns) == number]

    def _processes(self) -> list[Task]:
        return [task for task in self.tasks if task.group_leader is task]

    def register(self, ns: NS, charged: Ucounts) -> NS:
        """Note for whom a new namespace counts."""
        ns.charged = charged
        self.namespaces.append(ns)
        return ns

    def release_unused_namespaces(self) -> None:
        """Give back the counts of namespaces that nothing refers to.  R118."""
        from nsdoc.backends.model.lifetime import release_unused

        release_unused(self)
