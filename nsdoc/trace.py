"""Calls and their outcomes: what passes between an example and a kernel.

Plain tuples of plain values, so that they cross a socket unchanged
and load quickly into a small process.
"""

from __future__ import annotations

from collections import namedtuple

from nsdoc import abi

_LONGEST = 76

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    class Outcome(NamedTuple):
        """What a call gave: a value, or the number of an error (0 when there is none)."""

        errno: int
        value: Any

    class Event(NamedTuple):
        """One call of one process, with its outcome; `pid` is the process's name in the trace."""

        pid: int
        call: str
        args: tuple[Any, ...]
        outcome: Outcome

else:
    Outcome = namedtuple("Outcome", "errno value")
    Event = namedtuple("Event", "pid call args outcome")


def told(event: Event) -> str:
    """An event as people read it, in the manner of strace(1): ``3 setuid(5) = EINVAL``."""
    pid, call, args, outcome = event
    words = ", ".join(_word(arg) for arg in args)
    return f"{pid} {call}({words}) = {_result(outcome)}"


def _result(outcome: Outcome) -> str:
    return abi.errno_name(outcome.errno) if outcome.errno else _word(outcome.value)


def _word(value: object) -> str:
    if value is None:
        return "0"
    if isinstance(value, bytes):
        value = value.decode(errors="backslashreplace")
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
