"""The words that a document tree promises to its reader, told without the renderer."""

from __future__ import annotations

import re
from collections import Counter

from docutils import nodes

from tests.render.formatters import words

_HIDDEN = (
    nodes.comment,
    nodes.docinfo,
    nodes.substitution_definition,
    nodes.system_message,
    nodes.raw,
    nodes.pending,
)
_HIDDEN_NAMES = {"example", "toctree", "index", "meta", "highlightlang", "tabular_col_spec"}
_WITH_TITLE = (nodes.admonition, nodes.topic, nodes.sidebar)
_TITLED = {"seealso": "See also"}

# Marks of lists, and what stands before the text of an image and of an attribution.
_DECORATION = re.compile(r"\u2022|\(?[0-9A-Za-z]{1,6}[.)]|\[(Image|Figure):|[\u2013\u2014]")


def document_words(document: nodes.document) -> Counter[str]:
    """The words of a document, with those that a heading gives in capitals."""
    return words(_text(document, -1 if _is_titled(document) else -2))


def element_words(element: nodes.Element) -> Counter[str]:
    """The words of a part of a document."""
    return words(_text(element, 2))


def is_decoration(word: str) -> bool:
    """Whether a page may show a word that the source does not have."""
    return bool(_DECORATION.fullmatch(word))


def _is_titled(document: nodes.document) -> bool:
    return any(isinstance(child, nodes.title) for child in document.children)


def _text(node: nodes.Node, level: int) -> str:
    name = type(node).__name__
    if isinstance(node, _HIDDEN) or name in _HIDDEN_NAMES:
        return ""
    if isinstance(node, nodes.Text):
        return node.astext()
    assert isinstance(node, nodes.Element)
    level += isinstance(node, nodes.section | nodes.document)
    parts = [_text(child, level) for child in _children(node, level)]
    flows = _flows(node)
    inside = ("" if flows else " ").join(parts)
    if isinstance(node, nodes.title) and isinstance(node.parent, nodes.section) and level == 1:
        inside = inside.upper()
    special = _special(node, name, inside)
    return _admonished(node, name) + inside if special is None else special


def _children(node: nodes.Element, level: int) -> list[nodes.Node]:
    """The children, without what the header of the page is made of."""
    found = list(node.children)
    if level <= 0:
        found = [child for child in found if not isinstance(child, nodes.title | nodes.field_list)]
    if any(isinstance(child, nodes.footnote | nodes.citation) for child in found):
        found = [child for child in found if not isinstance(child, nodes.rubric)]
    return found


def _admonished(node: nodes.Element, name: str) -> str:
    if name in _TITLED:
        return f"{_TITLED[name]}: "
    titled = any(isinstance(child, nodes.title) for child in node.children)
    plain = isinstance(node, nodes.Admonition) and not name.startswith(("desc", "version", "productionlist"))
    return f"{name.capitalize()}: " if plain and not titled else ""


def _special(node: nodes.Element, name: str, inside: str) -> str | None:
    """What a node shows that is more, or other, than what is inside it."""
    if isinstance(node, nodes.image):
        text = node.get("alt", "")
        return text if _is_inline(node) else f"{text}]"
    if isinstance(node, nodes.footnote_reference | nodes.citation_reference | nodes.label):
        return f"[{inside}]"
    if isinstance(node, nodes.reference) and _leads_out(node):
        return _linked(inside, node["refuri"].removeprefix("mailto:"))
    if isinstance(node, nodes.superscript):
        return f"^{inside}"
    if isinstance(node, nodes.field_name):
        return f"{inside}:"
    if isinstance(node, nodes.classifier):
        return f" : {inside}"
    if isinstance(node, nodes.option_group):
        return ", ".join(child.astext() for child in node.children)
    if name == "abbreviation" and node.get("explanation"):
        return f"{inside} ({node['explanation']})"
    if name in ("desc_signature", "production"):
        return node.astext()
    if isinstance(node, nodes.title) and isinstance(node.parent, _WITH_TITLE):
        return inside if inside.endswith((":", ".", "?", "!")) else f"{inside}:"
    return None


def _leads_out(node: nodes.Element) -> bool:
    """Whether a link leads elsewhere, and not to a page or an object that a reader finds by its name."""
    if node.get("internal") or ":" not in node.get("refuri", ""):
        return False
    around = (node.parent, *node.children)
    return not any(type(one).__name__ == "manpage" or _is_name(one) for one in around)


def _is_name(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Element) and not {"manpage", "xref"}.isdisjoint(node.get("classes", []))


def _linked(text: str, target: str) -> str:
    """A link, which shows where it leads unless its text says so."""
    if text == target:
        return text
    if not any(char.isprintable() and not char.isspace() for char in text):
        return f" {target} "
    behind = " " if text != text.rstrip() else ""
    return f"{text} <{target}>{behind}"


def _is_inline(node: nodes.Element) -> bool:
    return node.parent is not None and _flows(node.parent)


def _flows(node: nodes.Element) -> bool:
    """Whether what is inside stands in one line of text."""
    return isinstance(node, nodes.TextElement) and type(node).__name__ != "versionmodified"
