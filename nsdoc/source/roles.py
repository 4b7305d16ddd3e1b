"""The roles of a literate source: our own, and for docutils alone those that Sphinx would bring."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from docutils import nodes
from docutils.parsers.rst.states import Inliner
from docutils.utils import unescape

Role = Callable[
    [str, str, str, int, Inliner, Mapping[str, Any] | None, Sequence[str] | None],
    tuple[list[nodes.Node], list[nodes.system_message]],
]
_Build = Callable[[str, str, str], nodes.Node]


def _role(build: _Build) -> Role:
    def role(
        name: str,
        rawtext: str,
        text: str,
        lineno: int,
        inliner: Inliner,
        options: Mapping[str, Any] | None = None,
        content: Sequence[str] | None = None,
    ) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [build(name.rpartition(":")[2].lower(), rawtext, unescape(text))], []

    return role


def _literal(name: str, rawtext: str, text: str) -> nodes.Node:
    return nodes.literal(rawtext, text, role=name, classes=[name])


def _strong(name: str, rawtext: str, text: str) -> nodes.Node:
    return nodes.strong(rawtext, text, classes=[name])


def _emphasis(name: str, rawtext: str, text: str) -> nodes.Node:
    return nodes.emphasis(rawtext, text, classes=[name])


def _inline(name: str, rawtext: str, text: str) -> nodes.Node:
    return nodes.inline(rawtext, text, classes=[name])


def _with_variables(name: str, rawtext: str, text: str) -> nodes.Node:
    """A literal in which ``{name}`` stands for what the reader fills in, as in Sphinx's ``file``."""
    node = nodes.literal(rawtext, "", role=name, classes=[name])
    for index, part in enumerate(re.split(r"\{([^{}]+)\}", text)):
        if part:
            node += nodes.emphasis(part, part) if index % 2 else nodes.Text(part)
    return node


def _reference(name: str, rawtext: str, text: str) -> nodes.Node:
    """The words that a cross-reference shows: ``title <target>``, or the target itself."""
    titled = re.fullmatch(r"(?s)(.+?)\s*<([^<>]+)>", text)
    words = titled[1] if titled else text.removeprefix("!")
    if words.startswith("~"):
        words = words[1:].rpartition(".")[2]
    return nodes.inline(rawtext, words, classes=[name])


OWN: Mapping[str, Role] = {
    # Each is a constant of the kernel's interface; the name says which kind.
    "cap": _role(_literal),
    "const": _role(_literal),
    "errno": _role(_literal),
}
"""Registered with Sphinx too."""

PLAIN: Mapping[str, Role] = {
    **{name: _role(_with_variables) for name in ("file", "samp")},
    **{name: _role(_strong) for name in ("command", "program")},
    **{name: _role(_literal) for name in ("envvar", "kbd", "makevar", "option", "regexp", "token")},
    **{name: _role(_emphasis) for name in ("dfn", "mailheader", "mimetype", "newsgroup")},
    **{
        name: _role(_inline)
        for name in ("abbr", "cve", "cwe", "guilabel", "keyword", "manpage", "menuselection", "eq")
    },
    **{
        name: _role(_reference)
        for name in ("any", "claim", "confval", "doc", "download", "numref", "ref", "term")
    },
    # Sphinx's default domain, Python.
    **{
        name: _role(_reference)
        for name in ("attr", "class", "data", "deco", "exc", "func", "meth", "mod", "obj", "type")
    },
}
"""What Sphinx defines by itself; used when docutils reads alone."""

DOMAIN_ROLE = _role(_reference)
"""Any role with a domain before its name, such as ``c:func``."""
