"""Edits are made only where the source still says the same afterwards."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from docutils import nodes

from nsdoc.lint.finding import Edit, Finding, applied
from nsdoc.lint.rule import Rule
from nsdoc.lint.source import Source, understood

# The rules whose edits put other words in the place of those that are there.
_REWORDING = (Rule.PREFERRED_TERM, Rule.TERM_TO_AVOID, Rule.SPELLING, Rule.BAD_DATE)
_WORD = re.compile(r"\w+")
_SECTION = re.compile(r"\([1-9][a-z]*\)")
_KEPT = ("bullet", "claim", "classes", "enumtype", "ids", "refname", "refuri", "start")


def sound(source: Source, found: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings, those without their edits whose edits would change more than they are meant to."""
    kept: set[int] = set()
    waiting = [finding for finding in found if finding.fixable]
    while waiting:
        batch = together(waiting)
        kept |= set(map(id, _harmless(source, batch)))
        waiting = [finding for finding in waiting if not any(finding is one for one in batch)]
    return tuple(
        finding if id(finding) in kept or not finding.fixable else replace(finding, edits=())
        for finding in found
    )


def together(found: Sequence[Finding]) -> list[Finding]:
    """The fixable findings that can be mended at once: those whose edits do not touch those of one before."""
    taken: list[Finding] = []
    lines: dict[int, list[Edit]] = {}
    for finding in found:
        near = chain.from_iterable(lines.get(edit.line, ()) for edit in finding.edits)
        if finding.fixable and not any(edit.touches(other) for other in near for edit in finding.edits):
            taken.append(finding)
            for edit in finding.edits:
                lines.setdefault(edit.line, []).append(edit)
    return taken


def edited(source: Source, found: Sequence[Finding]) -> bytes:
    """The content of the file with the findings mended."""
    return applied(source.rows, [edit for finding in found for edit in finding.edits]).encode()


def _harmless(source: Source, batch: list[Finding]) -> list[Finding]:
    if not batch or _says_the_same(source, batch):
        return batch
    if len(batch) == 1:
        return []
    middle = len(batch) // 2
    halves = [_harmless(source, batch[:middle]), _harmless(source, batch[middle:])]
    both = halves[0] + halves[1]
    return both if _says_the_same(source, both) else halves[0]


def _says_the_same(source: Source, batch: list[Finding]) -> bool:
    after = understood(source.file, edited(source, batch))
    if _shape(source.tree.document) != _shape(after.tree.document):
        return False
    expected = _words(source.tree.document)
    for finding in batch:
        if finding.problem.code in _REWORDING:
            for edit in finding.edits:
                expected.subtract(_WORD.findall(source.rows[edit.line - 1][edit.start : edit.end]))
                expected.update(_WORD.findall(edit.text))
    return +expected == _words(after.tree.document)


def _shape(document: nodes.document) -> list[str]:
    """The nodes of a document in order; a reference to a page may have become one, or have moved."""
    return [
        f"{node.tagname} {[node.get(name) for name in _KEPT]}"
        for node in document.findall(nodes.Element)
        if "manpage" not in node.get("classes", ()) and not _is_named_page(node)
    ]


def _is_named_page(node: nodes.Element) -> bool:
    """Whether a node is the name in ``**clone**\\ (2)``, which becomes a reference."""
    following = node.next_node(descend=False, siblings=True)
    return isinstance(node, nodes.strong) and bool(_SECTION.match(following.astext() if following else ""))


def _words(document: nodes.document) -> Counter[str]:
    return Counter(word for text in document.findall(nodes.Text) for word in _WORD.findall(text.astext()))
