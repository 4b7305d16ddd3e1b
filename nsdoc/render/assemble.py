"""A page that takes in other documents by a toctree, as one document tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx import addnodes
from sphinx.util.nodes import inline_all_toctrees

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.builders import Builder


def whole(builder: Builder, docname: str, doctree: nodes.document) -> nodes.document:
    """`doctree`, or, where the document has a toctree, one with the documents of the toctree in its place."""
    if not builder.env.toctree_includes.get(docname):
        return doctree
    tree = builder.env.get_doctree(docname)
    joined = inline_all_toctrees(builder, set(), docname, tree, str, [docname])
    builder.env.resolve_references(joined, docname, builder)
    for pending in list(joined.findall(addnodes.pending_xref)):
        pending.replace_self(pending.children)
    return joined
