"""Which claims guard which rules: the claims of pages against a model that is broken one rule at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from nsdoc.backends import model
from nsdoc.backends.model.mutants import Mutant, mutants
from nsdoc.build import job
from nsdoc.judge import judge
from nsdoc.page import Claim, Example
from nsdoc.releases import within
from nsdoc.runner.crew import shared_out
from nsdoc.runner.here import Here
from nsdoc.runner.nest import Job
from nsdoc.runner.series import Gone
from nsdoc.verdict import Kind, Reason

SCHEMA = 1

# A wrong value refutes a claim for its own sake; a call of its preparation that fails does not.
_BY_VALUE = (Reason.WRONG_OUTPUT, Reason.WRONG_ERROR, Reason.ASSERTION)
_TIMEOUT = 2.0


@dataclass(frozen=True, slots=True)
class Guarded:
    """What a mutant refutes: its ID, the rule it breaks, what it does, and the claims."""

    id: str
    rule: str
    what: str
    refutes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guards:
    """All mutants with what they refute; the claims that none refutes, the rules that no claim guards."""

    release: str
    mutants: tuple[Guarded, ...]
    vacuous: tuple[str, ...]
    undocumented: tuple[str, ...]

    def rules(self) -> dict[str, list[str]]:
        """For each claim the rules that it guards."""
        found: dict[str, set[str]] = {}
        for mutant in self.mutants:
            for claim in mutant.refutes:
                found.setdefault(claim, set()).add(mutant.rule)
        return {claim: sorted(rules - {""}) for claim, rules in sorted(found.items())}

    def to_json(self) -> dict[str, Any]:
        """The report as ``nsdoc mutate --json`` writes it."""
        rows = [
            {"id": one.id, "rule": one.rule, "what": one.what, "refutes": list(one.refutes)}
            for one in self.mutants
        ]
        return {
            "schema": SCHEMA,
            "kernel": {"backend": "model", "release": self.release},
            "mutants": rows,
            "vacuous": list(self.vacuous),
            "undocumented": list(self.undocumented),
            "guards": self.rules(),
        }


@dataclass(frozen=True, slots=True)
class Try:
    """One example with its claim, ready to run."""

    claim: str
    example: Example
    job: Job


def guards(claims: Sequence[Claim], release: str = "", jobs: int | None = None) -> Guards:
    """Run the claims against every mutant of the model of a release, by default the newest.

    Raises:
        ValueError: the release is not known.
        OSError: there is no process to be had.
    """
    known = model.edition(release).release
    tries = [_try(claim, one) for claim in claims for one in claim.examples if _applies(claim, one, known)]
    here = Here(lambda spec: model.prepare(release))
    called = {index: _called(here, each) for index, each in enumerate(tries)}
    usable = {index: codes for index, codes in called.items() if codes is not None}
    broken = list(mutants())
    plans = [
        [index for index, codes in usable.items() if mutant.function.__code__ in codes] for mutant in broken
    ]

    def do(number: int) -> list[int]:
        with broken[number].applied():
            return [index for index in plans[number] if _refuted(here, tries[index])]

    size = jobs or len(os.sched_getaffinity(0))
    found = dict(shared_out(do, range(len(broken)), size))
    rows = tuple(_row(mutant, found.get(number, []), tries) for number, mutant in enumerate(broken))
    return _summed(known, rows, sorted({tries[index].claim for index in usable}))


def _try(claim: Claim, example: Example) -> Try:
    made = job(example)
    return Try(claim.name, example, Job(made.code, made.file, _TIMEOUT, made.spec, made.contained))


def _applies(claim: Claim, example: Example, release: str) -> bool:
    plain = release.partition("+")[0]
    return within(plain, claim.bounds) and within(plain, example.bounds)


def _called(here: Here, each: Try) -> set[CodeType] | None:
    """The functions that an example calls on the model as it is; None if it does not hold there."""
    seen: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            seen.add(frame.f_code)

    sys.setprofile(note)
    try:
        run = here.run(each.job)
    finally:
        sys.setprofile(None)
    return seen if judge(each.example, run).kind is Kind.HOLDS else None


def _refuted(here: Here, each: Try) -> bool:
    finding = judge(each.example, here.run(each.job))
    return finding.kind is Kind.REFUTED and finding.code in _BY_VALUE


def _row(mutant: Mutant, found: list[int] | Gone, tries: Sequence[Try]) -> Guarded:
    refuted = [] if isinstance(found, Gone) else sorted({tries[index].claim for index in found})
    return Guarded(mutant.id, mutant.rule, mutant.what, tuple(refuted))


def _summed(release: str, rows: tuple[Guarded, ...], claims: Iterable[str]) -> Guards:
    refuted = {claim for row in rows for claim in row.refutes}
    return Guards(
        release, rows, tuple(claim for claim in claims if claim not in refuted), tuple(_unguarded(rows))
    )


def _unguarded(rows: Iterable[Guarded]) -> Iterator[str]:
    """The rules of which no mutant refutes a claim."""
    guarded: dict[str, bool] = {}
    for row in rows:
        if row.rule:
            guarded[row.rule] = guarded.get(row.rule, False) or bool(row.refutes)
    return (rule for rule, is_guarded in sorted(guarded.items()) if not is_guarded)
