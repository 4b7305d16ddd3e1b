"""prctl(2).

Twin: sys_prctl() of kernel/sys.c, and cap_task_prctl() of security/commoncap.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.backends.model import commoncap
from nsdoc.backends.model.errnos import EINVAL
from nsdoc.backends.model.exit import NSIG
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.sched import SUID_DUMP_DISABLE, SUID_DUMP_USER
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from nsdoc.backends.model.sched import Task

_ULONG: Final = 0xFFFFFFFFFFFFFFFF
# The highest operation that is known to exist; those above are errors.
_LAST: Final = 80
_NO_NEW_PRIVS: Final = (abi.PR_SET_NO_NEW_PRIVS, abi.PR_GET_NO_NEW_PRIVS)


def sys_prctl(current: Task, option: int, arg2: int = 0, arg3: int = 0, arg4: int = 0, arg5: int = 0) -> int:
    """prctl(2), for the operations about identity, dumpability and the end of a process.

    Raises:
        Refused: EINVAL, EPERM.
        Unavailable: the operation is not modelled.
    """
    arg2, arg3, arg4, arg5 = (arg & _ULONG for arg in (arg2, arg3, arg4, arg5))
    # prctl(2) EINVAL: the kernel does not know the operation yet.
    if option in _NO_NEW_PRIVS and not current.kernel.has("no-new-privs"):
        raise Refused(EINVAL)
    match option:
        case abi.PR_CAPBSET_READ:
            return commoncap.capbset_read(current, arg2)
        case abi.PR_CAPBSET_DROP:
            return commoncap.capbset_drop(current, arg2)
        case abi.PR_SET_SECUREBITS:
            return commoncap.set_securebits(current, arg2)
        case abi.PR_GET_SECUREBITS:
            return current.cred.securebits
        case abi.PR_GET_KEEPCAPS:
            return commoncap.get_keepcaps(current)
        case abi.PR_SET_KEEPCAPS:
            return commoncap.set_keepcaps(current, arg2)
        case abi.PR_CAP_AMBIENT:
            return commoncap.ambient(current, arg2, arg3, arg4, arg5)
        case abi.PR_GET_DUMPABLE:
            return current.mm.dumpable
        case abi.PR_SET_DUMPABLE:
            return _set_dumpable(current, arg2)
        case abi.PR_SET_PDEATHSIG:
            return _set_pdeathsig(current, arg2)
        case abi.PR_SET_NO_NEW_PRIVS:
            return _set_no_new_privs(current, arg2, (arg3, arg4, arg5))
        case abi.PR_GET_NO_NEW_PRIVS:
            return _get_no_new_privs(current, (arg2, arg3, arg4, arg5))
        case abi.PR_SET_CHILD_SUBREAPER:
            current.signal.subreaper = bool(arg2)
            return 0
    # prctl(2) EINVAL: there is no such operation.
    if option <= 0 or option > _LAST:
        raise Refused(EINVAL)
    raise Unavailable(f"prctl() with operation {option} is not modelled")


def _set_dumpable(current: Task, value: int) -> int:
    # R096, PR_SET_DUMPABLE(2const) EINVAL: a process can be dumpable or not; 2 comes from fs.suid_dumpable
    # only.
    if value not in (SUID_DUMP_DISABLE, SUID_DUMP_USER):
        raise Refused(EINVAL)
    current.mm.dumpable = value
    return 0


def _set_pdeathsig(current: Task, sig: int) -> int:
    # PR_SET_PDEATHSIG(2const) EINVAL: there is no such signal.
    if sig > NSIG:
        raise Refused(EINVAL)
    current.pdeath_signal = sig
    return 0


def _set_no_new_privs(current: Task, value: int, rest: tuple[int, ...]) -> int:
    # PR_SET_NO_NEW_PRIVS(2const) EINVAL: it can only be set, and the other arguments are 0.
    if value != 1 or any(rest):
        raise Refused(EINVAL)
    current.no_new_privs = True
    return 0


def _get_no_new_privs(current: Task, rest: tuple[int, ...]) -> int:
    # PR_GET_NO_NEW_PRIVS(2const) EINVAL: the arguments are 0.
    if any(rest):
        raise Refused(EINVAL)
    return int(current.no_new_privs)
