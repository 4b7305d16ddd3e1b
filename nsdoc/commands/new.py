"""nsdoc new: a page to begin with."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from nsdoc import cli
from nsdoc.cli import Stop
from nsdoc.terminal import Terminal

_NAME = re.compile(r"(?P<name>[A-Za-z_][\w.+-]*?)(?:\((?P<in>[1-9]\w*)\)|\.(?P<after>[1-9]\w*)(?:\.rst)?)")
_WHERE = "docs/man"
# The headings that man-pages(7) wants beside NAME and DESCRIPTION, by section.
_BEFORE = {"1": ("SYNOPSIS",), "2": ("LIBRARY", "SYNOPSIS"), "3": ("LIBRARY", "SYNOPSIS"), "8": ("SYNOPSIS",)}
_AFTER = {
    "1": ("EXIT STATUS",),
    "2": ("RETURN VALUE", "ERRORS", "HISTORY"),
    "3": ("RETURN VALUE", "ERRORS", "HISTORY"),
    "8": ("EXIT STATUS",),
}
_CLAIM = """\
.. claim:: {id}

   A sentence that can be wrong.

   .. example::

      one = kernel.process()
      child = one.fork()
      print(child.getppid() == one.pid)
      #> True
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of ``nsdoc new``."""
    parser.add_argument("page", metavar="PAGE", help="its name and section, such as hostname.7")
    parser.add_argument("--to", metavar="DIRECTORY", default=_WHERE, help=f"where it shall stand ({_WHERE})")
    parser.set_defaults(action=new)


def new(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Write the page: the exit status.

    Raises:
        Stop: the name is none, or there is such a page already.
    """
    found = _NAME.fullmatch(arguments.page)
    if found is None:
        raise Stop(cli.USAGE, f"{arguments.page!r} is no name of a page; expected one such as hostname.7")
    name, section = found["name"], found["in"] or found["after"]
    file = Path(arguments.to, f"{name}.{section}.rst")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as stream:
            stream.write(skeleton(name, section))
    except FileExistsError:
        raise Stop(cli.USAGE, f"{file} exists, and stays as it is") from None
    except OSError as error:
        raise Stop(cli.USAGE, f"{file} cannot be written: {error.strerror}") from None
    terminal.say(f"{file}: now say what it is about, then: nsdoc check {file}")
    return cli.FINE


def skeleton(name: str, section: str) -> str:
    """A page with the headings of its section and a claim that holds."""
    title = f"{name}({section})"
    rule = "=" * len(title)
    parts = [f"{rule}\n{title}\n{rule}", *_heading("NAME"), f"{name} - what it is about"]
    for heading in _BEFORE.get(section[0], ()):
        parts += [*_heading(heading), ".. to be written"]
    parts += [*_heading("DESCRIPTION"), _CLAIM.format(id="first").rstrip()]
    for heading in _AFTER.get(section[0], ()):
        parts += [*_heading(heading), ".. to be written"]
    parts += [*_heading("SEE ALSO"), ":manpage:`man-pages(7)`"]
    return "\n\n".join(parts) + "\n"


def _heading(text: str) -> list[str]:
    return [f"{text}\n{'=' * len(text)}"]
