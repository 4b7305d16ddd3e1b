"""The words of a source with the markup taken off, and which of them stand outside every claim."""

from __future__ import annotations

import re
from collections.abc import Iterator

from docutils import nodes

from nsdoc.nodes import claim, example
from nsdoc.page import Passage, Place

NORMATIVE = frozenset(
    {
        "DESCRIPTION",
        "CONFIGURATION",
        "OPTIONS",
        "EXIT STATUS",
        "RETURN VALUE",
        "ERRORS",
        "ENVIRONMENT",
        "FILES",
        "VERSIONS",
        "NOTES",
        "CAVEATS",
        "BUGS",
    }
)
"""The headings of man-pages(7) whose prose says what the subject does, and so is to be claimed."""

_UNREAD = (nodes.system_message, nodes.comment, nodes.target, nodes.substitution_definition, nodes.pending)
_SENTENCE_END = re.compile(r"(?<=[.!?])([\"')\]]*)\s+(?=[\"'(\[]*[A-Z0-9/*])")
# A full stop after one of these ends no sentence.
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|cf|vs|etc|viz|[A-Z]))\.$")


def plain(node: nodes.Node) -> str:
    """The text of a claim or another node: a line for each block, code as it stands, no examples."""
    return "\n".join(filter(None, _blocks(node)))


def _blocks(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, (example, *_UNREAD)):
        return
    if isinstance(node, nodes.FixedTextElement):
        yield node.astext()
    elif isinstance(node, nodes.TextElement):
        yield " ".join(node.astext().split())
    else:
        for child in node.children:
            yield from _blocks(child)


def sentences(text: str) -> list[tuple[int, str]]:
    """Each sentence of a paragraph, with the number of line ends before it."""
    found: list[tuple[int, str]] = []
    start = 0
    ends = [(match.end(1), match.end()) for match in _SENTENCE_END.finditer(text)]
    for end, following in [*ends, (len(text), len(text))]:
        if _ABBREVIATION.search(text[start:end]) and following < len(text):
            continue
        sentence = text[start:end]
        if words := " ".join(sentence.split()):
            blank = len(sentence) - len(sentence.lstrip())
            found.append((text[: start + blank].count("\n"), words))
        start = following
    return found


def heading_of(node: nodes.Node) -> str:
    """The headings a node stands under, without the page's title: "DESCRIPTION/Nested namespaces"."""
    titles: list[str] = []
    parent = node.parent
    while parent is not None:
        if isinstance(parent, nodes.section):
            titles.insert(0, plain(parent[0]))
        parent = parent.parent
    return "/".join(titles[1:])


def passages(document: nodes.document, file: str) -> Iterator[Passage]:
    """Every sentence of a normative heading that stands outside every claim, in order."""
    for node in document.findall(nodes.paragraph):
        heading = heading_of(node)
        if heading.partition("/")[0] not in NORMATIVE or _in_claim(node):
            continue
        line = node.line or 1
        for after, sentence in sentences(node.astext()):
            place = Place(node.source or file, line + after)
            yield Passage(place, heading, sentence, _mark(node))


def _in_claim(node: nodes.Node) -> bool:
    parent = node.parent
    while parent is not None:
        if isinstance(parent, (claim, nodes.system_message)):
            return True
        parent = parent.parent
    return False


def _mark(node: nodes.Node) -> str:
    at: nodes.Node | None = node
    while isinstance(at, nodes.Element):
        if mark := at.get("unclaimed"):
            return str(mark)
        at = at.parent
    return ""
