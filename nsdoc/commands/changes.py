"""nsdoc changes: the changes of behaviour that the model knows."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator
from dataclasses import asdict

from nsdoc import cli
from nsdoc.backends.model import changes, releases
from nsdoc.backends.model.changes import Change
from nsdoc.commands import write_json
from nsdoc.terminal import Terminal

_SCHEMA = 1
_WIDTH = 96


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of ``nsdoc changes``."""
    parser.add_argument(
        "--json", metavar="FILE", nargs="?", const="-", help="write JSON to FILE, or to standard output"
    )
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Run the command: the exit status.

    Raises:
        Stop: the file cannot be written.
    """
    if arguments.json:
        known = releases()
        kernel = {"backend": "model", "releases": [known[0], known[-1]]}
        write_json(
            arguments.json, {"schema": _SCHEMA, "kernel": kernel, "changes": list(map(asdict, changes()))}
        )
        return cli.FINE
    for change in changes():
        for line in _lines(change, terminal):
            terminal.say(line)
    return cli.FINE


def _lines(change: Change, terminal: Terminal) -> Iterator[str]:
    yield f"{change.since:12} {terminal.paint(change.name, 'bold')}"
    for text in (change.what, f"{change.source}; {change.certainty}"):
        yield from textwrap.wrap(text, _WIDTH, initial_indent=" " * 13, subsequent_indent=" " * 13)
