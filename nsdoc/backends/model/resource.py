"""Limits and priorities.

Twin: do_prlimit() and sys_setpriority() of kernel/sys.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import CAP_SYS_NICE, CAP_SYS_RESOURCE, RLIM_INFINITY, RLIMIT_NICE, RLIMIT_NOFILE
from nsdoc.backends.model.capability import capable, ns_capable
from nsdoc.backends.model.errnos import EACCES, EINVAL, EPERM, ESRCH
from nsdoc.backends.model.pid import find_task_by_vpid
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.sched import RLIM_NLIMITS
from nsdoc.backends.model.uidgid import make_kuid, uid_arg

if TYPE_CHECKING:
    from nsdoc.backends.model.sched import Task

# The most that RLIMIT_NOFILE can be, /proc/sys/fs/nr_open.
NR_OPEN: Final = 1 << 20
_NICEST, _LEAST_NICE = 19, -20


def sys_prlimit(
    current: Task, pid: int, resource: int, limits: tuple[int, int] | None = None
) -> tuple[int, int]:
    """The limits before the call, -1 for infinity.  prlimit(2).

    Raises:
        Refused: ESRCH, EPERM, EINVAL; in the order of prlimit64().
    """
    task = find_task_by_vpid(current, pid) if pid else current
    # prlimit(2) ESRCH: there is no such process.
    if task is None:
        raise Refused(ESRCH)
    # check_prlimit_permission(), prlimit(2) EPERM: the IDs differ, and the caller lacks CAP_SYS_RESOURCE
    # in the user namespace of the process.
    if not _may_limit(current, task):
        raise Refused(EPERM)
    # prlimit(2) EINVAL: there is no such resource.
    if not 0 <= resource < RLIM_NLIMITS:
        raise Refused(EINVAL)
    soft, hard = task.signal.rlimits[resource]
    if limits is not None:
        task.signal.rlimits[resource] = _checked(current, resource, hard, limits)
    return _signed(soft), _signed(hard)


def _may_limit(current: Task, task: Task) -> bool:
    cred, target = current.cred, task.cred
    uids, gids = {target.euid, target.suid, target.uid}, {target.egid, target.sgid, target.gid}
    ids_match = uids == {cred.uid} and gids == {cred.gid}
    return task is current or ids_match or ns_capable(current, target.user_ns, CAP_SYS_RESOURCE)


def _checked(current: Task, resource: int, hard: int, limits: tuple[int, int]) -> tuple[int, int]:
    new_soft, new_hard = (limit & RLIM_INFINITY for limit in limits)
    # prlimit(2) EINVAL: the soft limit exceeds the hard one.
    if new_soft > new_hard:
        raise Refused(EINVAL)
    # prlimit(2) EPERM: more files than the kernel can have open in one process.
    if resource == RLIMIT_NOFILE and new_hard > NR_OPEN:
        raise Refused(EPERM)
    # R117, do_prlimit(), prlimit(2) EPERM: raising a hard limit needs CAP_SYS_RESOURCE in the initial user
    # namespace.
    if new_hard > hard and not capable(current, CAP_SYS_RESOURCE):
        raise Refused(EPERM)
    return new_soft, new_hard


def _signed(limit: int) -> int:
    return -1 if limit == RLIM_INFINITY else limit


def _tasks_of(current: Task, which: int, who: int) -> list[Task]:
    """The processes that a priority call is about."""
    # setpriority(2) EINVAL: there is no such kind.
    if which not in (abi.PRIO_PROCESS, abi.PRIO_PGRP, abi.PRIO_USER):
        raise Refused(EINVAL)
    if which == abi.PRIO_PROCESS:
        task = find_task_by_vpid(current, who) if who else current
        found = [] if task is None else [task]
    elif which == abi.PRIO_PGRP:
        found = current.kernel.group(current, who)
    else:
        kuid = make_kuid(current.cred.user_ns, uid_arg(who)) if who else current.cred.uid
        found = [task for task in current.kernel.tasks if task.cred.uid == kuid]
    # setpriority(2) ESRCH: there is none.
    if not found:
        raise Refused(ESRCH)
    return found


def sys_getpriority(current: Task, which: int, who: int) -> int:
    """The lowest nice value, which is the highest priority.  getpriority(2)."""
    return min(task.nice for task in _tasks_of(current, which, who))


def sys_setpriority(current: Task, which: int, who: int, priority: int) -> None:
    """Set the nice value.  setpriority(2).

    Raises:
        Refused: EINVAL, ESRCH, EPERM, EACCES.
    """
    nice = max(_LEAST_NICE, min(_NICEST, priority))
    for task in _tasks_of(current, which, who):
        _set_one_prio(current, task, nice)


def _set_one_prio(current: Task, task: Task, nice: int) -> None:
    cred, target = current.cred, task.cred
    # set_one_prio_perm(), setpriority(2) EPERM: the process belongs to somebody else,
    # and the caller lacks CAP_SYS_NICE in its user namespace.
    if cred.euid not in (target.uid, target.euid) and not ns_capable(current, target.user_ns, CAP_SYS_NICE):
        raise Refused(EPERM)
    # can_nice(), setpriority(2) EACCES: a lower value needs RLIMIT_NICE, or CAP_SYS_NICE in the initial user
    # namespace.
    reduced = nice < task.nice and 20 - nice > task.signal.rlimits[RLIMIT_NICE][0]
    if reduced and not capable(current, CAP_SYS_NICE):
        raise Refused(EACCES)
    # cap_safe_nice(), setpriority(2) EPERM: the process has a capability that the caller lacks.
    if target.cap_permitted & ~cred.cap_permitted and not ns_capable(current, target.user_ns, CAP_SYS_NICE):
        raise Refused(EPERM)
    task.nice = nice
