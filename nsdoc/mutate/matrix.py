"""Every mutant against every claim that it can reach."""

from __future__ import annotations

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
from nsdoc.runner.nest import Job
from nsdoc.runner.series import Gone, Series

# The seconds of processor time that an example may take on a mutant, many times what the slowest takes.
# They are the same on a machine that does something else besides.
_PROCESSOR_TIME = 1.0
# The seconds after which an example is ended that does not even take processor time.
_PATIENCE = 60.0


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
    """Tries one mutant after another, each in a process of its own."""

    def __init__(self, field: Baseline, mutants: Sequence[Mutant]) -> None:
        self._field = field
        self._mutants = mutants
        self._jobs = [build.job(trial.example, trial.release) for trial in field.trials]

    def __call__(self, index: int) -> list[tuple[Any, ...]]:
        """What changes with a mutant: each trial with what comes of it."""
        return list(self._changed(self._mutants[index]))

    def _changed(self, mutant: Mutant) -> Iterator[tuple[Any, ...]]:
        series = Series(_Broken(self._field, self._jobs, mutant))
        try:
            for at in self._field.reached(mutant):
                came = _came(series, at)
                if came != self._field.normal[at]:
                    yield at, *came
                if came in (LOST, OVERDUE):
                    # The others would wait for the same.
                    return
        finally:
            series.retire()


def _came(series: Series, at: int) -> Outcome:
    try:
        return Outcome(*series.ask(at, _PATIENCE))
    except Gone:
        return LOST


class _Broken:
    """Runs trials on a mutant; the process in which it does is broken for good."""

    def __init__(self, field: Baseline, jobs: Sequence[Job], mutant: Mutant) -> None:
        self._field = field
        self._jobs = jobs
        self._mutant = mutant
        self._here: Here | None = None

    def __call__(self, at: int) -> tuple[str, ...]:
        if self._here is None:
            self._here = self._started()
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, _PROCESSOR_TIME)
            seen = self._here.run(self._jobs[at])
        except stage.TimeUp:
            return OVERDUE
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        return outcome_of(judge(self._field.trials[at].example, seen))

    def _started(self) -> Here:
        self._mutant.apply()
        signal.signal(signal.SIGVTALRM, stage.time_up)
        resource.setrlimit(resource.RLIMIT_AS, (limits.MEMORY, limits.MEMORY))
        return Here(model.prepare)
