"""Tables: that they fit a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from docutils import nodes

from nsdoc.lint.finding import Finding, find
from nsdoc.lint.rule import Rule
from nsdoc.lint.source import Source
from nsdoc.render import Translator, print_blocks


def check(source: Source) -> Iterator[Finding]:
    """Tables that a man page cannot show as tables, because a narrow terminal has no room for them."""
    if source.page is None:
        return
    for node in source.tree.document.findall(nodes.table):
        shown = print_blocks(Translator().blocks([node]))
        if ".TS\n" not in shown and node.astext().strip():
            message = "the table is wider than a narrow terminal, and the man page shows it as a list"
            # A table itself does not know its line.
            place = source.place(node.next_node(nodes.paragraph) or node)
            yield find(place, Rule.WIDE_TABLE, message, "shorter words, or fewer columns")
