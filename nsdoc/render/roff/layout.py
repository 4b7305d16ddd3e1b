"""How wide the columns of a table are, and which of them tbl(1) has to fill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nsdoc.render.roff.grid import Row, Text, rows
from nsdoc.render.roff.model import Cell, Line, Run, Table

# What tbl(1) leaves between columns.
BETWEEN = 3
# The narrowest that a filled column may become, and that a cell over several columns is cut to.
_LEAST = 10
_LEAST_SPAN = 24


@dataclass(frozen=True, slots=True)
class Layout:
    """The rows of a table, the widths that its columns have at least, and those to be filled.

    `stretched` columns are as wide as they are only because a cell covers them.
    """

    rows: tuple[Row, ...]
    widths: tuple[int, ...]
    filled: frozenset[int]
    stretched: frozenset[int]


def layout(table: Table, room: int) -> Layout | None:
    """A layout that fits into `room` columns, or None."""
    base = _natural(rows(table))
    natural = _stretched(table, base)
    filled = _filled(natural, room)
    if filled is None:
        return None
    widths = _widths(natural, filled, room)
    stretched = frozenset(column for column in range(len(base)) if natural[column] > base[column])
    return Layout(rows(_cut_to(table, widths)), widths, filled, stretched - filled)


def _natural(grid: Sequence[Row]) -> list[int]:
    """The width of each column when no cell is filled; cells over several columns do not count."""
    return [
        max((slot.width for slot in slots if isinstance(slot, Text) and slot.columns == 1), default=0)
        for slots in zip(*(row.slots for row in grid), strict=True)
    ]


def _stretched(table: Table, base: Sequence[int]) -> list[int]:
    """The widths with room for cells over several columns.

    mandoc 1.14.6 never ends when such a cell is wider than what it covers,
    so the last column it covers gets what is missing.
    """
    widths = list(base)
    for column, cell in _spanning(table):
        covered = range(column, min(column + cell.columns, len(widths)))
        have = sum(widths[place] for place in covered) + BETWEEN * (len(covered) - 1)
        whole = max((_length(line) for line in cell.lines), default=0)
        word = max((len(word) for line in cell.lines for word in _text(line).split()), default=0)
        widths[covered[-1]] += max(0, min(whole, max(have, _LEAST_SPAN)) - have, word - have)
    return widths


def _spanning(table: Table) -> Iterator[tuple[int, Cell]]:
    for row in table.rows:
        for column, cell in enumerate(row):
            if cell is not None and cell.columns > 1:
                yield column, cell


def _filled(natural: Sequence[int], room: int) -> frozenset[int] | None:
    """The columns to fill so that the table fits; the widest come first.  None if nothing helps."""
    filled: set[int] = set()
    while _total(natural, filled) > room:
        wide = [column for column in range(len(natural)) if column not in filled and natural[column] > _LEAST]
        if not wide:
            return None
        filled.add(max(wide, key=lambda column: natural[column]))
    return frozenset(filled)


def _total(natural: Sequence[int], filled: set[int]) -> int:
    widths = (_LEAST if column in filled else width for column, width in enumerate(natural))
    return sum(widths) + BETWEEN * (len(natural) - 1)


def _widths(natural: Sequence[int], filled: frozenset[int], room: int) -> tuple[int, ...]:
    """What each column has at least; filled ones share what the others leave."""
    fixed = sum(width for column, width in enumerate(natural) if column not in filled)
    left = room - fixed - BETWEEN * (len(natural) - 1)
    share = max(left // len(filled), _LEAST) if filled else 0
    return tuple(share if column in filled else width for column, width in enumerate(natural))


def _cut_to(table: Table, widths: Sequence[int]) -> Table:
    """The same table with cells over several columns cut into lines that fit: tbl(1) cannot fill them."""

    def cut(column: int, cell: Cell | None) -> Cell | None:
        if cell is None or cell.columns == 1:
            return cell
        covered = widths[column : column + cell.columns]
        room = sum(covered) + BETWEEN * (len(covered) - 1)
        return replace(cell, lines=tuple(part for line in cell.lines for part in _cut(line, room)))

    changed = tuple(tuple(cut(column, cell) for column, cell in enumerate(row)) for row in table.rows)
    return replace(table, rows=changed)


def _cut(line: Line, room: int) -> Iterator[Line]:
    found: list[Run] = []
    size = 0
    for word in _words(line):
        length = _length(word)
        if found and size + 1 + length > room:
            yield tuple(found)
            found, size = [], 0
        found += [Run(" "), *word] if found else word
        size += length + (1 if size else 0)
    if found:
        yield tuple(found)


def _words(line: Line) -> Iterator[Line]:
    """The words of a line, each as the runs it is made of."""
    word: list[Run] = []
    for run in line:
        for place, text in enumerate(run.text.split(" ")):
            if place and word:
                yield tuple(word)
                word = []
            if text:
                word.append(replace(run, text=text))
    if word:
        yield tuple(word)


def _length(line: Line) -> int:
    return len(_text(line))


def _text(line: Line) -> str:
    return "".join(run.text for run in line)
