"""Footnotes and citations: shown at the end of the heading that first refers to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from docutils import nodes

from nsdoc.render.roff.model import Block, Inline, Item, Listing, Section
from nsdoc.render.tree.report import Report, ignore
from nsdoc.render.tree.style import ROMAN, Style
from nsdoc.render.tree.tabular import Tabular


class Notes(Tabular):
    """Reads footnotes and citations.

    Most sources have them at their very end, which in a man page would be below SEE ALSO.
    One that nothing refers to stays where it is.
    """

    def __init__(self, report: Report = ignore) -> None:
        super().__init__(report)
        self._notes: dict[str, nodes.Element] = {}
        self._waiting: list[str] = []
        self._shown: set[str] = set()

    def collect_notes(self, document: nodes.document) -> None:
        """Learn which notes are referred to; has to come before any block is read."""
        notes = {
            name: note
            for kind in (nodes.footnote, nodes.citation)
            for note in document.findall(kind)
            if isinstance(note, nodes.Element)
            for name in note["ids"]
        }
        references = (node.get("refid") for node in document.findall(nodes.Element))
        self._notes = {name: notes[name] for name in references if name in notes}
        self._waiting, self._shown = [], set()

    def waiting_notes(self) -> Iterator[Block]:
        """The notes that the text since the last call refers to for the first time."""
        items: list[Item] = []
        while self._waiting:
            note = self._notes[self._waiting.pop(0)]
            items.append(self._note(note))
        if items:
            yield Listing(tuple(items), max(len(item.marks[0][0].text) for item in items))

    def block_section(self, node: nodes.Element) -> Iterable[Block]:
        """A section; one of the first level has its notes at its end."""
        outermost = self._level == 1
        blocks = list(super().block_section(node))
        if outermost and blocks and isinstance(blocks[-1], Section):
            blocks[-1] = replace(blocks[-1], body=(*blocks[-1].body, *self.waiting_notes()))
        return blocks

    def inline(self, node: nodes.Node, style: Style) -> Iterable[Inline]:
        """What one node gives; the note it refers to waits for the end of the heading."""
        name = node.get("refid") if isinstance(node, nodes.Element) else None
        if name in self._notes and name not in self._shown:
            self._shown.add(name)
            self._waiting.append(name)
        return super().inline(node, style)

    def block_footnote(self, node: nodes.Element) -> Iterable[Block]:
        """A note that nothing refers to; the others are shown where they belong."""
        if any(name in self._notes for name in node["ids"]):
            return ()
        item = self._note(node)
        return [Listing((item,), len(item.marks[0][0].text))]

    block_citation = block_footnote

    def block_rubric(self, node: nodes.Element) -> Iterable[Block]:
        """A rubric; the one above notes that have moved elsewhere goes with them."""
        following = node.parent.children[node.parent.index(node) + 1 :]
        if following and all(
            isinstance(other, nodes.footnote | nodes.citation) and set(other["ids"]) & set(self._notes)
            for other in following
        ):
            return ()
        return super().block_rubric(node)

    def _note(self, node: nodes.Element) -> Item:
        label, *body = node.children
        return Item(((ROMAN.run(f"[{label.astext()}]"),),), self.blocks(body))
