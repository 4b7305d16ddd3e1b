"""How wide the columns of a table are, and which of them tbl(1) has to fill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from nsdoc.render.roff.escape import columns
from nsdoc.render.roff.grid import Row, Text, rows
from nsdoc.render.roff.model import Cell, Line, Run, Table
from nsdoc.render.roff.words import SPACE

Spans = Mapping[range, int]

# What tbl(1) leaves between columns.
BETWEEN = 3
# A filled column comes out a little narrower than the others leave it.
_SLACK = 2
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
    stretched = {column for column in range(len(base)) if natural[column] > base[column]}
    spans = _spans(table)
    filled = _filled(natural, spans, stretched | _unbreakable(table), room)
    if filled is None:
        return None
    widths = _widths(natural, spans, filled, room)
    return Layout(rows(_cut_to(table, widths)), widths, filled, frozenset(stretched))


def _natural(grid: Sequence[Row]) -> list[int]:
    """The width of each column when no cell is filled; cells over several columns do not count."""
    return [
        max((slot.width for slot in slots if isinstance(slot, Text) and slot.columns == 1), default=1)
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
        word = _longest_word(cell)
        widths[covered[-1]] += max(0, min(whole, max(have, _LEAST_SPAN)) - have, word - have)
    return widths


def _unbreakable(table: Table) -> set[int]:
    """The columns that must not be filled, since a word in a cell over them would not fit."""
    return {
        place
        for column, cell in _spanning(table)
        for place in range(column, column + cell.columns)
        if _longest_word(cell) > _LEAST
    }


def _longest_word(cell: Cell) -> int:
    return max((columns(word) for line in cell.lines for word in SPACE.split(_text(line))), default=0)


def _spanning(table: Table) -> Iterator[tuple[int, Cell]]:
    for row in table.rows:
        for column, cell in enumerate(row):
            if cell is not None and cell.columns > 1:
                yield column, cell


def _spans(table: Table) -> Mapping[range, int]:
    """The width of the widest cell over each span of columns."""
    found: dict[range, int] = {}
    for column, cell in _spanning(table):
        covered = range(column, min(column + cell.columns, len(table.widths)))
        found[covered] = max(found.get(covered, 0), *(_length(line) for line in cell.lines), 0)
    return found


def _filled(natural: Sequence[int], spans: Spans, kept: set[int], room: int) -> frozenset[int] | None:
    """The columns to fill so that the table fits; the widest come first.  None if nothing helps."""
    filled: set[int] = set()
    while _fixed(natural, spans, filled) + _LEAST * _shares(filled) > room:
        wide = set(range(len(natural))) - filled - kept
        wide = {column for column in wide if natural[column] > _LEAST}
        if not wide:
            return None
        filled.add(max(sorted(wide), key=lambda column: natural[column]))
    return frozenset(filled)


def _widths(natural: Sequence[int], spans: Spans, filled: Set[int], room: int) -> tuple[int, ...]:
    """What each column has at least; filled ones share what the others leave."""
    share = (room - _fixed(natural, spans, filled)) // max(_shares(filled), 1)
    return tuple(share if column in filled else width for column, width in enumerate(natural))


def _fixed(natural: Sequence[int], spans: Spans, filled: Set[int]) -> int:
    """What is not left to the filled columns."""
    unfilled = sum(width for column, width in enumerate(natural) if column not in filled)
    pushed = sum(_pushed(natural, covered, width, filled) for covered, width in spans.items())
    return unfilled + BETWEEN * (len(natural) - 1) + pushed + (_SLACK if filled else 0)


def _pushed(natural: Sequence[int], covered: range, width: int, filled: Set[int]) -> int:
    """By how much a cell over filled and other columns makes the others wider.

    tbl(1) counts what is filled for nothing, and divides what is missing among all that the cell covers.
    """
    others = [column for column in covered if column not in filled]
    if len(others) == len(covered):
        return 0
    have = sum(natural[column] for column in others) + BETWEEN * (len(covered) - 1)
    return max(0, width - have) * len(others) // len(covered)


def _shares(filled: Set[int]) -> int:
    """In how many parts to divide what filled columns share, so that each column gets one for certain.

    tbl(1) gives equal parts to all, but on top of what is in them and not filled, which is up to one share.
    """
    return 2 * len(filled) - 1 if filled else 0


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
        for place, text in enumerate(SPACE.split(run.text)[::2]):
            if place and word:
                yield tuple(word)
                word = []
            if text:
                word.append(replace(run, text=text))
    if word:
        yield tuple(word)


def _length(line: Line) -> int:
    return columns(_text(line))


def _text(line: Line) -> str:
    return "".join(run.text for run in line)
