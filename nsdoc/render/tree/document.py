"""From a document tree to a page: its header, and its headings in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from docutils import nodes

from nsdoc.render.roff.model import Block, Header, ManPage, Para, Run, Section
from nsdoc.render.roff.words import plain
from nsdoc.render.tree.notes import Notes
from nsdoc.render.tree.titles import name_and_section as name_and_section
from nsdoc.render.tree.titles import title

_BEFORE_TITLE = (nodes.PreBibliographic, nodes.docinfo, nodes.field_list)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What stands in the header where the page does not say it itself.

    `purpose` is the one-line description that a page without a NAME heading gets.
    """

    name: str = ""
    section: str = ""
    purpose: str = ""
    date: str = ""
    source: str = ""
    manual: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


class Translator(Notes):
    """Reads a whole document."""

    def page(self, document: nodes.document, defaults: Defaults = Defaults()) -> ManPage:
        """The page that `document` describes.

        Its name and section come from its title, such as ``clone(2)``,
        its date and the like from the field list above or below the title.
        """
        fields = {**defaults.fields, **_fields(document)}
        named = name_and_section(title(document)) or (defaults.name, defaults.section)
        header = Header(
            defaults.name or named[0],
            defaults.section or named[1],
            fields.get("date") or defaults.date,
            fields.get("source") or defaults.source,
            fields.get("manual") or defaults.manual,
        )
        return ManPage(header, self._body(document, header, defaults), _comments(document))

    def _body(self, document: nodes.document, header: Header, defaults: Defaults) -> tuple[Block, ...]:
        self.collect_notes(document)
        found = (*self.blocks(_below_title(document)), *self.waiting_notes())
        start = next((place for place, block in enumerate(found) if isinstance(block, Section)), len(found))
        intro, sections = found[:start], list(found[start:])
        if not any(_is_called(section, "NAME") for section in sections):
            purpose = f" - {defaults.purpose}" if defaults.purpose else ""
            sections.insert(0, Section((Run("NAME"),), 1, (Para((Run(f"{header.name}{purpose}"),)),)))
        return tuple(_named(block) for block in _described(intro, sections))


def _described(intro: Sequence[Block], sections: list[Block]) -> list[Block]:
    """Text above the first heading belongs under DESCRIPTION."""
    if not intro:
        return sections
    for place, section in enumerate(sections):
        if isinstance(section, Section) and _is_called(section, "DESCRIPTION"):
            sections[place] = Section(section.title, 1, (*intro, *section.body))
            return sections
    after = next(place for place, section in enumerate(sections) if _is_called(section, "NAME")) + 1
    return [*sections[:after], Section((Run("DESCRIPTION"),), 1, tuple(intro)), *sections[after:]]


def _is_called(block: Block, name: str) -> bool:
    return isinstance(block, Section) and "".join(run.text for run in block.title).strip() == name


def _named(block: Block) -> Block:
    """The NAME heading as whatis(1) reads it: without fonts, a minus between names and purpose."""
    if not (isinstance(block, Section) and _is_called(block, "NAME")):
        return block
    return Section(block.title, 1, tuple(_name_line(part) for part in block.body))


def _name_line(block: Block) -> Block:
    if not isinstance(block, Para):
        return block
    text = "".join(run.text for run in plain(block.inlines))
    return Para((Run(re.sub(r"\s+[\u2013\u2014-]+\s+", " - ", text, count=1)),))


def _below_title(document: nodes.document) -> Iterable[nodes.Node]:
    """The content of a document, without its title and what belongs to the header."""
    first = True
    for child in document.children:
        if isinstance(child, nodes.title | nodes.docinfo) or (first and isinstance(child, nodes.field_list)):
            continue
        if first and isinstance(child, nodes.section) and not _is_titled(document):
            yield from _below_title_of(child)
            first = False
            continue
        first = first and isinstance(child, nodes.Invisible | nodes.PreBibliographic)
        yield child


def _below_title_of(section: nodes.section) -> Iterable[nodes.Node]:
    children = section.children
    for place, child in enumerate(children):
        if not isinstance(child, nodes.title) and not (place == 1 and isinstance(child, nodes.field_list)):
            yield child


def _is_titled(document: nodes.document) -> bool:
    return any(isinstance(child, nodes.title) for child in document.children)


def _fields(document: nodes.document) -> dict[str, str]:
    """The field list around the title, by names in lower case."""
    found: dict[str, str] = {}
    for info in _header_nodes(document):
        for node in info.children:
            if isinstance(node, nodes.field):
                found[node.children[0].astext().lower()] = node.children[1].astext()
            else:
                found[type(node).__name__] = node.astext()
    return found


def _header_nodes(document: nodes.document) -> Iterable[nodes.Node]:
    section = next((child for child in document.children if isinstance(child, nodes.section)), None)
    inside = section.children[1:2] if section is not None and not _is_titled(document) else []
    for child in (*document.children, *inside):
        if isinstance(child, nodes.docinfo | nodes.field_list):
            yield child
        elif isinstance(child, nodes.section):
            return


def _comments(document: nodes.document) -> tuple[str, ...]:
    """The comments above the title, such as the copyright."""
    lines: list[str] = []
    for child in document.children:
        if isinstance(child, nodes.comment):
            lines += [*([""] if lines else []), *child.astext().splitlines()]
        elif isinstance(child, nodes.section):
            break
    return tuple(lines)
