"""Taking many walks on both kernels, and reporting where they part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nsdoc import abi
from nsdoc.backends.model.backend import ModelBackend
from nsdoc.backends.model.exec import PROGRAM_MAGIC
from nsdoc.backends.model.history import Edition, edition
from nsdoc.runner.pool import Pool
from nsdoc.walk import live
from nsdoc.walk.compare import Difference, compare
from nsdoc.walk.example import with_output, write_claim, write_example
from nsdoc.walk.play import play
from nsdoc.walk.shrink import shrink
from nsdoc.walk.step import GONE, Step
from nsdoc.walk.wander import wander

_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Parting:
    """Where a walk parts: the difference, and the shortest walk that has it, as steps and as a claim."""

    difference: Difference
    steps: tuple[Step, ...]
    claim: str


@dataclass(frozen=True, slots=True)
class Round:
    """One walk: its seed, how many calls were compared, and where it parts, if it does.

    `trouble` says why it came to no end on the live kernel, if so.
    """

    seed: int
    calls: int
    parting: Parting | None = None
    trouble: str = ""

    @property
    def agrees(self) -> bool:
        """Whether both kernels took the whole walk alike."""
        return self.parting is None and not self.trouble


class Rounds:
    """Walks on the live kernel and on the model of its release."""

    def __init__(self, pool: Pool) -> None:
        """Look at the host of a pool.

        Raises:
            Unavailable: walks cannot be taken there.
            ValueError: the model does not know the release.
            nsdoc.runner.pool.NoRunner: the pool has no processes.
        """
        self._pool = pool
        self.host = live.host(pool)
        self.edition: Edition = edition(self.host.release.partition("-")[0])

    def go(self, count: int, seed: int, length: int = 40) -> Iterator[Round]:
        """Take `count` walks from a seed on: each as it ends."""
        for first in range(seed, seed + count, _BATCH):
            seeds = range(first, min(first + _BATCH, seed + count))
            walks = [wander(one, length, self.edition, self.host.setting).steps for one in seeds]
            yield from self.again(tuple(zip(seeds, walks, strict=True)))

    def again(self, walks: Sequence[tuple[int, tuple[Step, ...]]]) -> Iterator[Round]:
        """Take walks that are given, each with the seed it came from."""
        # All of them first: finding the shortest walk takes the same processes.
        for number, theirs in list(live.take(self._pool, [steps for _, steps in walks])):
            seed, steps = walks[number]
            found = compare(steps, self._on_the_model(steps), theirs.taken)
            parting = None if found is None else self._shortest(seed, steps, found)
            yield Round(seed, len(theirs.taken), parting, theirs.why)

    def _on_the_model(self, steps: tuple[Step, ...]) -> Sequence[Any]:
        return play(ModelBackend(self.edition, self.host.setting), PROGRAM_MAGIC, steps)[0]

    def _live(self, steps: tuple[Step, ...]) -> live.Taking:
        [(_, theirs)] = live.take(self._pool, [steps])
        return theirs

    def _shortest(self, seed: int, steps: tuple[Step, ...], found: Difference) -> Parting:
        def shows(tried: tuple[Step, ...]) -> bool:
            other = compare(tried, self._on_the_model(tried), self._live(tried).taken)
            return other is not None and (other.step, other.observed) == (found.step, found.observed)

        short = shrink(steps, found.step, shows)
        source = write_example(short, self._live(short).taken)
        if outputs := live.printed(self._pool, source):
            source = with_output(source, outputs)
        words = f"Linux {self.host.release} gives {_word(found.observed)}, its model {_word(found.expected)}."
        return Parting(found, short, write_claim(f"walk-{seed}", words, source))


def _word(gave: tuple[int, Any]) -> str:
    """What a call gave, as a sentence of a page has it."""
    errno, value = gave
    if errno == GONE:
        return "the end of the process"
    if not errno and value is None:
        return "no error"
    return f"``{abi.errno_name(errno) if errno else repr(value)}``"
