"""Tasks.  Each is a thread, and mostly the only one of its process.

Twin: include/linux/sched.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import RLIM_INFINITY

if TYPE_CHECKING:
    from nsdoc.backends.model.cred import Cred
    from nsdoc.backends.model.dcache import Path
    from nsdoc.backends.model.file import FilesStruct
    from nsdoc.backends.model.fs_struct import FsStruct
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.nsproxy import Nsproxy
    from nsdoc.backends.model.pid import Pid
    from nsdoc.backends.model.user_namespace import UserNamespace

# prctl(2) PR_SET_DUMPABLE.
SUID_DUMP_DISABLE: Final = 0
SUID_DUMP_USER: Final = 1

RUNNING: Final = "running"
ZOMBIE: Final = "zombie"
DEAD: Final = "dead"

_RLIMITS: Final = {
    abi.RLIMIT_CORE: (0, RLIM_INFINITY),
    abi.RLIMIT_STACK: (8 << 20, RLIM_INFINITY),
    abi.RLIMIT_NOFILE: (1024, 4096),
    abi.RLIMIT_MEMLOCK: (8 << 20, 8 << 20),
    abi.RLIMIT_MSGQUEUE: (819200, 819200),
    abi.RLIMIT_NICE: (0, 0),
    abi.RLIMIT_RTPRIO: (0, 0),
}
# The number of resources, RLIM_NLIMITS.
RLIM_NLIMITS: Final = 16


class Mm:
    """What ptrace(2) and proc(5) ask of a program in memory."""

    __slots__ = ("dumpable", "exe", "user_ns", "users")

    def __init__(self, user_ns: UserNamespace, exe: Path | None, dumpable: int = SUID_DUMP_USER) -> None:
        # R096: who may look into a program that is not dumpable is decided in this user namespace.
        self.user_ns = user_ns
        self.exe = exe
        self.dumpable = dumpable
        self.users = 1

    def copy(self) -> Mm:
        """The copy that fork(2) makes."""
        return Mm(self.user_ns, self.exe, self.dumpable)


class SignalStruct:
    """What belongs to a process as a whole."""

    __slots__ = ("nr_threads", "pgid", "rlimits", "sid", "subreaper", "unkillable")

    def __init__(self) -> None:
        self.rlimits = {
            number: _RLIMITS.get(number, (RLIM_INFINITY, RLIM_INFINITY)) for number in range(RLIM_NLIMITS)
        }
        self.nr_threads = 1
        self.subreaper = False
        # Set for process 1 of a PID namespace: its own namespace cannot kill it.
        self.unkillable = False
        # The process that leads the process group and the session, None if it is outside the example.
        self.pgid: Pid | None = None
        self.sid: Pid | None = None

    def copy(self) -> SignalStruct:
        """What a child inherits."""
        new = SignalStruct()
        new.rlimits = dict(self.rlimits)
        new.pgid, new.sid = self.pgid, self.sid
        return new


class Task:
    """A thread.  Those of a process share its number, and `group_leader` is the first of them.

    The number of a thread by itself, gettid(2), is counted, but nothing that is modelled shows it.
    """

    def __init__(self, kernel: Kernel, pid: Pid, cred: Cred, nsproxy: Nsproxy) -> None:
        self.kernel = kernel
        self.pid_struct = pid
        self.cred = cred
        self.nsproxy = nsproxy
        self.fs: FsStruct
        self.files: FilesStruct
        self.mm: Mm
        self.signal: SignalStruct
        self.group_leader = self
        self.real_parent: Task | None = None
        self.children: list[Task] = []
        self.state = RUNNING
        self.exit_code = 0
        self.exit_signal = abi.SIGCHLD
        # The signal that stopped the process, 0 while it runs, and whether its parent has been told.
        self.stopped = 0
        self.stop_reported = False
        self.nproc_exceeded = False
        self.no_new_privs = False
        # The calls that a filter refuses, and with which error.
        self.refused: dict[str, int] = {}
        # The signals that wait, and those that do: what sigtimedwait(2) tells of each.
        self.blocked: frozenset[int] = frozenset()
        self.pending: list[tuple[int, ...]] = []
        self.pdeath_signal = 0
        self.ptracer: Task | None = None
        self.nice = 0
        self.comm = "init"
        self.cmdline: tuple[str, ...] = ()

    @property
    def pid(self) -> int:
        """The process ID in the PID namespace of the example."""
        return self.pid_struct.numbers[self.kernel.example_pid_ns]

    def thread_group_empty(self) -> bool:
        """Whether the process has no other thread.  Twin: thread_group_empty()."""
        return self.signal.nr_threads == 1

    def autoreaped(self) -> bool:
        """Whether nobody waits for this process: its parent is the one that starts the processes of an
        example."""
        return self.real_parent is self.kernel.host or self.real_parent is None

    def alive(self) -> bool:
        """Whether the process has not ended."""
        return self.state == RUNNING
