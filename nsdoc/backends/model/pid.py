"""Process IDs: a number in each PID namespace from the process's own up to the initial one.

Twin: kernel/pid.c and kernel/pid_namespace.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc.abi import CAP_CHECKPOINT_RESTORE, CAP_SYS_ADMIN, CLONE_NEWPID
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.errnos import EEXIST, EINVAL, ENOMEM, ENOSPC, EPERM
from nsdoc.backends.model.ns_common import Namespace
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.ucount import inc_ucount
from nsdoc.backends.model.user_namespace import in_userns

if TYPE_CHECKING:
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.user_namespace import UserNamespace

# The deepest level at which a PID namespace can still have children.
MAX_PID_NS_LEVEL: Final = 32
# One more than the highest PID, kernel.pid_max.
PID_MAX: Final = 1 << 22


class PidNamespace(Namespace):
    """A PID namespace.  `child_reaper` is its process 1, None before it starts and after it ends."""

    kind = "pid"
    clone_flag = CLONE_NEWPID

    def __init__(self, kernel: Kernel, user_ns: UserNamespace, parent: PidNamespace | None) -> None:
        super().__init__(kernel, user_ns)
        self.parent = parent
        self.level: int = 0 if parent is None else parent.level + 1
        self.tasks: dict[int, Task] = {}
        self.last_pid = 0
        self.child_reaper: Task | None = None
        self.disabled = False


class Pid:
    """The numbers of one process.  `ns` is its own PID namespace, the innermost that counts it."""

    __slots__ = ("ns", "numbers")

    def __init__(self, ns: PidNamespace, numbers: dict[PidNamespace, int]) -> None:
        self.ns = ns
        self.numbers = numbers


def alloc_pid(current: Task | None, ns: PidNamespace, set_tid: tuple[int, ...] = ()) -> Pid:
    """The next free number in each PID namespace, or those in `set_tid`, from the innermost outwards.

    Raises:
        Refused: EINVAL, EPERM, EEXIST, ENOMEM; in the order of alloc_pid().
    """
    # clone3(2) EINVAL: more PIDs than levels.
    if len(set_tid) > ns.level + 1:
        raise Refused(EINVAL)
    numbers: dict[PidNamespace, int] = {}
    level: PidNamespace | None = ns
    for wanted in set_tid:
        assert current is not None
        assert level is not None
        numbers[level] = _chosen(current, level, wanted)
        level = level.parent
    # R061, alloc_pid(), pid_namespaces(7): after its process 1 has ended, no process can be made
    # in a PID namespace.
    if ns.disabled:
        raise Refused(ENOMEM)
    while level is not None:
        numbers[level] = _next(level)
        level = level.parent
    return Pid(ns, numbers)


def _chosen(current: Task, ns: PidNamespace, wanted: int) -> int:
    # clone3(2) EINVAL: it is no PID, or another than 1 in a PID namespace without a process 1.
    if not 1 <= wanted < PID_MAX or (wanted != 1 and ns.child_reaper is None):
        raise Refused(EINVAL)
    # clone3(2) EPERM: choosing needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN in the owner of the PID
    # namespace.
    owner = ns.owner_ns()
    if not ns_capable(current, owner, CAP_CHECKPOINT_RESTORE) and not ns_capable(
        current, owner, CAP_SYS_ADMIN
    ):
        raise Refused(EPERM)
    # clone3(2) EEXIST: the PID is in use.
    if wanted in ns.tasks:
        raise Refused(EEXIST)
    return wanted


def _next(ns: PidNamespace) -> int:
    ns.last_pid += 1
    while ns.last_pid in ns.tasks:
        ns.last_pid += 1
    return ns.last_pid


def attach_pid(task: Task) -> None:
    """Let a task be found by its numbers."""
    for ns, number in task.pid_struct.numbers.items():
        ns.tasks[number] = task
    if task.pid_struct.numbers[task.pid_struct.ns] == 1:
        task.pid_struct.ns.child_reaper = task
        task.signal.unkillable = True


def detach_pid(task: Task) -> None:
    """Free the numbers of a task that is gone for good."""
    for ns, number in task.pid_struct.numbers.items():
        del ns.tasks[number]


def pid_nr_ns(task: Task, ns: PidNamespace) -> int:
    """The number of a task in a PID namespace, 0 where it has none.  Twin: pid_nr_ns()."""
    return task.pid_struct.numbers.get(ns, 0)


def task_active_pid_ns(task: Task) -> PidNamespace:
    """The PID namespace a task is in.  Twin: task_active_pid_ns()."""
    return task.pid_struct.ns


def find_task_by_vpid(current: Task, number: int) -> Task | None:
    """The task with a number in the PID namespace of the caller.  Twin: find_task_by_vpid()."""
    return task_active_pid_ns(current).tasks.get(number)


def copy_pid_ns(current: Task, user_ns: UserNamespace, old: PidNamespace) -> PidNamespace:
    """A new PID namespace, for the children of the task.

    Raises:
        Refused: EINVAL or ENOSPC; in the order of R061.
    """
    # R061, copy_pid_ns(), unshare(2) EINVAL: CLONE_NEWPID was used before, and no child is there yet.
    if task_active_pid_ns(current) is not old:
        raise Refused(EINVAL)
    return _create_pid_namespace(current, user_ns, old)


def _create_pid_namespace(current: Task, user_ns: UserNamespace, parent: PidNamespace) -> PidNamespace:
    kernel = current.kernel
    # R061, create_pid_namespace(): the owner must be the user namespace of the parent PID namespace or a
    # descendant.
    if kernel.has("pid-namespace-needs-ancestor") and not in_userns(parent.owner_ns(), user_ns):
        raise Refused(EINVAL)
    # R061, pid_namespaces(7), unshare(2) ENOSPC: the nesting of PID namespaces is limited to 32.
    if kernel.has("pid-namespace-depth-limit") and parent.level + 1 > MAX_PID_NS_LEVEL:
        raise Refused(ENOSPC if kernel.has("pid-depth-limit-is-enospc") else EINVAL)
    charged = inc_ucount(kernel, user_ns, current.cred.euid, "pid")
    ns = PidNamespace(kernel, user_ns, parent)
    return kernel.register(ns, charged)
