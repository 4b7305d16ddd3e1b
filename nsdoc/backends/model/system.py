"""What concerns the whole machine and no namespace.

Twin: kernel/time/time.c and kernel/module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc.abi import CAP_SYS_MODULE, CAP_SYS_TIME
from nsdoc.backends.model.capability import capable
from nsdoc.backends.model.errnos import ENOEXEC, EPERM
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
