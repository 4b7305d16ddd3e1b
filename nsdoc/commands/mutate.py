"""nsdoc mutate: the model with one rule broken at a time, and the claims that notice."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nsdoc import build, cli
from nsdoc.backends import model
from nsdoc.cli import Stop
from nsdoc.commands import write_json
from nsdoc.commands.chosen import chosen
from nsdoc.errors import Unavailable
from nsdoc.mutate import live, untold
from nsdoc.mutate.baseline import Baseline, baseline
from nsdoc.mutate.matrix import Entry, entries
from nsdoc.mutate.mutant import Mutant, mutants, unnamed
from nsdoc.mutate.report import Report, summary
from nsdoc.mutate.sources import fingerprint
from nsdoc.page import Claim
from nsdoc.runner.pool import NoRunner
from nsdoc.terminal import Terminal

REPORT = Path("build/mutants.json")
_PAGES = "docs"


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of ``nsdoc mutate``."""
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", default=[_PAGES], help="pages, or directories of pages (docs)")
    add("-k", metavar="EXPR", dest="expression", help="only claims whose name matches, as in pytest -k")
    add(
        "--rule", metavar="RULE", default="", help="only rules that begin so, such as R052 or a change's name"
    )
    add("--live", action="store_true", help="break the kernel of this machine for them, not the model")
    add("--json", metavar="FILE", help="write the report to FILE too; - is standard output")
    add("--jobs", "-j", type=int, metavar="N", help="mutants to try at once (one a processor)")
    add("-q", "--quiet", action="store_true", help="print only vacuous claims")
    add("-v", "--verbose", action="store_true", help="print a line for every mutant")
    parser.set_defaults(action=mutate)


def mutate(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Run the command: the exit status.

    Raises:
        Stop: something is wrong with a source, no rule begins as asked, or a report cannot be written.
    """
    # Before they are read: what changes meanwhile is not what the report is of.
    sources = fingerprint(Path(_PAGES)) if _is_whole(arguments) else ""
    claims = chosen(arguments.paths, arguments.expression)
    if arguments.live:
        return _live(claims, arguments, terminal)
    found = mutants(arguments.rule)
    if not found:
        raise Stop(cli.USAGE, f"no rule begins with {arguments.rule!r}; they are R001 and so on, and changes")
    reasons = _reasons(arguments)
    report = replace(_report(claims, found, arguments, terminal), reasons=reasons, sources=sources)
    for line in _lines(report, arguments, terminal):
        terminal.say(line)
    _write(report, arguments)
    terminal.say(summary(report, not arguments.rule))
    # Claims that only some rules were tried on may depend on the others.
    return cli.REFUTED if report.vacuous and not arguments.rule else cli.FINE


def _live(claims: Sequence[Claim], arguments: argparse.Namespace, terminal: Terminal) -> int:
    if arguments.rule:
        raise Stop(cli.USAGE, "--rule is about the model: the live kernel has no rules that could be named")
    names, jobs = {claim.name for claim in claims}, _jobs(arguments)
    terminal.progress("the claims on the kernel as it is")
    try:
        trials = live.sound(arguments.paths, lambda claim: claim.name in names, jobs)
        release = build.conditions("linux").release
    except (Unavailable, NoRunner) as error:
        raise Stop(cli.MISSING, str(error)) from None
    found = tuple(live.weaknesses())
    seen = {}
    for entry in live.noticed(found, trials, jobs):
        seen[entry.weakness.id] = entry
        terminal.progress(f"{len(seen)} of {len(found)} mutants")
    tried = len({trial.claim.name for trial in trials})
    report = live.LiveReport(release, tried, tuple(seen[weakness.id] for weakness in found))
    for line in _live_lines(report, arguments):
        terminal.say(line)
    if arguments.json:
        write_json(arguments.json, report.dump())
    terminal.say(report.summary)
    return cli.FINE


def _live_lines(report: live.LiveReport, arguments: argparse.Namespace) -> Iterator[str]:
    entries = report.entries if arguments.verbose else () if arguments.quiet else report.unnoticed
    for entry in entries:
        said = entry.refused or f"noticed by {len(entry.refutes)} of {entry.reached}"
        yield f"{entry.weakness.id}: {entry.weakness.what}: {said}"


def _jobs(arguments: argparse.Namespace) -> int:
    return arguments.jobs or len(os.sched_getaffinity(0))


def _reasons(arguments: argparse.Namespace) -> Mapping[str, str]:
    """Why no page states some rules, where the first directory of pages has a file that says so."""
    file = Path(arguments.paths[0]) / untold.NAME
    try:
        return untold.read(file) if file.exists() else {}
    except (OSError, untold.BadReasons) as error:
        raise Stop(cli.USAGE, str(error)) from None


def _is_whole(arguments: argparse.Namespace) -> bool:
    """Whether all rules are tried on all claims of the pages."""
    return not arguments.expression and not arguments.rule and arguments.paths == [_PAGES]


def _report(
    claims: Sequence[Claim], found: Sequence[Mutant], arguments: argparse.Namespace, terminal: Terminal
) -> Report:
    jobs = _jobs(arguments)
    terminal.progress("the claims on the model as it is")
    field = baseline(claims, jobs)
    names = tuple(claim.name for claim in field.claims)
    report = Report(model.releases()[-1], names, field.unjudged, _tried(field, found, jobs, terminal))
    if arguments.rule or not report.vacuous:
        return report
    # What no rule is about can still be what a claim is about.
    left = field.only(report.vacuous)
    more = [mutant for mutant in unnamed() if left.reached(mutant)]
    others = (entry for entry in _tried(left, more, jobs, terminal) if entry.refutes)
    return replace(report, others=tuple(others))


def _tried(field: Baseline, found: Sequence[Mutant], jobs: int, terminal: Terminal) -> tuple[Entry, ...]:
    done: dict[int, Entry] = {}
    for index, entry in entries(field, found, jobs):
        done[index] = entry
        terminal.progress(f"{len(done)} of {len(found)} mutants")
    return tuple(done[index] for index in range(len(found)))


def _lines(report: Report, arguments: argparse.Namespace, terminal: Terminal) -> Iterator[str]:
    if arguments.verbose:
        yield from map(_mutant, report.entries)
    if not arguments.quiet:
        yield from (f"not judged: {claim} does not hold on the model as it is" for claim in report.unjudged)
        for rule in report.undocumented:
            yield f"{rule.place}: {terminal.paint('undocumented', 'yellow')} {rule.id}: {rule.what}"
    if not arguments.rule:
        for claim in report.vacuous:
            yield f"{terminal.paint('vacuous', 'red')} {claim}: no mutant of the model refutes it by a value"
    if _is_whole(arguments):
        for name in report.unused:
            yield f"{untold.NAME}: {name!r} can go: a claim guards it, or no rule of the model has that name"


def _mutant(entry: Entry) -> str:
    mutant = entry.mutant
    who = f"noticed by {len(entry.refutes)} of {entry.reached}" if entry.reached else "reached by no claim"
    return f"{mutant.place}: {mutant.rule.id}: {mutant.what}: {who}"


def _write(report: Report, arguments: argparse.Namespace) -> None:
    if _is_whole(arguments):
        REPORT.parent.mkdir(exist_ok=True)
        write_json(str(REPORT), report.dump())
    if arguments.json:
        write_json(arguments.json, report.dump())
