"""The two letters: their statements, the releases on which each is so, and the chart of them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs._ext import chart, letters
from nsdoc.backends import model
from nsdoc.page import Claim
from nsdoc.report import Report
from nsdoc.source import read_page
from nsdoc.verdict import Conditions, Finding, Kind, Verdict

DOCS = Path(__file__).parents[2] / "docs"
STATEMENTS = letters.read_statements(DOCS / letters.STATEMENTS)
BY_ID = {one.id: one for one in STATEMENTS}
CLAIMS = read_page(DOCS / letters.CLAIMS).claims
EVERY = model.releases()


@pytest.fixture(scope="module")
def known() -> letters.Known:
    return letters.know(CLAIMS)


def test_no_statement_is_missing() -> None:
    """There are the twenty-eight statements of the first letter and the thirty of the second, in order."""
    expected = [f"2008-{n:02}" for n in range(1, 29)] + [f"2014-{n:02}" for n in range(1, 31)]
    assert [one.id for one in STATEMENTS] == expected


@pytest.mark.parametrize("one", STATEMENTS, ids=lambda one: one.id)
def test_statement_is_tried_or_says_why_not(one: letters.Statement) -> None:
    """A statement is a sentence; it has claims that are on the page, or a reason why it is not tried."""
    names = {claim.name for claim in CLAIMS}
    assert one.statement.endswith(".")
    assert bool(one.why) is not bool(one.claims or one.instead)
    assert {*one.claims, *one.instead} <= names
    assert not set(one.claims) & set(one.instead)


def test_every_tried_statement_has_a_row() -> None:
    """What claims show is on the chart, if under the label of another statement of the same claims."""
    rows = {name for one in STATEMENTS if one.row for name in (*one.claims, *one.instead)}
    assert {name for one in STATEMENTS for name in (*one.claims, *one.instead)} == rows
    labels = [one.row for one in STATEMENTS if one.row]
    assert len(set(labels)) == len(labels)
    assert max(map(len, labels)) <= 30


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("2008-01", "since 2.6.29"),
        ("2008-04", "since 3.8"),
        ("2008-06", "2.6.39–3.4"),
        ("2008-08", "2.6.29–3.4"),
        ("2008-11", "always"),
        ("2008-12", "never"),
        ("2008-14", "since 2.6.39"),
        ("2008-21", "2.6.23–3.7"),
        ("2008-23", "2.6.23–3.4, since 5.14"),
        ("2008-27", "2.6.23–2.6.29, 3.5–5.2"),
        ("2014-04", "2.6.30–3.4, since 5.3"),
        ("2014-13", "never"),
        ("2014-14", "3.11–4.8"),
        ("2014-24", "never"),
        ("2014-27", "since 3.5"),
    ],
)
def test_when_it_was_so(known: letters.Known, name: str, words: str) -> None:
    """The design changed: what the model of each release says of a statement."""
    assert letters.in_words(known.so(BY_ID[name]), EVERY) == words


def test_what_is_so_is_not_otherwise(known: letters.Known) -> None:
    """On no release is a statement both so and not so; and one that never is has something instead."""
    for one in STATEMENTS:
        so, otherwise = known.so(one), known.otherwise(one)
        assert not set(so) & set(otherwise)
        assert so or otherwise or one.why, one.id


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_spans_are_whole(wanted: list[bool]) -> None:
    """Spans hold just the releases that were found, and no two of them touch."""
    every = [f"5.{number}" for number in range(len(wanted))]
    found = [release for release, is_wanted in zip(every, wanted, strict=True) if is_wanted]
    spans = letters.spans(found, every)
    assert [every[place] for first, end in spans for place in range(first, end)] == found
    assert all(end < first for (_, end), (first, _) in pairwise(spans))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ("", "never"),
        ("abcde", "always"),
        ("a", "a–a"),
        ("bc", "b–c"),
        ("de", "since d"),
        ("abd", "a–b, d–d"),
    ],
)
def test_spans_in_words(found: str, words: str) -> None:
    """A span that is not over has a beginning only; all releases together are always."""
    assert letters.in_words(list(found), list("abcde")) == words


# What real kernels said


def a_report(claim: Claim, release: str, kind: Kind = Kind.HOLDS, digest: str = "") -> Report:
    verdict = Verdict(claim.name, digest or claim.digest, Finding(kind, claim.place), "2026-11-25")
    return Report(Conditions("linux", release), (verdict,))


def marks(*reports: Report) -> list[str]:
    claim = CLAIMS[0]
    one = letters.Statement("2008-99", "It is.", claims=(claim.name,))
    return letters.know([claim], reports).marks(one)


def test_real_kernels_leave_marks() -> None:
    """A kernel that bore a statement out is marked at its series, whatever its patch level and suffix."""
    claim = CLAIMS[0]
    reports = [a_report(claim, release) for release in ("6.18.44-fc", "5.10.0-30-amd64", "4.4.0")]
    assert marks(*reports) == ["4.4", "5.10", "6.18"]


@pytest.mark.parametrize(
    "report",
    [
        a_report(CLAIMS[0], "5.10.1", Kind.UNAVAILABLE),
        a_report(CLAIMS[0], "5.10.1", Kind.NOT_APPLICABLE),
        a_report(CLAIMS[0], "5.10.1", digest="of other words"),
        a_report(CLAIMS[0], "9.1"),
    ],
)
def test_other_verdicts_leave_none(report: Report) -> None:
    """What was not run, or was another wording, or is a release that is not on the chart, leaves no mark."""
    assert marks(report) == []


def test_all_claims_must_be_borne_out() -> None:
    """A statement with two claims is marked only where a kernel has said both."""
    one, other = CLAIMS[0], CLAIMS[1]
    statement = letters.Statement("2008-99", "It is.", claims=(one.name, other.name))
    reports = [a_report(one, "5.10.0"), a_report(other, "6.1.0"), a_report(one, "6.1.0")]
    # A report of each kernel holds what it said; here they come apart.
    assert letters.know([one, other], reports).marks(statement) == ["6.1"]


# The chart


def elements(text: str, tag: str) -> list[ET.Element]:
    return list(ET.fromstring(text).iter(tag))


def texts(text: str) -> list[str]:
    return ["".join(found.itertext()) for found in elements(text, "text")]


def test_chart_has_every_row(known: letters.Known) -> None:
    """Each row says what it is about, and at its end when it is so: nothing depends on colours."""
    drawn = letters.drawn(STATEMENTS, known)
    found = texts(drawn)
    for one in STATEMENTS:
        if one.row:
            place = found.index(one.row)
            assert found[place + 1] == letters.in_words(known.so(one), EVERY)


def test_chart_can_be_read_without_being_seen(known: letters.Known) -> None:
    """The picture has a title and a description, and takes its colours from the page."""
    drawn = letters.drawn(STATEMENTS, known)
    picture = elements(drawn, "svg")[0]
    names = (picture.get("aria-labelledby") or "").split()
    described = {found.get("id"): found.text for tag in ("title", "desc") for found in picture.iter(tag)}
    assert picture.get("role") == "img"
    assert all(described[name] for name in names)
    styles = {part for found in picture.iter() for part in (found.get("style") or "").split(";") if part}
    assert all("var(" in style or "currentColor" in style for style in styles)


def test_chart_draws_bars_lines_and_marks() -> None:
    """A bar is thick, a line thin; a mark is a diamond: three shapes."""
    row = chart.Row("it is <so>", ((0, 2),), ((2, 3),), (1,), "a–b")
    drawn = chart.svg(list("abc"), [0], [chart.Group("A letter", 1, (row,))], "Title", "Text")
    heights = [int(found.get("height") or 0) for found in elements(drawn, "rect")]
    assert heights == [2, 10]
    assert len(elements(drawn, "polygon")) == 1
    assert "it is <so>" in texts(drawn)


def widths(groups: Sequence[chart.Group]) -> tuple[float, float]:
    drawn = chart.svg(EVERY, [0], groups, "Title", "Text")
    picture = elements(drawn, "svg")[0]
    ends = [float(found.get("x") or 0) for found in elements(drawn, "text")]
    return float(picture.get("width") or 0), max(ends)


def test_chart_fits_the_page(known: letters.Known) -> None:
    """The chart is no wider than the text beside it, and the words at the end of a row have room."""
    row = chart.Row("label", ((0, len(EVERY)),), (), (), "always")
    width, last = widths([chart.Group("A letter", 1, (row,))])
    assert width <= 46 * 16
    longest = max(len(letters.in_words(known.so(one), EVERY)) for one in STATEMENTS)
    assert last + longest * 5.6 <= width


def test_table_lists_what_was_not_tried(known: letters.Known) -> None:
    """A statement that no example tries stands in the table with the reason."""
    one = replace(BY_ID["2014-15"], why="A definition.")
    rows = "\n".join(letters.table([one], known))
    assert "not tried" in rows
    assert "A definition." in rows
