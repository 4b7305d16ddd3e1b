"""The headings of a page: their names, their order and which of them there have to be.

The list, its order and its remarks are those of man-pages(7), "Sections within a manual page".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from docutils import nodes

from nsdoc.lint.finding import Finding, find
from nsdoc.lint.rule import Rule
from nsdoc.lint.source import Heading, Source
from nsdoc.page import Place
from nsdoc.source.reader import is_man_page

ORDER = (
    "NAME",
    "LIBRARY",
    "SYNOPSIS",
    "CONFIGURATION",
    "DESCRIPTION",
    "OPTIONS",
    "EXIT STATUS",
    "RETURN VALUE",
    "ERRORS",
    "ENVIRONMENT",
    "FILES",
    "ATTRIBUTES",
    "VERSIONS",
    "STANDARDS",
    "HISTORY",
    "NOTES",
    "CAVEATS",
    "BUGS",
    "EXAMPLES",
    "AUTHORS",
    "REPORTING BUGS",
    "COPYRIGHT",
    "SEE ALSO",
)
"""The headings that man-pages(7) knows, in the order in which it wants them."""

# The sections of the manual whose pages alone have the heading.
_ONLY_IN: Mapping[str, str] = MappingProxyType(
    {
        "LIBRARY": "23",
        "CONFIGURATION": "4",
        "OPTIONS": "18",
        "EXIT STATUS": "18",
        "RETURN VALUE": "23",
        "ATTRIBUTES": "23",
    }
)
_WITH_SYNOPSIS = "1238"
# Names by which other projects and older pages call the same.
_OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "AUTHOR": "AUTHORS",
        "BUG": "BUGS",
        "CAVEAT": "CAVEATS",
        "CONFORMING TO": "STANDARDS",
        "DESCRIPTIONS": "DESCRIPTION",
        "ENVIRONMENT VARIABLES": "ENVIRONMENT",
        "ERROR": "ERRORS",
        "EXAMPLE": "EXAMPLES",
        "EXIT CODES": "EXIT STATUS",
        "EXIT VALUES": "EXIT STATUS",
        "FILE": "FILES",
        "NAMES": "NAME",
        "NOTE": "NOTES",
        "OPTION": "OPTIONS",
        "REPORTING A BUG": "REPORTING BUGS",
        "RETURN VALUES": "RETURN VALUE",
        "RETURNS": "RETURN VALUE",
        "SEEALSO": "SEE ALSO",
        "STANDARD": "STANDARDS",
        "USAGE": "SYNOPSIS",
        "VERSION": "VERSIONS",
    }
)


def check(source: Source) -> Iterator[Finding]:
    """What is wrong with the headings of a manual page."""
    if source.page is None:
        return
    section = source.page[1]
    top = [heading for heading in source.headings if heading.level == 1]
    yield from _missing(source, section, top)
    yield from _names(top)
    yield from _sections(section, top)
    yield from _repeated(top)
    yield from _order(top)
    yield from _errors(source, top)


def _missing(source: Source, section: str, top: list[Heading]) -> Iterator[Finding]:
    wanted = ["NAME", "DESCRIPTION", "SEE ALSO"]
    if section[0] in _WITH_SYNOPSIS:
        wanted.insert(1, "SYNOPSIS")
    there = {_proper(heading.text) for heading in top}
    if is_man_page(source.file):
        there.add("NAME")  # The reader of sources tells where that is missing.
    for name in wanted:
        if name not in there:
            message = f"the heading {name} is missing"
            yield find(Place(source.file, 1), Rule.MISSING_HEADING, message, ", ".join(wanted))


def _names(top: list[Heading]) -> Iterator[Finding]:
    for heading in top:
        proper = _proper(heading.text)
        if proper != heading.text:
            message = f'the heading "{heading.text}" has another name in manual pages'
            yield find(heading.place, Rule.HEADING_NAME, message, proper)


def _proper(name: str) -> str:
    """The name of a heading as it should be: one that is not known only has to be in capitals."""
    capital = name.upper()
    return _OTHER_NAMES.get(capital, capital)


def _sections(section: str, top: list[Heading]) -> Iterator[Finding]:
    for heading in top:
        where = _ONLY_IN.get(heading.text, section[0])
        if section[0] not in where:
            message = f"{heading.text} is no heading of section {section}"
            yield find(heading.place, Rule.HEADING_SECTION, message, f"it in section {' or '.join(where)}")


def _repeated(top: list[Heading]) -> Iterator[Finding]:
    first: dict[str, Heading] = {}
    for heading in top:
        other = first.setdefault(heading.text, heading)
        if other is not heading:
            message = f"{heading.text} stands in line {other.place.line} already"
            yield find(heading.place, Rule.REPEATED_HEADING, message, "each heading once")


def _order(top: list[Heading]) -> Iterator[Finding]:
    """Headings of the page's own may stand anywhere between the first and the last."""
    before: Heading | None = None
    for heading in top:
        if heading.text not in ORDER:
            if before is not None and before.text == ORDER[-1]:
                message = f"{heading.text} stands after {before.text}"
                yield find(heading.place, Rule.HEADING_ORDER, message, f"{before.text} as the last heading")
            continue
        if before is not None and ORDER.index(heading.text) < ORDER.index(before.text):
            message = f"{heading.text} stands after {before.text}"
            yield find(heading.place, Rule.HEADING_ORDER, message, f"{heading.text} before {before.text}")
        if before is None or ORDER.index(heading.text) > ORDER.index(before.text):
            before = heading


def _errors(source: Source, top: list[Heading]) -> Iterator[Finding]:
    """man-pages(7): the list of errors is in alphabetical order; an error can stand there more than once."""
    for heading in top:
        if heading.text != "ERRORS":
            continue
        for items in heading.section.findall(nodes.definition_list):
            if items.parent is heading.section:
                yield from _unsorted(source, items)


def _unsorted(source: Source, items: nodes.definition_list) -> Iterator[Finding]:
    before = ""
    for term in items.findall(nodes.term):
        if term.parent.parent is not items:
            continue
        name = term.astext().split()[0] if term.astext().split() else ""
        if name < before:
            message = f"{name} stands after {before}"
            yield find(source.place(term), Rule.ERROR_ORDER, message, "errors in alphabetical order")
        before = max(name, before)
