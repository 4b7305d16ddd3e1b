"""Directives of Sphinx for docutils alone, as far as a man page shows what they do.

Their nodes have the names that Sphinx gives them, by which the renderer knows them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from docutils.statemachine import StringList

from nsdoc.render.directives import OWN


class desc(nodes.Admonition, nodes.Element):  # noqa: N801 - docutils names nodes in lower case
    """An object and its description."""


class desc_signature(nodes.Part, nodes.Inline, nodes.TextElement):  # noqa: N801
    """How the object is written."""


class desc_content(nodes.General, nodes.Element):  # noqa: N801
    """What is said about the object."""


class seealso(nodes.Admonition, nodes.Element):  # noqa: N801
    """Pointers elsewhere."""


class centered(nodes.Part, nodes.TextElement):  # noqa: N801
    """A line in the middle."""


class _AnyOption(dict[str, Callable[[str], str]]):
    def __bool__(self) -> bool:
        return True

    def __missing__(self, name: str) -> Callable[[str], str]:
        return directives.unchanged


class _StandIn(Directive):
    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[Any] = _AnyOption()

    def body(self, node: nodes.Element) -> nodes.Element:
        """`node` with the content parsed into it."""
        node.source, node.line = self.state_machine.get_source_and_line(self.lineno)
        self.state.nested_parse(self.content, self.content_offset, node)
        return node


class Object(_StandIn):
    """``option``, ``c:function`` and their like: a signature a line, then the description."""

    def run(self) -> list[nodes.Node]:
        """One `desc`."""
        domain, _, kind = self.name.rpartition(":")
        node = desc(domain=domain, objtype=kind)
        for line in (self.arguments or [""])[0].splitlines():
            text = line.strip()
            node += desc_signature(text, text)
        node += self.body(desc_content())
        return [node]


class SeeAlso(_StandIn):
    """``seealso``: its argument is its first paragraph."""

    def run(self) -> list[nodes.Node]:
        """One `seealso`."""
        node = seealso()
        for argument in self.arguments:
            inline, messages = self.state.inline_text(argument, self.lineno)
            node += [nodes.paragraph(argument, "", *inline), *messages]
        return [self.body(node)]


class Productions(_StandIn):
    """``productionlist``: a grammar."""

    def run(self) -> list[nodes.Node]:
        """One literal block, the rules aligned at their marks."""
        rules = [line.partition(":") for line in (self.arguments or [""])[0].splitlines()]
        width = max((len(name.strip()) for name, _, _ in rules), default=0)
        lines = [f"{name.strip():{width}} ::= {rule.strip()}" for name, _, rule in rules]
        return [nodes.literal_block("", "\n".join(lines).replace("`", ""))]


class Centered(_StandIn):
    """``centered``."""

    def run(self) -> list[nodes.Node]:
        """One `centered`."""
        text = (self.arguments or [""])[0]
        inline, messages = self.state.inline_text(text, self.lineno)
        return [centered(text, "", *inline), *messages]


class VersionChange(_StandIn):
    """``versionadded`` and its like: a sentence that names the release, then what is new."""

    def run(self) -> list[nodes.Node]:
        """A paragraph that begins with the sentence, then the content."""
        release, *rest = (self.arguments or [""])[0].split(None, 1)
        text = "".join(rest)
        inline, messages = self.state.inline_text(text, self.lineno)
        holder = self.body(nodes.Element())
        start = f"{_VERB[self.name.lower().replace('version-', 'version')]} {release}"
        paragraph = nodes.paragraph("", f"{start}{':' if text or holder.children else '.'}")
        first = holder.children[0] if holder.children else None
        if text:
            paragraph += [nodes.Text(" "), *inline]
        elif isinstance(first, nodes.paragraph):
            paragraph += [nodes.Text(" "), *first.children]
            holder.remove(first)
        return [paragraph, *messages, *holder.children]


_VERB: Mapping[str, str] = MappingProxyType(
    {
        "versionadded": "Added in version",
        "versionchanged": "Changed in version",
        "versiondeprecated": "Deprecated since version",
        "deprecated": "Deprecated since version",
        "versionremoved": "Removed in version",
    }
)


class Code(_StandIn):
    """``code-block`` and its like, with the caption."""

    def run(self) -> list[nodes.Node]:
        """The caption, if there is one, and a literal block."""
        text = "\n".join(self.content)
        block = nodes.literal_block(text, text, language=(self.arguments or [""])[0])
        block["classes"] += self.options.get("class", "").split()
        block.source, block.line = self.state_machine.get_source_and_line(self.lineno)
        if "caption" not in self.options:
            return [block]
        inline, messages = self.state.inline_text(self.options["caption"], self.lineno)
        return [nodes.caption("", "", *inline), *messages, block]


class Glossary(_StandIn):
    """``glossary``: a definition list in which several terms can share a definition."""

    def run(self) -> list[nodes.Node]:
        """One definition list."""
        found = nodes.definition_list()
        place = 0
        while place < len(self.content):
            if self.content[place].strip():
                place = self._entry(found, place)
            else:
                place += 1
        return [found]

    def _entry(self, found: nodes.definition_list, place: int) -> int:
        item = nodes.definition_list_item()
        while place < len(self.content) and re.match(r"\S", self.content[place]):
            # What stands behind " : " is a key for the index.
            text = self.content[place].split(" : ")[0]
            inline, messages = self.state.inline_text(text, self.lineno + place)
            item += [nodes.term("", "", *inline), *messages]
            place += 1
        start = place
        while place < len(self.content) and not re.match(r"\S", self.content[place]):
            place += 1
        definition = nodes.definition()
        lines: StringList = self.content[start:place]
        lines.trim_left(_margin(lines))
        self.state.nested_parse(lines, self.content_offset + start, definition)
        found += item
        item += definition
        return place


def _margin(lines: StringList) -> int:
    return min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)


class Only(_StandIn):
    """``only``: its content, where the expression holds for a man page."""

    def run(self) -> list[nodes.Node]:
        """The content, or nothing."""
        try:
            wanted = _holds(ast.parse((self.arguments or [""])[0], mode="eval").body)
        except (SyntaxError, ValueError):
            raise self.error(f'"only" cannot read {self.arguments[0]!r}') from None
        return list(self.body(nodes.Element()).children) if wanted else []


_TAGS = "man nsman format_man builder_man builder_nsman"


def _holds(expression: ast.expr) -> bool:
    match expression:
        case ast.Name(id=name):
            return name in _TAGS.split()
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _holds(operand)
        case ast.BoolOp(op=ast.And(), values=values):
            return all(map(_holds, values))
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(map(_holds, values))
    raise ValueError("not an expression of tags")


_OBJECTS = """
    attribute class cmdoption confval data describe envvar exception function method object option
    c:enum c:enumerator c:function c:macro c:member c:struct c:type c:union c:var
    py:attribute py:class py:data py:exception py:function py:method
    std:envvar std:option
"""
STAND_INS: Mapping[str, type[Directive]] = MappingProxyType(
    {
        **dict.fromkeys(_OBJECTS.split(), Object),
        **dict.fromkeys(_VERB, VersionChange),
        **dict.fromkeys((name.replace("version", "version-") for name in _VERB), VersionChange),
        **dict.fromkeys(("code-block", "sourcecode", "code"), Code),
        "seealso": SeeAlso,
        "centered": Centered,
        "glossary": Glossary,
        "only": Only,
        "productionlist": Productions,
        **OWN,
    }
)
