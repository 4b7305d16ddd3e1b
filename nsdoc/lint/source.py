"""A source as the rules see it: its headings, its running text and its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from docutils import nodes

from nsdoc.lint import text
from nsdoc.manual.standins import STAND_INS
from nsdoc.page import Place
from nsdoc.render.tree.document import name_and_section
from nsdoc.source.lines import Lines, decoded
from nsdoc.source.parse import Tree, parse

_RUNNING = (nodes.paragraph, nodes.term)
_BESIDE = (nodes.system_message, nodes.comment, nodes.citation)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the title: 1 is the level of NAME."""

    text: str
    level: int
    place: Place
    section: nodes.section


@dataclass(frozen=True)
class Source:
    """A file that has been read and parsed."""

    file: str
    data: bytes
    tree: Tree
    lines: Lines = field(repr=False)

    @cached_property
    def rows(self) -> list[str]:
        """The lines of the file as they stand there, ended by newlines alone."""
        return self.data.decode("utf-8").split("\n")

    @cached_property
    def page(self) -> tuple[str, str] | None:
        """The name and section that the title gives; None if this is no manual page."""
        return name_and_section(self._top[0].astext()) if self._top else None

    @property
    def title(self) -> str:
        """The page as others refer to it, "" if this is no manual page."""
        return f"{self.page[0]}({self.page[1]})" if self.page else ""

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        """All headings below the title, in order."""
        return tuple(self._headings(self._top, 1)) if self._top else ()

    @cached_property
    def prose(self) -> tuple[text.Prose, ...]:
        """The paragraphs and terms whose markup can be followed, in order."""
        found = (self._prose(node) for node in self.tree.document.findall(nodes.TextElement))
        return tuple(one for one in found if one is not None)

    def below(self, heading: str) -> tuple[text.Prose, ...]:
        """The running text below the headings of a name, wherever they stand."""
        sections = {id(one.section) for one in self.headings if one.text == heading}
        return tuple(one for one in self.prose if not sections.isdisjoint(map(id, _around(one.node))))

    def place(self, node: nodes.Node) -> Place:
        """Where a node stands, or the nearest one around it that knows."""
        known = next((one for one in (node, *_around(node)) if one.line), None)
        if known is None:
            return Place(self.file, 1)
        source = next((one.source for one in (known, *_around(known)) if one.source), None)
        return Place(self.tree.named(source), known.line or 1)

    def title_place(self, title: nodes.Element) -> Place:
        """The place of a title; docutils knows that of what underlines it."""
        place = self.place(title)
        lines = self.lines.of(place.file)
        above = (n for n in (place.line, place.line - 1, place.line - 2) if 0 < n <= len(lines))
        line = next((n for n in above if lines[n - 1].strip() == title.rawsource.strip()), place.line)
        return Place(place.file, line)

    def editable(self, node: nodes.Node) -> Sequence[str]:
        """The lines that an edit of `node` may touch: none in a table, or of another file."""
        if self.place(node).file != self.file or any(isinstance(one, nodes.table) for one in _around(node)):
            return ()
        return self.rows

    @cached_property
    def _top(self) -> nodes.section | None:
        children = self.tree.document.children
        return next((child for child in children if isinstance(child, nodes.section)), None)

    def _headings(self, section: nodes.section, level: int) -> Iterator[Heading]:
        for child in section.children:
            if isinstance(child, nodes.section):
                title = child.next_node(nodes.title)
                assert title is not None
                yield Heading(title.astext(), level, self.title_place(title), child)
                yield from self._headings(child, level + 1)

    def _prose(self, node: nodes.TextElement) -> text.Prose | None:
        if isinstance(node, nodes.title) and isinstance(node.parent, nodes.section):
            return text.prose(node, self.title_place(node), ()) if node.parent is not self._top else None
        if not isinstance(node, _RUNNING) or any(isinstance(one, _BESIDE) for one in _around(node)):
            return None
        return text.prose(node, self.place(node), self.editable(node))


def in_table(node: nodes.Node) -> bool:
    """Whether a node stands in a table."""
    return any(isinstance(one, nodes.table) for one in _around(node))


def _around(node: nodes.Node) -> Iterator[nodes.Element]:
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def load(file: str) -> Source:
    """Read and parse a file.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is not UTF-8.
    """
    return understood(file, Path(file).read_bytes())


def understood(file: str, data: bytes) -> Source:
    """What `data` means as the content of `file`.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    content = decoded(data)
    lines = Lines()
    lines.keep(file, content)
    return Source(file, data, parse(content, file, lines, shown=STAND_INS), lines)
