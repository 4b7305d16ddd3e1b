"""nsdoc lint: where sources depart from man-pages(7)."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nsdoc import cli, show
from nsdoc.lint import Finding, Linted, Rule, lint, mend
from nsdoc.problems import Problem, SourceError
from nsdoc.terminal import Terminal

_SCHEMA = 1
_PAGES = "docs/man"


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of ``nsdoc lint``."""
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", default=[_PAGES], help=f"pages, or directories ({_PAGES})")
    add("--fix", action="store_true", help="mend in the sources what can be mended without doubt")
    add("--ignore", metavar="CODE", action="append", default=[], type=_rule, help="do without a rule")
    add("--json", action="store_true", help="write what is found to standard output, as JSON")
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Run the command: the exit status."""
    seen, mended = lint(arguments.paths, arguments.ignore), 0
    if arguments.fix:
        seen, mended = _mended(seen, arguments.ignore)
    for problem in (*seen.problems, *(finding.problem for finding in seen.findings)):
        terminal.say(show.problem(problem, terminal))
    terminal.say(_summary(seen, mended, arguments.fix))
    if arguments.json:
        json.dump(_dumped(seen, mended), sys.stdout, indent=1, ensure_ascii=False)
        sys.stdout.write("\n")
    return cli.USAGE if seen.findings or seen.problems else cli.FINE


def _rule(code: str) -> Rule:
    """The rule of a code, with or without what all codes begin with.

    Raises:
        ArgumentTypeError: there is none.
    """
    try:
        return Rule(f"nsdoc.{code.removeprefix('nsdoc.')}")
    except ValueError:
        raise argparse.ArgumentTypeError(f"{code} is the code of no rule") from None


def _mended(seen: Linted, ignored: Sequence[Rule]) -> tuple[Linted, int]:
    """What is left after mending, and how much was mended; a file that cannot be replaced is a problem."""
    problems: list[Problem] = list(seen.problems)
    left: list[Finding] = []
    number = 0
    for file in seen.files:
        found = [finding for finding in seen.findings if finding.problem.place.file == file]
        if any(finding.fixable for finding in found):
            try:
                mended = mend(file, seen.known, ignored)
                mended.update.write()
            except SourceError as error:
                problems += error.problems
            else:
                number += len(mended.done)
                found = list(mended.left)
        left += found
    return replace(seen, findings=tuple(left), problems=tuple(problems)), number


def _summary(seen: Linted, mended: int, fix: bool) -> str:
    number = len(seen.findings) + len(seen.problems)
    pages = _counted(len(seen.files), "page")
    done = f"; {_counted(mended, 'place')} mended" if fix else ""
    if not number:
        return f"{pages} as man-pages(7) wants them{done}"
    fixable = sum(finding.fixable for finding in seen.findings)
    hint = f"; nsdoc lint --fix mends {fixable} of them" if fixable and not fix else ""
    return f"{_counted(number, 'finding')} in {pages}{done}{hint}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _dumped(seen: Linted, mended: int) -> dict[str, Any]:
    found: Sequence[tuple[Problem, bool]] = [
        *((problem, False) for problem in seen.problems),
        *((finding.problem, finding.fixable) for finding in seen.findings),
    ]
    return {
        "schema": _SCHEMA,
        "pages": len(seen.files),
        "mended": mended,
        "findings": [_entry(problem, fixable) for problem, fixable in found],
    }


def _entry(problem: Problem, fixable: bool) -> dict[str, Any]:
    return {
        "code": str(problem.code),
        "file": problem.place.file,
        "line": problem.place.line,
        "message": problem.message,
        "expected": problem.expected,
        "fixable": fixable,
    }
