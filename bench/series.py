"""What is measured: programs timed from outside, in rounds, so that a busy minute meets all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median
from typing import TypeVar

from bench import contenders, program
from bench.contenders import Contender
from bench.program import Program, Timed
from bench.quiet import Quiet
from bench.results import Measure, Series

# Who is measured in which series.
_GROWING = (contenders.CHECK, contenders.RUNNER, contenders.SPHINX, contenders.SYBIL,
            contenders.PYTEST_EXAMPLES, contenders.C)  # fmt: skip
_SIZED = (contenders.CHECK, contenders.SPHINX, contenders.SYBIL, contenders.PYTEST_EXAMPLES)
_WALLED = (contenders.CHECK_2, contenders.RUNNER_2)
# With many examples the others take minutes: they are run in one round only.
_OFTEN = (contenders.CHECK, contenders.RUNNER, contenders.C)
_MANY = 10_000
# With so few examples, the start is most of the time and its jitter has to be averaged out.
_FEW = 500


T = TypeVar("T")
# By contender and number of examples: a value a round.
_Costs = dict[tuple[str, int], list[float]]


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured.

    `patience` is in seconds: another tool that would take longer in the growth series is left out there.
    """

    examples: int = 200
    rounds: int = 7
    growth: tuple[int, ...] = (100, 1_000, 10_000)
    growth_rounds: int = 3
    repeats: int = 5
    patience: float = 150.0
    mebibytes: int = 240
    size_rounds: int = 5
    wall: int = 1_000
    wall_rounds: int = 5
    memory: int = 10_000
    calls: int = 5_000
    call_rounds: int = 5


QUICK = Scale(
    examples=40, rounds=3, growth=(20, 100), growth_rounds=1, repeats=1, mebibytes=60, size_rounds=1,
    wall=100, wall_rounds=1, memory=200, calls=1_000, call_rounds=1,
)  # fmt: skip


@dataclass
class Bench:
    """Runs programs at `quiet` times, tells `say` which, and collects in `notes` what it has left out."""

    directory: Path
    scale: Scale
    say: Callable[[str], None]
    quiet: Quiet = field(default_factory=Quiet)
    notes: list[str] = field(default_factory=list)
    _programs: dict[tuple[str, int], Program] = field(default_factory=dict)

    def comparison(self, everybody: Sequence[Contender]) -> Iterator[Measure]:
        """The same examples through each contender: what it costs to start, and each example.

        Raises:
            Failed: a contender did not run its examples.
        """
        count = self.scale.examples
        starts: dict[str, list[float]] = {one.id: [] for one in everybody}
        costs: dict[str, list[float]] = {one.id: [] for one in everybody}
        for turn in range(self.scale.rounds):
            for one in rotated(everybody, turn):
                self.say(f"round {turn + 1} of {self.scale.rounds}: {one.title}")
                first, many = self._pair(self._program(one, 1), self._program(one, count))
                starts[one.id].append(first.seconds)
                costs[one.id].append(per_example(first, many, count))
        for one in everybody:
            yield Measure(Series.START, one.id, 1, tuple(starts[one.id]))
            yield Measure(Series.COST, one.id, count, tuple(costs[one.id]))

    def growth(self, everybody: Sequence[Contender]) -> Iterator[Measure]:
        """The cost of an example among more and more of them, and the biggest process.

        Raises:
            Failed: a contender did not run its examples.
        """
        growing = _among(everybody, _GROWING)
        costs: _Costs = {}
        peaks: _Costs = {}
        for turn in range(self.scale.growth_rounds):
            for one in rotated(growing, turn):
                for count in self._sizes(one, turn, costs):
                    self.say(f"growth, round {turn + 1}: {one.title}, {count:,} examples")
                    cost, peak = self._steady(one, count)
                    costs.setdefault((one.id, count), []).append(cost)
                    peaks.setdefault((one.id, count), []).append(peak)
        for (who, count), found in costs.items():
            yield Measure(Series.GROWTH, who, count, tuple(found))
            yield Measure(Series.PEAK, who, count, tuple(peaks[who, count]))

    def size(self, everybody: Sequence[Contender]) -> Iterator[Measure]:
        """The cost of an example when the calling process is small, and when it holds memory.

        Raises:
            Failed: a contender did not run its examples.
        """
        sizes = (0, self.scale.mebibytes)
        for one in _among(everybody, _SIZED):
            costs: dict[int, list[float]] = {held: [] for held in sizes}
            for turn in range(self.scale.size_rounds):
                for held in rotated(sizes, turn):
                    self.say(f"{one.title}: {held} MiB held")
                    programs = (self._program(one, count).holding(held) for count in (1, self.scale.examples))
                    costs[held].append(per_example(*self._pair(*programs), self.scale.examples))
            for held in sizes:
                yield Measure(Series.SIZE, one.id, held, tuple(costs[held]))

    def wall(self, everybody: Sequence[Contender]) -> Iterator[Measure]:
        """The time of a whole program with many examples and two jobs.

        Raises:
            Failed: a contender did not run its examples.
        """
        for one in _among(everybody, _WALLED):
            self.say(f"{one.title}: {self.scale.wall:,} examples")
            ready = self._program(one, self.scale.wall)
            runs = [self._run(ready).seconds for _ in range(self.scale.wall_rounds)]
            yield Measure(Series.WALL, one.id, self.scale.wall, tuple(runs))

    def memory(self, everybody: Sequence[Contender]) -> Iterator[Measure]:
        """What the runner's processes have in memory, as examples go by.

        Raises:
            Failed: the runner did not run its examples.
        """
        for one in _among(everybody, (contenders.RUNNER,)):
            self.say(f"{one.title}: memory over {self.scale.memory:,} examples")
            output = program.run(self._program(one, self.scale.memory)).output
            for line in re.findall(r"^memory (\d+) (\d+) (\d+)$", output, re.M):
                done, controller, zygote = map(int, line)
                yield Measure(Series.MEMORY, "controller", done, (controller,))
                yield Measure(Series.MEMORY, "zygote", done, (zygote,))

    def calls(self, everybody: Sequence[Contender]) -> Iterator[Measure]:
        """The time of a call to an agent, from an example and from an ordinary program; only nsdoc has them.

        Raises:
            Failed: no agent answers.
        """
        values: dict[str, list[float]] = {}
        for turn in range(self.scale.call_rounds):
            self.say(f"round {turn + 1} of {self.scale.call_rounds}: calls to an agent")
            for who, nanoseconds in re.findall(r"^(\w+) (\d+)$", self._run(self._caller()).output, re.M):
                values.setdefault(who, []).append(int(nanoseconds) / 1e9)
        for who, found in values.items():
            yield Measure(Series.CALL, who, self.scale.calls, tuple(found))

    def _caller(self) -> Program:
        argv = program.module("bench.calls", str(self.scale.calls))
        path = {"PYTHONPATH": str(Path(__file__).parents[1])}
        return Program(argv, self.directory, 2, lambda output: len(output.splitlines()), environment=path)

    def _sizes(self, one: Contender, turn: int, costs: _Costs) -> Iterator[int]:
        """The numbers of examples that a contender gets in a round.

        The first round decides for all, so that values of one round stay at one place.
        """
        expected = 0.0
        for count in self.scale.growth:
            seconds = expected * count
            if turn == 0 and seconds > self.scale.patience and one.id not in _OFTEN:
                note = f"{one.title}: {count:,} examples are left out, they would take {seconds:.0f} s."
                self.notes.append(note)
            elif turn == 0 or ((one.id, count) in costs and (one.id in _OFTEN or count < _MANY)):
                # Who asks for the sizes measures at this one, and adds its cost, before going on.
                yield count
                expected = median(costs[one.id, count])

    def _steady(self, one: Contender, count: int) -> tuple[float, float]:
        """The cost of an example and the biggest process; few examples are run several times for it."""
        costs, peaks = [], []
        for _ in range(self.scale.repeats if count < _FEW else 1):
            first, many = self._pair(self._program(one, 1), self._program(one, count))
            costs.append(per_example(first, many, count))
            peaks.append(float(many.peak))
        return fmean(costs), max(peaks)

    def _run(self, ready: Program) -> Timed:
        return self.quiet.during(lambda: program.run(ready))

    def _pair(self, few: Program, many: Program) -> tuple[Timed, Timed]:
        """A program with one example and with many, one right after the other."""
        return self.quiet.during(lambda: (program.run(few), program.run(many)))

    def _program(self, one: Contender, count: int) -> Program:
        """A contender with a number of examples, written when it is first asked for."""
        key = one.id, count
        if key not in self._programs:
            directory = self.directory / one.id / str(count)
            directory.mkdir(parents=True)
            self._programs[key] = one.write(directory, count)
        return self._programs[key]


def per_example(first: Timed, many: Timed, count: int) -> float:
    """The seconds that an example costs beyond the first: what it costs to start is not in it."""
    return (many.seconds - first.seconds) / (count - 1)


def rotated(values: Sequence[T], turn: int) -> tuple[T, ...]:
    """The values, each of them first in its turn."""
    at = turn % len(values)
    return (*values[at:], *values[:at])


def _among(everybody: Iterable[Contender], ids: Sequence[str]) -> list[Contender]:
    return [one for one in everybody if one.id in ids]
