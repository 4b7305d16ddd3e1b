"""nsdoc lifetime: on which releases claims hold, as the model says, and which bounds are wrong."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from nsdoc import cli
from nsdoc.commands import write_json
from nsdoc.commands.chosen import chosen
from nsdoc.lifetime import Lifetime, dump, lifetimes
from nsdoc.page import Bounds
from nsdoc.terminal import Terminal


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of ``nsdoc lifetime``."""
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", default=["docs"], help="pages, or directories of pages (docs)")
    add("-k", metavar="EXPR", dest="expression", help="only claims whose name matches, as in pytest -k")
    add("--json", metavar="FILE", help="write JSON to FILE, too; - is standard output")
    add("--jobs", "-j", type=int, metavar="N", help="claims to try at once (one a processor)")
    add("-q", "--quiet", action="store_true", help="print only bounds that are wrong")
    parser.set_defaults(action=lifetime)


def lifetime(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Run the command: the exit status.

    Raises:
        Stop: something is wrong with a source, or the report cannot be written.
    """
    found = []
    for each in lifetimes(chosen(arguments.paths, arguments.expression), arguments.jobs):
        found.append(each)
        if each.wrong or not arguments.quiet:
            terminal.say(_line(each, terminal))
    if arguments.json:
        write_json(arguments.json, dump(found))
    wrong = [each for each in found if each.wrong]
    terminal.say(f"{len(found)} claims on every release that the model knows; {len(wrong)} wrong bounds")
    return cli.REFUTED if wrong else cli.FINE


def _line(each: Lifetime, terminal: Terminal) -> str:
    parts = [spans(each.life.holds) or "on no release"]
    if each.life.unknown:
        parts.append(f"not known {spans(each.life.unknown)}")
    line = f"{terminal.paint(each.claim, 'bold')}: {'; '.join(parts)}"
    if each.wrong is None:
        return line
    return f"{line}\n  {each.wrong.place}: {terminal.paint(each.wrong.message, 'red')} [{each.wrong.code}]"


def spans(found: Iterable[Bounds]) -> str:
    """Spans of releases in words, such as ``since 3.8 until 4.9, since 5.12``."""
    return ", ".join(f"since {span.since}{f' until {span.until}' if span.until else ''}" for span in found)
