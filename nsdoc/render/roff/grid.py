"""A table row by row: each line of a cell in a row of its own, since a row of tbl(1) has one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from nsdoc.render.roff.escape import columns
from nsdoc.render.roff.model import Cell, Line, Table


class Cover(Enum):
    """A place of the grid with no text of its own."""

    EMPTY = ""
    RIGHT = "s"  # the cell to the left goes on here
    BELOW = "^"  # the cell above goes on here


@dataclass(frozen=True, slots=True)
class Text:
    """A line of a cell at its place; `columns` is how many it covers."""

    line: Line
    columns: int = 1

    @property
    def width(self) -> int:
        """The columns that the text takes on the page."""
        return sum(columns(run.text) for run in self.line)


Slot = Text | Cover


@dataclass(frozen=True, slots=True)
class Row:
    """A row as tbl(1) reads it; `first`: no other row stands for the same row of the source above it."""

    slots: tuple[Slot, ...]
    head: bool
    first: bool


def rows(table: Table) -> tuple[Row, ...]:
    """The rows of `table`, with as many lines as its tallest cells need."""
    heights = _heights(table)
    starts = [sum(heights[:number]) for number in range(len(heights) + 1)]
    grid: list[list[Slot]] = [[Cover.EMPTY] * len(table.widths) for _ in range(starts[-1])]
    for number, row in enumerate(table.rows):
        for column, cell in enumerate(row):
            if cell is not None:
                end = starts[min(number + cell.rows, len(heights))]
                _place(grid[starts[number] : end], column, cell)
    return tuple(
        Row(tuple(slots), place < starts[table.heads], place in starts) for place, slots in enumerate(grid)
    )


def _heights(table: Table) -> list[int]:
    """How many lines each row of the source takes; a tall cell over several makes the last of them tall."""
    heights = [
        max([len(cell.lines) for cell in row if cell is not None and cell.rows == 1], default=1) or 1
        for row in table.rows
    ]
    for number, row in enumerate(table.rows):
        for cell in row:
            if cell is not None and cell.rows > 1:
                covered = heights[number : number + cell.rows]
                heights[number + len(covered) - 1] += max(0, len(cell.lines) - sum(covered))
    return heights


def _place(grid: Sequence[list[Slot]], column: int, cell: Cell) -> None:
    for number, slots in enumerate(grid):
        if number < len(cell.lines):
            slots[column] = Text(cell.lines[number], cell.columns)
        elif cell.rows > 1 and cell.columns == len(cell.lines) == 1:
            slots[column] = Cover.BELOW
        else:
            continue
        for right in range(column + 1, min(column + cell.columns, len(slots))):
            slots[right] = Cover.RIGHT
