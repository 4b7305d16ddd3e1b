"""Tables for tbl(1): no box unless the author asks for one, the widest column takes what is left."""

from __future__ import annotations

from collections.abc import Iterator

from nsdoc.render.roff import fonts
from nsdoc.render.roff.model import Cell, Font, Line, Table

# Wider cells are filled by tbl(1) as paragraphs.
_SHORT = 20


def table(block: Table, room: int) -> list[str]:
    """The lines of a table, .TS and .TE included."""
    filled = _filled_columns(block)
    options = ["allbox;"] if block.boxed else []
    formats = [" ".join(_keys(block, row, filled)) for row in range(len(block.rows))]
    formats = _without_repeats(formats)
    formats[-1] += "."
    return [".TS", *options, *formats, *_data(block, filled), ".TE"]


def _without_repeats(formats: list[str]) -> list[str]:
    """The last format stands for all rows that follow."""
    while len(formats) > 1 and formats[-1] == formats[-2]:
        formats.pop()
    return formats


def _filled_columns(block: Table) -> frozenset[int]:
    """The columns with a cell too long for one line."""
    return frozenset(
        place
        for row in block.rows
        for place, cell in enumerate(row)
        if cell and cell.columns == 1 and (_width(cell) > _SHORT or len(cell.lines) > 1)
    )


def _width(cell: Cell) -> int:
    return max((sum(len(run.text) for run in line) for line in cell.lines), default=0)


def _keys(block: Table, row: int, filled: frozenset[int]) -> Iterator[str]:
    widest = max(filled, key=lambda place: block.widths[place], default=None)
    for place, cell in enumerate(block.rows[row]):
        if cell is None:
            yield _covered(block, row, place)
        else:
            yield "l" + ("b" if row < block.heads else "") + ("x" if place == widest else "")


def _covered(block: Table, row: int, place: int) -> str:
    """What stands where another cell reaches: ``s`` right of its start, ``^`` below it."""
    for left in range(place, -1, -1):
        cell = block.rows[row][left]
        if cell is not None:
            return "s"
        if left == 0 or block.rows[row][left - 1] is not None:
            break
    return "^"


def _data(block: Table, filled: frozenset[int]) -> Iterator[str]:
    for number, row in enumerate(block.rows):
        cells = [_cell(cell, place in filled, number < block.heads) for place, cell in enumerate(row)]
        yield "\t".join(cells)
        if number + 1 == block.heads and not block.boxed:
            yield "_"


def _cell(cell: Cell | None, filled: bool, head: bool) -> str:
    if cell is None:
        return ""
    around = Font.BOLD if head else Font.ROMAN
    text = [fonts.inset(line, around) for line in cell.lines]
    if not filled and cell.columns == 1 and len(text) <= 1:
        return text[0] if text else ""
    return "T{\n" + "\n".join(text) + "\nT}"


def _plain(line: Line) -> str:
    return "".join(run.text for run in line)
