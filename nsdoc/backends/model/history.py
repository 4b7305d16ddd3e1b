"""Which changes of behaviour a kernel has.

A change is asked for by its name, everywhere else in the model.
Only this module knows in which release it came: a release is a preset of changes,
and since stable kernels carry changes of later releases, any set of them can be given by hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from nsdoc.backends.model.changes import CHANGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nsdoc.backends.model.changes import Change

# Releases of kernel.org: the last of each series before the number in front grew, and the newest that is
# known.
_SERIES: Final = (("2.6.", 23, 39), ("3.", 0, 19), ("4.", 0, 20), ("5.", 0, 19), ("6.", 0, 19), ("7.", 0, 3))
NEWEST: Final = "7.3.4"

# The last capability that each of these brought; before them it was 33.
_LAST_CAPS: Final = (
    ("cap-syslog", 34),
    ("cap-wake-alarm", 35),
    ("cap-block-suspend", 36),
    ("cap-audit-read", 37),
    ("cap-perfmon-and-bpf", 39),
    ("cap-checkpoint-restore", 40),
)
_FIRST_LAST_CAP: Final = 33


@dataclass(frozen=True, slots=True)
class Edition:
    """A kernel as the model plays it: its release, and every change with whether it has it."""

    release: str
    on: Mapping[str, bool]
    cap_last_cap: int


def changes() -> tuple[Change, ...]:
    """Every change that the model knows, oldest first."""
    return CHANGES


def releases() -> tuple[str, ...]:
    """Every release that the model knows, oldest first, such as ``4.8``."""
    names = [f"{head}{number}" for head, first, last in _SERIES for number in range(first, last + 1)]
    return (*names, NEWEST)


def previous(release: str) -> str | None:
    """The release just before one, None before the first.

    Raises:
        ValueError: the release is not known.
    """
    known = releases()
    if release not in known:
        raise ValueError(_unknown(release))
    index = known.index(release)
    return known[index - 1] if index else None


def edition(text: str = "") -> Edition:
    """The kernel that a text names: a release, and after each ``+`` a change that it has besides.

    ``4.8``, ``6.18.44`` or ``5.9+setfcap-for-root-map``; an empty text is the newest release known.

    Raises:
        ValueError: the release or a change is not known; the message says what is.
    """
    release, _, added = (text or NEWEST).partition("+")
    number = _number(release)
    names = [name for name in added.split("+") if name]
    known = {change.name for change in CHANGES}
    for name in names:
        if name not in known:
            raise ValueError(f"unknown change {name!r}; `nsdoc changes` lists those that are known")
    on = {change.name: change.name in names or _has(number, change) for change in CHANGES}
    last = [_FIRST_LAST_CAP, *(cap for name, cap in _LAST_CAPS if on[name])][-1]
    return Edition(text or NEWEST, MappingProxyType(on), last)


def _number(release: str) -> tuple[int, ...]:
    """A release as numbers; a stable release such as 6.18.44 counts like the one it belongs to, and is
    newer."""
    match = re.match(r"\d+(\.\d+)+", release)
    if match is None:
        raise ValueError(_unknown(release))
    number = tuple(map(int, match[0].split(".")))
    series = ".".join(map(str, number[: 3 if number[0] == 2 else 2]))
    if series not in releases():
        raise ValueError(_unknown(release))
    return number


def _has(number: tuple[int, ...], change: Change) -> bool:
    return change.since[0].isdigit() and number >= tuple(map(int, change.since.split(".")))


def _unknown(release: str) -> str:
    known = releases()
    return f"unknown release {release!r}; the model knows {known[0]} to {known[-1]}"
