"""Calls and their outcomes: what passes between an example and a kernel.

Plain tuples of plain values, so that they cross a socket unchanged
and load quickly into a small process.
"""

from __future__ import annotations

from collections import namedtuple

from nsdoc import abi

_LONGEST = 76
# Which argument of a call is a constant, and how the names of its values begin.
_SYMBOLS = {
    "clone": (0, "CLONE_"), "clone3": (0, "CLONE_"), "unshare": (0, "CLONE_"), "setns": (1, "CLONE_NEW"),
    "open": (1, "O_"), "mount": (3, "MS_"), "umount": (1, "MNT_"), "prctl": (0, "PR_"),
    "kill": (1, "SIG"), "pidfd_send_signal": (1, "SIG"), "prlimit": (1, "RLIMIT_"), "ioctl": (1, "NS_"),
    "socket": (0, "AF_"), "socketpair": (0, "AF_"), "keyctl": (0, "KEYCTL_"),
}  # fmt: skip
_FLAGS = ("CLONE_", "CLONE_NEW", "O_", "MS_", "MNT_")

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
    """An event as people read it, in the manner of strace(1): ``3 unshare(CLONE_NEWUSER) = EPERM``."""
    pid, call, args, outcome = event
    words = [_word(arg) for arg in args]
    at, prefix = _SYMBOLS.get(call, (0, ""))
    if prefix and at < len(args) and isinstance(args[at], int):
        words[at] = _symbol(args[at], prefix)
    return f"{pid} {call}({', '.join(words)}) = {_result(outcome)}"


def _symbol(value: int, prefix: str) -> str:
    """A number in the kernel's own words: one constant, or flags joined by ``|``; else as it is."""
    known = {name: number for name, number in abi.constants().items() if name.startswith(prefix)}
    whole = next((name for name, number in known.items() if number == value), None)
    if whole is not None or not value:
        return whole or str(value)
    flags = [name for name, number in known.items() if number & value and number.bit_count() == 1]
    rest = value & ~sum({known[name] for name in flags})
    if not flags or prefix not in _FLAGS:
        return str(value)
    return " | ".join([*flags, *([hex(rest)] if rest else [])])


def _result(outcome: Outcome) -> str:
    return abi.errno_name(outcome.errno) if outcome.errno else _word(outcome.value)


def _word(value: object) -> str:
    if value is None:
        return "0"
    if isinstance(value, bytes):
        value = value.decode(errors="backslashreplace")
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
