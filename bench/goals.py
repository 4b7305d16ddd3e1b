"""What nsdoc has to reach, and whether it did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench import contenders
from bench.results import Measure, Results, Series, ratio

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Goal:
    """Something measured that shall be at most `limit`; both in `unit`."""

    what: str
    limit: float
    measured: float
    unit: str

    @property
    def reached(self) -> bool:
        """Whether it is at most the limit."""
        return self.measured <= self.limit

    @property
    def verdict(self) -> str:
        """The same in words, with the factor that is missing."""
        return "reached" if self.reached else f"missed, {self.measured / self.limit:.2f} times the limit"


def goals(results: Results) -> tuple[Goal, ...]:
    """The goals of which these results can tell."""
    return (*_example(results), *_many(results), *_calls(results), *_memory(results))


def _example(results: Results) -> Iterator[Goal]:
    cost = results.first(Series.COST, contenders.CHECK)
    if cost is None:
        return
    yield Goal("An example in nsdoc check", 2.0, cost.median * 1e3, "ms")
    doctest = ratio(cost, results.first(Series.COST, contenders.SPHINX))
    if doctest is not None:
        yield Goal("An example in nsdoc check, against sphinx -b doctest", 1 / 3, doctest, "times")
    bare = ratio(cost, results.first(Series.COST, contenders.C))
    if bare is not None:
        yield Goal("An example in nsdoc check, against C", 8.0, bare, "times")


def _many(results: Results) -> Iterator[Goal]:
    wall = results.first(Series.WALL, contenders.CHECK_2)
    # The goal is stated for one number; the jobs start once, however few there are.
    if wall is not None and wall.x == 1_000:
        yield Goal("1,000 examples in nsdoc check with two jobs", 3.0, wall.median, "s")
    for series, what in (
        (Series.GROWTH, "An example among {last:,}, against one among {first:,}"),
        (Series.SIZE, "An example when the caller holds {last} MiB, against one when it is small"),
    ):
        found = results.of(series, contenders.CHECK)
        if len(found) > 1:
            yield _compared(what, found[0], found[-1], 1.2)


def _calls(results: Results) -> Iterator[Goal]:
    for who, where in (("example", "from an example"), ("open_kernel", "from a program with open_kernel()")):
        call = results.first(Series.CALL, who)
        if call is not None:
            yield Goal(f"A call to an agent, {where}", 30.0, call.median * 1e6, "µs")


def _memory(results: Results) -> Iterator[Goal]:
    found = results.of(Series.MEMORY, "controller")
    if len(found) > 1:
        what = "The memory of the runner's controller after {last:,} examples, against that after {first:,}"
        yield _compared(what, found[0], found[-1], 1.05)


def _compared(what: str, first: Measure, last: Measure, limit: float) -> Goal:
    return Goal(what.format(first=first.x, last=last.x), limit, ratio(last, first) or 0.0, "times")
