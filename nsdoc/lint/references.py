"""References to manual pages: that they lead somewhere, and the order of those under SEE ALSO."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from docutils import nodes

from nsdoc.lint.finding import Edit, Finding, find
from nsdoc.lint.known import KnownPages
from nsdoc.lint.rule import Rule
from nsdoc.lint.source import Source
from nsdoc.lint.text import Piece, Prose

_PAGE = re.compile(r"(?P<name>[^\s()]+)\((?P<section>[0-9][0-9a-z]*)\)")
# What docutils lets stand directly before and after inline markup.
_PLAIN = re.compile(
    r"(?:(?<=[\s(\[\"'/:-])|^)(?P<page>[A-Za-z_][\w.+-]*\([1-9][a-z]*\))(?=[\s)\]\"'.,;:!?/-]|$)"
)
# What follows a name in bold, as other programs write a reference: **clone**\ (2).
_SECTION = re.compile(r"\\ (\([1-9][a-z]*\))(?=[\s)\]\"'.,;:!?/-]|$)")
_BETWEEN = re.compile(r"[\s,.]*(?:and\s+)?")


def check(source: Source, known: KnownPages) -> Iterator[Finding]:
    """What is wrong with the references of a source."""
    for prose in source.prose:
        for piece in prose.pieces:
            if _is_reference(piece):
                yield from _leads_somewhere(prose, piece, known)
            elif not isinstance(prose.node, nodes.title):
                yield from _unmarked(source, prose, piece, known)
    if source.page is not None:
        yield from _see_also(source)


def _is_reference(piece: Piece) -> bool:
    return piece.node is not None and "manpage" in piece.node.get("classes", ())


def _leads_somewhere(prose: Prose, piece: Piece, known: KnownPages) -> Iterator[Finding]:
    found = _PAGE.fullmatch(piece.shown)
    place = prose.at(piece.start)
    if found is None:
        message = f'"{piece.shown}" is no reference to a manual page'
        yield find(place, Rule.BAD_REFERENCE, message, "name(section), such as clone(2)")
    elif not known.has(found["name"], found["section"]):
        message = f"there is no page {piece.shown}"
        hint = "a page of this project or of man-pages, or one that is installed here"
        yield find(place, Rule.UNKNOWN_PAGE, message, hint)


def _unmarked(source: Source, prose: Prose, piece: Piece, known: KnownPages) -> Iterator[Finding]:
    """A page that exists, named without the role; the page's own name is no reference."""
    for start, end, text in _named(prose, piece):
        page = _PAGE.fullmatch(text)
        if page is None or text == source.title or not known.has(page["name"], page["section"]):
            continue
        role = f":manpage:`{text}`"
        message = f"{text} is a reference without its role"
        edits = prose.edit(start, end, role)
        yield find(prose.at(start), Rule.PLAIN_REFERENCE, message, role, edits)


def _named(prose: Prose, piece: Piece) -> Iterator[tuple[int, int, str]]:
    """Where a page may be named, from where to where, and what a reader sees of it."""
    if piece.node is None:
        for found in _PLAIN.finditer(prose.raw, piece.start, piece.end):
            yield (*found.span("page"), found["page"])
    elif isinstance(piece.node, nodes.strong):
        section = _SECTION.match(prose.raw, piece.end)
        if section:
            yield piece.start, section.end(), f"{piece.shown}{section[1]}"


# SEE ALSO


@dataclass(frozen=True, slots=True)
class _Entry:
    prose: Prose
    piece: Piece

    @property
    def text(self) -> str:
        return self.piece.shown

    @property
    def key(self) -> tuple[str, str, str]:
        """By section, then by name, in the order of a dictionary."""
        name, _, section = self.text.rstrip(")").rpartition("(")
        return section, name.casefold(), name


def _see_also(source: Source) -> Iterator[Finding]:
    lists = [prose for prose in source.below("SEE ALSO") if _is_list(prose)]
    entries = [_Entry(prose, piece) for prose in lists for piece in prose.pieces if _is_reference(piece)]
    yield from _unsorted(entries)
    yield from _superfluous(source, entries)
    for prose in lists:
        if prose.raw.endswith("."):
            edits = prose.edit(len(prose.raw) - 1, len(prose.raw), "")
            yield find(
                prose.at(len(prose.raw)), Rule.SEE_ALSO_ENTRY, "the list ends in a full stop", "none", edits
            )


def _is_list(prose: Prose) -> bool:
    """Whether a paragraph holds nothing but references and what separates them."""
    rest = (piece for piece in prose.pieces if not _is_reference(piece))
    return all(
        piece.node is None and _BETWEEN.fullmatch(prose.raw[piece.start : piece.end]) for piece in rest
    )


def _unsorted(entries: list[_Entry]) -> Iterator[Finding]:
    wrong = next((pair for pair in pairwise(entries) if pair[0].key > pair[1].key), None)
    if wrong is None:
        return
    edits: list[Edit] = []
    for place, entry in zip(entries, sorted(entries, key=lambda entry: entry.key), strict=True):
        if place.piece.node is not entry.piece.node:
            made = place.prose.edit(place.piece.start, place.piece.end, _written(entry))
            edits += made
            if not made:
                edits.clear()
                break
    before, after = wrong
    message = f"{after.text} stands after {before.text}"
    place_of = after.prose.at(after.piece.start)
    yield find(place_of, Rule.SEE_ALSO_ORDER, message, "an order by section, then by name", edits)


def _written(entry: _Entry) -> str:
    return entry.prose.raw[entry.piece.start : entry.piece.end]


def _superfluous(source: Source, entries: list[_Entry]) -> Iterator[Finding]:
    seen: set[str] = set()
    for entry in entries:
        place = entry.prose.at(entry.piece.start)
        if entry.text == source.title:
            yield find(place, Rule.SEE_ALSO_ENTRY, f"{entry.text} is this page", "other pages")
        elif entry.text in seen:
            yield find(place, Rule.SEE_ALSO_ENTRY, f"{entry.text} stands there twice", "each page once")
        seen.add(entry.text)
