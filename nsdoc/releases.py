"""Kernel releases in order: whether one lies within the bounds that a source states."""

from __future__ import annotations

import re

from nsdoc.page import Bounds

_NUMBERS = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?")


def numbers(release: str) -> tuple[int, int, int]:
    """The three numbers that a release begins with, such as (6, 18, 44) for ``6.18.44-arch1``.

    Raises:
        ValueError: it does not begin with a number.
    """
    found = _NUMBERS.match(release)
    if found is None:
        raise ValueError(f"{release!r} is not a kernel release, such as 4.8 or 2.6.23")
    major, minor, patch = (int(part or 0) for part in found.groups())
    return major, minor, patch


def within(release: str, bounds: Bounds) -> bool:
    """Whether a release lies within half-open bounds: from `since` on, and before `until`.

    Raises:
        ValueError: one of them is no release.
    """
    at = numbers(release)
    return (bounds.since is None or at >= numbers(bounds.since)) and (
        bounds.until is None or at < numbers(bounds.until)
    )
