"""The command line.

People read standard error, programs standard output.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module

from nsdoc import __version__
from nsdoc.terminal import Terminal

FINE, REFUTED, USAGE, MISSING, STALE, DEFECT = 0, 1, 2, 3, 4, 70
# As a shell says it of a program that SIGINT or SIGPIPE ended.
INTERRUPTED, UNREAD = 130, 141
# How many new ones there may be before those are looked for that nothing refers to.
_OBJECTS = 50_000

_DESCRIPTION = "Manual pages whose every claim is run against a kernel."
_STATUS = """
exit status: 0 all is well; 1 a claim is refuted, broken or vacuous; 2 bad source or usage;
3 a required backend is missing; 4 only stale evidence; 70 a defect of nsdoc
"""
# One module each, loaded when it is asked for: `check` shall not wait for what it does not need.
COMMANDS = {
    "check": "run the claims of pages and say which hold",
    "trace": "run one example and print its calls and their outcomes",
    "new": "write a page to begin with",
    "man": "write the man pages of sources, without Sphinx",
    "lint": "say where sources depart from man-pages(7), and mend what is safe",
    "evidence": "say how what was seen on other kernels fits the pages",
    "diff": "compare what two kernels, or two checks, say of the claims",
    "lifetime": "say on which releases claims hold, and which bounds are wrong",
    "changes": "list the changes of behaviour that the model knows",
    "mutate": "break the model one rule at a time and say which claims notice",
    "walk": "let random calls be made on this kernel and on its model, and compare every outcome",
    "probe": "say what this host allows, and why it refuses the rest",
}


class Stop(Exception):
    """A command ends early: the exit status, and a sentence for people."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is documented in nsdoc(1)."""
    # A page is a tree of many objects that all live until it has been read.
    gc.set_threshold(_OBJECTS)
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser(words).parse_args(words)
    terminal = Terminal(sys.stderr, arguments.color)
    action: Callable[[argparse.Namespace, Terminal], int] = arguments.action
    try:
        return action(arguments, terminal)
    except Stop as stop:
        terminal.say(f"nsdoc {arguments.command}: {stop}")
        return stop.status
    except KeyboardInterrupt:
        terminal.say("nsdoc: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # Nobody reads any more; without this, Python would try to write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    except Exception:
        traceback.print_exc()
        terminal.say("nsdoc: this is a defect of nsdoc")
        return DEFECT


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("nsdoc", description=_DESCRIPTION, epilog=_STATUS)
    parser.add_argument("--version", action="version", version=f"nsdoc {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)
    for name, purpose in COMMANDS.items():
        command = commands.add_parser(
            name, help=purpose, description=purpose.capitalize() + ".", epilog=_STATUS
        )
        if name in words:
            import_module(f"nsdoc.commands.{name}").configure(command)
        command.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    return parser
