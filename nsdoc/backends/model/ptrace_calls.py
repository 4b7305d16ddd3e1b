"""ptrace(2) and process_vm_readv(2), as far as they are about permission.

Twin: kernel/ptrace.c and mm/process_vm_access.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.backends.model.errnos import EFAULT, EIO, EPERM, ESRCH
from nsdoc.backends.model.exit import NSIG, send_signal
from nsdoc.backends.model.pid import find_task_by_vpid
from nsdoc.backends.model.ptrace import REALCREDS, ptrace_may_access, traceme_allowed
from nsdoc.backends.model.refusal import Refused
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from nsdoc.backends.model.sched import Task

_OPTIONS: Final = 0x3000FF
# The requests of linux/ptrace.h, and those of an architecture below them.
_REQUESTS: Final = (range(64), range(0x4200, 0x4220))
_ULONG: Final = 0xFFFFFFFFFFFFFFFF
_FIRST_PAGE: Final = 4096


def sys_ptrace(current: Task, request: int, pid: int = 0, addr: int = 0, data: int = 0) -> int:
    """ptrace(2).

    Raises:
        Refused: ESRCH, EPERM, EIO.
        Unavailable: the request is not modelled.
    """
    if request == abi.PTRACE_TRACEME:
        return _traceme(current)
    task = find_task_by_vpid(current, pid)
    # R096, ptrace(2) ESRCH: there is no such process.
    if task is None:
        raise Refused(ESRCH)
    if request in (abi.PTRACE_ATTACH, abi.PTRACE_SEIZE):
        return _attach(current, task, request, addr & _ULONG, data & _ULONG)
    always = request in (abi.PTRACE_KILL, abi.PTRACE_INTERRUPT)
    # R096, ptrace_check_attach(), ptrace(2) ESRCH: it is not traced by the caller, or not stopped.
    if task.ptracer is not current or not (task.stopped or always):
        raise Refused(ESRCH)
    return _resume(current, task, request, data & _ULONG)


def _traceme(current: Task) -> int:
    # R096, ptrace_traceme(), ptrace(2) EPERM: the process is traced already.
    if current.ptracer is not None:
        raise Refused(EPERM)
    parent = current.real_parent
    # R096, cap_ptrace_traceme(): the parent may not trace it.
    if parent is None or not traceme_allowed(current, parent):
        raise Refused(EPERM)
    current.ptracer = parent
    return 0


def _attach(current: Task, task: Task, request: int, addr: int, data: int) -> int:
    # R096, ptrace_attach(), ptrace(2) EIO: PTRACE_SEIZE takes no address and only options that exist.
    if request == abi.PTRACE_SEIZE and (addr or data & ~_OPTIONS):
        raise Refused(EIO)
    # R096, ptrace(2) EPERM: a process cannot trace itself.
    if task.group_leader is current.group_leader:
        raise Refused(EPERM)
    # R096, ptrace(2) EPERM: no ptrace access to the process.
    if not ptrace_may_access(current, task, REALCREDS):
        raise Refused(EPERM)
    # R096, ptrace(2) EPERM: the process has ended, or is traced already.
    if not task.alive() or task.ptracer is not None:
        raise Refused(EPERM)
    task.ptracer = current
    if request == abi.PTRACE_ATTACH:
        task.stopped, task.stop_reported = abi.SIGSTOP, False
    return 0


def _resume(current: Task, task: Task, request: int, data: int) -> int:
    if request == abi.PTRACE_KILL:
        send_signal(current, task, abi.SIGKILL)
        return 0
    # R096, ptrace_request(), ptrace(2) EIO: there is no such request.
    if not any(request in known for known in _REQUESTS):
        raise Refused(EIO)
    if request not in (abi.PTRACE_CONT, abi.PTRACE_DETACH):
        raise Unavailable(f"ptrace() with request {request} is not modelled")
    # R096, ptrace_resume(), ptrace(2) EIO: there is no such signal.
    if data > NSIG:
        raise Refused(EIO)
    task.stopped, tracer = 0, task.ptracer
    task.ptracer = None
    send_signal(current, task, data)
    if request == abi.PTRACE_CONT:
        task.ptracer = tracer
    return 0


def sys_process_vm_readv(current: Task, pid: int, address: int, length: int) -> bytes:
    """process_vm_readv(2).

    Raises:
        Refused: ESRCH, EPERM, EFAULT.
        Unavailable: memory has no content here.
    """
    if length == 0:
        return b""
    task = find_task_by_vpid(current, pid)
    # R096, process_vm_readv(2) ESRCH: there is no such process.
    if task is None or not task.alive():
        raise Refused(ESRCH)
    # R096, mm_access(), process_vm_readv(2) EPERM: no ptrace access to the process.
    if not ptrace_may_access(current, task, REALCREDS):
        raise Refused(EPERM)
    # process_vm_readv(2) EFAULT: nothing is mapped there.
    if 0 <= address < _FIRST_PAGE:
        raise Refused(EFAULT)
    raise Unavailable("process_vm_readv(): the content of memory is not modelled")
