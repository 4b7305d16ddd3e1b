"""What came of the examples of a claim, and whether that refutes it by a value."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from nsdoc.page import Example
from nsdoc.verdict import Finding, Kind, Reason

# What shows that an example looked at what the kernel did and saw something else.
# An error that nothing expected ends an example before it could look,
# but where the call was its last: then that it succeeds is what the example shows.
_LAST_CALL = "last-call"
_BY_VALUE = (Reason.WRONG_OUTPUT, Reason.WRONG_ERROR, Reason.ASSERTION, _LAST_CALL)


class Outcome(NamedTuple):
    """What came of an example: a kind of verdict, and the code of its reason."""

    kind: str
    code: str

    @property
    def holds(self) -> bool:
        """Whether the example came out as it stands in the page."""
        return self.kind == Kind.HOLDS

    @property
    def by_value(self) -> bool:
        """Whether the example saw another value than it expected."""
        return self.kind == Kind.REFUTED and self.code in _BY_VALUE


LOST = Outcome(Kind.BROKEN, Reason.RUNNER_LOST)
"""The outcome of an example whose process was lost."""

OVERDUE = Outcome(Kind.BROKEN, Reason.TIMEOUT)
"""The outcome of an example that did not end in its time."""


def outcome_of(example: Example, finding: Finding) -> Outcome:
    """What is kept of a finding on an example."""
    refused = finding.code == Reason.UNEXPECTED_ERROR and _ends_at(example, finding.place.line)
    return Outcome(str(finding.kind), _LAST_CALL if refused else finding.code)


def _ends_at(example: Example, line: int) -> bool:
    """Whether an example ends with a call on that line of its file of which nothing is looked at."""
    last = ast.parse(example.code).body[-1]
    match last:
        case ast.Expr(value=ast.Call(func=ast.Attribute())):
            return line >= example.place.line + last.lineno - 1
    return False


class Bound(NamedTuple):
    """Trials at a bound of a claim: whether together they have to hold, or must not."""

    holds: bool
    trials: tuple[int, ...]

    def borne_out(self, came: Mapping[int, Outcome]) -> bool:
        """Whether it is so, or cannot be shown."""
        if any(came[index].kind == Kind.UNAVAILABLE for index in self.trials):
            return True
        return _hold(came, self.trials) is self.holds

    def contradicted(self, came: Mapping[int, Outcome]) -> bool:
        """Whether values show that it is not so."""
        if self.holds:
            return any(came[index].by_value for index in self.trials)
        return _hold(came, self.trials)


class Tried(NamedTuple):
    """A claim, and the trials that decide it: those of its own, and those at its bounds."""

    name: str
    own: tuple[int, ...]
    bounds: tuple[Bound, ...]

    @property
    def trials(self) -> frozenset[int]:
        """All of them."""
        return frozenset((*self.own, *(index for bound in self.bounds for index in bound.trials)))

    def sound(self, came: Mapping[int, Outcome]) -> bool:
        """Whether the claim and its bounds hold, and something was tried."""
        held = _hold(came, self.own) and all(bound.borne_out(came) for bound in self.bounds)
        return held and bool(self.trials)

    def refuted(self, came: Mapping[int, Outcome]) -> bool:
        """Whether a value refutes the claim: one that an example saw, or one that makes a bound wrong."""
        seen = any(came[index].by_value for index in self.own)
        return seen or any(bound.contradicted(came) for bound in self.bounds)


def _hold(came: Mapping[int, Outcome], trials: Sequence[int] | Iterable[int]) -> bool:
    return all(came[index].holds for index in trials)
