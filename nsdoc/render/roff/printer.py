"""The printer: a page model as man(7) source.

It alone knows macros, spacing and indentation.
What it writes follows man-pages(7) and groff_man(7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import singledispatchmethod

from nsdoc.render.roff import escape, fonts, lines, tables
from nsdoc.render.roff.model import (
    Block,
    Example,
    Font,
    Header,
    Indented,
    Item,
    Line,
    Listing,
    ManPage,
    Para,
    Run,
    Section,
    Source,
    Synopsis,
    Table,
    Tagged,
    Verse,
)
from nsdoc.render.roff.words import plain, words

# The narrowest terminal that pages are checked on, less the margins of man(7).
_NARROWEST = 60 - 7
# Below this width, deeper text moves to the right by a column only.
_NARROW = 30
_TAG = 7


def print_page(page: ManPage) -> str:
    """The source of `page`, pure ASCII, each line ended by a newline."""
    body = Printer().printed(page.body)
    top = [rf".\" {_comment(text)}".rstrip() for text in page.comments]
    if any(line == ".TS" for line in body):
        # Tells man(1) to run tbl(1) first.
        top.insert(0, "'\\\" t")
    return "\n".join([*top, title_line(page.header), *body]) + "\n"


def print_blocks(body: Sequence[Block]) -> str:
    """The source of some blocks, for pasting into a page; each line ended by a newline."""
    return "".join(f"{line}\n" for line in Printer().printed(body))


def title_line(header: Header) -> str:
    """The .TH line: four arguments, or five where the page names its manual."""
    fields = [header.name, header.section, header.date, header.source, header.manual]
    while len(fields) > 2 and not fields[-1]:
        fields.pop()
    dated = [field if place == 2 else escape.phrase(field) for place, field in enumerate(fields)]
    return " ".join([".TH", *map(escape.argument, dated)])


class Printer:
    """Prints blocks in order, and remembers what the next paragraph needs before it."""

    def __init__(self) -> None:
        self._out: list[str] = []
        # Just after a heading, a term or a mark, a paragraph macro would make an empty paragraph.
        self._fresh = True
        # The columns of the item around, 0 outside of lists, and what .TP moves by if nothing is said.
        self._item = 0
        self._indent = _TAG
        self._room = _NARROWEST

    def printed(self, body: Iterable[Block]) -> list[str]:
        """The lines of `body`, one string a line."""
        self._all(body)
        return "\n".join(self._out).split("\n") if self._out else []

    def _all(self, body: Iterable[Block]) -> None:
        for block in body:
            self._print(block)

    @singledispatchmethod
    def _print(self, block: Block) -> None:
        raise TypeError(f"no way to print {type(block).__name__}")

    @_print.register
    def _(self, block: Section) -> None:
        if block.level > 2:
            self._subheading(block)
            return
        title = fonts.inset(_unbold(block.title), Font.BOLD, self._room // 2).replace('"', r"\[dq]") or r"\&"
        heading = f".{'SH' if block.level == 1 else 'SS'} {title}"
        self._out += [".ad l", heading, ".ad"] if lines.is_wide(words(block.title), self._room) else [heading]
        self._fresh, self._indent = True, _TAG
        self._all(block.body)

    def _subheading(self, block: Section) -> None:
        """Below .SS man(7) has no heading; a bold line with its text set in stands for one."""
        title = lines.paragraph(_bold(block.title), self._room)
        if title:
            self._open()
            self._out.extend(title)
        with self._inside(4):
            self._fresh = True
            self._all(block.body)

    @_print.register
    def _(self, block: Para) -> None:
        text = lines.paragraph(block.inlines, self._room)
        if text:
            self._open()
            self._out.extend(text)

    @_print.register
    def _(self, block: Tagged) -> None:
        def tagged(item: Item, _: bool) -> None:
            text: list[str] = []
            start = ".TP" if columns == self._indent else f".TP {columns}"
            for mark in item.marks:
                text += [start, fonts.single(mark, max(room // 2, 4))]
                start = ".TQ"
            wide = any(lines.is_wide(words(mark), room) for mark in item.marks)
            self._out += [".ad l", *text, ".ad"] if wide else text

        columns = _TAG if self._room > _NARROW else 1
        room = self._room
        self._list(block.items, tagged, columns)

    @_print.register
    def _(self, block: Listing) -> None:
        def marked(item: Item, first: bool) -> None:
            mark = escape.argument(fonts.inset(item.marks[0]))
            self._out.append(f".IP {mark} {block.width + 2}" if first else f".IP {mark}")

        self._list(block.items, marked, block.width + 2)

    def _list(self, items: Sequence[Item], start: Callable[[Item, bool], None], columns: int) -> None:
        """Each item after its mark; inside an item, a list stands in a margin of its own."""
        if self._item:
            with self._inside(self._item):
                self._list(items, start, columns)
            return
        self._room -= columns
        for place, item in enumerate(items):
            start(item, place == 0)
            self._item, self._fresh, self._indent = columns, True, columns
            self._all(item.body)
        self._room += columns
        self._item, self._fresh = 0, False

    @contextmanager
    def _inside(self, columns: int) -> Iterator[None]:
        """A margin further to the right."""
        columns = columns if self._room > _NARROW else 1
        item, room, indent, fresh = self._item, self._room, self._indent, self._fresh
        self._out.append(".RS" if columns == _TAG == self._item else f".RS {columns}")
        self._item, self._room, self._indent = 0, room - columns, _TAG
        start = len(self._out)
        yield
        if len(self._out) == start:
            self._out.pop()
        else:
            self._out.append(".RE")
            fresh = False
        self._item, self._room, self._indent, self._fresh = item, room, indent, fresh

    @_print.register
    def _(self, block: Indented) -> None:
        outer = self._item
        with self._inside(block.columns + outer):
            self._all(block.body)

    @_print.register
    def _(self, block: Example) -> None:
        # man-pages(7), "Indentation of structure definitions, shell session logs, and so on".
        text = (fonts.unbroken(line) if line else "" for line in block.lines)
        self._set(".in +4n", ".EX", *text, ".EE", ".in")

    @_print.register
    def _(self, block: Synopsis) -> None:
        text: list[str] = []
        for line in block.lines:
            if line or text[-1:] not in ([], [".PP"]):
                text.append(fonts.unbroken(line) if line else ".PP")
        self._set(".nf", *text, ".fi")

    @_print.register
    def _(self, block: Verse) -> None:
        text: list[str] = []
        for columns, line in block.lines:
            runs = tuple(plain(line))
            text.append(fonts.unbroken((Run(" " * columns), *runs)) if runs else "")
        self._set(".nf", *text, ".fi")

    @_print.register
    def _(self, block: Table) -> None:
        if not any(cell and cell.lines for row in block.rows for cell in row):
            return
        text = tables.table(block, self._room)
        if text is None:
            self._all(tables.as_list(block))
        else:
            self._set(*text)

    @_print.register
    def _(self, block: Source) -> None:
        if not block.lines[0].startswith((".", "'")):
            self._open()
        self._out.extend(map(escape.ascii_only, block.lines))
        self._fresh = False

    def _set(self, *text: str) -> None:
        self._open()
        self._out.extend(text)

    def _open(self) -> None:
        """Begin a paragraph, unless one is begun already."""
        if not self._fresh:
            self._out.append(".IP" if self._item else ".PP")
            self._indent = self._item or _TAG
        self._fresh = False


def _bold(title: Line) -> Line:
    return tuple(replace(run, font=Font.BOLD) if run.font is Font.ROMAN else run for run in title)


def _unbold(title: Line) -> Line:
    """A heading is bold by itself: what was bold in it no longer differs."""
    return tuple(replace(run, font=Font.ROMAN) if run.font is Font.BOLD else run for run in title)


def _comment(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()
