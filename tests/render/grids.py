"""Tables with cells that may cover several columns or rows, for hypothesis."""

from __future__ import annotations

from docutils import nodes
from hypothesis import strategies as st

from tests.render.inlines import INLINES


def tables(cells: st.SearchStrategy[nodes.Element]) -> st.SearchStrategy[nodes.Element]:
    """Tables; what stands in their cells is drawn from `cells`."""

    @st.composite
    def table(draw: st.DrawFn) -> nodes.Element:
        columns, count = draw(st.integers(1, 5)), draw(st.integers(1, 4))
        heads = draw(st.integers(0, 1)) if count > 1 else 0
        taken: set[tuple[int, int]] = set()
        rows = []
        for row in range(count):
            last = heads - 1 if row < heads else count - 1
            rows.append(draw(_row(row, last, columns, taken, cells)))
        group = nodes.tgroup("", *(nodes.colspec(colwidth=10) for _ in range(columns)), cols=columns)
        if heads:
            group += nodes.thead("", *rows[:heads])
        group += nodes.tbody("", *rows[heads:])
        title = [nodes.title("", "", *draw(INLINES))] if draw(st.booleans()) else []
        return nodes.table("", *title, group, classes=draw(st.sampled_from([[], ["boxed"]])))

    # A function of its own without arguments: hypothesis would write them out, at great length.
    return table()


@st.composite
def _row(
    draw: st.DrawFn,
    row: int,
    last: int,
    columns: int,
    taken: set[tuple[int, int]],
    cells: st.SearchStrategy[nodes.Element],
) -> nodes.Element:
    """One row; places that a cell above has `taken` are left out, and those that this row takes are added."""
    entries = []
    for column in range(columns):
        if (row, column) in taken:
            continue
        free = 1
        while column + free < columns and (row, column + free) not in taken:
            free += 1
        width = draw(st.integers(1, free)) if draw(st.booleans()) else 1
        height = draw(st.integers(1, last - row + 1)) if draw(st.booleans()) else 1
        taken |= {(row + down, column + right) for down in range(height) for right in range(width)}
        body = draw(st.lists(cells, max_size=2))
        entries.append(nodes.entry("", *body, morecols=width - 1, morerows=height - 1))
    return nodes.row("", *entries)
