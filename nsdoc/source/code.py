"""What can be known of an example's code without running it.

Everything is found through `ast` and `tokenize`:
a search by pattern would take a ``#>`` inside a string for an expected output,
and miss the print of a ``finally`` or a ``match``.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

from nsdoc.page import Expected, Print
from nsdoc.problems import Code
from nsdoc.source import notation
from nsdoc.source.syntax import children, every, parsed


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake at a line of the code, counted from 1."""

    line: int
    code: Code
    message: str
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """Where the code prints, what it expects to print, and what is wrong with it."""

    prints: tuple[Print, ...] = ()
    expected: tuple[Expected, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


def inspect(code: str) -> Findings:
    """Read the code of an example; with a mistake, prints and outputs may be incomplete."""
    try:
        nodes = every(parsed(code))
        comments = _comments(code, nodes)
    except SyntaxError as error:
        return Findings(mistakes=(_syntax_mistake(error, code),))
    prints = tuple(_prints(nodes, code, comments))
    reader = _Outputs(code, nodes, comments)
    expected = tuple(filter(None, map(reader.below, prints)))
    mistakes = [*reader.mistakes, *reader.left_over()]
    # A print without an expected output is a check that cannot pass; an update writes the output below it.
    if not mistakes and not prints and not any(map(_can_fail, nodes)):
        mistakes.append(_checks_nothing())
    return Findings(prints, expected, tuple(mistakes))


def _syntax_mistake(error: SyntaxError, code: str) -> Mistake:
    line = min(max(error.lineno or 1, 1), code.count("\n") or 1)
    if isinstance(error, IndentationError):
        message = f"the example's indentation is wrong: {error.msg}"
        return Mistake(line, Code.EXAMPLE_INDENTATION, message, "four spaces a level, the first line at none")
    return Mistake(line, Code.EXAMPLE_SYNTAX, f"the example is not Python: {error.msg}")


def _checks_nothing() -> Mistake:
    hint = f'a print with "{notation.MARK} value" below it, an assert, or "with fails(...)"'
    return Mistake(1, Code.CHECKS_NOTHING, "the example checks nothing", hint)


def _can_fail(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        # "assert True", and "assert (x, 'message')" which is never empty, hold whatever happens.
        always = (isinstance(node.test, ast.Constant) and node.test.value) or (
            isinstance(node.test, ast.Tuple) and node.test.elts
        )
        return not always
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "fails"


# Where the code prints

_STATEMENTS = (ast.stmt, ast.ExceptHandler, ast.match_case)


def _prints(nodes: list[ast.AST], code: str, comments: dict[int, tuple[int, str]]) -> Iterator[Print]:
    """The prints, each with all lines of the statement it stands in, and of those on the same lines."""
    printing = {node.lineno for node in nodes if _is_print(node)}
    if not printing:
        return
    lines = code.split("\n")
    merged: list[tuple[int, int]] = []
    for first, last in sorted(_span(node) for node in nodes if isinstance(node, _STATEMENTS)):
        # A line that goes on after a backslash cannot be followed by a comment.
        while lines[last - 1].endswith("\\") and last not in comments:
            last += 1
        if merged and first <= merged[-1][1]:
            first, before = merged.pop()
            last = max(last, before)
        merged.append((first, last))
    yield from (Print(*span) for span in merged if not printing.isdisjoint(range(span[0], span[1] + 1)))


def _span(node: ast.AST) -> tuple[int, int]:
    """The first and the last line of a simple statement, or of the head of a compound one."""
    if isinstance(node, ast.stmt) and not _is_compound(node):
        return node.lineno, node.end_lineno or node.lineno
    own = [one for one in (node, *_own_nodes(node)) if hasattr(one, "lineno")]
    first = min(one.lineno for one in own)
    return first, max([first, *(getattr(one, "end_lineno", None) or 0 for one in own if one is not node)])


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a statement that are in no statement inside it."""
    for child in children(node):
        if not isinstance(child, _STATEMENTS):
            yield child
            yield from _own_nodes(child)


def _is_compound(node: ast.AST) -> bool:
    return hasattr(node, "body") or isinstance(node, ast.Match)


def _is_print(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"


# What it expects to print


def _comments(code: str, nodes: list[ast.AST]) -> dict[int, tuple[int, str]]:
    """The comment of each line that has one: its column, and its text.

    Raises:
        SyntaxError: the code cannot be cut into tokens.
    """
    if "#" not in code:
        return {}
    if any(map(_is_long_text, nodes)):
        return _tokenized(code)
    found = {}
    for number, line in enumerate(code.split("\n"), 1):
        start = line.find("#")
        if start >= 0 and line[:start].strip():
            # Behind code, or in a text: that takes a reader of tokens.
            return _tokenized(code)
        if start >= 0:
            found[number] = (start, line[start:])
    return found


def _is_long_text(node: ast.AST) -> bool:
    """Whether a node is a text of several lines, or a text that may hold one."""
    if not isinstance(node, ast.Constant | ast.JoinedStr):
        return False
    return node.end_lineno != node.lineno


def _tokenized(code: str) -> dict[int, tuple[int, str]]:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except tokenize.TokenError as error:
        raise SyntaxError(str(error.args[0])) from None
    return {t.start[0]: (t.start[1], t.string) for t in tokens if t.type == tokenize.COMMENT}


class _Outputs:
    """The expected outputs of one example, taken from its lines print by print."""

    def __init__(self, code: str, nodes: list[ast.AST], comments: dict[int, tuple[int, str]]) -> None:
        self.mistakes: list[Mistake] = []
        self._lines = code.split("\n")
        self._blocks = {
            node.lineno: node
            for node in nodes
            if isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        }
        self._marks = {
            number: (column, text)
            for number, (column, text) in comments.items()
            if text.startswith(notation.MARK)
        }

    def below(self, site: Print) -> Expected | None:
        """What stands below one print; None if nothing does."""
        texts: list[str] = []
        line = site.last + 1
        while (taken := self._take(line)) is not None:
            text, line = taken
            texts.append(text)
        return Expected(site.last, site.last + 1, line - 1, "\n".join(texts)) if texts else None

    def _take(self, line: int) -> tuple[str, int] | None:
        """The output that starts at `line`, and the line after it."""
        if line in self._marks and self._alone(line):
            _, comment = self._marks.pop(line)
            text = notation.marked(comment)
            if text is None:
                message = f'"{notation.MARK}" and the output run together'
                self.mistakes.append(Mistake(line, Code.BAD_EXPECTED, message, f'"{notation.MARK} value"'))
            return text or "", line + 1
        return self._take_block(line)

    def _take_block(self, line: int) -> tuple[str, int] | None:
        node = self._blocks.get(line)
        first = self._lines[line - 1].lstrip() if line <= len(self._lines) else ""
        if node is None or not first.startswith(('"""', "'''")):
            return None
        last = node.end_lineno or line
        text = notation.block_text(self._lines[line - 1 : last], node.col_offset)
        if text is None:
            message = "the block of expected output has text beside its quotes"
            self.mistakes.append(
                Mistake(line, Code.BAD_EXPECTED, message, "the quotes on lines of their own")
            )
        return text or "", last + 1

    def _alone(self, line: int) -> bool:
        return not self._lines[line - 1][: self._marks[line][0]].strip()

    def left_over(self) -> Iterator[Mistake]:
        """A mistake for each expected output that no print took; consecutive lines count as one."""
        for line in sorted(self._marks):
            if not self._alone(line):
                message = f'"{notation.MARK}" stands behind code'
                yield Mistake(line, Code.BAD_EXPECTED, message, "a line of its own, below the print")
            elif line - 1 not in self._marks:
                message = f'"{notation.MARK}" does not stand below a print'
                yield Mistake(line, Code.EXPECTED_WITHOUT_PRINT, message, "the line directly below the print")
