"""The rules of the model, as the comments above its checks name them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nsdoc.page import Place

_ID = re.compile(r"\bR\d{3}(?:\(\w+\))?")
# What stands between the number of a rule and its sentence: functions, manual pages, errors.
_SOURCE = re.compile(r"^[^:]*: ")
_COMMENT = re.compile(r"^\s*# ?")

Step = tuple[str, int | None]
"""One step down a syntax tree: a field, and the index where the field is a list."""

_BLOCKS = ("body", "orelse", "finalbody")


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """A sentence of the specification.

    `id` is its number such as ``R052(3)``, or the name of a change, or empty where it has none.

    `place` is where the model states it, `what` its words.
    """

    place: Place
    id: str
    what: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a function, and the rule that it implements, if it says so; `path` leads to it."""

    node: ast.stmt
    path: tuple[Step, ...]
    rule: Rule | None

    @property
    def lines(self) -> range:
        """The lines that are reached whenever the statement is: for a compound one those of its head."""
        test = getattr(self.node, "test", None) or getattr(self.node, "iter", None) or self.node
        compound = any(hasattr(self.node, block) for block in _BLOCKS)
        last = test if compound and test is not self.node else self.node
        end = self.node.lineno if compound and last is self.node else last.end_lineno or last.lineno
        return range(self.node.lineno, end + 1)

    @property
    def within(self) -> range:
        """The lines that are reached only where the test of an ``if`` is true; those of anything else."""
        if not isinstance(self.node, ast.If):
            return self.lines
        last = self.node.body[-1]
        return range(self.node.body[0].lineno, (last.end_lineno or last.lineno) + 1)


class Comments:
    """The comments of one source file of the model."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self._lines = text.splitlines()

    def above(self, node: ast.stmt) -> tuple[bool, Rule | None]:
        """Whether a comment stands directly above a statement, and the rule that it names."""
        first = last = node.lineno - 1
        while first and self._lines[first - 1].lstrip().startswith("#"):
            first -= 1
        words = " ".join(_COMMENT.sub("", line) for line in self._lines[first:last])
        found = _ID.search(words)
        if found is None:
            return first < last, None
        return True, Rule(Place(self.file, first + 1), found[0], _sentence(words[found.end() :]))

    def of(self, function: ast.FunctionDef) -> Rule | None:
        """The rule that a function implements as a whole, as its docstring says."""
        text = ast.get_docstring(function) or ""
        found = _ID.search(text)
        if found is None:
            return None
        first = text.split("\n", 1)[0]
        what = _sentence(first[found.end() :]) if first.startswith(found[0]) else _ID.split(first)[0]
        return Rule(Place(self.file, function.lineno), found[0], what.strip())

    def unnamed(self, function: ast.FunctionDef) -> Rule:
        """What a function does, as its docstring says, where no rule is named."""
        text = ast.get_docstring(function) or function.name
        return Rule(Place(self.file, function.lineno), "", text.split("\n", 1)[0])


def _sentence(words: str) -> str:
    """What a comment says after the number of a rule, without the functions and pages it names first."""
    named = words.startswith(",")
    rest = words.lstrip(",: ")
    return _SOURCE.sub("", rest) if named else rest


def statements(function: ast.FunctionDef, comments: Comments) -> Iterator[Statement]:
    """The statements of a function, each with the rule that it implements.

    The rule stands in a comment above the statement, else above one that contains it, else in the docstring;
    a comment above an assignment is also for the statement after that.
    """
    yield from _block(function.body, (), comments, comments.of(function))


def _block(
    body: Sequence[ast.stmt],
    path: tuple[Step, ...],
    comments: Comments,
    outer: Rule | None,
    name: str = "body",
) -> Iterator[Statement]:
    carried: Rule | None = None
    for index, node in enumerate(body):
        commented, own = comments.above(node)
        rule = own if commented else carried or outer
        carried = rule if isinstance(node, ast.Assign) and (commented or carried) else None
        here = (*path, (name, index))
        yield Statement(node, here, rule)
        for field in _BLOCKS:
            inner = getattr(node, field, None)
            if isinstance(inner, list) and not isinstance(node, ast.FunctionDef | ast.ClassDef):
                yield from _block(inner, here, comments, rule, field)
