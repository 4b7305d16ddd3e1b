"""Words without markup, and the sentences that stand outside every claim."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsdoc.page import Passage, Place
from nsdoc.source import read_page
from nsdoc.source.prose import sentences
from tests.source.sources import CLAIM, line_of, man_page

BODY = f"""\
One sentence
over two lines.
Another, see
:manpage:`clone(2)`.

{CLAIM}
.. definition::

   A *level* is a number.

.. pointer:: See elsewhere.

* An item.

  .. advice::

     Be careful.

     - Very.

.. note::

   A note.

Inner
-----

Inner words.

::

   code

EXAMPLES
========

Not normative.
"""


def test_prose_outside_claims_is_counted_by_sentence(tmp_path: Path) -> None:
    """Each sentence of a normative heading has its line; what is marked as no claim says so."""
    path = man_page(tmp_path, BODY)

    def passage(text: str, mark: str = "", heading: str = "DESCRIPTION", at: str = "") -> Passage:
        return Passage(Place(str(path), line_of(path, at or text)), heading, text, mark)

    assert read_page(path).passages == (
        passage("One sentence over two lines.", at="One sentence"),
        passage("Another, see clone(2).", at="Another, see"),
        passage("A level is a number.", "definition", at="A *level*"),
        passage("See elsewhere.", "pointer"),
        passage("An item."),
        passage("Be careful.", "advice"),
        passage("Very.", "advice"),
        passage("A note."),
        passage("Inner words.", heading="DESCRIPTION/Inner"),
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two.", [(0, "One."), (0, "Two.")]),
        ("One\nword. Two", [(0, "One word."), (1, "Two")]),
        ("In e.g. Linux 6.1 and i.e. Debian.", [(0, "In e.g. Linux 6.1 and i.e. Debian.")]),
        ("Is it? (It is!) Yes.", [(0, "Is it?"), (0, "(It is!)"), (0, "Yes.")]),
        ("The file\n/proc/self/maps. The end.", [(0, "The file /proc/self/maps."), (1, "The end.")]),
        ("", []),
    ],
)
def test_sentences_end_at_a_stop_before_a_capital(text: str, found: list[tuple[int, str]]) -> None:
    """A full stop inside a number, a path or an abbreviation ends nothing."""
    assert sentences(text) == found


@given(st.text())
def test_no_word_is_lost_between_sentences(text: str) -> None:
    """The sentences of a text hold its words, all of them and in order."""
    assert " ".join(sentence for _, sentence in sentences(text)).split() == text.split()


@given(st.text(alphabet="Ab. \n"))
def test_lines_of_sentences_are_where_they_start(text: str) -> None:
    """The number of line ends before a sentence leads to the line it starts in."""
    lines = text.split("\n")
    for before, sentence in sentences(text):
        assert sentence.split()[0] in lines[before].split()
