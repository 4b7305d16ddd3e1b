"""nsdoc check: run the claims of pages and say which hold."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from nsdoc import build, cli, report, selection, show
from nsdoc.build import Plan, Trial
from nsdoc.cli import Stop
from nsdoc.errors import Unavailable
from nsdoc.kernels import locate
from nsdoc.page import Place
from nsdoc.problems import Code, Problem, SourceError
from nsdoc.report import Report
from nsdoc.runner.pool import NoRunner
from nsdoc.terminal import Terminal
from nsdoc.verdict import Kind, Verdict

VERDICTS = Path("build/verdicts.json")
_PAGES = "docs"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for; the fields are named and described by `configure`."""

    paths: tuple[str, ...] = (_PAGES,)
    expression: str | None = None
    backend: str = "linux"
    require: str | None = None
    json: str | None = None
    jobs: int | None = None
    fresh: bool = False
    update: bool = False
    coverage: bool = False
    quiet: bool = False
    verbose: bool = False

    @property
    def partial(self) -> bool:
        """Whether some pages or claims of the project are left out."""
        return self.expression is not None or self.paths != (_PAGES,)


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of ``nsdoc check``."""
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", default=[_PAGES], help="pages, or directories of pages (docs)")
    add("-k", metavar="EXPR", dest="expression", help="only claims whose name matches, as in pytest -k")
    add("--backend", metavar="SPEC", default="linux", help="linux, model or model@RELEASE (linux)")
    add("--require", metavar="BACKEND", help="fail if no claim was decided on this backend")
    add("--json", metavar="FILE", help="write the report to FILE too; - is standard output")
    add("--jobs", "-j", type=_positive, metavar="N", help="examples to run at once (one a processor)")
    add("--fresh", action="store_true", help="run every example, also where nothing has changed")
    add("--update", action="store_true", help="write the outputs that came into the sources")
    add("--coverage", action="store_true", help="list the prose that stands outside every claim")
    add("-q", "--quiet", action="store_true", help="print only what is wrong")
    add("-v", "--verbose", action="store_true", help="print a line for every claim")
    parser.set_defaults(action=_command)


def _command(arguments: argparse.Namespace, terminal: Terminal) -> int:
    words = vars(arguments)
    options = {name: words[name] for name in Options.__dataclass_fields__}
    return check(Options(**options | {"paths": tuple(arguments.paths)}), terminal)


def check(options: Options, terminal: Terminal) -> int:
    """Run the command: the exit status.

    Raises:
        Stop: the command cannot do what it is asked to.
    """
    if options.update:
        _update(options, terminal)
    return _check(options, terminal)


def _check(options: Options, terminal: Terminal) -> int:
    start = time.monotonic()
    previous = report.earlier(VERDICTS)
    todo = _plan(options, None if options.fresh else previous)
    trials = _run(todo, options, terminal)
    problems = (*todo.problems, *_without_claims(todo, options))
    seen = replace(build.report(todo, trials), problems=problems)
    _show(seen, todo, options, terminal)
    status = _status(seen, options, terminal)
    if status or not options.quiet:
        terminal.say(show.summary(seen, len(trials), time.monotonic() - start, terminal))
    _write(seen, todo, previous, options)
    return status


def _plan(options: Options, previous: Report | None) -> Plan:
    try:
        wanted = selection.matcher(options.expression)
        if options.require:
            locate(options.require)
        build.conditions(options.backend)
    except ValueError as error:
        raise Stop(cli.USAGE, str(error)) from None
    except Unavailable as error:
        raise _missing(options, error) from None
    todo = build.plan(options.paths, options.backend, wanted=wanted, previous=previous)
    if options.expression is not None and not any(todo.claims) and not todo.problems:
        raise Stop(cli.USAGE, f"no claim matches {options.expression!r}")
    return todo


def _run(todo: Plan, options: Options, terminal: Terminal) -> list[Trial]:
    """Run what has to be run, with a line of progress for each page."""
    left = Counter(trial.claim.page for trial in todo.trials)
    total = dict(left)
    done = []
    try:
        for trial in build.run(todo, options.jobs):
            done.append(trial)
            page = trial.claim.page
            left[page] -= 1
            terminal.progress(f"{page}: {total[page] - left[page]} of {total[page]} examples")
    except NoRunner as error:
        raise _missing(options, error) from None
    return done


def _missing(options: Options, error: Exception) -> Stop:
    return Stop(cli.MISSING, f"the backend {options.backend} cannot be had: {error}")


def _update(options: Options, terminal: Terminal) -> None:
    """Write the outputs that come into the sources, and show what that changes."""
    if os.environ.get("CI"):
        raise Stop(cli.USAGE, "--update is for authors who read what it changes; CI is set, so nobody would")
    todo = _plan(options, None if options.fresh else report.earlier(VERDICTS))
    trials = _run(todo, options, terminal)
    try:
        for update in build.updates(trials):
            update.write()
            terminal.say(show.diff(update.file, update.before, update.after, terminal))
    except SourceError as error:
        raise Stop(cli.USAGE, str(error)) from None


def _without_claims(todo: Plan, options: Options) -> Iterator[Problem]:
    """A problem for each page that was asked for by its name and has nothing to check; one if no page has."""
    if options.expression is not None or todo.problems:
        return
    named = set(map(os.path.normpath, options.paths))
    empty = [page.file for page in todo.pages if not page.claims]
    whole = len(empty) == len(todo.pages)
    for file in empty:
        if file in named or whole:
            message = "the page has no claim, so that nothing was checked"
            yield Problem(Place(file, 1), Code.NO_CLAIMS, message, 'a directive ".. claim::" with an example')


def _show(seen: Report, todo: Plan, options: Options, terminal: Terminal) -> None:
    annotate = bool(os.environ.get("GITHUB_ACTIONS"))
    for problem in seen.problems:
        terminal.say(show.problem(problem, terminal))
        if annotate:
            terminal.say(show.annotation(problem.place, problem.code, problem.message))
    claims = {claim.name: claim for claim in todo.claims}
    for verdict in seen.verdicts:
        finding = verdict.finding
        if verdict.kind.failed:
            terminal.say(show.failure(verdict, claims[verdict.claim], terminal))
            if annotate:
                message = f"{verdict.claim} {verdict.kind}: {finding.message}"
                terminal.say(show.annotation(finding.place, finding.code, message))
        elif options.verbose:
            terminal.say(show.line(verdict, terminal))
    for line in _summaries(seen, todo, options, terminal):
        terminal.say(line)


def _summaries(seen: Report, todo: Plan, options: Options, terminal: Terminal) -> Iterator[str]:
    if not options.quiet:
        yield from (show.page(page, seen, terminal) for page in todo.pages)
        yield from show.reasons(seen, terminal)
    if options.coverage:
        yield from show.coverage(todo.pages, terminal)


def _status(seen: Report, options: Options, terminal: Terminal) -> int:
    codes = {problem.code for problem in seen.problems}
    if codes - {Code.CHECKS_NOTHING}:
        return cli.USAGE
    if codes or any(verdict.kind.failed for verdict in seen.verdicts):
        return cli.REFUTED
    if options.require and not _decided(seen, options.require):
        terminal.say(f"nsdoc check: no claim was decided on the required backend {options.require}")
        return cli.MISSING
    return cli.FINE


def _decided(seen: Report, backend: str) -> bool:
    kinds = seen.tally
    return seen.conditions.backend == backend and kinds[Kind.HOLDS] + kinds[Kind.REFUTED] > 0


def _write(seen: Report, todo: Plan, previous: Report | None, options: Options) -> None:
    """Write the report where it is wanted, and keep the verdicts for the next check."""
    if options.json == "-":
        sys.stdout.write(seen.text())
        sys.stdout.flush()
    elif options.json:
        _save(seen, Path(options.json))
    kept = _kept(seen, todo, previous, options)
    if kept is not None:
        _save(replace(kept, problems=()), VERDICTS)


def _save(seen: Report, path: Path) -> None:
    try:
        report.write(seen, path)
    except OSError as error:
        raise Stop(cli.USAGE, f"{path} cannot be written: {error.strerror}") from None


def _kept(seen: Report, todo: Plan, previous: Report | None, options: Options) -> Report | None:
    """What the next check shall know: a partial check does not forget the rest, nor another backend."""
    if not options.partial or previous is None:
        return seen
    if previous.conditions.backend != seen.conditions.backend:
        return None
    if previous.conditions != seen.conditions:
        return seen
    return report.joined(previous, seen, lambda verdict: _stays(verdict, todo, options))


def _stays(verdict: Verdict, todo: Plan, options: Options) -> bool:
    """Whether a verdict that this check did not renew is still one on a claim of the project."""
    read = verdict.claim.partition("#")[0] in {page.title for page in todo.pages}
    return os.path.exists(verdict.finding.place.file) and (options.expression is not None or not read)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a number of at least 1 is expected")
    return number
