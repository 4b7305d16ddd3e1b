"""A chart of spans of releases: a row a statement, a column a release, as SVG inside a page.

What it says is also said in words at the end of each row, so that nothing depends on colour,
and all of it stands in tables on the page for those who do not see the chart.
Its colours are those of the page, light or dark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

_LABEL, _COLUMN, _WORDS = 184, 4, 130
_ROW, _HEAD = 19, 34
_LEFT = _LABEL + 10
_INK, _BAR, _FAINT, _LINE = "currentColor", "var(--nsdoc-holds)", "var(--nsdoc-rule)", "var(--nsdoc-quiet)"
_PAPER = "var(--color-background-primary, canvas)"

Span = tuple[int, int]
"""Columns from the first number up to, but not including, the second."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its label, what it has at which columns, and the words at its end."""

    label: str
    bars: tuple[Span, ...]
    lines: tuple[Span, ...]
    marks: tuple[int, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under a heading, and the column at which the heading's time was."""

    heading: str
    column: int
    rows: tuple[Row, ...]


def svg(columns: Sequence[str], ticks: Sequence[int], groups: Sequence[Group], title: str, text: str) -> str:
    """The chart as an element of HTML.

    `columns` are the names of all columns, `ticks` the numbers of those that are named on the chart;
    `title` and `text` describe it to who does not see it.
    """
    width = _LEFT + len(columns) * _COLUMN + _WORDS
    height = _HEAD + sum(2 + len(group.rows) for group in groups) * _ROW - 8
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return "\n".join(
        (
            # Narrow windows scroll it, by keyboard too.
            '<div tabindex="0" role="region" aria-labelledby="chart-title" style="overflow-x:auto">',
            f'<svg {size} role="img" aria-labelledby="chart-title chart-text" font-family="inherit">',
            f'<title id="chart-title">{escape(title)}</title>',
            f'<desc id="chart-text">{escape(text)}</desc>',
            *_grid(columns, ticks, height),
            *_groups(groups),
            "</svg>",
            "</div>",
        )
    )


def _grid(columns: Sequence[str], ticks: Sequence[int], height: int) -> Iterator[str]:
    for tick in ticks:
        yield _text(_x(tick), 14, columns[tick], anchor="middle" if tick else "start")
        yield _rule(_x(tick), 20, height, _FAINT)


def _groups(groups: Sequence[Group]) -> Iterator[str]:
    top = _HEAD
    for group in groups:
        bottom = top + (1 + len(group.rows)) * _ROW
        yield _text(0, top + 13, group.heading, bold=True)
        yield _rule(_x(group.column) + _COLUMN / 2, top + _ROW - 2, bottom, _LINE, dashes="3 3")
        for number, row in enumerate(group.rows, 1):
            yield from _row(row, top + number * _ROW)
        top = bottom + _ROW


def _row(row: Row, top: int) -> Iterator[str]:
    middle = top + _ROW // 2
    end = max((end for _, end in (*row.bars, *row.lines)), default=0)
    yield f"<g><title>{escape(row.label)}: {escape(row.words)}</title>"
    yield _text(_LABEL, middle + 4, row.label, anchor="end")
    yield from (_rect(span, middle - 1, 2, _LINE) for span in row.lines)
    yield from (_rect(span, middle - 5, 10, _BAR) for span in row.bars)
    yield from (_diamond(_x(mark) + _COLUMN / 2, middle) for mark in row.marks)
    yield _text(_x(end) + 6, middle + 4, row.words, size=11)
    yield "</g>"


def _x(column: int) -> int:
    return _LEFT + column * _COLUMN


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", size: int = 12, bold: bool = False
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    look = f'style="fill:{_INK}" font-size="{size}"{weight}'
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" {look}>{escape(words)}</text>'


def _rule(x: float, top: float, bottom: float, colour: str, dashes: str = "") -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<line x1="{x:g}" x2="{x:g}" y1="{top:g}" y2="{bottom:g}" style="stroke:{colour}"{dashed}/>'


def _rect(span: Span, y: float, height: float, colour: str) -> str:
    first, end = span
    size = f'width="{(end - first) * _COLUMN}" height="{height:g}"'
    return f'<rect x="{_x(first)}" y="{y:g}" {size} style="fill:{colour}"/>'


def _diamond(x: float, y: float) -> str:
    points = f"{x:g},{y - 6:g} {x + 5:g},{y:g} {x:g},{y + 6:g} {x - 5:g},{y:g}"
    return f'<polygon points="{points}" style="fill:{_PAPER};stroke:{_INK}"/>'
