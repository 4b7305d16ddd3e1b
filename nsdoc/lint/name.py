"""What stands under NAME, and the date of a page: what whatis(1) and the header of the page are made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

from docutils import nodes

from nsdoc.lint.finding import Edit, Finding, find
from nsdoc.lint.rule import Rule
from nsdoc.lint.source import Source
from nsdoc.lint.text import Prose

_LINE = re.compile(r"(?P<names>.+?)\s+(?:\\?-|\u2013|\u2014)\s+(?P<purpose>.+)", re.DOTALL)
# Words that are no names, and so have no capital where they begin the line.
_USUAL = frozenset("A An The Access Check Convert Create Get List Make Manage Print Run Set Show".split())
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d %B %Y", "%B %d, %Y", "%d %b %Y", "%b %d, %Y")


def check(source: Source) -> Iterator[Finding]:
    """What is wrong with the line under NAME, and with the date of a manual page."""
    if source.page is not None:
        yield from _line(source, source.page[0])
        yield from _date(source)


def _line(source: Source, name: str) -> Iterator[Finding]:
    # Of a line that has another form the reader of sources complains: nsdoc.no-name-heading.
    for prose in source.below("NAME"):
        found = _LINE.fullmatch("".join(piece.shown for piece in prose.pieces))
        if found is None:
            continue
        yield from _names(prose, [one.strip() for one in found["names"].split(",")], name)
        first = found["purpose"].split()[0]
        if first in _USUAL:
            message = f'"{first}" begins in a capital'
            yield find(prose.place, Rule.NAME_LINE, message, "words in lowercase")
        if found["purpose"].endswith("."):
            edits = prose.edit(len(prose.raw) - 1, len(prose.raw), "")
            yield find(prose.place, Rule.NAME_LINE, "the line ends in a full stop", "none", edits)


def _names(prose: Prose, names: list[str], title: str) -> Iterator[Finding]:
    if names[0] != title:
        hint = f"{title}, as in the title"
        yield find(prose.place, Rule.NAME_LINE, f"the first name is {names[0]}", hint)
    for one in names:
        if len(one.split()) != 1:
            hint = "names without blanks in them, separated by commas"
            yield find(prose.place, Rule.NAME_LINE, f'"{one}" is no name of a page', hint)


def _date(source: Source) -> Iterator[Finding]:
    for field in source.tree.document.findall(nodes.field):
        name, body = field.children
        if name.astext().lower() != "date" or not _is_of_page(field):
            continue
        written = body.astext()
        meant = _meant(written)
        if meant is None or written != meant.isoformat():
            place = source.place(field)
            expected = meant.isoformat() if meant else "a date such as 2026-03-01"
            edits = _edits(source, place.line, written, expected) if meant else ()
            yield find(place, Rule.BAD_DATE, f'"{written}" is no date as pages have it', expected, edits)


def _is_of_page(field: nodes.Node) -> bool:
    return isinstance(field.parent.parent, nodes.document | nodes.section)


def _meant(written: str) -> date | None:
    """The day that is written, in whatever way."""
    for form in _DATES:
        try:
            return datetime.strptime(written, form).date()
        except ValueError:
            continue
    return None


def _edits(source: Source, line: int, written: str, expected: str) -> tuple[Edit, ...]:
    start = source.rows[line - 1].find(written)
    return (Edit(line, start, start + len(written), expected),) if start >= 0 else ()
