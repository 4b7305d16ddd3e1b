"""Links that a page gets beside those of its source: of terms to themselves, and to other pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from docutils import nodes

# The roles of constants, and where a constant is no link: it is one already, or is what is explained.
_CONSTANTS = ("cap", "const", "errno")
_UNLINKED = (nodes.reference, nodes.term, nodes.title)
_PAGE = re.compile(r"(?:.*/)?(?P<name>[^/]+)\.(?P<section>[0-9][0-9a-z]*)")


class permalink(nodes.Inline, nodes.Element):  # noqa: N801 - docutils names nodes in lower case
    """A link of a term to itself.  Attribute: ``anchor``."""


def link_terms(document: nodes.document) -> None:
    """Give each term of a definition list an id and a link to it, as mandoc(1) names them.

    The id is the first word of the term, with ``~2`` and so on where the page has it already.
    """
    taken = {name for node in document.findall(nodes.Element) for name in node["ids"]}
    for term in document.findall(nodes.term):
        if term["ids"]:
            continue
        anchor = _free_name(_first_word(term.astext()), taken)
        taken.add(anchor)
        term["ids"] = [anchor]
        term += permalink("", anchor=anchor)


def man_pages(docnames: Iterable[str]) -> dict[tuple[str, str], str]:
    """The documents that are manual pages, by name and section."""
    found = ((_PAGE.fullmatch(docname), docname) for docname in docnames)
    return {(match["name"], match["section"]): docname for match, docname in found if match}


def link_man_pages(
    document: nodes.document, known: Mapping[tuple[str, str], str], uri: Callable[[str], str]
) -> None:
    """Make each reference to a manual page of this project a link to it; `uri` says where a document is."""
    # Sphinx's node for such a reference, without importing Sphinx.
    references = [node for node in document.findall(nodes.Element) if node.tagname == "manpage"]
    for node in references:
        docname = known.get((node.get("page", ""), node.get("section", "")))
        if docname is not None:
            # Only the text: within the node there can be a link already, to a site of man pages.
            words = nodes.emphasis("", node.astext(), classes=["manpage"])
            node.replace_self(nodes.reference("", "", words, internal=True, refuri=uri(docname)))


def explained(document: nodes.document) -> dict[str, str]:
    """The words and constants that a document explains in its definition lists, each with its anchor."""
    found: dict[str, str] = {}
    for term in document.findall(nodes.term):
        anchor = term["ids"][0] if term["ids"] else _first_word(term.astext())
        literals = list(term.findall(nodes.literal))
        for node in filter(_is_constant, literals):
            found.setdefault(node.astext(), anchor)
        if not literals:
            found.setdefault(term.astext(), anchor)
    return found


def link_explained(document: nodes.document, known: Mapping[str, str]) -> None:
    """Make each constant, and each emphasized word, a link to where it is explained.

    `known` has their addresses; only running text is changed.
    """
    for node in [*document.findall(nodes.literal), *document.findall(nodes.emphasis)]:
        uri = known.get(node.astext()) if _can_be_explained(node) else None
        if uri is not None and not _within(node, _UNLINKED):
            node.replace_self(nodes.reference("", "", node.deepcopy(), internal=True, refuri=uri))


def _can_be_explained(node: nodes.TextElement) -> bool:
    # An emphasis with a class is more than a word: the name of a page.
    return _is_constant(node) if isinstance(node, nodes.literal) else not node["classes"]


def _is_constant(node: nodes.literal) -> bool:
    # A constant that Sphinx looks for among those of Python has no role yet, or never gets one.
    return node.get("role") in _CONSTANTS or "py-const" in node["classes"]


def _within(node: nodes.Node, kinds: tuple[type[nodes.Element], ...]) -> bool:
    parent = node.parent
    while parent is not None and not isinstance(parent, kinds):
        parent = parent.parent
    return parent is not None


def _first_word(text: str) -> str:
    words = text.split()
    return re.sub(r"[^\w./:+-]", "_", words[0]) if words else "term"


def _free_name(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}~{number}" in taken:
        number += 1
    return f"{name}~{number}"
