"""Claims on the model as it is: what comes of their examples, and which lines of the model these reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from nsdoc import bounds, build
from nsdoc.backends import model
from nsdoc.judge import judge
from nsdoc.mutate.mutant import Mutant, model_files
from nsdoc.mutate.outcome import LOST, Bound, Outcome, Tried, outcome_of
from nsdoc.mutate.reach import Reach
from nsdoc.page import Bounds, Claim, Example
from nsdoc.releases import within
from nsdoc.runner.crew import shared_out
from nsdoc.runner.here import Here
from nsdoc.runner.series import Gone


@dataclass(frozen=True, slots=True)
class Trial:
    """An example on a release, None for the newest: what one run decides."""

    example: Example
    release: str | None


@dataclass(frozen=True)
class Baseline:
    """Claims, and what decides them.

    `claims` hold on the model as it is; of those in `unjudged`, which do not, mutants could say nothing.
    `trials` are the runs that decide them, `normal` what comes of these.
    """

    claims: tuple[Tried, ...]
    unjudged: tuple[str, ...]
    trials: tuple[Trial, ...]
    normal: Mapping[int, Outcome]
    _reach: Reach = field(repr=False)
    _reaching: Mapping[int, frozenset[int]] = field(repr=False)
    _of_bounds: frozenset[int] = field(repr=False)

    def only(self, names: Collection[str]) -> Baseline:
        """The same with no claims but those named, and no runs but those that decide them."""
        claims = tuple(claim for claim in self.claims if claim.name in names)
        kept = frozenset().union(*(claim.trials for claim in claims))
        reaching = {line: found & kept for line, found in self._reaching.items()}
        return replace(self, claims=claims, _reaching=reaching)

    def reached(self, mutant: Mutant) -> list[int]:
        """The trials in which a mutant can make a difference.

        Bounds are about changes: only a mutant of one is tried on the releases around them.
        """
        differs = _differing(mutant)
        if mutant.since:
            return [index for index, trial in enumerate(self.trials) if differs(trial.release)]
        numbers = self._reach.numbers(mutant.place.file, mutant.lines)
        found = frozenset().union(*(self._reaching.get(number, frozenset()) for number in numbers))
        if mutant.of_change:
            return sorted(index for index in found if differs(self.trials[index].release))
        return sorted(found - self._of_bounds)


def baseline(claims: Iterable[Claim], jobs: int) -> Baseline:
    """Run the examples of claims, `jobs` at a time.

    Raises:
        OSError: there is no process to be had.
    """
    numbers: dict[Trial, int] = {}
    tried = [_tried(claim, numbers) for claim in claims]
    trials = tuple(numbers)
    reach = Reach(model_files())
    normal: dict[int, Outcome] = dict.fromkeys(range(len(trials)), LOST)
    reaching: defaultdict[int, set[int]] = defaultdict(set)
    for index, answer in shared_out(_Observer(trials, reach), range(len(trials)), jobs):
        if not isinstance(answer, Gone):
            words, lines = answer
            normal[index] = Outcome(*words)
            for line in lines:
                reaching[line].add(index)
    needed = {index for one in tried for index in one.own or one.trials}
    return Baseline(
        tuple(one for one in tried if one.sound(normal)),
        tuple(one.name for one in tried if not one.sound(normal)),
        trials,
        normal,
        reach,
        {line: frozenset(found) for line, found in reaching.items()},
        frozenset(normal) - needed,
    )


def _tried(claim: Claim, numbers: dict[Trial, int]) -> Tried:
    """A claim with its trials, each numbered when it is first met."""

    def number(example: Example, release: str | None) -> int:
        return numbers.setdefault(Trial(example, release), len(numbers))

    releases = model.releases()
    own = tuple(number(one, None) for one in claim.examples if _applies(claim, one, releases[-1]))
    found = tuple(
        Bound(probe.holds, tuple(number(one, probe.release) for one in probe.examples))
        for probe in bounds.probes(claim, releases)
    )
    return Tried(claim.name, own, found)


def _applies(claim: Claim, example: Example, release: str) -> bool:
    return within(release, claim.bounds) and within(release, example.bounds)


def _differing(mutant: Mutant) -> Callable[[str | None], bool]:
    """On which releases a mutant of a change can make a difference: where the right kernel has the change,
    or between its date and the one that the mutant gives it.

    A change that belongs to no release can be had on any.
    """
    newest = model.releases()[-1]
    right = next((change.since for change in model.changes() if change.name == mutant.rule.id), "")
    if right not in model.releases():
        return lambda release: True
    spans = [Bounds(right, None)]
    if mutant.since:
        spans = [Bounds(right, mutant.since), Bounds(mutant.since, right)]
    return lambda release: any(within(release or newest, span) for span in spans)


class _Observer:
    """Runs trials on the model as it is and notes the lines that they reach."""

    def __init__(self, trials: tuple[Trial, ...], reach: Reach) -> None:
        self._trials = trials
        self._reach = reach
        self._here = Here(model.prepare, traced=False)

    def __call__(self, index: int) -> tuple[tuple[str, ...], list[int]]:
        trial = self._trials[index]
        job = build.job(trial.example, trial.release)
        seen, lines = self._reach.of(lambda: self._here.run(job))
        return tuple(outcome_of(trial.example, judge(trial.example, seen))), lines
