"""The releases on which claims hold, as the model of every release says, and the bounds that are wrong."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from nsdoc import bounds, run
from nsdoc.backends import model
from nsdoc.backends.model.ground import Ground
from nsdoc.build import job
from nsdoc.judge import judge
from nsdoc.page import Bounds, Claim, Example, Place
from nsdoc.releases import within
from nsdoc.runner.crew import shared_out
from nsdoc.runner.here import Here
from nsdoc.runner.nest import Job
from nsdoc.runner.series import Gone
from nsdoc.verdict import Finding, Kind

SCHEMA = 1

# What a run can depend on besides changes: the number of the last capability, and the release itself,
# where an example can ask for that.
_LAST_CAP, _RELEASE = "the last capability", "the release"
_TELLS = re.compile("release|version")
_UNTRIED = ()


@dataclass(frozen=True, slots=True)
class Life:
    """The releases on which something holds, and those of which the model cannot say it.

    A span is half-open: `until` is the first release where it is over, None if it is not.
    `stated` are the bounds that the source gives.
    """

    place: Place
    stated: Bounds
    holds: tuple[Bounds, ...]
    unknown: tuple[Bounds, ...]


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The life of a claim and of each of its examples, and what is wrong with a bound, if anything is.

    A claim holds on a release if every example does that applies there by bounds of its own;
    the bounds of the claim itself do not count for that, and those of an example not for its own life.
    """

    claim: str
    life: Life
    examples: tuple[Life, ...]
    wrong: Finding | None


@dataclass(frozen=True)
class Play:
    """The releases that are played: each, and those among them that differ from the one before."""

    releases: tuple[str, ...]

    @cached_property
    def turns(self) -> tuple[str, ...]:
        """The releases on which the model behaves otherwise than on the one before, with the first."""
        played = [replace(model.edition(release), release="") for release in self.releases]
        pairs = zip(self.releases, [None, *played], played, strict=False)
        return tuple(release for release, before, now in pairs if before != now)

    def on_each(self, at_turns: Sequence[Finding | None]) -> dict[str, Finding | None]:
        """What was found at the turns, on every release."""
        found, index = {}, -1
        for release in self.releases:
            index += release in self.turns
            found[release] = at_turns[index]
        return found

    def spans(self, wanted: Callable[[str], bool]) -> tuple[Bounds, ...]:
        """The releases for which something is so, as spans."""
        edges: list[str] = []
        for release in self.releases:
            if wanted(release) is (len(edges) % 2 == 0):
                edges.append(release)
        ends: list[str | None] = [*edges[1::2], None]
        return tuple(Bounds(since, until) for since, until in zip(edges[::2], ends, strict=False))


def lifetimes(claims: Iterable[Claim], jobs: int | None = None) -> Iterator[Lifetime]:
    """The lifetimes of claims, as they are known.

    Processes are forked from the caller, `jobs` at a time, by default as many as there are processors.

    Raises:
        OSError: there is no process to be had.
    """
    play = Play(model.releases())
    chosen = tuple(claims)
    examples = tuple(dict.fromkeys(example for claim in chosen for example in claim.examples))
    trier = _Trier(examples, play.turns)
    size = jobs or len(os.sched_getaffinity(0))
    found: dict[Example, dict[str, Finding | None]] = {}
    waiting = list(chosen)
    for index, answer in shared_out(trier, range(len(examples)), size):
        example = examples[index]
        at_turns = [None] * len(play.turns) if isinstance(answer, Gone) else [_finding(one) for one in answer]
        found[example] = play.on_each(at_turns)
        while waiting and all(one in found for one in waiting[0].examples):
            yield _lifetime(waiting.pop(0), found, play)


class _Noted(Mapping[str, bool]):
    """The changes that a kernel has, with a note of those that were asked for."""

    def __init__(self, on: Mapping[str, bool], asked: set[str]) -> None:
        self._on = on
        self._asked = asked

    def __getitem__(self, name: str) -> bool:
        self._asked.add(name)
        return self._on[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._on)

    def __len__(self) -> int:
        return len(self._on)


class _Trier:
    """Runs one example on many releases, in a process forked for that.

    The model asks for every change by its name.
    So a run comes out the same on a release that answers alike whatever was asked in an earlier run.
    """

    def __init__(self, examples: Sequence[Example], releases: Sequence[str]) -> None:
        self._examples = examples
        self._editions = {release: model.edition(release) for release in releases}
        self._asked: set[str] = set()
        self._here = Here(self._ground)

    def __call__(self, index: int) -> list[tuple[Any, ...] | None]:
        """What was found on each release, newest last; None where it could not be tried."""
        return list(self._tried(self._examples[index]))

    def _ground(self, release: str) -> Ground:
        edition = self._editions[release]
        return Ground(replace(edition, on=_Noted(edition.on, self._asked)))

    def _tried(self, example: Example) -> Iterator[tuple[Any, ...] | None]:
        todo = job(example)
        known: list[tuple[dict[str, Any], tuple[Any, ...] | None]] = []
        for release, edition in self._editions.items():
            answers = {**edition.on, _LAST_CAP: edition.cap_last_cap, _RELEASE: release}
            alike = (found for asked, found in known if all(answers[name] == asked[name] for name in asked))
            if (found := next(alike, _UNTRIED)) is _UNTRIED:
                found, asked = self._run(example, replace(todo, spec=release))
                known.append(({name: answers[name] for name in asked}, found))
            yield found

    def _run(self, example: Example, todo: Job) -> tuple[tuple[Any, ...] | None, set[str]]:
        """What was found, and what it depends on; one that never ends is not tried again."""
        self._asked.clear()
        seen = self._here.run(todo)
        if seen.ending is not None and seen.ending.kind == run.TIMEOUT:
            return None, set()
        tells = {_RELEASE} if _TELLS.search(example.code) else set()
        return _plain(judge(example, seen)), {_LAST_CAP, *self._asked, *tells}


def _plain(finding: Finding) -> tuple[Any, ...]:
    place = finding.place
    return (str(finding.kind), place.file, place.line, finding.message, finding.code, finding.expected,
            finding.observed)  # fmt: skip


def _finding(plain: tuple[Any, ...] | None) -> Finding | None:
    if plain is None:
        return None
    kind, file, line, *rest = plain
    return Finding(Kind(kind), Place(file, line), *rest)


def _lifetime(claim: Claim, found: dict[Example, dict[str, Finding | None]], play: Play) -> Lifetime:
    def at(release: str) -> Finding | None:
        applying = [found[one][release] for one in claim.examples if within(release, one.bounds)]
        return bounds.held([one for one in applying if one is not None])

    wrong = bounds.wrong(
        bounds.probes(claim, play.releases), lambda example, release: found[example][release]
    )
    examples = tuple(_life(one.place, one.bounds, found[one].get, play) for one in claim.examples)
    return Lifetime(claim.name, _life(claim.place, claim.bounds, at, play), examples, wrong)


def _life(place: Place, stated: Bounds, at: Callable[[str], Finding | None], play: Play) -> Life:
    decided = {release: _decided(at(release)) for release in play.releases}
    holds = play.spans(lambda release: decided[release] is True)
    return Life(place, stated, holds, play.spans(lambda release: decided[release] is None))


def _decided(finding: Finding | None) -> bool | None:
    if finding is None or not (finding.kind.decided or finding.kind.failed):
        return None
    return finding.kind is Kind.HOLDS


def dump(found: Iterable[Lifetime]) -> dict[str, Any]:
    """Lifetimes as JSON can hold them."""
    known = model.releases()
    return {
        "schema": SCHEMA,
        "kernel": {"backend": "model", "releases": [known[0], known[-1]]},
        "claims": [_dumped(each) for each in found],
    }


def _dumped(each: Lifetime) -> dict[str, Any]:
    return {
        "claim": each.claim,
        "file": each.life.place.file,
        **_dumped_life(each.life),
        "examples": [_dumped_life(life) for life in each.examples],
        "wrong": each.wrong and each.wrong.message,
    }


def _dumped_life(life: Life) -> dict[str, Any]:
    return {
        "line": life.place.line,
        "stated": asdict(life.stated),
        "holds": list(map(asdict, life.holds)),
        "unknown": list(map(asdict, life.unknown)),
    }
