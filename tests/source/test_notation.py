"""The text of an output: how it is compared, and how it is written below its print."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsdoc.page import Example, Place, Print
from nsdoc.source import notation
from nsdoc.source.code import inspect

ANY_TEXT = st.text(st.characters(), max_size=120)


def read_back(lines: list[str]) -> str:
    """The text that is expected where `lines` stand below a print."""
    findings = inspect("\n".join(["print(x)", *lines, "y = 1", ""]))
    assert not findings.mistakes
    (expected,) = findings.expected
    assert (expected.after, expected.first, expected.last) == (1, 2, 1 + len(lines))
    return expected.text


@given(st.lists(ANY_TEXT, min_size=1, max_size=4), st.integers(0, 60), st.booleans())
def test_what_is_written_reads_the_same(outputs: list[str], column: int, blocks: bool) -> None:
    """Whatever a print shows, it can be written below it and reads as the same text."""
    assert read_back(notation.written(outputs, column, blocks)) == notation.joined(outputs)


@given(ANY_TEXT)
def test_the_normal_form_is_one(text: str) -> None:
    """Normalizing twice changes nothing more, so that what stands in a source compares equal to itself."""
    once = notation.normal(text)
    assert notation.normal(once) == once


@given(ANY_TEXT)
def test_the_normal_form_survives_docutils(text: str) -> None:
    """A line in normal form has no tab, no end of line and no blank at its end that docutils would change."""
    for line in notation.normal(text).split("\n"):
        assert line == line.expandtabs(8).rstrip()
        assert len(line.splitlines()) <= 1
        assert line.isprintable()


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Uid:\t0\t7", "Uid:    0       7"),
        ("end  \nof line\t", "end\nof line"),
        ("bell \a", "bell \\x07"),
        ("<object at 0x7f00deadbeef>", "<object at 0x0123456789ab>"),
        ("0x7f00deadbeef", "0x7f00deadbeef"),
        ("{3, 1, 2} and {'b', 'a'}", "{1, 2, 3} and {'a', 'b'}"),
        ("({2, 1}, {})", "({1, 2}, {})"),
        ("{'a': 2, 'b': 1}", "{'a': 2, 'b': 1}"),
        ("{name}", "{name}"),
        ("{1, 'a'}", "{1, 'a'}"),
    ],
)
def test_what_differs_from_run_to_run_is_made_the_same(text: str, normal: str) -> None:
    """Addresses are masked and sets sorted, as pytest-examples does; invisible characters are spelled out."""
    assert notation.normal(text) == normal


@pytest.mark.parametrize(
    ("outputs", "lines"),
    [
        (["1"], ["#> 1"]),
        ([""], ["#>"]),
        (["  x"], ["#>   x"]),
        (["1", "2"], ["#> 1", "#> 2"]),
        (["a\nb"], ['"""', "a", "b", '"""']),
        (["x" * 90], ['"""', "x" * 90, '"""']),
        (["1", "a\nb"], ["#> 1", '"""', "a", "b", '"""']),
        (["a\\n\nb"], ["#> a\\n", "#> b"]),
        (['"""\n'], ['#> """', "#>"]),
    ],
)
def test_short_is_a_line_and_long_a_block(outputs: list[str], lines: list[str]) -> None:
    """One short line stands behind the mark, more in a block unless Python would read it otherwise."""
    assert notation.written(outputs, 0) == lines


def test_the_width_counts_from_the_margin() -> None:
    """An output that fits at no indentation becomes a block at a deep one, as in pytest-examples."""
    text = "x" * 70
    assert notation.written([text], 0) == [f"#> {text}"]
    assert notation.written([text], 16)[0] == '"""'


def test_outputs_belong_to_the_print_whose_lines_they_come_from() -> None:
    """Any line of a print counts; a line without a print is one of its own."""
    example = Example(Place("f", 10), "print(\n  1)\nprint(2)\n", 3, prints=(Print(1, 2), Print(3, 3)))
    printed = [(11, "a"), (12, "b"), (10, "c"), (40, "d")]
    assert notation.by_print(example, printed) == {
        Print(1, 2): ["a", "c"],
        Print(3, 3): ["b"],
        Print(31, 31): ["d"],
    }
