"""nsdoc trace: run one example and print its calls and their outcomes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nsdoc import abi, build, cli, show
from nsdoc.build import Plan, Trial
from nsdoc.cli import Stop
from nsdoc.commands import write_json
from nsdoc.errors import Unavailable
from nsdoc.page import Claim, Example, Place
from nsdoc.report import SCHEMA
from nsdoc.run import Run
from nsdoc.runner.pool import NoRunner
from nsdoc.source import code, read_pages
from nsdoc.terminal import Terminal
from nsdoc.trace import Event, told
from nsdoc.verdict import Conditions

_PAGES = "docs"


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of ``nsdoc trace``."""
    add = parser.add_argument
    add("what", metavar="FILE|CLAIM", help="a file of Python, a page, or a claim such as clone(2)#id or #id")
    add("--pages", metavar="PATH", default=_PAGES, help="where the claim is looked for (docs)")
    add("--backend", metavar="SPEC", default="linux", help="linux, model or model@RELEASE (linux)")
    add("--json", metavar="FILE", help="write JSON to FILE, too; - is standard output, in place of text")
    parser.set_defaults(action=trace)


def trace(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Run the command: the exit status.

    Raises:
        Stop: there is no such example, or no such backend.
    """
    todo = _plan(arguments.what, arguments.pages, _conditions(arguments.backend), arguments.backend)
    try:
        trials = sorted(build.run(todo, 1), key=lambda trial: trial.example.place.line)
    except NoRunner as error:
        raise Stop(cli.MISSING, f"the backend {arguments.backend} cannot be had: {error}") from None
    seen = [(trial, trial.run) for trial in trials if trial.run]
    if arguments.json:
        examples = [_dumped(trial, run) for trial, run in seen]
        kernel = asdict(todo.conditions)
        write_json(arguments.json, {"schema": SCHEMA, "kernel": kernel, "examples": examples})
    for trial, run in seen:
        if arguments.json != "-":
            _print(_lines(trial, run, todo.conditions))
        if trial.finding is not None:
            terminal.say(show.finding(trial.finding, terminal))
    return cli.REFUTED if any(one.finding and one.finding.kind.failed for one in trials) else cli.FINE


def _conditions(spec: str) -> Conditions:
    try:
        return build.conditions(spec)
    except Unavailable as error:
        raise Stop(cli.MISSING, f"the backend {spec} cannot be had: {error}") from None
    except ValueError as error:
        raise Stop(cli.USAGE, str(error)) from None


def _plan(what: str, pages: str, conditions: Conditions, spec: str) -> Plan:
    file = Path(what)
    if file.suffix == ".py":
        return Plan(spec, (), (), conditions, trials=(_program(file),))
    if file.suffix == ".rst":
        todo = build.plan([what], spec, try_bounds=False)
    else:
        names = what.lstrip("#")
        todo = build.plan([pages], spec, wanted=lambda one: names in (one.name, one.id), try_bounds=False)
    claims = list(todo.claims)
    if not claims:
        raise Stop(cli.USAGE, _unknown(what, pages) if file.suffix != ".rst" else _no_claim(todo, what))
    if file.suffix != ".rst" and len(claims) > 1:
        raise Stop(cli.USAGE, f"{what} is the id of {', '.join(claim.name for claim in claims)}")
    if not todo.trials:
        raise Stop(cli.FINE, f"nothing of {what} applies to {conditions.words}")
    return todo


def _program(file: Path) -> Trial:
    """An example that stands in a file of its own."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(cli.USAGE, f"{file} cannot be read: {error}") from None
    found = code.inspect(text)
    if any(mistake.code.endswith(("syntax", "indentation")) for mistake in found.mistakes):
        first = found.mistakes[0]
        raise Stop(cli.USAGE, f"{file}:{first.line}: {first.message}")
    place = Place(str(file), 1)
    example = Example(place, text, 0, found.expected, found.prints)
    return Trial(Claim(file.name, "", "", "", place, (example,)), example)


def _no_claim(todo: Plan, file: str) -> str:
    return "\n".join([f"{file} has no claim", *map(str, todo.problems)])


def _unknown(what: str, pages: str) -> str:
    """That a claim is not known, and which are named like it."""
    claims = [claim for page in read_pages([pages]).pages for claim in page.claims]
    known = {claim.name if "(" in what else claim.id for claim in claims}
    close = get_close_matches(what.lstrip("#"), sorted(known), 5)
    hint = f"; there are {', '.join(close)}" if close else ""
    return f"no claim {what} in {pages}{hint}"


def _lines(trial: Trial, run: Run, conditions: Conditions) -> Iterator[str]:
    name = f"{trial.claim.name}, " if trial.claim.id else ""
    yield f"{name}{trial.example.place}, on {conditions.words}"
    yield from (f"  {told(event)}" for event in run.events)
    if run.dropped:
        yield f"  ... and {run.dropped} more"
    for printed in run.prints:
        first, *rest = printed.text.split("\n")
        yield f"line {printed.line}: {first}"
        yield from (f"    {line}" for line in rest)
    if run.output:
        yield from ("by itself: " + line for line in run.output.splitlines())


def _print(lines: Iterator[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _dumped(trial: Trial, run: Run) -> dict[str, Any]:
    finding = trial.finding
    return {
        "claim": trial.claim.name if trial.claim.id else None,
        "file": trial.example.place.file,
        "line": trial.example.place.line,
        "verdict": finding and str(finding.kind),
        "reason": finding and finding.message,
        "calls": list(map(_call, run.events)),
        "dropped": run.dropped,
        "prints": [{"line": printed.line, "text": printed.text} for printed in run.prints],
        "output": run.output,
        "seconds": round(run.seconds, 6),
    }


def _call(event: Event) -> dict[str, Any]:
    errno = event.outcome.errno
    return {
        "pid": event.pid,
        "call": event.call,
        "args": _plain(event.args),
        "error": abi.errno_name(errno) if errno else None,
        "value": _plain(event.outcome.value),
    }


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return list(map(_plain, value)) if isinstance(value, tuple) else value
