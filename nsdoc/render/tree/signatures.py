"""Descriptions of functions, options and other objects, as Sphinx's domains make them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from docutils import nodes

from nsdoc.render.roff.model import Block, Item, Line, Run, Synopsis, Tagged
from nsdoc.render.tree import prototypes, style
from nsdoc.render.tree.blocks import Blocks
from nsdoc.render.tree.inline import visible
from nsdoc.render.tree.style import BOLD, ITALIC

_BRACKETS = {
    "desc_parameterlist": ("(", ")"),
    "desc_type_parameter_list": ("[", "]"),
    "desc_optional": ("[", "]"),
}


class Signatures(Blocks):
    """Reads the nodes ``desc_*``; they are known by their names, so that Sphinx is not needed."""

    def block_desc(self, node: nodes.Element) -> Iterable[Block]:
        terms: list[Line] = []
        body: tuple[Block, ...] = ()
        for child in node.children:
            if isinstance(child, nodes.Element) and type(child).__name__ == "desc_signature":
                terms.extend(signature(child, str(node.get("domain", "")), str(node.get("objtype", ""))))
            else:
                body += self.blocks(child.children)
        if not body and _is_prototype(node):
            return [Synopsis(tuple(terms))]
        return [Tagged((Item(tuple(terms), body),))] if terms else body


def _is_prototype(node: nodes.Element) -> bool:
    return node.get("domain") in ("c", "cpp") and str(node.get("objtype", "")) == "function"


def signature(node: nodes.Element, domain: str, kind: str) -> Iterator[Line]:
    """The lines of a signature: what is typed as it stands is bold, what the caller fills in italic."""
    lines = [child for child in node.children if type(child).__name__ == "desc_signature_line"]
    for line in lines or [node]:
        if kind in ("option", "cmdoption"):
            yield style.option(visible(line.astext()))
        elif domain == "c":
            yield from prototypes.lines(visible(line.astext()))
        elif all(isinstance(child, nodes.Text) for child in line.children):
            # docutils alone has not looked into the signature.
            yield tuple(style.code(visible(line.astext()), BOLD))
        else:
            yield tuple(run for run in _runs(line) if run.text)


def _runs(node: nodes.Node) -> Iterator[Run]:
    name = type(node).__name__
    if isinstance(node, nodes.Text):
        yield BOLD.run(visible(node.astext()))
    elif name in _BRACKETS:
        yield from _bracketed(node, *_BRACKETS[name])
    elif name == "desc_parameter":
        yield from _parameter(node)
    else:
        yield from [BOLD.run(" -> ")] if name == "desc_returns" else []
        yield from _all(node.children)


def _all(children: Iterable[nodes.Node]) -> Iterator[Run]:
    for child in children:
        yield from _runs(child)


def _bracketed(node: nodes.Node, opening: str, closing: str) -> Iterator[Run]:
    inner = type(node).__name__ == "desc_optional" and node.parent.index(node) > 0
    yield BOLD.run(opening)
    for place, child in enumerate(node.children):
        if place or inner:
            yield BOLD.run(", ")
        yield from _runs(child)
    yield BOLD.run(closing)


def _parameter(node: nodes.Node) -> Iterator[Run]:
    """A parameter: its own name comes first in Python and last in C++; the other names are types."""
    names = [child for child in node.children if type(child).__name__ == "desc_sig_name"]
    own = names[0] if names and names[0] is _first_word(node) else names[-1] if names else None
    for child in node.children:
        yield from [ITALIC.run(visible(child.astext()))] if child is own else _runs(child)


def _first_word(node: nodes.Node) -> nodes.Node | None:
    """The first part of a parameter that is no operator, such as the stars before ``**rest``."""
    return next((child for child in node.children if type(child).__name__ != "desc_sig_operator"), None)
