"""From claims to the blocks and inlines that a page shows.

A page of atomic claims has to read as prose.
So a claim dissolves into its paragraphs:
its words become a `sentence` that carries the claim's id,
a claim that continues runs on in the paragraph of the claim before it,
each sentence ends in a `mark` with the verdict,
and the examples follow the paragraph, each in a `proof` that can be unfolded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from docutils import nodes

from nsdoc.nodes import claim, example

if TYPE_CHECKING:
    from nsdoc.render.html.badge import Badge

_UNSEEN = (nodes.Invisible, nodes.target)


class sentence(nodes.Inline, nodes.TextElement):  # noqa: N801 - docutils names nodes in lower case
    """The words of a claim; its id is the claim's anchor."""


class mark(nodes.Inline, nodes.TextElement):  # noqa: N801
    """The verdict at the end of a claim.  Attributes: ``claim`` (the id), ``badge``."""


class proofs(nodes.General, nodes.Element):  # noqa: N801
    """The examples of the claims of one paragraph."""


class proof(nodes.General, nodes.Element):  # noqa: N801
    """The examples of one claim.

    Attributes: ``claim``, ``badge``, ``bounds`` (in words, or empty), ``open`` (whether it is unfolded).
    """


def weave(tree: nodes.Element, badge_of: Callable[[claim], Badge], unfolded: bool = False) -> None:
    """Dissolve every claim of `tree`, in place.

    `badge_of` gives the verdict on a claim; `unfolded` shows the examples at once, as a tutorial wants them.
    """
    parents = {node.parent: None for node in tree.findall(claim) if node.parent is not None}
    for parent in parents:
        parent.children = _Weaver(parent, badge_of).woven()
    for shown in tree.findall(proof):
        shown["open"] = unfolded


def flatten(tree: nodes.Element) -> None:
    """Reduce what `weave` left in `tree` to nodes that every writer of docutils knows, in place.

    Examples stay as literal blocks; verdicts, which such a writer has no place for, go.
    """
    for node in list(tree.findall(mark)):
        node.parent.remove(node)
    for words in list(tree.findall(sentence)):
        words.replace_self(nodes.inline("", "", *words.children, ids=words["ids"]))
    for group in list(tree.findall(proofs)):
        group.replace_self([block for shown in group.children for block in shown.children])


class _Weaver:
    """Builds the children of one parent anew."""

    def __init__(self, parent: nodes.Element, badge_of: Callable[[claim], Badge]) -> None:
        self._parent = parent
        self._badge_of = badge_of
        self._blocks: list[nodes.Node] = []
        self._waiting: list[nodes.Node] = []

    def woven(self) -> list[nodes.Node]:
        for child in self._parent.children:
            if isinstance(child, claim):
                self._add_claim(child)
            else:
                self._add_block(child, _continues(child))
        self._flush()
        return self._blocks

    def _add_claim(self, node: claim) -> None:
        badge = self._badge_of(node)
        body = [child for child in node.children if not isinstance(child, example)]
        for number, block in enumerate(_marked(node["claim"], body, badge)):
            self._add_block(block, number == 0 and _continues(node))
        self._waiting.append(_proof(node, badge))

    def _add_block(self, block: nodes.Node, continues: bool) -> None:
        last = self._last_paragraph() if continues else None
        if last is not None and isinstance(block, nodes.paragraph):
            last += nodes.Text(" ")
            last.extend(block.children)
            return
        if not isinstance(block, _UNSEEN):
            self._flush()
        self._add(block)

    def _last_paragraph(self) -> nodes.paragraph | None:
        seen = (block for block in reversed(self._blocks) if not isinstance(block, _UNSEEN))
        last = next(seen, None)
        return last if isinstance(last, nodes.paragraph) else None

    def _flush(self) -> None:
        if self._waiting:
            self._add(proofs("", *self._waiting))
            self._waiting = []

    def _add(self, node: nodes.Node) -> None:
        node.parent = self._parent
        self._blocks.append(node)


def _marked(name: str, body: Sequence[nodes.Node], badge: Badge) -> Iterator[nodes.Node]:
    """The blocks of a claim, the first paragraph with the claim's anchor, the last with its verdict."""
    paragraphs = [block for block in body if isinstance(block, nodes.paragraph)]
    if not paragraphs or paragraphs[0] is not body[0]:
        paragraphs.insert(0, nodes.paragraph())
        body = [paragraphs[0], *body]
    first, last = paragraphs[0], paragraphs[-1]
    words = sentence("", "", *first.children, ids=[name])
    first.clear()
    first += words
    last += mark("", "", claim=name, badge=badge)
    yield from body


def _proof(node: claim, badge: Badge) -> proof:
    blocks = [_code(child) for child in node.children if isinstance(child, example)]
    return proof("", *blocks, claim=node["claim"], badge=badge, bounds=_bounds(node))


def _code(node: example) -> nodes.literal_block:
    text = node.astext()
    block = nodes.literal_block(text, text, language="nsdoc")
    block.source, block.line = node.get("source"), node.get("line")
    return block


def _continues(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Element) and bool(node.get("continues"))


def _bounds(node: nodes.Element) -> str:
    since, until = node.get("since"), node.get("until")
    parts = [f"since Linux {since}" if since else "", f"before Linux {until}" if until else ""]
    return " and ".join(part for part in parts if part)
