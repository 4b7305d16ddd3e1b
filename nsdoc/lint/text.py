"""Running text as it is written: which characters of it are plain, and where each stands in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docutils import nodes
from docutils.utils import escape2null, unescape

from nsdoc.lint.finding import Edit
from nsdoc.page import Place

# Of the two colons before a literal block, docutils shows one, and none after a blank.
_LITERAL_FOLLOWS = re.compile(r"\s+::$|(?<=:):$")

# A blank after a backslash only ends markup, and a no-break space belongs to its word.
_BETWEEN_BLANKS = re.compile(r"(?:\\\s|[^ \t\r\n\f\v])+")

# What stands for a footnote that is numbered later.
_NUMBER = "1"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: the characters from `start` up to `end`, and what a reader sees of them.

    `node` is the inline markup they are, None for plain characters.
    """

    start: int
    end: int
    shown: str
    node: nodes.Element | None


@dataclass(frozen=True, slots=True)
class Token:
    """What stands between two blanks, with its markup; `shown` is what a reader sees of it.

    `newline` tells whether a line ends after it, `plain` whether it has no markup in it,
    `marked_end` whether its last character is markup.
    """

    start: int
    end: int
    shown: str
    newline: bool
    plain: bool
    marked_end: bool


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph, a term or a heading.

    `raw` is its text without indentation, in which a line ends with a newline.
    `columns` has for each of its lines the column at which it starts in the file;
    None where the text does not stand there as it was read (in a table, or taken in from elsewhere),
    and then nothing in it can be edited.
    """

    node: nodes.TextElement
    place: Place
    raw: str
    pieces: tuple[Piece, ...]
    columns: tuple[int, ...] | None

    @property
    def rows(self) -> list[str]:
        """The lines of the text."""
        return self.raw.split("\n")

    def at(self, offset: int) -> Place:
        """The place of a character."""
        return Place(self.place.file, self.place.line + self.raw.count("\n", 0, offset))

    def edit(self, start: int, end: int, text: str) -> tuple[Edit, ...]:
        """The edit that puts `text` in the place of some characters of one line; none if it cannot be."""
        if self.columns is None or "\n" in self.raw[start:end]:
            return ()
        row = self.raw.count("\n", 0, start)
        column = self.columns[row] + start - (self.raw.rfind("\n", 0, start) + 1)
        return (Edit(self.place.line + row, column, column + end - start, text),)

    def broken_at(self, start: int, end: int) -> tuple[Edit, ...]:
        """The edit that ends the line in the place of the blanks from `start` up to `end`."""
        if self.columns is None:
            return ()
        margin = self.columns[1] if len(self.columns) > 1 else self.columns[0]
        return self.edit(start, end, "\n" + " " * margin)

    def tokens(self) -> list[Token]:
        """The text in words, markup being part of the word it touches."""
        found: list[Token] = []
        for start, end in self._spans():
            inside = [piece for piece in self.pieces if piece.start < end and start < piece.end]
            marks = [piece for piece in inside if piece.node is not None]
            shown = "".join(
                piece.shown if piece.node is not None else _cut(self.raw, piece, start, end)
                for piece in inside
            )
            newline = bool(re.match(r"[^\S\n]*\n", self.raw[end:]))
            marked_end = bool(inside) and inside[-1].node is not None
            found.append(Token(start, end, shown, newline, not marks, marked_end))
        return found

    def _spans(self) -> Iterator[tuple[int, int]]:
        covered = list(self.raw)
        for piece in self.pieces:
            if piece.node is not None:
                covered[piece.start : piece.end] = "x" * (piece.end - piece.start)
        yield from (match.span() for match in _BETWEEN_BLANKS.finditer("".join(covered)))


def _cut(raw: str, piece: Piece, start: int, end: int) -> str:
    return _as_shown(raw[max(piece.start, start) : min(piece.end, end)])


def prose(node: nodes.TextElement, place: Place, rows: Sequence[str]) -> Prose | None:
    """The text of a node whose first line stands at `place`; None where its markup cannot be followed.

    `rows` are the lines of that file, none if nothing in it can be edited.
    """
    raw = node.rawsource
    if isinstance(node, nodes.paragraph):
        raw = _LITERAL_FOLLOWS.sub("", raw)
    pieces = _pieces(node, raw)
    if pieces is None:
        return None
    return Prose(node, place, raw, tuple(pieces), _columns(raw, place, rows))


def _columns(raw: str, place: Place, rows: Sequence[str]) -> tuple[int, ...] | None:
    columns: list[int] = []
    for number, text in enumerate(raw.split("\n"), place.line - 1):
        row = rows[number].rstrip() if number < len(rows) else ""
        start = row.rfind(text) if number - place.line + 2 == len(raw.split("\n")) else len(row) - len(text)
        if not text or start < 0 or row[start : start + len(text)] != text:
            return None
        columns.append(start)
    return tuple(columns) if len(set(columns[1:])) <= 1 else None


def _pieces(node: nodes.TextElement, raw: str) -> list[Piece] | None:
    """The plain and the marked parts of `raw`, found by the inline nodes that docutils made of it."""
    found: list[Piece] = []
    position, waiting = 0, ""
    for child in node.children:
        if isinstance(child, nodes.Text):
            waiting += child.astext()
        elif isinstance(child, nodes.target) and not child.children:
            continue  # The address within a reference, of which it is a part.
        elif not isinstance(child, nodes.Element) or not child.rawsource:
            return None
        else:
            start = _start_of(child.rawsource, raw, position, waiting)
            if start is None:
                return None
            end = start + len(child.rawsource)
            found += _plain(position, start, waiting)
            # Of a role that is not known, docutils shows the backquotes as well.
            found.append(Piece(start, end, child.astext().strip("`") or _NUMBER, child))
            position, waiting = end, ""
    if _as_shown(raw[position:]) != waiting:
        return None
    return [*found, *_plain(position, len(raw), waiting)]


def _start_of(markup: str, raw: str, position: int, before: str) -> int | None:
    """Where `markup` stands in `raw` such that what is shown from `position` up to it is `before`."""
    start = raw.find(markup, position)
    while start >= 0:
        if _as_shown(raw[position:start]) == before:
            return start
        start = raw.find(markup, start + 1)
    return None


def _plain(start: int, end: int, shown: str) -> list[Piece]:
    return [Piece(start, end, shown, None)] if end > start else []


def _as_shown(raw: str) -> str:
    return str(unescape(escape2null(raw)))
