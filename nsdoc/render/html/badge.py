"""What a page says of a claim: its verdict in words, with kernel and date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nsdoc import releases
from nsdoc.page import Claim
from nsdoc.report import Report
from nsdoc.verdict import Conditions, Kind, Verdict


@dataclass(frozen=True, slots=True)
class Badge:
    """The verdict on one claim, as a page shows it.

    `claim` is the permanent name, such as ``user_namespaces(7)#level-limit``.
    `kind` is a verdict's kind, or ``model`` (only the model said so), or ``unchecked``.
    `word` is what stands in running text ("holds"),
    `words` the whole of it ("holds on Linux 6.18.44, 2026-11-22"),
    `reason` what a failure has to add, and
    `elsewhere` the verdicts on other kernels, in words.
    """

    claim: str
    kind: str
    word: str
    words: str
    reason: str = ""
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """A verdict with the conditions under which it came."""

    conditions: Conditions
    verdict: Verdict

    @property
    def rank(self) -> int:
        """How much a page has to learn from it; the lowest is shown first."""
        if self.verdict.kind.failed:
            return 0 if self._live else 3
        if self.verdict.kind is Kind.HOLDS:
            return 1 if self._live else 4
        return 5 if self.verdict.kind is Kind.NOT_APPLICABLE else 6

    @property
    def _live(self) -> bool:
        return self.conditions.backend != "model"

    @property
    def kind(self) -> str:
        return "model" if self.verdict.kind is Kind.HOLDS and not self._live else str(self.verdict.kind)

    @property
    def word(self) -> str:
        words = {"model": "model only", "not-applicable": "not applicable", "unavailable": "not run"}
        return words.get(self.kind, self.kind)

    @property
    def words(self) -> str:
        kernel, finding = self.conditions.words, self.verdict.finding
        if self.kind == "model":
            return f"model only: holds on {kernel}"
        if finding.kind is Kind.NOT_APPLICABLE:
            return f"not applicable to {kernel}: {finding.message}"
        if finding.kind is Kind.UNAVAILABLE:
            return f"not run on {kernel}: {finding.message}"
        return f"{self.word} on {kernel}, {self.verdict.date}"


def badges(claims: Iterable[Claim], here: Report | None, evidence: Sequence[Report]) -> dict[str, Badge]:
    """What a page says of each claim, by its id.

    `here` is what this build saw, `evidence` what was seen on other kernels.
    Verdicts on another wording of a claim are passed over.
    What is known of a real kernel is shown before what only the model says,
    and what this build saw before evidence.
    """
    reports = [here] if here else []
    reports += sorted(evidence, key=lambda report: releases.numbers(report.conditions.release), reverse=True)
    return {claim.id: _badge(claim, list(_seen(claim, reports))) for claim in claims}


def unchecked(name: str) -> Badge:
    """What a page says of a claim of which nothing is known."""
    return Badge(name, "unchecked", "not checked", "not checked on any kernel")


def stale(claims: Iterable[Claim], report: Report) -> list[str]:
    """The claims of which a report has a verdict on another wording only."""
    known = report.by_claim
    return [
        claim.name for claim in claims if claim.name in known and known[claim.name].digest != claim.digest
    ]


def _seen(claim: Claim, reports: Iterable[Report]) -> Iterator[_Seen]:
    for report in reports:
        verdict = report.by_claim.get(claim.name)
        if verdict is not None and verdict.digest == claim.digest:
            yield _Seen(report.conditions, verdict)


def _badge(claim: Claim, seen: list[_Seen]) -> Badge:
    if not seen:
        return unchecked(claim.name)
    first = min(seen, key=lambda one: one.rank)
    others = tuple(one.words for one in seen if one is not first)
    return Badge(claim.name, first.kind, first.word, first.words, _reason(first.verdict), others)


def _reason(verdict: Verdict) -> str:
    finding = verdict.finding
    if not finding.kind.failed:
        return ""
    lines = [f"{finding.place}: {finding.message}"]
    lines += [f"expected: {finding.expected}"] if finding.expected is not None else []
    lines += [f"observed: {finding.observed}"] if finding.observed is not None else []
    return "\n".join(lines)
