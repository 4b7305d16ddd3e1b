"""nsdoc mutate: the claims against a model that is broken one rule at a time."""

from __future__ import annotations

import argparse

from nsdoc import cli
from nsdoc.commands import write_json
from nsdoc.commands.chosen import chosen
from nsdoc.mutate.guards import guards
from nsdoc.terminal import Terminal


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of ``nsdoc mutate``."""
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", default=["docs"], help="pages, or directories of pages (docs)")
    add("-k", metavar="EXPR", dest="expression", help="only claims whose name matches, as in pytest -k")
    add("--release", metavar="RELEASE", default="", help="the release that the model plays (the newest)")
    add("--json", metavar="FILE", help="write JSON to FILE, too; - is standard output")
    add("--jobs", "-j", type=int, metavar="N", help="mutants to try at once (one a processor)")
    parser.set_defaults(action=mutate)


def mutate(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Run the command: the exit status.

    Raises:
        Stop: something is wrong with a source, or the report cannot be written.
    """
    found = guards(chosen(arguments.paths, arguments.expression), arguments.release, arguments.jobs)
    for claim in found.vacuous:
        terminal.say(f"{terminal.paint(claim, 'bold')}: vacuous: no mutant refutes it by a wrong value")
    for rule in found.undocumented:
        terminal.say(f"{terminal.paint(rule, 'bold')}: undocumented: no claim notices when it is broken")
    if arguments.json:
        write_json(arguments.json, found.to_json())
    noticed = sum(bool(one.refutes) for one in found.mutants)
    terminal.say(
        f"{len(found.mutants)} mutants, {noticed} noticed; {len(found.vacuous)} claims are vacuous, "
        f"{len(found.undocumented)} rules undocumented"
    )
    return cli.REFUTED if found.vacuous else cli.FINE
