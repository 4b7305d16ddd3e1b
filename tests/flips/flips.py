"""One wrong thing at a time in a claim: an output, an error, an assertion, a limit or a bound."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nsdoc.page import Bounds, Claim, Example
from nsdoc.releases import numbers
from nsdoc.source.code import inspect

# A number that can be a limit in prose: not a part of a release, nor a section, nor the ID of "(B, 500)".
_LIMIT = re.compile(r"(?<![\w.])\d+(?![\w()]|\.\d)")
# Smaller numbers are mostly IDs and counts that an example has for other reasons.
_LEAST = 3
# A limit that counts what lies outside the namespaces of an example.
_UNSEEN = ("clone(2)#enospc-pid-nesting",)
# The user ID of Alice, and what a reader is told to raise a limit to: any other would do as well.
_MADE_UP = (1000, 10000)
_WORD = re.compile(r"\d+|True|False")


@dataclass(frozen=True, slots=True)
class Flip:
    """A claim with one thing in it changed for the worse; `what` says what, and at which line."""

    claim: Claim
    what: str


def flips(claim: Claim, releases: Sequence[str]) -> Iterator[Flip]:
    """Every flip of a claim; `releases` are those that the model plays, oldest first."""
    yield from _of_bounds(claim, releases)
    yield from of_examples(claim)


def of_examples(claim: Claim) -> Iterator[Flip]:
    """Every flip of what the examples of a claim expect; each has as many lines as the example had."""
    for index, example in enumerate(claim.examples):
        for what, code in _codes(claim, example):
            yield Flip(_with(claim, index, _recoded(example, code)), f"line {what}")


def _codes(claim: Claim, example: Example) -> Iterator[tuple[str, str]]:
    """The code of an example with one thing changed, again and again, each with what that is."""
    edits = [*_outputs(example), *_errors(example), *_assertions(example)]
    for first, last, old, new in edits:
        line = example.place.line + example.code.count("\n", 0, first)
        yield f"{line}: {old} becomes {new}", example.code[:first] + new + example.code[last:]
    prose = "" if claim.name in _UNSEEN else claim.prose
    for limit in sorted({int(word) for word in _LIMIT.findall(prose)}):
        for step in (1, -1):
            code = _shifted(example.code, limit, step)
            if limit >= _LEAST and limit not in _MADE_UP and code != example.code:
                yield f"{example.place.line}: the limit {limit} becomes {limit + step}", code


_Edit = tuple[int, int, str, str]


def _outputs(example: Example) -> Iterator[_Edit]:
    """Each number and truth value of an expected output, or the whole line if it has none."""
    starts = _line_starts(example.code)
    for wanted in example.expected:
        for line in range(wanted.first, wanted.last + 1):
            first, last = starts[line - 1], starts[line] - 1
            text = example.code[first:last]
            mark = text.find("#>") + 2 if "#>" in text else 0
            if text.strip() in ("'''", '"""'):
                continue
            for found in _WORD.finditer(text, mark):
                yield first + found.start(), first + found.end(), found[0], _other_word(found[0])
            yield last, last, text[mark:].strip(), "~"


def _other_word(word: str) -> str:
    return {"True": "False", "False": "True"}.get(word) or str(int(word) + 1)


def _errors(example: Example) -> Iterator[_Edit]:
    """What each ``fails`` expects, all its errors together."""
    for node in ast.walk(ast.parse(example.code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "fails":
            names = [name.id for name in node.args if isinstance(name, ast.Name)]
            other = next(name for name in ("EPERM", "EINVAL", "E2BIG") if name not in names)
            first, last = _span(example.code, node.args[0], node.args[-1])
            yield first, last, example.code[first:last], other


def _assertions(example: Example) -> Iterator[_Edit]:
    """Each assertion, as its opposite."""
    for node in ast.walk(ast.parse(example.code)):
        if isinstance(node, ast.Assert):
            first, last = _span(example.code, node.test, node.test)
            yield first, last, example.code[first:last], f"not ({example.code[first:last]})"


def _shifted(code: str, limit: int, step: int) -> str:
    """The code with a limit, and the numbers next to it, moved by one, in outputs as well."""
    near = "|".join(str(limit + offset) for offset in (-1, 0, 1))
    return re.sub(rf"(?<![\w.])({near})(?![\w.])", lambda found: str(int(found[0]) + step), code)


def _span(code: str, first: ast.expr, last: ast.expr) -> tuple[int, int]:
    starts = _line_starts(code)
    assert last.end_lineno is not None
    assert last.end_col_offset is not None
    return starts[first.lineno - 1] + first.col_offset, starts[last.end_lineno - 1] + last.end_col_offset


def _line_starts(code: str) -> list[int]:
    starts = [0]
    for line in code.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _recoded(example: Example, code: str) -> Example:
    found = inspect(code)
    assert found.mistakes == (), (code, found.mistakes)
    return replace(example, code=code, expected=found.expected, prints=found.prints)


def _of_bounds(claim: Claim, releases: Sequence[str]) -> Iterator[Flip]:
    """Each bound of the claim and of its examples, one release earlier and one later."""
    for what, bounds in _moved(claim.bounds, releases):
        yield Flip(replace(claim, bounds=bounds), f"line {claim.place.line}: {what}")
    for index, example in enumerate(claim.examples):
        for what, bounds in _moved(example.bounds, releases):
            moved = _with(claim, index, replace(example, bounds=bounds))
            yield Flip(moved, f"line {example.place.line}: {what}")


def _moved(bounds: Bounds, releases: Sequence[str]) -> Iterator[tuple[str, Bounds]]:
    for kind in ("since", "until"):
        bound = getattr(bounds, kind)
        earlier = [release for release in releases if bound and numbers(release) < numbers(bound)][-1:]
        later = [release for release in releases if bound and numbers(release) > numbers(bound)][:1]
        for other in earlier + later:
            yield f":{kind}: {bound} becomes {other}", replace(bounds, **{kind: other})


def _with(claim: Claim, index: int, example: Example) -> Claim:
    examples = claim.examples
    return replace(claim, examples=(*examples[:index], example, *examples[index + 1 :]))
