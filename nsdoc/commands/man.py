"""nsdoc man: man pages from single sources, without Sphinx."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nsdoc import cli, show
from nsdoc.cli import Stop
from nsdoc.manual import fragment, man_page
from nsdoc.problems import SourceError
from nsdoc.terminal import Terminal


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of ``nsdoc man``."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="a source, such as clone.2.rst")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--to", metavar="DIRECTORY", help="write man2/clone.2 and so on below it")
    where.add_argument("--fragment", metavar="NAME", help="only the heading or item of this name")
    parser.set_defaults(action=man)


def man(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Write the pages: the exit status.

    Raises:
        Stop: there are several sources but no directory, no such part, or a file cannot be written.
    """
    if len(arguments.files) > 1 and arguments.to is None:
        raise Stop(cli.USAGE, "several pages need a directory: --to DIRECTORY")
    if arguments.fragment is not None:
        return _part(arguments.files[0], arguments.fragment, terminal)
    return max([_page(file, arguments.to, terminal) for file in arguments.files])


def _part(file: str, name: str, terminal: Terminal) -> int:
    try:
        text = fragment(file, name)
    except SourceError as error:
        return _wrong(error, terminal)
    if text is None:
        raise Stop(cli.USAGE, f"{file} has no heading and no item {name!r}")
    sys.stdout.write(text)
    return cli.FINE


def _page(file: str, directory: str | None, terminal: Terminal) -> int:
    try:
        page = man_page(file)
    except SourceError as error:
        return _wrong(error, terminal)
    for problem in page.problems:
        terminal.say(show.problem(problem, terminal))
    if directory is None:
        sys.stdout.write(page.text)
    else:
        _write(Path(directory, page.path), page.text)
        for part in page.fragments:
            _write(Path(directory, part.path), part.text)
    return cli.USAGE if page.problems else cli.FINE


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "ascii")
    except OSError as error:
        raise Stop(cli.USAGE, f"{path} cannot be written: {error.strerror}") from None


def _wrong(error: SourceError, terminal: Terminal) -> int:
    for problem in error.problems:
        terminal.say(show.problem(problem, terminal))
    return cli.USAGE
