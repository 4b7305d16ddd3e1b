"""nsdoc check: run the claims of pages and say which hold."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from nsdoc import build, cli, report, selection, show
from nsdoc.build import Plan, Trial
from nsdoc.errors import Unavailable
from nsdoc.kernels import UnknownBackend
from nsdoc.problems import Code, Problem, SourceError
from nsdoc.report import Report
from nsdoc.runner.pool import NoRunner
from nsdoc.terminal import Terminal
from nsdoc.verdict import Kind

VERDICTS = Path("build/verdicts.json")


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of ``nsdoc check``."""
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", default=["docs"], help="pages, or directories of pages (docs)")
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
    parser.set_defaults(action=check)


def check(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Run the command: the exit status."""
    start = time.monotonic()
    try:
        wanted = selection.matcher(arguments.expression)
        previous = None if arguments.fresh else _previous()
        todo = build.plan(arguments.paths, arguments.backend, wanted=wanted, previous=previous)
        trials = _run(todo, arguments, terminal)
    except (UnknownBackend, selection.BadExpression) as error:
        terminal.say(f"nsdoc check: {error}")
        return cli.USAGE
    except (Unavailable, NoRunner) as error:
        terminal.say(f"nsdoc check: the backend {arguments.backend} cannot be had: {error}")
        return cli.MISSING
    if arguments.update:
        arguments.update = False
        return _update(trials, terminal) or check(arguments, terminal)
    problems = list(todo.problems)
    seen = build.report(todo, trials)
    _show(seen, todo, trials, problems, arguments, terminal)
    _write(seen, arguments)
    terminal.say(show.summary(seen, len(trials), time.monotonic() - start, terminal))
    return _status(seen, problems, arguments, terminal)


def _run(todo: Plan, arguments: argparse.Namespace, terminal: Terminal) -> list[Trial]:
    """Run what has to be run, with a line of progress for each page."""
    left = Counter(trial.claim.page for trial in todo.trials)
    total = dict(left)
    done = []
    for trial in build.run(todo, arguments.jobs):
        done.append(trial)
        page = trial.claim.page
        left[page] -= 1
        terminal.progress(f"{page}: {total[page] - left[page]} of {total[page]} examples")
    return done


def _update(trials: Iterable[Trial], terminal: Terminal) -> int:
    """Write the outputs that came into the sources: an exit status other than 0 where one refuses it."""
    try:
        for update in build.updates(trials):
            update.write()
            terminal.say(show.diff(update.file, update.before, update.after, terminal))
    except SourceError as error:
        terminal.say(str(error))
        return cli.USAGE
    return cli.FINE


def _show(
    seen: Report,
    todo: Plan,
    trials: list[Trial],
    problems: list[Problem],
    arguments: argparse.Namespace,
    terminal: Terminal,
) -> None:
    for problem in problems:
        terminal.say(show.problem(problem, terminal))
    claims = {claim.name: claim for claim in todo.claims}
    for verdict in seen.verdicts:
        if verdict.kind.failed:
            terminal.say(show.failure(verdict, claims[verdict.claim], terminal))
        elif arguments.verbose:
            terminal.say(show.line(verdict, terminal))
    if not arguments.quiet:
        for page in todo.pages:
            terminal.say(show.page(page, seen, terminal))
    if arguments.coverage:
        for line in show.coverage(todo.pages, terminal):
            terminal.say(line)


def _write(seen: Report, arguments: argparse.Namespace) -> None:
    if arguments.expression is None:
        report.write(seen, VERDICTS)
    if arguments.json == "-":
        json.dump(seen.dump(), sys.stdout, indent=1, ensure_ascii=False, sort_keys=True)
        sys.stdout.write("\n")
    elif arguments.json:
        report.write(seen, arguments.json)


def _status(seen: Report, problems: list[Problem], arguments: argparse.Namespace, terminal: Terminal) -> int:
    if any(problem.code != Code.CHECKS_NOTHING for problem in problems):
        return cli.USAGE
    if problems or any(verdict.kind.failed for verdict in seen.verdicts):
        return cli.REFUTED
    if arguments.require and not _decided(seen, arguments.require):
        terminal.say(f"nsdoc check: no claim was decided on the required backend {arguments.require}")
        return cli.MISSING
    return cli.FINE


def _decided(seen: Report, backend: str) -> bool:
    kinds = seen.tally
    return seen.conditions.backend == backend and kinds[Kind.HOLDS] + kinds[Kind.REFUTED] > 0


def _previous() -> Report | None:
    try:
        return report.read(VERDICTS)
    except (OSError, report.BadReport):
        return None


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a number of at least 1 is expected")
    return number
