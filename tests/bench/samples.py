"""Results that nobody measured, for tests of what is shown of them."""

from __future__ import annotations

from bench.contenders import CHECK, CHECK_2, RUNNER, SPHINX, C
from bench.results import Conditions, Measure, Results, Series

TITLES = {CHECK: "nsdoc check, 1 job", RUNNER: "the runner alone", SPHINX: "sphinx -b doctest", C: "C & more"}
CONDITIONS = Conditions(
    date="2026-01-02", machine="Some <CPU>, x86_64", processors=2, kernel="6.18.1", user="root",
    others=0.125, versions={"Python": "3.11.7", "sphinx": "9.0.4"},
)  # fmt: skip


def results(*measures: Measure, notes: tuple[str, ...] = ()) -> Results:
    """Results with these measures, or with some of each series."""
    titles = TITLES | {CHECK_2: "nsdoc check, 2 jobs"}
    return Results(CONDITIONS, titles, measures or tuple(_some()), notes)


def _some() -> list[Measure]:
    costs = {CHECK: (0.001, 0.003, 0.002), SPHINX: (0.008, 0.009, 0.010), C: (0.00025, 0.0005, 0.0004)}
    found = [Measure(Series.START, who, 1, (0.2, 0.3, 0.25)) for who in costs]
    found += [Measure(Series.COST, who, 200, values) for who, values in costs.items()]
    for who in (CHECK, SPHINX, C):
        found += [Measure(Series.GROWTH, who, count, costs[who]) for count in (100, 1_000, 10_000)]
    found += [Measure(Series.SIZE, CHECK, 0, (0.002,)), Measure(Series.SIZE, CHECK, 240, (0.0021,))]
    found += [Measure(Series.SIZE, SPHINX, 0, (0.004,)), Measure(Series.SIZE, SPHINX, 240, (0.02,))]
    found += [Measure(Series.WALL, CHECK_2, 1_000, (2.5, 3.5, 2.75))]
    found += [Measure(Series.CALL, "example", 5_000, (2e-5,))]
    found += [Measure(Series.CALL, "open_kernel", 5_000, (4e-5,))]
    for done in (1_000, 10_000):
        found += [Measure(Series.MEMORY, "controller", done, (28 << 20,))]
        found += [Measure(Series.MEMORY, "zygote", done, (11 << 20,))]
    return found + [Measure(Series.PEAK, CHECK, count, (count << 13,)) for count in (100, 10_000)]
