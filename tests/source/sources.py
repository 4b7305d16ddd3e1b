"""Sources for the tests of the reader."""

from __future__ import annotations

from pathlib import Path

HEAD = """\
========
thing(7)
========

NAME
====

thing - what it is

DESCRIPTION
===========

"""
HEAD_LINES = HEAD.count("\n")

CLAIM = """\
.. claim:: one

   One is one.

   .. example::

      assert kernel.one == 1
"""


def man_page(directory: Path, body: str, head: str = HEAD) -> Path:
    """Write a manual page thing(7) whose DESCRIPTION is `body`; its path."""
    path = directory / "thing.7.rst"
    path.write_bytes((head + body).encode())
    return path


def line_of(path: Path, text: str) -> int:
    """The number of the first line of a file that has `text` in it, counted from 1."""
    lines = path.read_text("utf-8").split("\n")
    return next(number for number, line in enumerate(lines, 1) if text in line)
