"""The directives of a literate source; docutils and Sphinx use the same classes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive, directives

from nsdoc.nodes import claim, example
from nsdoc.process.features import FEATURES

_RELEASE = re.compile(r"\d+(\.\d+){1,3}")
_WORD = re.compile(r"[a-z][a-z0-9_-]*")
MAX_TIMEOUT = 600.0
"""The longest an example can ask for, in seconds."""


def release(argument: str | None) -> str:
    """A kernel release, such as ``3.19``.

    Raises:
        ValueError: it is not written so.
    """
    text = (argument or "").strip()
    if not _RELEASE.fullmatch(text):
        raise ValueError("expected a release such as 3.19")
    return text


def seconds(argument: str | None) -> float:
    """A time in seconds, more than 0 and at most `MAX_TIMEOUT`.

    Raises:
        ValueError: it is no such number.
    """
    hint = f"expected seconds, more than 0 and at most {MAX_TIMEOUT:g}"
    try:
        value = float((argument or "").strip())
    except ValueError:
        raise ValueError(hint) from None
    if not (math.isfinite(value) and 0 < value <= MAX_TIMEOUT):
        raise ValueError(hint)
    return value


def words(argument: str | None) -> list[str]:
    """Words of `nsdoc.process.features`, separated by spaces or commas.

    Raises:
        ValueError: there are none, or one has other characters or stands for nothing.
    """
    found = (argument or "").replace(",", " ").split()
    if not found or not all(map(_WORD.fullmatch, found)):
        raise ValueError("expected words in lower case, such as: root network")
    if unknown := [word for word in found if word not in FEATURES]:
        raise ValueError(f"expected not {', '.join(unknown)} but some of {', '.join(sorted(FEATURES))}")
    return found


def _bounds(options: Mapping[str, Any]) -> dict[str, str | None]:
    return {"since": options.get("since"), "until": options.get("until")}


class Claim(Directive):
    """``.. claim:: ID``: prose that a run can refute, and the examples that try."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = {
        "since": release,
        "until": release,
        "continue": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """One `claim` node with the prose and the examples in it."""
        name = self.arguments[0]
        node = claim(self.block_text, claim=name, continues="continue" in self.options)
        node.attributes.update(_bounds(self.options))
        node.source, node.line = self.state_machine.get_source_and_line(self.lineno)
        node["line"] = node.line
        self._anchor(node, name)
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]

    def _anchor(self, node: claim, name: str) -> None:
        """Make the id the anchor, as it stands: it is the claim's permanent name."""
        if name not in self.state.document.ids:
            node["names"].append(nodes.fully_normalize_name(name))
            node["ids"].append(name)
            self.state.document.note_explicit_target(node, node)


class Example(Directive):
    """``.. example::``: the code that tries the claim around it."""

    has_content = True
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = {
        "since": release,
        "until": release,
        "timeout": seconds,
        "needs": words,
    }

    def run(self) -> list[nodes.Node]:
        """One `example` node, whose line is that of its first line of code."""
        code = "\n".join(self.content)
        node = example(code, code, language="python")
        node.attributes.update(_bounds(self.options))
        node.attributes.update(timeout=self.options.get("timeout"), needs=self.options.get("needs", []))
        # The place of the first line of code.  The directive's own line will not do:
        # options, and the nesting in other blocks, stand between the two.
        node.source, node.line = self._first_line()
        node.attributes.update(source=node.source, line=node.line)
        return [node]

    def _first_line(self) -> tuple[str | None, int | None]:
        if not self.content:
            return self.state_machine.get_source_and_line(self.lineno)
        source, offset = self.content.info(0)
        return source, (offset or 0) + 1


class Unclaimed(Directive):
    """Prose that no run can refute: ``definition``, ``pointer`` (elsewhere) and ``advice``.

    Its paragraphs stay where they are; only their attribute `unclaimed` tells them from others.
    """

    has_content = True
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = {"continue": directives.flag}

    def run(self) -> list[nodes.Node]:
        """The body elements of the prose, each with the attribute `unclaimed`."""
        self.assert_has_content()
        holder = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, holder)
        children = list(holder.children)
        for child in children:
            if isinstance(child, nodes.Element) and not isinstance(child, nodes.system_message):
                child["unclaimed"] = self.name.lower()
        if "continue" in self.options and children and isinstance(children[0], nodes.paragraph):
            children[0]["continues"] = True
        return children


OWN: Mapping[str, type[Directive]] = {
    "claim": Claim,
    "example": Example,
    "definition": Unclaimed,
    "pointer": Unclaimed,
    "advice": Unclaimed,
}
"""Registered with Sphinx too."""
