"""The parser that keeps its machines gives the trees that docutils' own gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from docutils import frontend
from docutils.parsers.rst import Parser
from docutils.utils import new_document
from hypothesis import given
from hypothesis import strategies as st

from nsdoc.source import plain
from nsdoc.source.parser import KeepingParser

_ROOT = Path(__file__).parents[2]
_SOURCES = sorted(_ROOT.glob("docs/**/*.rst"))

_LISTS = """\
- a bullet

  1. a number

     :field: value

        quoted
     :other: value

  2. another

     a. letters
     #. that count themselves

     term
        what it is

     -o, --option  an option

- .. note:: in a note

     ::

        literal

     | a line
     |   block

.. [1] a footnote
.. _target: elsewhere
.. |name| replace:: text

+---+---+
| a | - |
+---+---+

>>> doctest
"""


def _tree(parser: Parser, text: str) -> str:
    settings = frontend.get_default_settings(Parser)
    settings.report_level = settings.halt_level = 5
    settings.syntax_highlight = "none"
    document = new_document("page.rst", settings)
    with plain.registries({}):
        parser.parse(text, document)
    return str(document.pformat())


@pytest.mark.parametrize("path", _SOURCES, ids=lambda path: path.relative_to(_ROOT).as_posix())
def test_same_trees(path: Path) -> None:
    """A page of ours becomes the same tree."""
    text = path.read_text("utf-8")
    assert _tree(KeepingParser(), text) == _tree(Parser(), text)


@given(st.lists(st.sampled_from(_LISTS.splitlines()), max_size=30), st.integers(0, 2))
def test_same_trees_of_anything(lines: list[str], indent: int) -> None:
    """Lines in any order, with all kinds of lists half begun, become the same tree."""
    text = _LISTS + "\n".join("   " * indent + line for line in lines)
    assert _tree(KeepingParser(), text) == _tree(Parser(), text)
