"""The offsets of the clocks of a time namespace.

Twin: kernel/time/namespace.c.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nsdoc.abi import CAP_SYS_TIME
from nsdoc.backends.model.capability import file_ns_capable
from nsdoc.backends.model.errnos import EACCES, EINVAL, EPERM, ERANGE
from nsdoc.backends.model.refusal import Refused

if TYPE_CHECKING:
    from nsdoc.backends.model.file import File
    from nsdoc.backends.model.sched import Task

_LINE: Final = re.compile(r"\s*(monotonic|boottime|1|7)\s+(-?\d+)\s+(\d+)\s*")
_CLOCKS: Final = {"1": "monotonic", "7": "boottime"}
_MOST_SECONDS: Final = (1 << 63) // 10**9
_PAGE_SIZE: Final = 4096


def show_offsets(current: Task, task: Task, file: File) -> str:
    """The text of /proc/PID/timens_offsets, time_namespaces(7)."""
    offsets = task.nsproxy.time_ns_for_children.offsets
    return "".join(f"{clock:<10} {seconds:10} {rest:9}\n" for clock, (seconds, rest) in offsets.items())


def write_offsets(current: Task, task: Task, file: File, data: bytes, offset: int) -> int:
    """Set the offsets for the children of the process: how many bytes were taken.

    Raises:
        Refused: EINVAL, EPERM, ERANGE, EACCES; in the order of timens_offsets_write().
    """
    # time_namespaces(7) EINVAL: the text is too long, not at the start, or is no list of clocks.
    if offset or len(data) >= _PAGE_SIZE:
        raise Refused(EINVAL)
    # One line for a clock is taken; what comes after two of them is left for the next write(2).
    lines = data.decode("latin-1").splitlines(keepends=True)[: len(_CLOCKS)]
    new = dict(map(_parsed, lines or [""]))
    ns = task.nsproxy.time_ns_for_children
    # R062, proc_timens_set_offset(), time_namespaces(7) EPERM: CAP_SYS_TIME in the owner.
    if not file_ns_capable(current, file, ns.owner_ns(), CAP_SYS_TIME):
        raise Refused(EPERM)
    # time_namespaces(7) ERANGE: no clock can show that.
    if any(abs(seconds) > _MOST_SECONDS for seconds, _ in new.values()):
        raise Refused(ERANGE)
    # time_namespaces(7) EACCES: a process is in the time namespace already.
    if ns.frozen:
        raise Refused(EACCES)
    ns.offsets = ns.offsets | new
    return sum(map(len, lines))


def _parsed(line: str) -> tuple[str, tuple[int, int]]:
    match = _LINE.fullmatch(line)
    # time_namespaces(7) EINVAL: the line is not a clock, its seconds and its nanoseconds.
    if match is None or int(match[3]) >= 10**9:
        raise Refused(EINVAL)
    return _CLOCKS.get(match[1], match[1]), (int(match[2]), int(match[3]))
