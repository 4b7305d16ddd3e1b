"""Read, run, judge: the one module in which the stages meet."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from nsdoc import bounds, releases
from nsdoc.judge import judge
from nsdoc.kernels import locate
from nsdoc.page import Claim, Example, Page
from nsdoc.problems import Problem
from nsdoc.report import Report
from nsdoc.run import Run
from nsdoc.runner.nest import Job
from nsdoc.runner.pool import Pool
from nsdoc.source import Observation, Update, prepare, read_pages
from nsdoc.source import plan as plan_update
from nsdoc.trace import told
from nsdoc.verdict import Conditions, Finding, Kind, Verdict

TIMEOUT = 10.0
"""The seconds that an example may take if it does not say otherwise."""

# What decides how an example is run and judged, besides the backend.
_ENGINE = tuple("abi backend bounds errnos errors judge process run runner source trace wire".split())
# A claim is what the first of these says that one of its examples is.
_WORST_FIRST = (Kind.REFUTED, Kind.BROKEN, Kind.UNAVAILABLE, Kind.HOLDS, Kind.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Trial:
    """One example with the claim it belongs to, and, once it has run, what was seen and found.

    `release` is the one that it runs on to try a bound; None where it runs on the backend's own.
    """

    claim: Claim
    example: Example
    release: str | None = None
    run: Run | None = None
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a check is about to do.

    `pages` and `problems` are what the sources gave, `conditions` those of the backend,
    `known` the verdicts that are reused, `trials` the examples to run,
    `releases` those that the backend can play, oldest first.
    """

    spec: str
    pages: tuple[Page, ...]
    problems: tuple[Problem, ...]
    conditions: Conditions
    known: dict[str, Verdict] = field(default_factory=dict)
    trials: tuple[Trial, ...] = ()
    releases: tuple[str, ...] = ()

    @property
    def claims(self) -> Iterator[Claim]:
        """The claims of the pages, in order."""
        return (claim for page in self.pages for claim in page.claims)


def conditions(spec: str) -> Conditions:
    """What verdicts on this backend depend on.

    Raises:
        nsdoc.kernels.UnknownBackend: no backend has that name.
        nsdoc.Unavailable: the backend cannot be had on this host.
        ValueError: the backend does not understand the rest of the spec.
    """
    module, rest = locate(spec)
    found: Conditions = import_module(module).conditions(rest)
    return replace(found, engine=_engine(module))


def playable(spec: str) -> tuple[str, ...]:
    """The releases that a backend can play, oldest first; none if it is one kernel.

    Raises:
        nsdoc.kernels.UnknownBackend: no backend has that name.
    """
    found: Callable[[], tuple[str, ...]] = getattr(import_module(locate(spec)[0]), "releases", tuple)
    return found()


def plan(
    paths: Iterable[str],
    spec: str = "linux",
    *,
    wanted: Callable[[Claim], bool] = lambda claim: True,
    previous: Report | None = None,
    try_bounds: bool = True,
) -> Plan:
    """Read the sources and see which examples have to be run.

    A verdict of `previous` is reused when claim, backend and conditions are the same, and never a failure.
    On a backend that can play every release, bounds are tried, too, unless `try_bounds` is false.

    Raises:
        nsdoc.kernels.UnknownBackend, nsdoc.Unavailable, ValueError: as `conditions` says.
    """
    now = conditions(spec)
    read = read_pages(paths)
    pages = tuple(replace(page, claims=tuple(filter(wanted, page.claims))) for page in read.pages)
    claims = [claim for page in pages for claim in page.claims]
    known = _reusable(claims, previous, now)
    played = playable(spec) if try_bounds else ()
    new = [claim for claim in claims if claim.name not in known]
    trials = tuple(trial for claim in new for trial in _trials(claim, now, played))
    return Plan(spec, pages, read.problems, now, known, trials, played)


def run(todo: Plan, jobs: int | None = None) -> Iterator[Trial]:
    """Run the examples of a plan and judge them: each trial as it ends.

    `jobs` is the number of examples that run at once, by default the number of processors.

    Raises:
        nsdoc.runner.pool.NoRunner: no process to run examples in can be started.
    """
    if not todo.trials:
        return
    size = min(jobs or len(os.sched_getaffinity(0)), len(todo.trials))
    with pool(todo.spec, size) as started:
        yield from run_in(started, todo.trials)


def pool(spec: str, size: int, first: int = 0) -> Pool:
    """The processes in which `size` examples can run at once; they end with its ``with`` block.

    `first` tells how many others there are in other pools.

    Raises:
        nsdoc.kernels.UnknownBackend: no backend has that name.
    """
    return Pool(*locate(spec), size, first)


def run_in(started: Pool, trials: Sequence[Trial]) -> Iterator[Trial]:
    """Run and judge trials in processes that are there already: each trial as it ends.

    Raises:
        nsdoc.runner.pool.NoRunner: no process to run examples in can be started.
    """
    for index, seen in started.run(job(trial.example, trial.release) for trial in trials):
        trial = trials[index]
        yield replace(trial, run=seen, finding=judge(trial.example, seen))


def job(example: Example, release: str | None = None) -> Job:
    """What a runner takes: an example, on a release that the backend can play or on its own.

    On a release that is played nothing is asked for beforehand, for it alone decides what there is:
    otherwise the bound of what needs a feature could not be tried before the feature.
    """
    asked = example if release is None else replace(example, needs=())
    timeout = example.timeout or TIMEOUT
    ready = prepare(asked)
    return Job(ready.code, example.place.file, timeout, release, ready.contained)


def report(done: Plan, trials: Iterable[Trial]) -> Report:
    """The verdicts on all claims of a plan, from those known and the trials that were run."""
    by_claim: dict[str, list[Trial]] = {}
    for trial in trials:
        by_claim.setdefault(trial.claim.name, []).append(trial)
    verdicts = (
        done.known.get(claim.name) or _verdict(claim, by_claim.get(claim.name, []), done.releases)
        for claim in done.claims
    )
    return Report(done.conditions, tuple(verdicts))


def check(
    paths: Iterable[str], spec: str = "linux", *, previous: Report | None = None, jobs: int | None = None
) -> tuple[Report, tuple[Problem, ...]]:
    """Read, run and judge: the verdicts, and what is wrong with the sources.

    Raises:
        as `plan` and `run` do.
    """
    todo = plan(paths, spec, previous=previous)
    return report(todo, run(todo, jobs)), todo.problems


def updates(trials: Iterable[Trial]) -> Iterator[Update]:
    """The sources that change when the outputs of examples that ran to their end are written into them.

    Raises:
        nsdoc.problems.SourceError: a source cannot be changed so.
    """
    by_file: dict[str, list[Observation]] = {}
    for trial in trials:
        if trial.run is not None and trial.run.ending is None and trial.release is None:
            seen = tuple((printed.line, printed.text) for printed in trial.run.prints)
            by_file.setdefault(trial.example.place.file, []).append(Observation(trial.example, seen))
    planned = (plan_update(file, observations) for file, observations in sorted(by_file.items()))
    return (update for update in planned if update.after != update.before)


def _reusable(claims: Iterable[Claim], previous: Report | None, now: Conditions) -> dict[str, Verdict]:
    if previous is None or previous.conditions != now:
        return {}
    old = previous.by_claim
    return {
        claim.name: _moved(old[claim.name], claim)
        for claim in claims
        if claim.name in old and old[claim.name].digest == claim.digest and not old[claim.name].kind.failed
    }


def _moved(verdict: Verdict, claim: Claim) -> Verdict:
    """A verdict that is reused, at the line where the claim stands now."""
    if verdict.finding.place == claim.place:
        return verdict
    return replace(verdict, finding=replace(verdict.finding, place=claim.place))


def _trials(claim: Claim, now: Conditions, played: Sequence[str]) -> Iterator[Trial]:
    """The examples that apply, and those that try bounds."""
    yield from (Trial(claim, example) for example in claim.examples if _applies(claim, example, now.release))
    for example, release in bounds.trials(bounds.probes(claim, played)):
        yield Trial(claim, example, release)


def _applies(claim: Claim, example: Example, release: str) -> bool:
    return releases.within(release, claim.bounds) and releases.within(release, example.bounds)


def _verdict(claim: Claim, trials: Sequence[Trial], played: Sequence[str]) -> Verdict:
    own = [trial for trial in trials if trial.release is None]
    decisive = min(own, key=_rank, default=None)
    finding = _finding(claim, decisive)
    if not finding.kind.failed:
        finding = _wrong_bound(claim, trials, played) or finding
    return Verdict(
        claim.name,
        claim.digest,
        finding,
        datetime.now(UTC).date().isoformat(),
        sum(trial.run.seconds for trial in own if trial.run),
        "\n".join(printed.text for trial in own if trial.run for printed in trial.run.prints),
        _trace(decisive, finding),
    )


def _trace(decisive: Trial | None, finding: Finding) -> tuple[str, ...]:
    """The calls of the example that decided, if that was why the claim failed."""
    if decisive is None or decisive.run is None or decisive.finding is not finding:
        return ()
    return tuple(map(told, decisive.run.events)) if finding.kind.failed else ()


def _wrong_bound(claim: Claim, trials: Sequence[Trial], played: Sequence[str]) -> Finding | None:
    """What is wrong with a bound of a claim or of one of its examples, if it was tried."""
    tried = {(trial.example, trial.release): trial.finding for trial in trials}
    return bounds.wrong(bounds.probes(claim, played), lambda example, on: tried.get((example, on)))


def _rank(trial: Trial) -> tuple[int, int]:
    kind = trial.finding.kind if trial.finding else Kind.NOT_APPLICABLE
    return _WORST_FIRST.index(kind), trial.example.place.line


def _finding(claim: Claim, decisive: Trial | None) -> Finding:
    if decisive is None or decisive.finding is None:
        return Finding(Kind.NOT_APPLICABLE, claim.place, _bounds_in_words(claim))
    if decisive.finding.kind is Kind.HOLDS:
        return Finding(Kind.HOLDS, claim.place)
    return decisive.finding


def _bounds_in_words(claim: Claim) -> str:
    """Why no example of a claim applies to a release."""
    stated = [claim.bounds, *(example.bounds for example in claim.examples)]
    since = next((one.since for one in stated if one.since), None)
    until = next((one.until for one in stated if one.until), None)
    words = [f"since Linux {since}" if since else "", f"until Linux {until}" if until else ""]
    return "true " + " and ".join(filter(None, words))


@cache
def _engine(module: str) -> str:
    """A digest of the code that runs and judges examples; the files never change under a running process."""
    digest = hashlib.sha256()
    for name in (*(f"nsdoc.{part}" for part in _ENGINE), module):
        spec = find_spec(name)
        origin = Path(spec.origin) if spec is not None and spec.origin else None
        files = _python_files(origin) if origin is not None else []
        for file in files:
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _python_files(origin: Path) -> list[Path]:
    return sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]
