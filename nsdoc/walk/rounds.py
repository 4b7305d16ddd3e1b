"""Taking many walks on both kernels, and reporting where they part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nsdoc.backends.model.backend import ModelBackend
from nsdoc.backends.model.exec import PROGRAM_MAGIC
from nsdoc.backends.model.history import Edition, edition
from nsdoc.runner.pool import Pool
from nsdoc.walk import live
from nsdoc.walk.compare import Difference, compare
from nsdoc.walk.example import write_example
from nsdoc.walk.play import play
from nsdoc.walk.shrink import shrink
from nsdoc.walk.step import Step
from nsdoc.walk.wander import wander

VERSION: Final = 1
"""The version of the steps: the same seed gives the same walk as long as it stays."""


@dataclass(frozen=True, slots=True)
class Parting:
    """Where a walk parts: its seed, the difference, and the shortest walk with that difference as an
    example."""

    seed: int
    difference: Difference
    example: str


@dataclass(frozen=True, slots=True)
class Round:
    """One walk: its seed, how many calls were compared, and where it parts, if it does."""

    seed: int
    calls: int
    parting: Parting | None = None
    trouble: str = ""


class Rounds:
    """Walks on the live kernel and on the model of its release."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.host = live.host(pool)
        self.edition: Edition = edition(self.host.release.partition("-")[0])

    def go(self, count: int, seed: int, length: int = 40, batch: int = 500) -> Iterator[Round]:
        """Take `count` walks from a seed on: each as it ends."""
        for first in range(seed, seed + count, batch):
            yield from self._some(range(first, min(first + batch, seed + count)), length)

    def _some(self, seeds: range, length: int) -> Iterator[Round]:
        walks = [wander(seed, length, self.edition, self.host.setting) for seed in seeds]
        # All of them first: finding the shortest walk takes the same processes.
        for number, taking in list(live.take(self._pool, [walk.steps for walk in walks])):
            walk = walks[number]
            found = compare(walk.steps, walk.taken, taking.taken)
            parting = None if found is None else self._shortest(seeds[number], walk.steps, found)
            yield Round(seeds[number], len(taking.taken), parting, taking.why)

    def _both(self, steps: tuple[Step, ...]) -> tuple[Difference | None, live.Taking]:
        mine, _ = play(ModelBackend(self.edition, self.host.setting), PROGRAM_MAGIC, steps)
        [(_, theirs)] = live.take(self._pool, [steps])
        return compare(steps, mine, theirs.taken), theirs

    def _shortest(self, seed: int, steps: tuple[Step, ...], found: Difference) -> Parting:
        def shows(tried: tuple[Step, ...]) -> bool:
            other, _ = self._both(tried)
            return other is not None and (other.step, other.observed) == (found.step, found.observed)

        short = shrink(steps, found.step, shows)
        _, taking = self._both(short)
        return Parting(seed, found, write_example(short, taking.taken))
