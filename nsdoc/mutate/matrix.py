"""Every mutant against every claim that it can reach."""

from __future__ import annotations

import gc
import resource
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nsdoc import build
from nsdoc.backends import model
from nsdoc.judge import judge
from nsdoc.mutate.baseline import Baseline
from nsdoc.mutate.mutant import Mutant
from nsdoc.mutate.outcome import LOST, OVERDUE, Outcome, outcome_of
from nsdoc.runner import limits, stage
from nsdoc.runner.crew import shared_out
from nsdoc.runner.here import Here
from nsdoc.runner.series import Gone, Series

# The seconds of processor time that an example may take on a mutant, many times what the slowest takes.
# They are the same on a machine that does something else besides.
_PROCESSOR_TIME = 1.0
# The seconds after which examples are ended that do not even take processor time.
_PATIENCE = 60.0
# The trials after which a process tells what came of them.
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """What came of one mutant.

    `refutes` are the claims that a value refutes, by name,
    `stops` those whose examples it only keeps from coming to their end,
    `reached` says how many claims it could reach.
    """

    mutant: Mutant
    refutes: tuple[str, ...]
    stops: tuple[str, ...]
    reached: int


def entries(field: Baseline, mutants: Sequence[Mutant], jobs: int) -> Iterator[tuple[int, Entry]]:
    """Try mutants, `jobs` at a time: the index of each with what came of it, as they end.

    Raises:
        OSError: there is no process to be had.
    """
    tester = _Tester(field, mutants)
    # What is there now is only read: a search for garbage would have every process copy it.
    gc.freeze()
    for index, answer in shared_out(tester, range(len(mutants)), jobs):
        changed = {} if isinstance(answer, Gone) else {at: Outcome(*words) for at, *words in answer}
        yield index, _entry(field, mutants[index], changed)


def _entry(field: Baseline, mutant: Mutant, changed: dict[int, Outcome]) -> Entry:
    came = {**field.normal, **changed}
    reached = set(field.reached(mutant))
    near = [claim for claim in field.claims if not reached.isdisjoint(claim.trials)]
    hit = [claim for claim in near if not claim.trials.isdisjoint(changed)]
    refuted = tuple(claim.name for claim in hit if claim.refuted(came))
    stopped = (claim.name for claim in hit if claim.name not in refuted and not claim.sound(came))
    return Entry(mutant, refuted, tuple(stopped), len(near))


class _Tester:
    """Tries one mutant after another."""

    def __init__(self, field: Baseline, mutants: Sequence[Mutant]) -> None:
        self._field = field
        self._mutants = mutants
        self._series = Series(_Broken(field, mutants))

    def __call__(self, index: int) -> list[tuple[Any, ...]]:
        """What changes with a mutant: each trial with what comes of it."""
        return list(self._changed(index))

    def _changed(self, index: int) -> Iterator[tuple[Any, ...]]:
        trials = self._field.reached(self._mutants[index])
        parts = (trials[at : at + _AT_ONCE] for at in range(0, len(trials), _AT_ONCE))
        for at, came in (one for part in parts for one in self._came(index, part)):
            if came != self._field.normal[at]:
                yield at, *came
            if came in (LOST, OVERDUE):
                # The others would wait for the same.
                self._series.retire()
                return

    def _came(self, index: int, trials: Sequence[int]) -> Iterator[tuple[int, Outcome]]:
        """What comes of trials: each with its outcome, up to one that is overdue."""
        try:
            answer = self._series.ask((index, tuple(trials)), _PATIENCE)
            yield from ((at, Outcome(*words)) for at, *words in answer)
        except Gone:
            if len(trials) == 1:
                yield trials[0], LOST
                return
            # Which of them it was shows when they run one by one.
            for at in trials:
                yield from self._came(index, (at,))


class _Broken:
    """Runs trials on mutants, in a process that may be lost.

    It serves for many of them: outside of its machines, the model has nothing that could stay broken.
    """

    def __init__(self, field: Baseline, mutants: Sequence[Mutant]) -> None:
        self._trials = field.trials
        self._jobs = [build.job(trial.example, trial.release) for trial in field.trials]
        self._mutants = mutants
        self._limited = False

    def __call__(self, asked: tuple[int, tuple[int, ...]]) -> tuple[tuple[Any, ...], ...]:
        """Each trial with what comes of it on a mutant; those after one that is overdue are left out."""
        index, trials = asked
        self._limit()
        with self._mutants[index].applied():
            return tuple(self._came(trials))

    def _came(self, trials: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        here = Here(model.prepare, traced=False)
        for at in trials:
            came = self._outcome(here, at)
            yield at, *came
            if came == OVERDUE:
                return

    def _outcome(self, here: Here, at: int) -> Outcome:
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, _PROCESSOR_TIME)
            seen = here.run(self._jobs[at])
        except stage.TimeUp:
            return OVERDUE
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        example = self._trials[at].example
        return outcome_of(example, judge(example, seen))

    def _limit(self) -> None:
        if not self._limited:
            signal.signal(signal.SIGVTALRM, stage.time_up)
            resource.setrlimit(resource.RLIMIT_AS, (limits.MEMORY, limits.MEMORY))
            self._limited = True
