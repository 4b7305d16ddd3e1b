"""The title of a document, and whether it is that of a page."""

from __future__ import annotations

import re

from docutils import nodes

_TITLE = re.compile(r"(?P<name>\S+)\((?P<section>[0-9][a-zA-Z0-9]*)\)")


def title(document: nodes.document) -> str:
    """The title of a document, "" for none; docutils and Sphinx keep it in different places."""
    for node in (document, *document.children):
        if isinstance(node, nodes.document | nodes.section):
            first = next((child for child in node.children if not isinstance(child, nodes.Invisible)), None)
            if isinstance(first, nodes.title):
                return first.astext()
    return ""


def name_and_section(text: str) -> tuple[str, str] | None:
    """``("clone", "2")`` for the title ``clone(2)``, None for a title of another form."""
    match = _TITLE.fullmatch(text.strip())
    return (match["name"], match["section"]) if match else None
