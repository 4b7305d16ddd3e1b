"""Words of running text that man-pages(7) does not want, outside literals and other markup."""

from __future__ import annotations

from collections.abc import Iterator

from docutils import nodes

from nsdoc.lint.finding import Finding, find
from nsdoc.lint.source import Source
from nsdoc.lint.terms import TERMS, Term
from nsdoc.lint.text import Piece, Prose


def check(source: Source) -> Iterator[Finding]:
    """The words of a source that should be others."""
    for prose in source.prose:
        for piece in prose.pieces:
            if piece.node is None:
                for term in TERMS:
                    yield from _found(term, prose, piece)


def _found(term: Term, prose: Prose, piece: Piece) -> Iterator[Finding]:
    for found in term.pattern.finditer(prose.raw, piece.start, piece.end):
        instead = term.written_for(found)
        written = " ".join(found[0].split())
        # A heading is underlined, and is what links lead to.
        editable = term.sure and not isinstance(prose.node, nodes.title)
        edits = prose.edit(*found.span(), instead) if editable else ()
        yield find(prose.at(found.start()), term.rule, f'"{written}"', f'"{instead}"', edits)
