"""Descriptions of functions, options and other objects, as Sphinx's domains make them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from docutils import nodes

from nsdoc.render.roff.model import Block, Item, Line, Run, Synopsis, Tagged
from nsdoc.render.tree import prototypes, style
from nsdoc.render.tree.blocks import Blocks
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
            if type(child).__name__ == "desc_signature":
                terms.extend(signature(child, str(node.get("objtype", ""))))
            else:
                body += self.blocks(child.children)
        if not body and _is_prototype(node):
            return [Synopsis(tuple(terms))]
        return [Tagged((Item(tuple(terms), body),))] if terms else body


def _is_prototype(node: nodes.Element) -> bool:
    return node.get("domain") in ("c", "cpp") and str(node.get("objtype", "")) == "function"


def signature(node: nodes.Node, kind: str) -> Iterator[Line]:
    """The lines of a signature."""
    domain = node.parent.get("domain") if isinstance(node.parent, nodes.Element) else None
    if all(isinstance(child, nodes.Text) for child in node.children) and kind not in ("option", "cmdoption"):
        # docutils alone has not looked into the signature.
        text = node.astext()
        yield from prototypes.lines(text) if domain == "c" else [tuple(style.code(text, BOLD))]
        return
    lines = [child for child in node.children if type(child).__name__ == "desc_signature_line"]
    for line in lines or [node]:
        if kind in ("option", "cmdoption"):
            yield style.option(line.astext())
        else:
            yield tuple(run for run in _runs(line, False) if run.text)


def _runs(node: nodes.Node, parameter: bool) -> Iterator[Run]:
    """What is typed as it stands is bold, what the caller fills in italic."""
    name = type(node).__name__
    if isinstance(node, nodes.Text):
        yield BOLD.run(node.astext())
    elif name in _BRACKETS:
        yield from _bracketed(node, *_BRACKETS[name])
    elif name == "desc_returns":
        yield BOLD.run(" -> ")
        yield from _children(node, parameter)
    elif name == "desc_sig_name" and parameter and _is_parameter(node):
        yield ITALIC.run(node.astext())
    else:
        yield from _children(node, parameter or name == "desc_parameter")


def _children(node: nodes.Node, parameter: bool) -> Iterator[Run]:
    for child in node.children:
        yield from _runs(child, parameter)


def _bracketed(node: nodes.Node, opening: str, closing: str) -> Iterator[Run]:
    yield BOLD.run(opening)
    for place, child in enumerate(node.children):
        if place or (opening == "[" and node.parent.index(node) and type(node).__name__ == "desc_optional"):
            yield BOLD.run(", ")
        yield from _runs(child, True)
    yield BOLD.run(closing)


def _is_parameter(node: nodes.Node) -> bool:
    """Whether a name is the parameter's own, and not part of its type."""
    return "n" in node.get("classes", []) and not isinstance(node.parent, nodes.reference)  # type: ignore[attr-defined]
