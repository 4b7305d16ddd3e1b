"""What a rule finds, and the edits that would mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nsdoc.page import Place
from nsdoc.problems import Problem


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """A part of one line gives way to `text`: the columns from `start` up to `end`.

    `line` counts from 1, columns from 0 in the line as it stands in the file.
    """

    line: int
    start: int
    end: int
    text: str

    def touches(self, other: Edit) -> bool:
        """Whether the two cannot be made together."""
        if self.line != other.line:
            return False
        return self.start <= other.end and other.start <= self.end


@dataclass(frozen=True, slots=True)
class Finding:
    """A departure from a rule; with `edits` it can be mended by making all of them."""

    problem: Problem
    edits: tuple[Edit, ...] = ()

    @property
    def fixable(self) -> bool:
        """Whether `nsdoc lint --fix` mends it."""
        return bool(self.edits)


def find(place: Place, rule: str, message: str, expected: str, edits: Sequence[Edit] = ()) -> Finding:
    """A finding in one piece."""
    return Finding(Problem(place, rule, message, expected), tuple(edits))


def applied(rows: Sequence[str], edits: Sequence[Edit]) -> str:
    """The text whose lines are `rows` with the edits made; no two of them may touch."""
    lines = list(rows)
    for edit in sorted(edits, reverse=True):
        row = lines[edit.line - 1]
        ending = "\r\n" if row.endswith("\r") else "\n"
        lines[edit.line - 1] = row[: edit.start] + edit.text.replace("\n", ending) + row[edit.end :]
    return "\n".join(lines)
