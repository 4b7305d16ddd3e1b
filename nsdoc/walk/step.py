"""A walk: calls that several processes make, one after another.

Plain tuples of plain values, so that a walk crosses a pipe, and can be kept in a file.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    class Step(NamedTuple):
        """One call: the number of the process that makes it, its name and its arguments.

        The processes are numbered in the order in which they came to be.
        An argument ``("pid", 2)`` stands for the PID of process 2, ``("fd", 7)`` for what step 7 returned;
        ``("proc", 2, "uid_map")`` for a file of process 2 in /proc,
        ``("image",)`` for the content of the program that answers calls.
        The call ``spawn`` is that of the kernel; its process is -1.
        """

        who: int
        call: str
        args: tuple[Any, ...]

    class Taken(NamedTuple):
        """A step that was taken, with what it gave: an error number (0 for none) and a value."""

        step: int
        errno: int
        value: Any

else:
    Step = namedtuple("Step", "who call args")
    Taken = namedtuple("Taken", "step errno value")

SPAWN = "spawn"
# A step that was left out; its argument says whether a process might have been born.
SKIP = "skip"
BIRTHS = ("spawn", "fork", "clone", "clone3")

PID = "pid"
FD = "fd"
PROC = "proc"
IMAGE = "image"

GONE = -1
"""The error number of a call by a process that has ended."""
