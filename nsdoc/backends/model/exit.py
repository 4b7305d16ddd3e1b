"""How tasks end, and how their parents learn of it.

Twin: kernel/exit.c and zap_pid_ns_processes() of kernel/pid_namespace.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.backends.model.errnos import ECHILD, EINVAL
from nsdoc.backends.model.file import fput
from nsdoc.backends.model.pid import detach_pid, pid_nr_ns, task_active_pid_ns
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.sched import DEAD, ZOMBIE
from nsdoc.backends.model.ucount import uncharge_nproc
from nsdoc.backends.model.uidgid import from_kuid_munged, make_kuid
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from nsdoc.backends.model.sched import Task

# Signals whose default is to be ignored, and those whose default is to stop, signal(7).
_IGNORED: Final = (abi.SIGCHLD, abi.SIGCONT, 23, 28)
_STOPPING: Final = (abi.SIGSTOP, 20, 21, 22)

NSIG: Final = 64

# wait4(2): options beside WNOHANG and WUNTRACED.
WCONTINUED: Final = 8
WNOTHREAD: Final = 0x20000000
WALL: Final = 0x40000000
WCLONE: Final = 0x80000000
_WAIT_OPTIONS: Final = abi.WNOHANG | abi.WUNTRACED | WCONTINUED | WNOTHREAD | WALL | WCLONE
_WAITED_FOR: Final = abi.WEXITED | abi.WSTOPPED | WCONTINUED
_STOPPED: Final = 0x7F


def sys_exit(current: Task, status: int = 0) -> None:
    """_exit(2)."""
    do_exit(current, (status & 0xFF) << 8)


def do_exit(task: Task, code: int) -> None:
    """End a process with all its threads: it becomes a zombie until its parent waits for it."""
    task = task.group_leader
    for thread in [other for other in task.kernel.tasks if other.group_leader is task]:
        _end(thread)
    task.exit_code = code
    if task_active_pid_ns(task).child_reaper is task:
        _zap_pid_ns(task)
    _forget_children(task)
    assert task.real_parent is not None
    send_signal(task, task.real_parent, task.exit_signal, *_how_ended(code))
    if task.autoreaped():
        release_task(task)


def _end(task: Task) -> None:
    """End a thread; of those that are not the first nothing remains."""
    first = task.group_leader is task
    task.state = ZOMBIE if first else DEAD
    task.stopped = 0
    _release_files(task)
    task.fs.users -= 1
    task.mm.users -= 1
    _forget_tracees(task)
    if not first:
        task.signal.nr_threads -= 1
        uncharge_nproc(task.cred.ucounts)
        task.kernel.tasks.remove(task)


def _release_files(task: Task) -> None:
    task.files.users -= 1
    if task.files.users == 0:
        for file in task.files.fds.values():
            fput(file)


def _forget_tracees(task: Task) -> None:
    for other in task.kernel.tasks:
        if other.ptracer is task:
            other.ptracer = None


def _zap_pid_ns(reaper: Task) -> None:
    """R061, zap_pid_ns_processes(), pid_namespaces(7): with process 1 all others of its PID namespace end."""
    ns = task_active_pid_ns(reaper)
    ns.disabled = True
    ns.child_reaper = None
    for other in list(ns.tasks.values()):
        if other.alive():
            do_exit(other, abi.SIGKILL)
    # What is left of them is reaped before process 1 itself becomes a zombie.
    for other in list(ns.tasks.values()):
        if other is not reaper:
            release_task(other)


def _forget_children(father: Task) -> None:
    """Give the children of a task that ends to a new parent, and send the signals they asked for."""
    for child in list(father.children):
        if child.pdeath_signal and child.alive():
            send_signal(father, child, child.pdeath_signal)
    for child in list(father.children):
        reaper = find_new_reaper(father, child)
        child.real_parent = reaper
        reaper.children.append(child)
        if not child.alive() and child.autoreaped():
            release_task(child)
    father.children = []


def _how_ended(code: int) -> tuple[int, int]:
    """What waitid(2) and SIGCHLD tell of an end: its code, and the status or signal."""
    return (abi.CLD_KILLED, code & 0x7F) if code & 0x7F else (abi.CLD_EXITED, code >> 8)


def send_signal(sender: Task, task: Task, sig: int, code: int = abi.SI_USER, status: int = 0) -> None:
    """What a signal does to a process that has no handlers."""
    if not 0 < sig <= NSIG or not task.alive():
        return
    # sigprocmask(2): a blocked signal waits, once.
    if sig in task.blocked:
        if all(told[0] != sig for told in task.pending):
            task.pending.append((sig, code, *_sender(sender, task), status))
        return
    # R095, sig_task_ignored(), pid_namespaces(7): process 1 of a PID namespace takes no signal from inside,
    # and from outside only SIGKILL and SIGSTOP.
    if task.signal.unkillable:
        outside = not pid_nr_ns(sender, task_active_pid_ns(task))
        if not outside or sig not in (abi.SIGKILL, abi.SIGSTOP):
            return
    take_signal(task, sig)


def _sender(sender: Task, task: Task) -> tuple[int, int]:
    """R095, __send_signal_locked(): the PID and the real user ID of a sender, as the receiver sees them.

    user_namespaces(7): a user ID that is not mapped reads as the overflow user ID.
    """
    own = sender.cred.user_ns
    kuid = make_kuid(own, from_kuid_munged(own, sender.cred.uid))
    return pid_nr_ns(sender, task_active_pid_ns(task)), from_kuid_munged(task.cred.user_ns, kuid)


def take_signal(task: Task, sig: int) -> None:
    """The effect of a signal that is not blocked."""
    # ptrace(2): a signal stops a traced process, and its tracer decides what becomes of it.
    if task.ptracer is not None and sig != abi.SIGKILL:
        task.stopped, task.stop_reported = sig, False
    elif sig == abi.SIGCONT:
        task.stopped = 0
    elif sig in _STOPPING:
        task.stopped = sig
        task.stop_reported = False
    elif sig not in _IGNORED:
        do_exit(task, sig)


def find_new_reaper(father: Task, child: Task) -> Task:
    """Who inherits a child: the nearest subreaper above, or process 1 of the PID namespace.

    # Twin: find_new_reaper(), PR_SET_CHILD_SUBREAPER(2const).
    """
    ns = task_active_pid_ns(father)
    ancestor = father.real_parent
    while ancestor is not None and task_active_pid_ns(ancestor) is ns:
        if ancestor.signal.subreaper and ancestor.alive():
            return ancestor
        ancestor = ancestor.real_parent
    return ns.child_reaper or father.kernel.host


def release_task(task: Task) -> None:
    """Remove a zombie.  Twin: release_task()."""
    task.state = DEAD
    uncharge_nproc(task.cred.ucounts)
    detach_pid(task)
    task.kernel.tasks.remove(task)
    assert task.real_parent is not None
    task.real_parent.children.remove(task)


def sys_waitpid(current: Task, pid: int = -1, options: int = 0) -> tuple[int, int]:
    """The PID and the wait status of a child that has ended.  waitpid(2).

    Raises:
        Refused: EINVAL, ECHILD.
        Unavailable: the call would wait for ever, since no other call is made meanwhile.
    """
    # waitpid(2) EINVAL: unknown options.
    if options & ~_WAIT_OPTIONS:
        raise Refused(EINVAL)
    children = [child for child in _children(current) if _eligible(current, child, pid, options)]
    # waitpid(2) ECHILD: no such child.
    if not children:
        raise Refused(ECHILD)
    for child in children:
        found = _wait_consider(current, child, options)
        if found is not None:
            return found
    if options & abi.WNOHANG:
        return 0, 0
    raise Unavailable("waitpid(): no child has ended, and the call would wait for ever")


def sys_waitid(current: Task, idtype: int, id: int, options: int) -> tuple[int, ...] | None:
    """How a child has ended.  waitid(2).

    Raises:
        Refused: EINVAL, ECHILD.
        Unavailable: it is about other changes than the end, or the call would wait for ever.
    """
    # waitid(2) EINVAL: unknown options, no change to wait for, no such kind of ID, or no PID.
    if options & ~(_WAIT_OPTIONS | _WAITED_FOR | abi.WNOWAIT) or not options & _WAITED_FOR:
        raise Refused(EINVAL)
    if idtype not in (abi.P_ALL, abi.P_PID) or (idtype == abi.P_PID and id <= 0):
        raise Refused(EINVAL)
    if options & _WAITED_FOR != abi.WEXITED:
        raise Unavailable("waitid() for children that stop or go on is not modelled")
    pid = id if idtype == abi.P_PID else -1
    children = [child for child in _children(current) if _eligible(current, child, pid, options)]
    # waitid(2) ECHILD: no such child.
    if not children:
        raise Refused(ECHILD)
    ended = next((child for child in children if not child.alive()), None)
    if ended is None and options & abi.WNOHANG:
        return None
    if ended is None:
        raise Unavailable("waitid(): no child has ended, and the call would wait for ever")
    code, status = _how_ended(ended.exit_code)
    number = pid_nr_ns(ended, task_active_pid_ns(current))
    # user_namespaces(7), wait_task_zombie(): the real user ID of the child, as the caller sees it.
    uid = from_kuid_munged(current.cred.user_ns, ended.cred.uid)
    if not options & abi.WNOWAIT:
        release_task(ended)
    return abi.SIGCHLD, code, number, uid, status


def _children(current: Task) -> list[Task]:
    # wait(2): the children of a process are those of all its threads.
    own = current.group_leader.children
    traced = [task for task in current.kernel.tasks if task.ptracer is current and task not in own]
    return own + traced


def _eligible(current: Task, child: Task, pid: int, options: int) -> bool:
    """Twin: eligible_pid() and eligible_child()."""
    number = pid_nr_ns(child, task_active_pid_ns(current))
    if pid > 0 and number != pid:
        return False
    if pid == 0 and child.signal.pgid is not current.signal.pgid:
        return False
    if pid < -1 and child not in child.kernel.group(current, -pid):
        return False
    if child.ptracer is current or options & WALL:
        return True
    # clone(2): a child whose end sends another signal than SIGCHLD is a "clone" child.
    return (child.exit_signal != abi.SIGCHLD) == bool(options & WCLONE)


def _wait_consider(current: Task, child: Task, options: int) -> tuple[int, int] | None:
    number = pid_nr_ns(child, task_active_pid_ns(current))
    if not child.alive():
        code = child.exit_code
        release_task(child)
        return number, code
    told = options & abi.WUNTRACED or child.ptracer is current
    if child.stopped and told and not child.stop_reported:
        child.stop_reported = True
        return number, child.stopped << 8 | _STOPPED
    return None
