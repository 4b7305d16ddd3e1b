"""From inline nodes to runs and links."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from docutils import nodes

from nsdoc.problems import Problem
from nsdoc.render.roff.model import Font, Inline, Link, Run
from nsdoc.render.tree import style as styles
from nsdoc.render.tree.report import Code, Report, ignore, place
from nsdoc.render.tree.style import BOLD, ITALIC, ROMAN, Style

_EXTERNAL = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
# No formatter shows these; Python would take some of them for white space.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
# Whose nodes give what their children give, unless a method says more.
_KNOWN = ("docutils.", "sphinx.", "nsdoc.")
_CALLED = frozenset({"func", "meth"})


def visible(text: str) -> str:
    """`text` with a mark for each character that no formatter shows."""
    return _CONTROL.sub("\ufffd", text)


class Inlines:
    """Reads inline nodes; a method ``inline_NAME`` reads the node of that name and its subclasses.

    A node without a method of its own gives what its children give.
    """

    def __init__(self, report: Report = ignore) -> None:
        self._report = report
        self._unknown: set[str] = set()
        self._methods: dict[tuple[str, type[nodes.Node]], Callable[..., Any] | None] = {}

    def inlines(self, node: nodes.Node, style: Style = Style()) -> tuple[Inline, ...]:  # noqa: B008 - frozen
        """What stands in `node`, in order."""
        return tuple(part for child in node.children for part in self.inline(child, style))

    def inline(self, node: nodes.Node, style: Style) -> Iterable[Inline]:
        """What one node gives."""
        method = self._method("inline", node)
        if method is not None:
            return method(node, style)  # type: ignore[no-any-return]
        if not type(node).__module__.startswith(_KNOWN):
            self.once(node)
        return self._styled(node, style) if isinstance(node, nodes.Element) else ()

    def _method(self, prefix: str, node: nodes.Node) -> Callable[..., Any] | None:
        """What reads a node: the method of its own name, or of the nearest class above."""
        key = (prefix, type(node))
        if key not in self._methods:
            # Inline is no inline: the one says where a node can stand, the other is a node.
            kinds = (kind for kind in type(node).__mro__ if kind is not nodes.Inline)
            names = (f"{prefix}_{kind.__name__.lower()}" for kind in kinds)
            self._methods[key] = next((getattr(self, name) for name in names if hasattr(self, name)), None)
        return self._methods[key]

    def once(self, node: nodes.Node) -> None:
        """Report a kind of node that nothing is known of, the first time it is seen."""
        kind = type(node).__name__
        if kind not in self._unknown:
            self._unknown.add(kind)
            self.problem(node, Code.UNKNOWN_NODE, f'"{kind}" has no form in a man page; its text is shown')

    def inline_text(self, node: nodes.Text, style: Style) -> Iterator[Inline]:
        text = visible(node.astext())
        if text == " -- ":
            # Sphinx puts this behind the name of a parameter, and counts on smart quotes.
            text = " \u2013 "
        if style.exact and style.font is Font.BOLD:
            yield from styles.code(text, style)
        else:
            yield style.run(text)

    def inline_emphasis(self, node: nodes.Element, style: Style) -> Iterable[Inline]:
        return self._styled(node, Style(Font.ITALIC, style.exact))

    def inline_strong(self, node: nodes.Element, style: Style) -> Iterable[Inline]:
        return self._styled(node, Style(Font.BOLD, style.exact))

    def inline_title_reference(self, node: nodes.Element, style: Style) -> Iterable[Inline]:
        return self._styled(node, Style(Font.ITALIC, style.exact))

    def inline_inline(self, node: nodes.Element, style: Style) -> Iterable[Inline]:
        return self._styled(node, style)

    def inline_literal(self, node: nodes.Element, style: Style) -> Iterable[Inline]:
        return self._styled(node, styles.of_literal(node.astext()))

    def inline_math(self, node: nodes.Element, style: Style) -> Iterable[Inline]:
        return [ITALIC.run(visible(node.astext()))]

    def inline_manpage(self, node: nodes.Element, style: Style) -> Iterable[Inline]:
        return styles.page(node.astext()) or self.inlines(node, BOLD)

    def inline_literal_emphasis(self, node: nodes.Element, style: Style) -> Iterable[Inline]:
        return self._styled(node, ITALIC)

    def inline_literal_strong(self, node: nodes.Element, style: Style) -> Iterable[Inline]:
        return self._styled(node, BOLD)

    def inline_abbreviation(self, node: nodes.Element, style: Style) -> Iterator[Inline]:
        yield from self.inlines(node, style)
        if node.get("explanation"):
            yield style.run(f" ({node['explanation']})")

    def inline_superscript(self, node: nodes.Element, style: Style) -> Iterator[Inline]:
        yield style.run("^")
        yield from self.inlines(node, style)

    def inline_footnote_reference(self, node: nodes.Element, style: Style) -> Iterator[Inline]:
        yield ROMAN.run(f"[{node.astext()}]")

    inline_citation_reference = inline_footnote_reference

    def inline_image(self, node: nodes.Element, style: Style) -> Iterator[Inline]:
        yield style.run(self.image_text(node))

    def image_text(self, node: nodes.Element) -> str:
        """The text that stands for an image; without one, the name of its file and a problem."""
        text = visible(str(node.get("alt") or ""))
        if not text:
            self.problem(node, Code.IMAGE_WITHOUT_TEXT, "the image has no text", "the option :alt:")
        return text or str(node.get("uri", ""))

    def problem(self, node: nodes.Node, code: Code, message: str, expected: str = "") -> None:
        """Report what cannot be shown as the source means it."""
        self._report(Problem(place(node), code, message, expected))

    def inline_raw(self, node: nodes.Element, style: Style) -> Iterable[Inline]:
        if is_for_man_pages(node):
            self.problem(node, Code.RAW, "man(7) source cannot stand within a line", 'the directive "raw"')
        return ()

    def inline_invisible(self, node: nodes.Element, style: Style) -> Iterable[Inline]:
        return self.inlines(node, style) if isinstance(node, nodes.target) else ()

    def inline_reference(self, node: nodes.Element, style: Style) -> Iterable[Inline]:
        target = node.get("refuri", "")
        if node.get("internal") or not _EXTERNAL.match(target) or _is_name(node):
            return self._inner_reference(node, style)
        address = target.removeprefix("mailto:")
        if node.astext() in (target, address):
            return [Run(node.astext(), style.font, exact=True)]
        if not _is_visible(node.astext()):
            return [Run(f" {address} ", style.font, exact=True)]
        return [Link(target, tuple(part for part in self.inlines(node, style) if isinstance(part, Run)))]

    def _inner_reference(self, node: nodes.Element, style: Style) -> Iterable[Inline]:
        page = styles.page(node.astext())
        inside = self.inlines(node, style)
        if page or _is_marked(node, inside):
            return page or inside
        return self.inlines(node, Style(Font.ITALIC, style.exact))

    def _styled(self, node: nodes.Element, style: Style) -> Iterable[Inline]:
        """The children in `style`, or in the one that the classes of the node ask for."""
        classes: list[str] = node.get("classes", [])
        page = styles.page(node.astext()) if "manpage" in classes else None
        if _CALLED.intersection(classes) and "(" not in node.astext():
            # docutils alone: Sphinx has put the parentheses there.
            return styles.code(f"{node.astext()}()", BOLD)
        return page or self.inlines(node, styles.of_role(classes) or style)


def is_for_man_pages(raw: nodes.Element) -> bool:
    """Whether raw text is meant for a man page; docutils and Sphinx call that format "manpage"."""
    return not {"man", "manpage"}.isdisjoint(raw.get("format", "").split())


def _is_visible(text: str) -> bool:
    return any(char.isprintable() and not char.isspace() for char in text)


def _is_name(node: nodes.Element) -> bool:
    """Whether a reference shows the name of a page or of an object, which a reader finds by that name."""
    return any(
        type(child).__name__ == "manpage" or {"manpage", "xref"}.intersection(child["classes"])
        for child in node.findall(nodes.Element)
    )


def _is_marked(node: nodes.Element, inside: Iterable[Inline]) -> bool:
    """Whether a reference needs no font of its own: it has one, or brackets, or a role that wants none."""
    if node.astext().startswith("["):
        return True
    if any(styles.of_role(child["classes"]) for child in node.findall(nodes.inline)):
        return True
    return any(isinstance(part, Run) and (part.font is not Font.ROMAN or part.exact) for part in inside)
