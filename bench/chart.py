"""The chart: what an example costs, against how many there are and against the size of the caller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from bench.results import Measure, Results, Series, ratio
from bench.svg import FAINT, SHAPES, Picture, Point

_WIDTH, _HEIGHT = 920, 760
# Colours that the colour-blind can tell apart and that stand out from white.
_COLOURS = ("#0b5fa5", "#b3490c", "#00735c", "#8a2f7d", "#6b5b00", "#444b54")
_DASHES = ("", "8 4", "2 3", "10 3 2 3", "5 5", "1 2")
_TITLE = "What an example with a user namespace costs"
_GAP = 17.0


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic scale: `low` to `high` lie at the pixels `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of a value."""
        part = log10(value / self.low) / log10(self.high / self.low)
        return self.start + part * (self.end - self.start)

    @property
    def decades(self) -> Iterator[float]:
        """The powers of ten on it."""
        return (10.0**power for power in range(ceil(log10(self.low)), floor(log10(self.high)) + 1))


def chart(results: Results) -> str:
    """The chart as SVG, with all its figures in its description."""
    picture = Picture(_WIDTH, _HEIGHT)
    picture.text((24, 34), _TITLE, size=18)
    _draw_growth(picture, results)
    _draw_size(picture, results)
    return picture.svg(_TITLE, " ".join(_described(results)))


def _draw_growth(picture: Picture, results: Results) -> None:
    lines = _by_contender(results, Series.GROWTH)
    if not lines:
        return
    across, up = _growth_axes(lines)
    picture.text((24, 66), "Milliseconds an example, against the number of examples", size=15)
    for value in up.decades:
        picture.line([(across.start, up.at(value)), (across.end, up.at(value))], FAINT)
        picture.text((across.start - 8, up.at(value) + 4), f"{value:g}", anchor="end")
    for count in sorted({one.x for line in lines for one in line}):
        picture.text((across.at(count), up.start + 22), f"{count:,}", anchor="middle")
    ends: list[Point] = []
    for number, line in enumerate(lines):
        points = [(across.at(one.x), up.at(one.median * 1e3)) for one in line]
        picture.line(points, _pick(_COLOURS, number), 2, _pick(_DASHES, number))
        for one, point in zip(line, points, strict=True):
            _mark(picture, results, one, point, number)
        ends.append(points[-1])
    heights = _spread([y for _, y in ends])
    for number, (line, end, height) in enumerate(zip(lines, ends, heights, strict=True)):
        colour = _pick(_COLOURS, number)
        picture.line([(end[0] + 8, end[1]), (across.end + 10, height)], colour)
        words = f"{results.titles[line[0].who]}, {line[-1].median * 1e3:.2f}"
        picture.text((across.end + 14, height + 4), words, colour=colour)


def _growth_axes(lines: Sequence[Sequence[Measure]]) -> tuple[Axis, Axis]:
    costs = [one.median * 1e3 for line in lines for one in line]
    counts = [one.x for line in lines for one in line]
    low, high = 10.0 ** floor(log10(min(costs))), 10.0 ** ceil(log10(max(costs)))
    across = Axis(min(counts), max(max(counts), min(counts) * 2), 84, _WIDTH - 300)
    return across, Axis(low, max(high, low * 10), 400, 92)


def _draw_size(picture: Picture, results: Results) -> None:
    lines = [line for line in _by_contender(results, Series.SIZE) if len(line) > 1]
    if not lines:
        return
    costs = [one.median * 1e3 for line in lines for one in line]
    low, high = 10.0 ** floor(log10(min(costs))), 10.0 ** ceil(log10(max(costs)))
    across = Axis(low, max(high, low * 10), 210, _WIDTH - 300)
    held = lines[0][-1].x
    words = f"Milliseconds an example: hollow, the caller is small; filled, it holds {held} MiB more"
    picture.text((24, 472), words, size=15)
    bottom = 500 + 40 * len(lines)
    for value in across.decades:
        picture.line([(across.at(value), 488), (across.at(value), bottom)], FAINT)
        picture.text((across.at(value), bottom + 20), f"{value:g}", anchor="middle")
    for number, line in enumerate(lines):
        _draw_pair(picture, results, line, across, 516 + 40 * number)


def _draw_pair(picture: Picture, results: Results, line: Sequence[Measure], across: Axis, y: float) -> None:
    number = _number(results, line[0].who)
    plain, holding, times = line[0].median * 1e3, line[-1].median * 1e3, ratio(line[-1], line[0])
    colour = _pick(_COLOURS, number)
    picture.text((across.start - 14, y + 4), results.titles[line[0].who], anchor="end", colour=colour)
    picture.line([(across.at(plain), y), (across.at(holding), y)], colour, 2)
    _mark(picture, results, line[-1], (across.at(holding), y), number)
    _mark(picture, results, line[0], (across.at(plain), y), number, filled=False)
    picture.text((across.end + 14, y + 4), f"{plain:.2f} and {holding:.2f}, {times:.2f} times")


def _mark(
    picture: Picture, results: Results, one: Measure, at: Point, number: int, *, filled: bool = True
) -> None:
    tip = f"{results.titles[one.who]}, {one.x:,}: {one.median * 1e3:.2f} ms"
    picture.mark(at, _pick(tuple(SHAPES), number), _pick(_COLOURS, number), tip, filled=filled)


def _described(results: Results) -> Iterator[str]:
    """The figures of the chart in sentences."""
    for line in _by_contender(results, Series.GROWTH):
        costs = ", ".join(f"{one.median * 1e3:.2f} ms among {one.x:,}" for one in line)
        yield f"{results.titles[line[0].who]}: {costs}."
    for line in _by_contender(results, Series.SIZE):
        costs = ", ".join(f"{one.median * 1e3:.2f} ms with {one.x} MiB held" for one in line)
        yield f"{results.titles[line[0].who]}: {costs}."


def _by_contender(results: Results, series: Series) -> list[tuple[Measure, ...]]:
    whose = sorted({one.who for one in results.of(series)}, key=lambda who: _number(results, who))
    lines = [_drawable(results.of(series, who)) for who in whose]
    return [line for line in lines if line]


def _drawable(line: Iterable[Measure]) -> tuple[Measure, ...]:
    """What has a logarithm: with few examples, the jitter of the start can be more than their cost."""
    return tuple(one for one in line if one.median > 0)


def _number(results: Results, who: str) -> int:
    """The place of a contender among those of the chart: it decides on shape, colour and dashes."""
    shown = [title for title in results.titles if results.of(Series.GROWTH, title)]
    return shown.index(who) if who in shown else len(shown)


def _pick(choices: Sequence[str], number: int) -> str:
    return choices[number % len(choices)]


def _spread(heights: Iterable[float]) -> list[float]:
    """The heights of labels, moved down where they would overlap."""
    wanted = list(heights)
    placed = [0.0] * len(wanted)
    lowest = float("-inf")
    for number in sorted(range(len(wanted)), key=wanted.__getitem__):
        lowest = placed[number] = max(wanted[number], lowest + _GAP)
    return placed
