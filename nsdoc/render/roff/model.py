"""A man page as values: what it says, and nothing of how roff says it.

Text is kept as the author wrote it;
a newline in a run is a line of the source, and the printer keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Font(StrEnum):
    """The three fonts of man(7), by the letter of their macro."""

    ROMAN = "R"
    BOLD = "B"
    ITALIC = "I"


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one font.

    `exact` text is meant for a machine:
    each ``-`` is a minus, each quote is straight, and no word is hyphenated.
    """

    text: str
    font: Font = Font.ROMAN
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads out of the manual; `target` is a URL, ``mailto:`` included."""

    target: str
    text: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Break:
    """An end of line that stays one when the paragraph is filled."""


Inline = Run | Link | Break
Line = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph."""

    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list: the terms or the one mark that stand before it, and its body."""

    marks: tuple[Line, ...]
    body: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Tagged:
    """A list whose items are found by their terms: options, errors, variables."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of bullets or numbers; `width` counts the columns of the widest mark."""

    items: tuple[Item, ...]
    width: int


@dataclass(frozen=True, slots=True)
class Example:
    """Lines shown as they stand, set off from the text."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Verse:
    """Lines that are not filled but stand in the text; each with its indentation in columns."""

    lines: tuple[tuple[int, tuple[Inline, ...]], ...]


@dataclass(frozen=True, slots=True)
class Synopsis:
    """Prototypes and directives, as the SYNOPSIS heading shows them; an empty line sets groups apart."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its lines, and how many columns and rows it covers."""

    lines: tuple[Line, ...]
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    `rows` holds every cell at its place; None is a place that another cell covers.
    The first `heads` rows are headings.  `widths` are the relative widths of the source.
    """

    rows: tuple[tuple[Cell | None, ...], ...]
    heads: int
    widths: tuple[int, ...]
    boxed: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Lines of man(7) source, which the author wrote for this page and for no other output."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indented:
    """Blocks moved to the right, such as a quotation."""

    body: tuple[Block, ...]
    columns: int = 4


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its text; `level` is 1 for .SH and 2 for .SS, deeper ones have no macro."""

    title: Line
    level: int
    body: tuple[Block, ...]


Block = Para | Tagged | Listing | Example | Verse | Synopsis | Table | Source | Indented | Section


@dataclass(frozen=True, slots=True)
class Header:
    """What the title line says; a `date` is written ``2026-03-01``, and nothing stands for none."""

    name: str
    section: str
    date: str = ""
    source: str = ""
    manual: str = ""


@dataclass(frozen=True, slots=True)
class ManPage:
    """A whole page; `comments` stand above the title line, one string a line."""

    header: Header
    body: tuple[Block, ...]
    comments: tuple[str, ...] = ()
