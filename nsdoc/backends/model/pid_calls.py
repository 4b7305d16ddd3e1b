"""getpid(2) and getppid(2).

Twin: kernel/sys.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc.backends.model.pid import pid_nr_ns, task_active_pid_ns

if TYPE_CHECKING:
    from nsdoc.backends.model.sched import Task


def sys_getpid(current: Task) -> int:
    """The PID of the task in its own PID namespace.  getpid(2)."""
    return pid_nr_ns(current, task_active_pid_ns(current))


def sys_getppid(current: Task) -> int:
    """The PID of the parent, 0 if it is in another PID namespace.  getppid(2)."""
    parent = current.real_parent
    return 0 if parent is None else pid_nr_ns(parent, task_active_pid_ns(current))
