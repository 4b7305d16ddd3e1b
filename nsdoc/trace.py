"""Calls and their outcomes: what passes between an example and a kernel.

Plain tuples of plain values, so that they cross a socket unchanged
and load quickly into a small process.
"""

from __future__ import annotations

from collections import namedtuple

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
