"""What a page loses or cannot show, as problems with a place."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from docutils import nodes

from nsdoc.page import Place
from nsdoc.problems import Problem


class Code(StrEnum):
    """The codes of what man(7) cannot show as the source means it."""

    UNKNOWN_NODE = "nsdoc.unknown-node"
    IMAGE_WITHOUT_TEXT = "nsdoc.image-without-text"
    RAW = "nsdoc.raw-within-line"


Report = Callable[[Problem], None]


def ignore(problem: Problem) -> None:
    """A report that nobody reads."""


def place(node: nodes.Node) -> Place:
    """Where a node stands, or the nearest one around it that knows."""
    current: nodes.Node | None = node
    line, file = 0, ""
    while current is not None and not (line and file):
        line = line or current.line or 0
        file = file or current.source or ""
        current = current.parent
    return Place(file or "<document>", line or 1)
