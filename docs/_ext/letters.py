"""The two letters: for each statement, the releases on which the model bears it out.

``.. letters-chart::`` shows them as a chart, ``.. letters-table:: YEAR`` lists the statements of a letter.
The releases are computed when the page is read: a statement is so where its claims hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from docs._ext import chart
from docs._ext.marking import marked
from nsdoc import releases, report
from nsdoc.backends import model
from nsdoc.lifetime import lifetimes
from nsdoc.page import Bounds, Claim
from nsdoc.source import read_page
from nsdoc.verdict import Kind

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from nsdoc.report import Report

DOCUMENT = "history/index"
STATEMENTS = "history/statements.jsonl"
CLAIMS = "history/letters.rst"
EVIDENCE = "evidence"

LETTERS = {
    "2008": ("The letter of December 2008", "2.6.27"),
    "2014": ("The letter of August 2014", "3.16"),
}
"""What each letter is called, and the release that was the newest when it was written."""

_TICKS = ("2.6.23", "3.0", "3.8", "4.0", "5.0", "6.0", "7.0")
_TEXT = (
    "A row for each statement, a column for each release of Linux from 2.6.23 on; "
    "the releases on which it is so stand at the end of the row, and in the table of all statements."
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a letter, in our words.

    It is so where all of `claims` hold; where one of `instead` does, something else is.
    `row` is its label on the chart, if it has a row of its own;
    `why` says why no example tries it, if none does.
    """

    id: str
    statement: str
    row: str = ""
    claims: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    why: str = ""

    @property
    def year(self) -> str:
        """The year of its letter."""
        return self.id.partition("-")[0]


@dataclass(frozen=True, slots=True)
class Known:
    """Where each claim holds: the releases of the model, and the real kernels that have said so."""

    releases: tuple[str, ...]
    holds: Mapping[str, frozenset[str]]
    seen: Mapping[str, frozenset[str]]

    def so(self, statement: Statement) -> list[str]:
        """The releases on which a statement is so, oldest first."""
        if not statement.claims:
            return []
        return [release for release in self.releases if self._all(statement.claims, release)]

    def otherwise(self, statement: Statement) -> list[str]:
        """Those on which something else can be shown."""
        so = set(self.so(statement))
        shown = frozenset().union(*(self.holds[name] for name in statement.instead))
        return [release for release in self.releases if release in shown and release not in so]

    def marks(self, statement: Statement) -> list[str]:
        """The releases of which a real kernel has borne a statement out."""
        real = [self.seen.get(name, frozenset()) for name in statement.claims]
        return sorted(frozenset.intersection(*real), key=releases.numbers) if real else []

    def _all(self, names: Iterable[str], release: str) -> bool:
        return all(release in self.holds[name] for name in names)


def read_statements(path: str | Path) -> tuple[Statement, ...]:
    """The statements of a file, one a line.

    Raises:
        OSError: the file cannot be read.
        ValueError, TypeError: a line is no statement.
    """
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return tuple(_statement(**json.loads(line)) for line in lines)


def _statement(*, claims: Iterable[str] = (), instead: Iterable[str] = (), **texts: str) -> Statement:
    return Statement(**texts, claims=tuple(claims), instead=tuple(instead))


def know(claims: Sequence[Claim], evidence: Iterable[Report] = ()) -> Known:
    """What the model of every release says of claims, and what real kernels have said.

    Raises:
        OSError: there is no process to be had.
    """
    every = model.releases()
    found = {each.claim: _within(every, each.life.holds) for each in lifetimes(claims)}
    return Known(every, found, _seen(claims, evidence, every))


def _within(every: Sequence[str], spans: Iterable[Bounds]) -> frozenset[str]:
    return frozenset(release for span in spans for release in every if releases.within(release, span))


def _seen(
    claims: Sequence[Claim], evidence: Iterable[Report], every: Sequence[str]
) -> dict[str, frozenset[str]]:
    by_series = {releases.numbers(release)[:2]: release for release in reversed(every)}
    found: dict[str, set[str]] = {}
    for one in evidence:
        series = by_series.get(releases.numbers(one.conditions.release)[:2])
        known = one.by_claim
        for claim in claims:
            verdict = known.get(claim.name)
            if series and verdict and verdict.digest == claim.digest and verdict.kind is Kind.HOLDS:
                found.setdefault(claim.name, set()).add(series)
    return {name: frozenset(real) for name, real in found.items()}


# In words, and as a chart


def in_words(found: Sequence[str], every: Sequence[str]) -> str:
    """Releases as spans, such as ``2.6.29-3.4, since 5.14`` with a longer dash; *never* for none."""
    return ", ".join(_span(every, *span) for span in spans(found, every)) or "never"


def _span(every: Sequence[str], first: int, end: int) -> str:
    if end == len(every):
        return f"since {every[first]}" if first else "always"
    return f"{every[first]}\N{EN DASH}{every[end - 1]}"


def spans(found: Sequence[str], every: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Releases as half-open spans of their places among all of them."""
    places = [place for place, release in enumerate(every) if release in set(found)]
    runs = groupby(enumerate(places), key=lambda pair: pair[1] - pair[0])
    found_runs = [[place for _, place in run] for _, run in runs]
    return tuple((run[0], run[-1] + 1) for run in found_runs)


def drawn(statements: Sequence[Statement], known: Known) -> str:
    """The chart of the statements that have a row."""
    every = known.releases
    groups = [
        chart.Group(
            heading,
            every.index(newest),
            tuple(_row(one, known) for one in statements if one.row and one.year == year),
        )
        for year, (heading, newest) in LETTERS.items()
    ]
    ticks = [every.index(release) for release in _TICKS]
    return chart.svg(every, ticks, groups, "On which releases the statements of the letters are so", _TEXT)


def _row(statement: Statement, known: Known) -> chart.Row:
    every, so = known.releases, known.so(statement)
    return chart.Row(
        statement.row,
        spans(so, every),
        spans(known.otherwise(statement), every),
        tuple(every.index(release) for release in known.marks(statement)),
        in_words(so, every),
    )


def table(statements: Iterable[Statement], known: Known) -> Iterator[str]:
    """A table, in reStructuredText, of statements with the releases on which each is so."""
    yield from (".. list-table::", "   :header-rows: 1", "   :widths: 45 25 30", "")
    yield from ("   * - statement", "     - it is so", "     - shown by")
    for one in statements:
        yield f"   * - {marked(one.statement)}"
        yield f"     - {'not tried' if one.why else in_words(known.so(one), known.releases)}"
        links = ", ".join(f":claim:`{name}`" for name in (*one.claims, *one.instead))
        yield f"     - {links or marked(one.why)}"
    yield ""


# The directives


class _Chart(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        """The chart; what is not HTML has the table."""
        _depend(self.env)
        return [nodes.raw("", self.env.letters["chart"], format="html")]  # type: ignore[attr-defined]


class _Table(SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        _depend(self.env)
        return self.parse_text_to_nodes(self.env.letters[self.arguments[0]])  # type: ignore[attr-defined]


def _depend(env: BuildEnvironment) -> None:
    code = Path(model.__file__).parent.glob("*.py")
    evidence = (env.srcdir / EVIDENCE).glob("*.json")
    for path in (env.srcdir / STATEMENTS, env.srcdir / CLAIMS, *evidence, *code):
        env.note_dependency(str(path))


def _prepare(app: Sphinx, env: BuildEnvironment, docnames: Sequence[str]) -> None:
    """Compute what the page shows, where it has to be read again; that cannot be done while Sphinx reads."""
    if DOCUMENT not in docnames:
        return
    statements = read_statements(env.srcdir / STATEMENTS)
    evidence = [report.read(path) for path in sorted((env.srcdir / EVIDENCE).glob("*.json"))]
    known = know(read_page(env.srcdir / CLAIMS).claims, evidence)
    parts = {"chart": drawn(statements, known)}
    for year in LETTERS:
        parts[year] = "\n".join(table((one for one in statements if one.year == year), known))
    env.letters = parts  # type: ignore[attr-defined]


def setup(app: Sphinx) -> Mapping[str, object]:
    """Register the directives."""
    app.connect("env-before-read-docs", _prepare)
    app.add_directive("letters-chart", _Chart)
    app.add_directive("letters-table", _Table)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
