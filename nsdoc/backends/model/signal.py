"""Signals: who may send them, and what they do by default.

Twin: kernel/signal.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.abi import CAP_KILL
from nsdoc.backends.model.capability import ids_can_be_equal, ns_capable
from nsdoc.backends.model.errnos import EAGAIN, EINVAL, EPERM, ESRCH
from nsdoc.backends.model.exit import NSIG, send_signal, take_signal
from nsdoc.backends.model.pid import find_task_by_vpid, pid_nr_ns, task_active_pid_ns
from nsdoc.backends.model.pidfd import pidfd_task
from nsdoc.backends.model.refusal import Refused

if TYPE_CHECKING:
    from nsdoc.backends.model.sched import Task

# pidfd_send_signal(2): to a thread, a process, a process group.
_SCOPES: Final = (1, 2, 4)


def kill_ok_by_cred(current: Task, task: Task) -> bool:
    """Whether the credentials allow a signal.

    # R095, kill_ok_by_cred(), kill(2): the real or effective user ID of the sender equals the real or saved
    # one
    # of the receiver, or the sender has CAP_KILL in the receiver's user namespace.
    """
    cred, target = current.cred, task.cred
    if ids_can_be_equal(current, target.user_ns) and {cred.euid, cred.uid} & {target.suid, target.uid}:
        return True
    return ns_capable(current, target.user_ns, CAP_KILL)


def check_kill_permission(current: Task, task: Task, sig: int) -> None:
    """Whether a task may send a signal to another.

    Raises:
        Refused: EINVAL or EPERM; in the order of R095.
    """
    # R095, check_kill_permission(), kill(2) EINVAL: there is no such signal.
    if not 0 <= sig <= NSIG:
        raise Refused(EINVAL)
    if task.group_leader is current.group_leader or kill_ok_by_cred(current, task):
        return
    # R095, kill(2): SIGCONT can be sent within a session whatever the user IDs.
    if sig == abi.SIGCONT and task.signal.sid == current.signal.sid:
        return
    # R095, kill(2) EPERM: no permission.
    raise Refused(EPERM)


def group_send_sig_info(current: Task, task: Task, sig: int) -> None:
    """Check the permission, then deliver.  Twin: group_send_sig_info()."""
    check_kill_permission(current, task, sig)
    send_signal(current, task, sig)


def sys_kill(current: Task, pid: int, sig: int) -> None:
    """kill(2).

    Raises:
        Refused: ESRCH, EINVAL, EPERM; in the order of R095.
    """
    if pid > 0:
        task = find_task_by_vpid(current, pid)
        # R095, kill(2) ESRCH: there is no such process, whatever the signal.
        if task is None:
            raise Refused(ESRCH)
        group_send_sig_info(current, task, sig)
    elif pid == -1:
        _kill_all(current, sig)
    else:
        _kill_group(current, -pid, sig)


def _kill_all(current: Task, sig: int) -> None:
    """R095, kill(2): every process that the caller sees, except process 1 and itself."""
    targets = [
        task
        for number, task in sorted(task_active_pid_ns(current).tasks.items())
        if number > 1 and task is not current.group_leader
    ]
    # R095, kill(2) ESRCH: there is none.
    if not targets:
        raise Refused(ESRCH)
    last = 0
    for task in targets:
        error = _try(current, task, sig)
        # R095, kill_something_info(): a refusal for lack of permission does not count.
        last = last if error == EPERM else error
    if last:
        raise Refused(last)


def _kill_group(current: Task, number: int, sig: int) -> None:
    """R095, kill(2): every process of a process group."""
    members = current.kernel.group(current, number)
    # R095, kill(2) ESRCH: there is no such process group.
    if not members:
        raise Refused(ESRCH)
    errors = [_try(current, task, sig) for task in members]
    # R095, __kill_pgrp_info(): success if one could be sent.
    if 0 not in errors:
        raise Refused(errors[-1])


def _try(current: Task, task: Task, sig: int) -> int:
    try:
        group_send_sig_info(current, task, sig)
    except Refused as refused:
        return refused.errno
    return 0


def sys_sigprocmask(current: Task, how: int, signals: tuple[int, ...]) -> tuple[int, ...]:
    """The signals that were blocked; others are from now on.  sigprocmask(2).

    Raises:
        Refused: EINVAL.
    """
    old, given = current.blocked, frozenset(signals) - {abi.SIGKILL, abi.SIGSTOP}
    match how:
        case abi.SIG_BLOCK:
            current.blocked = old | given
        case abi.SIG_UNBLOCK:
            current.blocked = old - given
        case abi.SIG_SETMASK:
            current.blocked = given
        case _:
            # sigprocmask(2) EINVAL: there is no such operation.
            raise Refused(EINVAL)
    task = current.group_leader
    for told in [told for told in task.pending if told[0] not in current.blocked]:
        task.pending.remove(told)
        take_signal(task, told[0])
    return tuple(sorted(old))


def sys_sigtimedwait(current: Task, signals: tuple[int, ...]) -> tuple[int, ...]:
    """What is told of a signal that waits, without waiting for one.  sigtimedwait(2).

    Raises:
        Refused: EAGAIN.
    """
    pending = current.group_leader.pending
    found = min((told for told in pending if told[0] in signals), default=None)
    # sigtimedwait(2) EAGAIN: none of the signals waits.
    if found is None:
        raise Refused(EAGAIN)
    pending.remove(found)
    return found


def sys_pidfd_send_signal(current: Task, pidfd: int, sig: int, flags: int = 0) -> None:
    """pidfd_send_signal(2).

    Raises:
        Refused: EINVAL, EBADF, ESRCH, EPERM.
    """
    # R095, pidfd_send_signal(2) EINVAL: flags is not valid.
    if flags and (flags not in _SCOPES or not current.kernel.has("pidfd-signal-scopes")):
        raise Refused(EINVAL)
    task = pidfd_task(current, pidfd)
    # R095, access_pidfd_pidns(), EINVAL: the process is in a PID namespace that the caller cannot see.
    if not pid_nr_ns(task, task_active_pid_ns(current)):
        raise Refused(EINVAL)
    # R095, ESRCH: the process is gone.
    if task.state == "dead":
        raise Refused(ESRCH)
    group_send_sig_info(current, task, sig)
