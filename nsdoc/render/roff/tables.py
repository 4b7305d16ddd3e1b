"""Tables for tbl(1): no box unless the author asks for one; long cells are filled and share what is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nsdoc.render.roff import fonts
from nsdoc.render.roff.grid import Cover, Row, Slot, Text, rows
from nsdoc.render.roff.lines import escaped_lines
from nsdoc.render.roff.model import Block, Break, Cell, Font, Item, Line, Para, Run, Table, Tagged

# What tbl(1) leaves between columns.
_BETWEEN = 3
# The narrowest that a filled column may become.
_LEAST = 10


def table(block: Table, room: int) -> list[str] | None:
    """The lines of a table, .TS and .TE included; None if it cannot fit into `room` columns."""
    narrow = _narrowed(block, room)
    grid = rows(narrow)
    filled = _filled(grid, room)
    if filled is None:
        return None
    share = _share(grid, filled, room)
    formats = _formats(grid, filled, block.boxed)
    data = list(_data(grid, filled, share, block.boxed))
    text = [".TS", *(["box;"] if block.boxed else []), *formats, *data, ".TE"]
    # Narrow columns of filled text look torn when both margins are straight.
    return [".ad l", *text, ".ad"] if filled else text


def as_list(block: Table) -> Block:
    """A table too wide for a terminal as a list: the first cell of each row, then the others, headed."""
    heads = [_head(block, column) for column in range(len(block.widths))]
    items = []
    for number, row in enumerate(block.rows[block.heads :]):
        cells = [(column, cell) for column, cell in enumerate(row) if cell is not None and cell.lines]
        terms = cells[0][1].lines if cells and cells[0][0] == 0 else ((Run(f"({number + 1})"),),)
        others = cells[1:] if cells and cells[0][0] == 0 else cells
        body = [part for column, cell in others for part in _entry(heads[column], cell)]
        items.append(Item(terms, (Para(tuple(body[:-1])),) if body else ()))
    return Tagged(tuple(items))


def _entry(head: Line, cell: Cell) -> Iterator[Run | Break]:
    if head:
        yield from (replace(run, font=Font.ITALIC) for run in head)
        yield Run(": ")
    for line in cell.lines:
        yield from line
        yield Run(" ")
    yield Break()


def _head(block: Table, column: int) -> Line:
    """The heading of a column, whichever cells it is made of."""
    found: list[Run] = []
    for row in block.rows[: block.heads]:
        left = next((place for place in range(column, -1, -1) if row[place] is not None), 0)
        cell = row[left]
        if cell is not None and left + cell.columns > column:
            found += [Run(" "), *(run for line in cell.lines for run in line)]
    return tuple(found[1:])


def _narrowed(block: Table, room: int) -> Table:
    """The same table with the text of cells that cover columns cut into lines: tbl(1) cannot fill them."""
    changed = tuple(
        tuple(
            replace(cell, lines=tuple(part for line in cell.lines for part in _cut(line, room)))
            if cell is not None and cell.columns > 1
            else cell
            for cell in row
        )
        for row in block.rows
    )
    return replace(block, rows=changed)


def _cut(line: Line, room: int) -> Iterator[Line]:
    found: list[Run] = []
    size = 0
    for run in line:
        for word in run.text.split():
            if found and size + len(word) >= room:
                yield tuple(found)
                found, size = [], 0
            found += [Run(" "), replace(run, text=word)] if found else [replace(run, text=word)]
            size += len(word) + 1
    if found:
        yield tuple(found)


def _filled(grid: Sequence[Row], room: int) -> frozenset[int] | None:
    """The columns to fill so that the table fits; the widest come first.  None if nothing helps."""
    natural = _natural(grid)
    filled: set[int] = set()
    while _least(natural, filled) > room:
        wide = [column for column in range(len(natural)) if column not in filled and natural[column] > _LEAST]
        if not wide:
            return None
        filled.add(max(wide, key=lambda column: natural[column]))
    return frozenset(filled)


def _natural(grid: Sequence[Row]) -> list[int]:
    """The width of each column when no cell is filled."""
    return [
        max((slot.width for slot in slots if isinstance(slot, Text) and slot.columns == 1), default=0)
        for slots in zip(*(row.slots for row in grid), strict=True)
    ]


def _least(natural: Sequence[int], filled: set[int]) -> int:
    widths = (_LEAST if column in filled else width for column, width in enumerate(natural))
    return sum(widths) + _BETWEEN * (len(natural) - 1)


def _share(grid: Sequence[Row], filled: frozenset[int], room: int) -> int:
    """The width that a filled column has at least."""
    if not filled:
        return room
    natural = _natural(grid)
    fixed = sum(width for column, width in enumerate(natural) if column not in filled)
    return max((room - fixed - _BETWEEN * (len(natural) - 1)) // len(filled), _LEAST)


def _formats(grid: Sequence[Row], filled: frozenset[int], boxed: bool) -> list[str]:
    """A format for each row; the last stands for all that follow."""
    between = " | " if boxed else " "
    formats = [between.join(_keys(row, filled)).replace(" | s", " s") for row in grid]
    while len(formats) > 1 and formats[-1] == formats[-2]:
        formats.pop()
    formats[-1] += "."
    return formats


def _keys(row: Row, filled: frozenset[int]) -> Iterator[str]:
    for column, slot in enumerate(row.slots):
        if slot in (Cover.RIGHT, Cover.BELOW):
            yield slot.value
        else:
            yield f"l{'b' if row.head else ''}{'x' if column in filled else ''}"


def _data(grid: Sequence[Row], filled: frozenset[int], share: int, boxed: bool) -> Iterator[str]:
    for number, row in enumerate(grid):
        head_ends = number and grid[number - 1].head and not row.head
        if head_ends or (boxed and number and row.first):
            yield "_"
        # A column covered from the left has no entry, one covered from above has an empty one.
        yield "\t".join(
            _cell(slot, share if column in filled else None, row.head)
            for column, slot in enumerate(row.slots)
            if slot is not Cover.RIGHT
        )


def _cell(slot: Slot, share: int | None, head: bool) -> str:
    if not isinstance(slot, Text):
        return ""
    around = Font.BOLD if head else Font.ROMAN
    if share is not None and slot.width > share and slot.columns == 1:
        return "T{\n" + "\n".join(escaped_lines(slot.line, share, around)) + "\nT}"
    return _guarded(fonts.inset(slot.line, around))


def _guarded(text: str) -> str:
    """A cell that tbl(1) does not take for a line, a text block or a request."""
    return rf"\&{text}" if text in ("_", "=", "T{") or text.startswith((".", "'")) else text
