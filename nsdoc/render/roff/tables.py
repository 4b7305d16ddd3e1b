"""Tables for tbl(1): no box unless the author asks for one; long cells are filled and share what is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nsdoc.render.roff import fonts
from nsdoc.render.roff.grid import Cover, Row, Slot, Text
from nsdoc.render.roff.layout import Layout, layout
from nsdoc.render.roff.lines import escaped_lines
from nsdoc.render.roff.model import Block, Break, Cell, Font, Inline, Item, Line, Para, Run, Table, Tagged

# What the lines of a box take at the left and at the right.
_BOX = 4


def table(block: Table, room: int) -> list[str] | None:
    """The lines of a table, .TS and .TE included; None if it cannot fit into `room` columns."""
    plan = layout(block, room - (_BOX if block.boxed else 0))
    if plan is None:
        return None
    options = ["box;"] if block.boxed else []
    text = [".TS", *options, *_formats(plan, block.boxed), *_data(plan, block.boxed), ".TE"]
    # groff 1.22 complains of a table at the end of what it takes for a page, also on a terminal.
    kept = [f".if n .ne {_height(plan) + text.count('_') + 2}", *text]
    # Narrow columns of filled text look torn when both margins are straight.
    return [".ad l", *kept, ".ad"] if plan.filled else kept


def _height(plan: Layout) -> int:
    """About how many lines the rows take on the narrowest terminal."""
    return sum(max(_lines(slot, column, plan) for column, slot in enumerate(row.slots)) for row in plan.rows)


def _lines(slot: Slot, column: int, plan: Layout) -> int:
    if not isinstance(slot, Text) or column not in plan.filled or slot.columns > 1:
        return 1
    return 1 + 3 * slot.width // (2 * plan.widths[column])


def as_list(block: Table) -> tuple[Block, ...]:
    """A table too wide for a terminal as a list: the first cell of each row, then the others, headed."""
    heads = [_head(block, column) for column in range(len(block.widths))]
    items = []
    used: set[int] = set()
    for row in block.rows[block.heads :]:
        cells = [(column, cell) for column, cell in enumerate(row) if cell is not None and cell.lines]
        used |= {column for column, _ in cells}
        if cells:
            items.append(_item([(heads[column], cell) for column, cell in cells]))
    idle = [Item((_italic(head),), ()) for column, head in enumerate(heads) if head and column not in used]
    return (Tagged((*idle, *items)),) if idle or items else ()


def _item(cells: Sequence[tuple[Line, Cell]]) -> Item:
    head, first = cells[0]
    term = (*_italic(head), *([Run(" ")] if head else []), *_joined(first))
    return Item((term,), tuple(_entries(cells[1:])))


def _entries(cells: Sequence[tuple[Line, Cell]]) -> Iterator[Block]:
    if any(head for head, _ in cells):
        none = (Run("\u2014"),)
        yield Tagged(tuple(Item((_italic(head) or none,), (_para(cell),)) for head, cell in cells))
    else:
        yield from (_para(cell) for _, cell in cells)


def _para(cell: Cell) -> Para:
    parts: list[Inline] = []
    for line in cell.lines:
        parts += [*line, Break()]
    return Para(tuple(parts[:-1]))


def _joined(cell: Cell) -> Line:
    return tuple(run for line in cell.lines for run in (*line, Run(" ")))[:-1]


def _italic(line: Line) -> Line:
    return tuple(replace(run, font=Font.ITALIC) for run in line)


def _head(block: Table, column: int) -> Line:
    """The heading of a column, whichever cells it is made of."""
    found: list[Run] = []
    for row in block.rows[: block.heads]:
        left = next((place for place in range(column, -1, -1) if row[place] is not None), 0)
        cell = row[left]
        if cell is not None and left + cell.columns > column:
            found += [Run(" "), *_joined(cell)]
    return tuple(found[1:])


def _formats(plan: Layout, boxed: bool) -> list[str]:
    """A format for each row; the last stands for all that follow."""
    between = " | " if boxed else " "
    formats = [between.join(_keys(plan, row)).replace(" | s", " s") for row in plan.rows]
    while len(formats) > 1 and formats[-1] == formats[-2]:
        formats.pop()
    formats[-1] += "."
    return formats


def _keys(plan: Layout, row: Row) -> Iterator[str]:
    for column, slot in enumerate(row.slots):
        if slot in (Cover.RIGHT, Cover.BELOW):
            yield slot.value
        else:
            yield f"l{'b' if row.head else ''}{_width(plan, column)}"


def _width(plan: Layout, column: int) -> str:
    if column in plan.filled:
        return "x"
    return f"w({plan.widths[column]}n)" if column in plan.stretched else ""


def _data(plan: Layout, boxed: bool) -> Iterator[str]:
    for number, row in enumerate(plan.rows):
        head_ends = number and plan.rows[number - 1].head and not row.head
        if head_ends or (boxed and number and row.first):
            yield "_"
        # A column covered from the left has no entry, one covered from above has an empty one.
        shown = [(column, slot) for column, slot in enumerate(row.slots) if slot is not Cover.RIGHT]
        yield "\t".join(_cell(slot, column, plan, row.head) for column, slot in shown)


def _cell(slot: Slot, column: int, plan: Layout, head: bool) -> str:
    if not isinstance(slot, Text):
        return ""
    around = Font.BOLD if head else Font.ROMAN
    if column in plan.filled and slot.columns == 1 and slot.width > plan.widths[column]:
        return "T{\n" + "\n".join(escaped_lines(slot.line, plan.widths[column], around)) + "\nT}"
    return _guarded(fonts.inset(slot.line, around))


def _guarded(text: str) -> str:
    """A cell that tbl(1) does not take for a line, a text block or a request."""
    return rf"\&{text}" if text in ("_", "=", "T{") or text.startswith((".", "'")) else text
