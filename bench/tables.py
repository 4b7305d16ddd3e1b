"""The results as tables, for a terminal and for a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench import contenders
from bench.goals import goals
from bench.results import Measure, Results, Series, ratio

_MIB = 1 << 20
_NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Table:
    """A title, the heads of the columns, and the rows; the first column is text, the others numbers."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(results: Results) -> tuple[Table, ...]:
    """All tables for which there are measures."""
    every = (_comparison(results), _growth(results), _size(results), _others(results), _goals(results))
    return tuple(table for table in every if table.rows)


def text(results: Results) -> str:
    """The tables with aligned columns, then the conditions and the notes."""
    parts = [_aligned(table) for table in tables(results)]
    return "\n\n".join([*parts, "\n".join(conditions(results)), *results.notes]) + "\n"


def rst(results: Results) -> str:
    """The conditions, the tables and the notes as reStructuredText, to be included in a page."""
    parts = ["\n".join(conditions(results)), *map(_listed, tables(results)), *results.notes]
    return "\n\n".join(parts) + "\n"


def conditions(results: Results) -> Iterator[str]:
    """Sentences on where and when it was measured."""
    where = results.conditions
    versions = ", ".join(f"{name} {number}" for name, number in where.versions.items())
    yield f"Measured on {where.date} as {where.user} on Linux {where.kernel},"
    yield f"{where.machine}, {where.processors} processors;"
    yield f"other work took {where.others:.0%} of the processors' time meanwhile."
    yield f"{versions}."


def _comparison(results: Results) -> Table:
    costs = results.of(Series.COST)
    count = costs[0].x if costs else 0
    heads = ("", "start, ms", "an example, ms", "from - to", "against C", "against sphinx -b doctest")
    bare = results.first(Series.COST, contenders.C)
    doctest = results.first(Series.COST, contenders.SPHINX)
    rows = (
        (
            results.titles[cost.who],
            _ms(results.first(Series.START, cost.who), 0),
            _ms(cost),
            f"{min(cost.values) * 1e3:.2f} - {max(cost.values) * 1e3:.2f}",
            _times(ratio(cost, bare)),
            _times(ratio(cost, doctest)),
        )
        for cost in costs
    )
    rounds = len(costs[0].values) if costs else 0
    title = f"{count:,} examples; the medians of {rounds} rounds, and the fastest and slowest of them"
    return Table(title, heads, tuple(rows))


def _growth(results: Results) -> Table:
    counts = sorted({one.x for one in results.of(Series.GROWTH)})
    heads = ("", *(f"{count:,}" for count in counts), "last against first")
    title = "An example among ever more of them, ms"
    return Table(title, heads, tuple(_by_x(results, Series.GROWTH, counts)))


def _size(results: Results) -> Table:
    sizes = sorted({one.x for one in results.of(Series.SIZE)})
    heads = ("", *(f"{held} MiB more" for held in sizes), "last against first")
    title = "An example when the calling process holds memory, ms"
    return Table(title, heads, tuple(_by_x(results, Series.SIZE, sizes)))


def _by_x(results: Results, series: Series, columns: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """A row for each contender of a series: its costs, and the ratio of the last to the first."""
    for who in dict.fromkeys(one.who for one in results.of(series)):
        found = {one.x: one for one in results.of(series, who)}
        last = ratio(found.get(columns[-1]), found.get(columns[0]))
        yield (results.titles[who], *(_ms(found.get(x)) for x in columns), _times(last))


def _others(results: Results) -> Table:
    return Table("Further figures", ("", "", ""), tuple(_further(results)))


def _further(results: Results) -> Iterator[tuple[str, ...]]:
    for one in results.of(Series.WALL):
        yield f"{results.titles[one.who]}: {one.x:,} examples, from start to exit", f"{one.median:.2f}", "s"
    for one in results.of(Series.CALL):
        where = {"example": "an example", "open_kernel": "a program with open_kernel()"}[one.who]
        yield f"A call to an agent, from {where}", f"{one.median * 1e6:.1f}", "µs"
    for who, what in (("controller", "The runner's controller"), ("zygote", "The runner's zygote")):
        for one in _ends(results.of(Series.MEMORY, who)):
            yield f"{what} after {one.x:,} examples", f"{one.median / _MIB:.1f}", "MiB"
    for one in _ends(results.of(Series.PEAK, contenders.CHECK)):
        yield f"nsdoc check with {one.x:,} claims, at most", f"{one.median / _MIB:.1f}", "MiB"


def _goals(results: Results) -> Table:
    rows = (
        (goal.what, f"{goal.limit:.3g} {goal.unit}", f"{goal.measured:.3g} {goal.unit}", goal.verdict)
        for goal in goals(results)
    )
    return Table("What nsdoc has to reach", ("", "at most", "measured", ""), tuple(rows))


def _ends(measures: Sequence[Measure]) -> Iterable[Measure]:
    return dict.fromkeys((measures[0], measures[-1])) if measures else ()


def _ms(measure: Measure | None, digits: int = 2) -> str:
    return _NOTHING if measure is None else f"{measure.median * 1e3:.{digits}f}"


def _times(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.2f}"


def _aligned(table: Table) -> str:
    lines = [table.heads, *table.rows] if any(table.heads) else [*table.rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rows = ("  ".join(_cells(line, widths)).rstrip() for line in lines)
    return "\n".join([table.title, "-" * len(table.title), *rows])


def _cells(line: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    yield line[0].ljust(widths[0])
    for cell, width in zip(line[1:], widths[1:], strict=True):
        # Words stand on the left, numbers on the right.
        yield cell.rjust(width) if cell[:1].isdigit() or cell == _NOTHING else cell.ljust(width)


def _listed(table: Table) -> str:
    head = ["   :header-rows: 1"] if any(table.heads) else []
    lines = [table.heads, *table.rows] if head else table.rows
    rows = ["\n".join(_items(line)) for line in lines]
    # The title is a paragraph: with a caption the table would have an ID, which the theme gives twice.
    return "\n".join([f"{table.title}:", "", ".. list-table::", *head, "", *rows])


def _items(line: Sequence[str]) -> Iterator[str]:
    for number, cell in enumerate(line):
        # A dash alone would begin a list, and "-b" an option.
        safe = cell.replace(_NOTHING, "\\-") if cell.startswith(_NOTHING) else cell
        yield f"   {'* -' if number == 0 else '  -'} {safe}".rstrip()
