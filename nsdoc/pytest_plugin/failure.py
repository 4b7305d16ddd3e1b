"""How a failure is shown: as if the code of the page had raised it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from nsdoc.page import Claim, Place
    from nsdoc.problems import Problem
    from nsdoc.verdict import Verdict

_MOST_CALLS = 20
_WIDEST = 10_000


class ClaimFails(Exception):
    """A claim does not hold; the message says what was expected and what came."""


class Refuted(ClaimFails):
    """The kernel says something else than the page."""


class Broken(ClaimFails):
    """The example did not run as an example should."""


class BadSource(Exception):
    """Something is wrong with a source; the message is that of its problem."""


def failure(claim: Claim, verdict: Verdict) -> ClaimFails:
    """The error of a claim that does not hold: what was expected, what came, the claim and its last calls."""
    finding = verdict.finding
    kind = Refuted if verdict.kind == "refuted" else Broken
    lines = [
        finding.message,
        *_labelled("expected", finding.expected),
        *_labelled("observed", finding.observed),
    ]
    lines += _labelled("claim", claim.prose)
    if verdict.trace:
        lines += _labelled("calls", "\n".join(verdict.trace[-_MOST_CALLS:]))
    return kind("\n".join(lines))


def bad_source(problem: Problem) -> BadSource:
    """The error of a mistake in a source."""
    return BadSource(
        f"{problem.message}; expected {problem.expected}" if problem.expected else problem.message
    )


def _labelled(label: str, text: str | None) -> list[str]:
    if text is None:
        return []
    first, *rest = text.split("\n")
    return [f"  {label}: {first}", *(f"  {'':{len(label) + 1}} {line}" for line in rest)]


def raise_at(place: Place, start: int, error: Exception) -> None:
    """Raise an error from a line of a page, as if the code that begins at line `start` had raised it.

    pytest then shows that code, the line and the file in whatever style it was asked for,
    and an editor finds its way there.
    """
    tree = ast.parse("raise error")
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.expr):
            # All of the line: nothing in it is to be marked as the part that failed.
            node.lineno = node.end_lineno = place.line - start + 1
            node.col_offset, node.end_col_offset = 0, _WIDEST
    raising = compile(tree, place.file, "exec", dont_inherit=True)
    exec(raising.replace(co_firstlineno=start), {"error": error})


def from_page(excinfo: pytest.ExceptionInfo[BaseException]) -> pytest.ExceptionInfo[BaseException]:
    """An error without the frames of pytest and of this module above the one in the page."""
    if isinstance(excinfo.value, ClaimFails | BadSource):
        excinfo.traceback = type(excinfo.traceback)(list(excinfo.traceback)[-1:])
    return excinfo
