"""From body elements to blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from docutils import nodes

from nsdoc.render.roff.model import (
    Block,
    Break,
    Example,
    Font,
    Indented,
    Inline,
    Item,
    Line,
    Listing,
    Para,
    Run,
    Section,
    Source,
    Synopsis,
    Tagged,
    Verse,
)
from nsdoc.render.roff.words import plain
from nsdoc.render.tree import marks, prototypes, style
from nsdoc.render.tree.inline import Inlines, is_for_man_pages, visible
from nsdoc.render.tree.report import Report, ignore
from nsdoc.render.tree.style import BOLD, ROMAN, Style

# Nodes that hold others together and mean nothing themselves.
_TRANSPARENT = """
    acks claim compound container decoration desc_content document footer glossary header hlistcol list_item
    only start_of_file
"""


# The languages of shell sessions, by the names that Pygments has for them.
_SESSIONS = "console shell-session sh-session bash-session"
_PROMPT = re.compile(r"((?:\S*[\w\])] ?)?[$#%>] )(\S.*)")


class Blocks(Inlines):
    """Reads body elements; a method ``block_NAME`` reads the node of that name and its subclasses."""

    def __init__(self, report: Report = ignore) -> None:
        super().__init__(report)
        # The level of the next heading: 1 is .SH.
        self._level = 1

    def blocks(self, children: Iterable[nodes.Node]) -> tuple[Block, ...]:
        """What the nodes give, in order.

        A paragraph that continues the one before is joined to it, and so is an entry of a list of terms.
        """
        found: list[Block] = []
        for text, group in groupby(children, self._is_text):
            if text:
                found.extend(_para(part for child in group for part in self.inline(child, Style())))
                continue
            for child in group:
                for place, new in enumerate(self.block(child)):
                    joined = _joined(found[-1], new, _continues(child) and place == 0) if found else None
                    if joined:
                        found[-1] = joined
                    else:
                        found.append(new)
        return tuple(found)

    def _is_text(self, node: nodes.Node) -> bool:
        """Whether a node is text that some directive has put where paragraphs should be."""
        if not isinstance(node, nodes.Inline):
            return isinstance(node, nodes.Text)
        return isinstance(node, nodes.TextElement) and self._method("block", node) is None

    def block(self, node: nodes.Node) -> Iterable[Block]:
        """What one node gives."""
        method = self._method("block", node)
        return self.unknown(node) if method is None else method(node)

    def unknown(self, node: nodes.Node) -> Iterable[Block]:
        """What a node gives that no method reads: its text.

        That is a problem, told once for each kind, unless the node only holds others together.
        """
        kind = type(node).__name__
        if kind not in _TRANSPARENT.split():
            self.once(node)
        if isinstance(node, nodes.TextElement | nodes.Inline):
            return _para(self.inlines(node))
        return self.blocks(node.children)

    # Paragraphs.

    def block_paragraph(self, node: nodes.Element) -> Iterable[Block]:
        return _para(self.inlines(node))

    def block_rubric(self, node: nodes.Element) -> Iterable[Block]:
        return _para(self.inlines(node, Style(Font.BOLD)))

    def block_attribution(self, node: nodes.Element) -> Iterable[Block]:
        return _para([Run("\u2014\u00a0"), *self.inlines(node)])

    def block_math_block(self, node: nodes.Element) -> Iterable[Block]:
        return [Example(self._lines(node))]

    def block_line_block(self, node: nodes.Element) -> Iterable[Block]:
        return [Verse(tuple(self._verse(node, 0)))]

    def _verse(self, node: nodes.Element, columns: int) -> Iterator[tuple[int, tuple[Inline, ...]]]:
        for child in node.children:
            if isinstance(child, nodes.line_block):
                yield from self._verse(child, columns + 4)
            else:
                yield columns, self.inlines(child)

    def block_literal_block(self, node: nodes.Element) -> Iterable[Block]:
        if _is_synopsis(node):
            return [Synopsis(prototypes.lines(visible(node.astext()).strip("\n").expandtabs()))]
        lines = self._lines(node)
        return [Example(tuple(map(_typed, lines)) if node.get("language") in _SESSIONS.split() else lines)]

    def block_doctest_block(self, node: nodes.Element) -> Iterable[Block]:
        return [Example(self._lines(node))]

    def _lines(self, node: nodes.Element) -> tuple[Line, ...]:
        """The lines of a literal block, with what is marked in them."""
        lines: list[list[Run]] = [[]]
        for run in plain(self.inlines(node, ROMAN)):
            first, *others = run.text.expandtabs().split("\n")
            lines[-1].append(replace(run, text=first))
            lines += [[replace(run, text=other)] for other in others]
        texts = [tuple(run for run in line if run.text) for line in lines]
        kept = [line if any(run.text.strip() for run in line) else () for line in texts]
        return tuple(kept[_first(kept) : len(kept) - _first(kept[::-1])])

    def block_block_quote(self, node: nodes.Element) -> Iterable[Block]:
        return [Indented(self.blocks(node.children))]

    def block_raw(self, node: nodes.Element) -> Iterable[Block]:
        """What is meant for man pages is taken as it stands, what is meant for other outputs left out."""
        lines = tuple(node.astext().strip("\n").split("\n"))
        return [Source(lines)] if any(lines) and is_for_man_pages(node) else []

    def block_invisible(self, node: nodes.Element) -> Iterable[Block]:
        return ()

    def block_system_message(self, node: nodes.Element) -> Iterable[Block]:
        return ()

    # What a claim is tried with belongs to the HTML page.

    def block_example(self, node: nodes.Element) -> Iterable[Block]:
        return ()

    # Sections.

    def block_section(self, node: nodes.Element) -> Iterable[Block]:
        level = self._level
        self._level += 1
        title = [child for child in node.children if isinstance(child, nodes.title)]
        body = self.blocks(child for child in node.children if not isinstance(child, nodes.title))
        self._level = level
        return [self.heading(title[0], level, body)] if title else body

    def heading(self, title: nodes.Element, level: int, body: Sequence[Block]) -> Section:
        """A section; man-pages(7) writes its first level in capitals."""
        line = tuple(plain(self.inlines(title)))
        if level == 1:
            line = tuple(Run(run.text.upper(), run.font, run.exact) for run in line)
        return Section(line, level, tuple(body))

    # Admonitions.

    def block_admonition(self, node: nodes.Element) -> Iterable[Block]:
        title = [child for child in node.children if isinstance(child, nodes.title)]
        body = self.blocks(child for child in node.children if not isinstance(child, nodes.title))
        name = tuple(plain(self.inlines(title[0]))) if title else (Run(_name(node)),)
        return noted(name, body)

    block_topic = block_admonition
    block_sidebar = block_admonition

    # Lists.

    def block_bullet_list(self, node: nodes.Element) -> Iterable[Block]:
        return self._listing(node, [marks.BULLET] * len(node.children))

    def block_enumerated_list(self, node: nodes.enumerated_list) -> Iterable[Block]:
        return self._listing(node, [marks.mark(node, place) for place in range(len(node.children))])

    def _listing(self, node: nodes.Element, names: Sequence[str]) -> Iterable[Block]:
        items = tuple(
            Item(((ROMAN.run(name),),), self.blocks(child.children))
            for name, child in zip(names, node.children, strict=True)
        )
        return [Listing(items, max(map(len, names)))] if items else []

    def block_definition_list(self, node: nodes.Element) -> Iterable[Block]:
        items = tuple(self._definition(child) for child in node.children)
        return [Tagged(items)] if items else []

    def _definition(self, node: nodes.Node) -> Item:
        terms: list[Line] = []
        body: tuple[Block, ...] = ()
        for child in node.children:
            if isinstance(child, nodes.term):
                terms.append(style.term(tuple(plain(self.inlines(child)))))
            elif isinstance(child, nodes.classifier):
                terms[-1] += (Run(" : "), *plain(self.inlines(child, Style(Font.ITALIC))))
            else:
                body += self.blocks(child.children)
        return Item(tuple(terms), body)

    def block_field_list(self, node: nodes.Element) -> Iterable[Block]:
        items = tuple(self._field(child) for child in node.children)
        return [Tagged(items)] if items else []

    def _field(self, node: nodes.Node) -> Item:
        name, *body = node.children
        term = (*plain(self.inlines(name, Style(Font.BOLD))), Run(":"))
        return Item((term,), self.blocks(part for child in body for part in child.children))

    def block_option_list(self, node: nodes.Element) -> Iterable[Block]:
        return [Tagged(tuple(self._option(child) for child in node.children))]

    def _option(self, node: nodes.Node) -> Item:
        group, description = node.children
        shown = [style.option(visible(child.astext())) for child in group.children]
        term: tuple[Run, ...] = shown[0]
        for other in shown[1:]:
            term = (*term, Run(", "), *other)
        return Item((term,), self.blocks(description.children))


def _para(inlines: Iterable[Inline]) -> Iterable[Block]:
    kept = tuple(inlines)
    blank = all((isinstance(part, Run) and not part.text.strip()) or isinstance(part, Break) for part in kept)
    return [] if blank else [Para(kept)]


def _is_synopsis(node: nodes.Element) -> bool:
    """Whether a literal block shows prototypes: it says so, or it is C under the heading SYNOPSIS."""
    if "synopsis" in node.get("classes", []):
        return True
    section = node.parent
    titled = isinstance(section, nodes.section) and section.children[0].astext().upper() == "SYNOPSIS"
    return titled and node.get("language") == "c"


def _typed(line: Line) -> Line:
    """man-pages(7): in a shell session, what the user types is bold."""
    prompt = _PROMPT.match(line[0].text) if line else None
    return (ROMAN.run(prompt[1]), BOLD.run(prompt[2])) if prompt else line


def _first(lines: Sequence[Line]) -> int:
    """The number of empty lines at the start."""
    return next((place for place, line in enumerate(lines) if line), len(lines))


def _continues(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Element) and bool(node.get("continues"))


def _joined(before: Block, after: Block, continues: bool) -> Block | None:
    """Two blocks as one, None if they are two; text can run on after a paragraph only."""
    match before, after:
        case Para(), Para() if continues:
            return Para((*before.inlines, Run("\n"), *after.inlines))
        case Tagged(), Tagged():
            return Tagged((*before.items, *after.items))
        case Synopsis(), Synopsis():
            return Synopsis((*before.lines, *after.lines))
    return None


def _name(node: nodes.Element) -> str:
    return type(node).__name__.replace("_", " ").capitalize()


def noted(name: Line, body: tuple[Block, ...]) -> Iterable[Block]:
    """A note: its name runs into its first paragraph; more than one is set in below it."""
    marked = [Run(run.text, Font.ITALIC if run.font is Font.ROMAN else run.font, run.exact) for run in name]
    if not name[-1].text.endswith((":", ".", "?", "!")):
        marked.append(Run(":"))
    if len(body) == 1 and isinstance(body[0], Para):
        return [Para((*marked, Run("\n"), *body[0].inlines))]
    return [Para(tuple(marked)), Indented(body)] if body else [Para(tuple(marked))]
