"""Whether the bounds of claims and examples are right: a bound is itself a claim.

On a backend that plays every release, what has a bound ``:since: 4.9``
holds on 4.9 and does not hold on the release just before it;
with ``:until: 4.9`` it is the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from nsdoc.page import Bounds, Claim, Example, Place
from nsdoc.releases import numbers, within
from nsdoc.verdict import Finding, Kind, Reason

SINCE, UNTIL = "since", "until"


@dataclass(frozen=True, slots=True)
class Probe:
    """A release on which something has to hold, or must not hold, because of one of its bounds.

    `examples` are those of the claim that apply there, or the one example that has the bound.
    `kind` is ``since`` or ``until``, `bound` the release that the source states.
    """

    place: Place
    noun: str
    kind: str
    bound: str
    release: str
    holds: bool
    examples: tuple[Example, ...]


def probes(claim: Claim, releases: Sequence[str]) -> Iterator[Probe]:
    """What the bounds of a claim and of its examples have to bear out.

    `releases` are those that a backend can play, oldest first; bounds beyond them are left out.
    """
    for kind, bound in _stated(claim.bounds):
        for release, holds in _around(kind, bound, releases):
            examples = tuple(one for one in claim.examples if within(release, one.bounds))
            if examples:
                yield Probe(claim.place, "claim", kind, bound, release, holds, examples)
    for example in claim.examples:
        for kind, bound in _stated(example.bounds):
            for release, holds in _around(kind, bound, releases):
                yield Probe(example.place, "example", kind, bound, release, holds, (example,))


def trials(found: Iterable[Probe]) -> list[tuple[Example, str]]:
    """What has to be run to decide probes: each example once on each release."""
    return list(dict.fromkeys((example, probe.release) for probe in found for example in probe.examples))


def wrong(found: Iterable[Probe], finding: Callable[[Example, str], Finding | None]) -> Finding | None:
    """The finding of the first probe that does not come out as its bound says; None if all do.

    `finding` gives that of an example on a release, None where it was not run.
    """
    for probe in found:
        findings = [finding(example, probe.release) for example in probe.examples]
        decisive = held([one for one in findings if one is not None])
        if decisive is not None and (decisive.kind is Kind.HOLDS) is not probe.holds:
            return _told(probe, decisive)
    return None


def held(findings: Sequence[Finding]) -> Finding | None:
    """Whether several findings together mean that a claim holds: one that fails if there is one.

    None if that cannot be said, because an example could not be shown there.
    """
    failed = next((one for one in findings if one.kind.failed), None)
    if failed is not None:
        return failed
    known = findings and all(one.kind is Kind.HOLDS for one in findings)
    return findings[0] if known else None


def _stated(bounds: Bounds) -> Iterator[tuple[str, str]]:
    if bounds.since is not None:
        yield SINCE, bounds.since
    if bounds.until is not None:
        yield UNTIL, bounds.until


def _around(kind: str, bound: str, releases: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The first release within a bound and the last before it, with whether something has to hold there."""
    index = sum(numbers(release) < numbers(bound) for release in releases)
    if index < len(releases):
        yield releases[index], kind == SINCE
        if index:
            yield releases[index - 1], kind == UNTIL


def _told(probe: Probe, finding: Finding) -> Finding:
    """What is wrong with a bound, and what came on which release."""
    where = f"on the model of Linux {probe.release}"
    if numbers(probe.release) < numbers(probe.bound):
        where += ", the release before,"
    message = f"\":{probe.kind}: {probe.bound}\" is wrong: {where} the {probe.noun} "
    if probe.holds:
        message += f"does not hold: line {finding.place.line}: {finding.message}"
    else:
        message += "still holds" if probe.kind == UNTIL else "holds already"
    code = Reason.WRONG_BOUND
    return Finding(Kind.REFUTED, probe.place, message, code, finding.expected, finding.observed)
