"""The shortest walk that still shows a difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nsdoc.walk.step import BIRTHS, SKIP, Step


def skipped(step: Step) -> Step:
    """A step that does nothing in the place of another, so that all others keep their numbers."""
    return Step(-1, SKIP, (step.call in BIRTHS,))


def shrink(steps: Sequence[Step], last: int, shows: Callable[[tuple[Step, ...]], bool]) -> tuple[Step, ...]:
    """The steps up to number `last`, without all that can be left out while `shows` says that it is still
    there."""
    kept = tuple(steps[: last + 1])
    size = max(1, last // 2)
    while True:
        smaller = _without(kept, size, shows)
        if size == 1 and smaller == kept:
            return kept
        kept, size = smaller, max(1, size // 2)


def _without(
    steps: tuple[Step, ...], size: int, shows: Callable[[tuple[Step, ...]], bool]
) -> tuple[Step, ...]:
    """The steps without every run of `size` that is not needed; the last step always stays."""
    end = len(steps) - 1
    while end > 0:
        start = max(0, end - size)
        middle = tuple(skipped(step) for step in steps[start:end])
        tried = steps[:start] + middle + steps[end:]
        if tried != steps and shows(tried):
            steps = tried
        end = start
    return steps


def without_skips(steps: Sequence[Step]) -> list[tuple[int, Step]]:
    """The steps that do something, each with its number."""
    return [(number, step) for number, step in enumerate(steps) if step.call != SKIP]
