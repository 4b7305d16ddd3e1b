"""Sessions, and the numbers of processes.

Twin: kernel/sys.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc.backends.model.errnos import EPERM, ESRCH
from nsdoc.backends.model.pid import find_task_by_vpid, pid_nr_ns, task_active_pid_ns
from nsdoc.backends.model.refusal import Refused

if TYPE_CHECKING:
    from nsdoc.backends.model.sched import Task


def sys_getpid(current: Task) -> int:
    """The PID of the task in its own PID namespace.  getpid(2)."""
    return pid_nr_ns(current, task_active_pid_ns(current))


def sys_getppid(current: Task) -> int:
    """The PID of the parent, 0 if it is in another PID namespace.  getppid(2)."""
    parent = current.real_parent
    return 0 if parent is None else pid_nr_ns(parent, task_active_pid_ns(current))


def sys_setsid(current: Task) -> int:
    """The ID of the new session, the PID of the task.  setsid(2)."""
    own = current.pid_struct
    # setsid(2) EPERM: the task leads a process group already.
    if any(task.signal.pgid is own for task in current.kernel.tasks):
        raise Refused(EPERM)
    current.signal.pgid = current.signal.sid = own
    return sys_getpid(current)


def sys_getsid(current: Task, pid: int = 0) -> int:
    """The session of a task, 0 if it is led from outside the PID namespace.  getsid(2)."""
    task = find_task_by_vpid(current, pid) if pid else current
    # getsid(2) ESRCH: there is no such process.
    if task is None:
        raise Refused(ESRCH)
    sid = task.signal.sid
    return 0 if sid is None else sid.numbers.get(task_active_pid_ns(current), 0)
