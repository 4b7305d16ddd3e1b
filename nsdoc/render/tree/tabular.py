"""From table nodes to tables: the cells at their places, whatever they cover."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from docutils import nodes

from nsdoc.render.roff.model import (
    Block,
    Break,
    Cell,
    Example,
    Font,
    Indented,
    Item,
    Line,
    Listing,
    Para,
    Run,
    Source,
    Synopsis,
    Table,
    Tagged,
    Verse,
)
from nsdoc.render.roff.words import plain
from nsdoc.render.tree.media import Media
from nsdoc.render.tree.style import Style


class Tabular(Media):
    """Reads tables."""

    def block_table(self, node: nodes.Element) -> Iterable[Block]:
        for child in node.children:
            if isinstance(child, nodes.title):
                yield Para(self.inlines(child, Style(Font.ITALIC)))
            elif isinstance(child, nodes.tgroup):
                yield self._table(child, "boxed" in node.get("classes", []))

    def _table(self, group: nodes.Element, boxed: bool) -> Table:
        specs = [child for child in group.children if isinstance(child, nodes.colspec)]
        widths = tuple(int(spec["colwidth"]) for spec in specs)
        heads = [row for part in group.children if isinstance(part, nodes.thead) for row in part.children]
        rows = [row for part in group.children if isinstance(part, nodes.tbody) for row in part.children]
        grid: list[list[Cell | None]] = [[] for _ in (*heads, *rows)]
        taken: set[tuple[int, int]] = set()
        for number, row in enumerate((*heads, *rows)):
            grid[number] = list(self._row(row, number, len(widths), taken))
        return Table(tuple(map(tuple, grid)), len(heads), widths, boxed)

    def _row(
        self, row: nodes.Node, number: int, columns: int, taken: set[tuple[int, int]]
    ) -> Iterator[Cell | None]:
        entries = iter(row.children)
        for place in range(columns):
            if (number, place) in taken:
                yield None
                continue
            entry = next(entries, None)
            cell = self._cell(entry) if isinstance(entry, nodes.Element) else Cell(())
            taken |= _covered(cell, number, place)
            yield cell

    def _cell(self, entry: nodes.Element) -> Cell:
        lines = tuple(line for child in entry.children for line in self._cell_lines(child))
        return Cell(lines, int(entry.get("morecols", 0)) + 1, int(entry.get("morerows", 0)) + 1)

    def _cell_lines(self, node: nodes.Node) -> Iterator[Line]:
        """The lines of a cell: tbl(1) knows no paragraphs and no lists, but a row can have several lines."""
        yield from (line for block in self.block(node) for line in lines_of(block))


def lines_of(block: Block) -> Iterator[Line]:
    """A block as lines, the marks of a list before its items."""
    match block:
        case Para():
            yield from _broken(block)
        case Example() | Synopsis():
            yield from block.lines
        case Table():
            yield from map(_side_by_side, block.rows)
        case Source():
            yield from ((Run(line, exact=True),) for line in block.lines)
        case Verse():
            yield from ((Run("\u00a0" * columns), *plain(line)) for columns, line in block.lines)
        case Listing() | Tagged():
            for item in block.items:
                yield from _marked(item)
        case Indented():
            yield from (line for part in block.body for line in lines_of(part))
        case _:
            raise TypeError(f"no lines for {type(block).__name__}")


def _broken(block: Para) -> Iterator[Line]:
    """A paragraph, divided where it has a line break."""
    line: list[Run] = []
    for part in (*block.inlines, Break()):
        if isinstance(part, Break):
            yield tuple(line)
            line = []
        else:
            line += plain([part])


def _marked(item: Item) -> Iterator[Line]:
    mark = tuple(run for line in item.marks for run in (*line, Run("\u00a0")))
    body = [line for block in item.body for line in lines_of(block)]
    yield (*mark, *body[0]) if body else mark
    yield from body[1:]


def _side_by_side(row: tuple[Cell | None, ...]) -> Line:
    """A row of a table inside a cell: tbl(1) has none, but the words can stand on a line."""
    lines = [line for cell in row if cell is not None for line in cell.lines]
    return tuple(run for line in lines for run in (*line, Run("\u00a0\u00a0")))[:-1]


def _covered(cell: Cell, row: int, column: int) -> set[tuple[int, int]]:
    return {(row + down, column + right) for down in range(cell.rows) for right in range(cell.columns)}
