"""What concerns the whole machine and no namespace, and what a filter of calls does.

Twin: kernel/time/time.c, kernel/module and kernel/seccomp.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc.abi import CAP_SYS_ADMIN, CAP_SYS_MODULE, CAP_SYS_TIME
from nsdoc.backends.model.capability import capable, ns_capable
from nsdoc.backends.model.errnos import EACCES, ENOEXEC, ENOSYS, EPERM
from nsdoc.backends.model.refusal import Refused

if TYPE_CHECKING:
    from nsdoc.backends.model.sched import Task


def sys_settimeofday(current: Task) -> None:
    """settimeofday(2) of nothing."""
    # R041, cap_settime(), settimeofday(2) EPERM: CAP_SYS_TIME in the initial user namespace.
    if not capable(current, CAP_SYS_TIME):
        raise Refused(EPERM)


def sys_init_module(current: Task) -> None:
    """init_module(2) of an empty image."""
    # R041, may_init_module(), init_module(2) EPERM: CAP_SYS_MODULE in the initial user namespace.
    if not capable(current, CAP_SYS_MODULE):
        raise Refused(EPERM)
    # init_module(2) ENOEXEC: the image is no module.
    raise Refused(ENOEXEC)


def sys_seccomp(current: Task, call: str, error: int) -> None:
    """seccomp(2) with a filter that refuses one call.

    Raises:
        Refused: ENOSYS, EACCES.
    """
    # seccomp(2): since Linux 3.17.
    if not current.kernel.has("seccomp"):
        raise Refused(ENOSYS)
    # seccomp_prepare_filter(), seccomp(2) EACCES: a filter takes no_new_privs, or CAP_SYS_ADMIN in the
    # caller's user namespace, since a program that gains privilege would trust what it cannot.
    if not current.no_new_privs and not ns_capable(current, current.cred.user_ns, CAP_SYS_ADMIN):
        raise Refused(EACCES)
    current.refused = {**current.refused, call: error}


def filtered(current: Task, call: str) -> int:
    """The error with which a filter refuses a call, 0 if none does; fork(2) is a clone(2)."""
    return current.refused.get("clone" if call == "fork" else call, 0)
