"""From runs to figures, and from figures to what people read."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from hypothesis import given
from hypothesis import strategies as st

from bench import chart, tables
from bench import results as store
from bench.contenders import CHECK, SPHINX, C
from bench.goals import goals
from bench.program import Timed
from bench.results import Measure, Series, ratio
from bench.series import per_example, rotated
from tests.bench.samples import results

PUBLISHED = Path(__file__).parents[2] / "docs" / "development" / "benchmarks"
_SVG = "{http://www.w3.org/2000/svg}"
_SECONDS = st.floats(1e-6, 1e3)


@given(st.floats(0, 10), st.floats(1e-6, 1), st.integers(2, 10_000))
def test_cost_is_what_a_further_example_adds(start: float, each: float, count: int) -> None:
    """The start is in both runs, so that it is no part of an example's cost."""
    first, many = Timed(start + each, 0, ""), Timed(start + each * count, 0, "")
    assert per_example(first, many, count) == pytest.approx(each, rel=1e-6, abs=1e-9)


@given(st.lists(st.tuples(_SECONDS, _SECONDS), min_size=1, max_size=9), st.floats(0.5, 20))
def test_ratio_is_taken_within_a_round(rounds: list[tuple[float, float]], busy: float) -> None:
    """A busy round that slows both by the same factor does not change their ratio."""
    ours, theirs = zip(*rounds, strict=True)
    slowed = [(ours[0] * busy, theirs[0] * busy), *rounds[1:]]
    mine, other = (Measure(Series.COST, "x", 1, tuple(values)) for values in zip(*slowed, strict=True))
    plain = ratio(Measure(Series.COST, "x", 1, ours), Measure(Series.COST, "y", 1, theirs))
    assert ratio(mine, other) == pytest.approx(plain)


def test_ratio_needs_both() -> None:
    """Without the other measure, or where it is nothing, there is no ratio."""
    measure = Measure(Series.COST, "x", 1, (1.0,))
    assert ratio(measure, None) is None
    assert ratio(None, measure) is None
    assert ratio(measure, Measure(Series.COST, "y", 1, (0.0,))) is None


@given(st.lists(st.integers(), min_size=1, max_size=8, unique=True))
def test_everybody_is_first_in_turn(everybody: list[int]) -> None:
    """Over as many rounds as there are contenders, each comes first once and none is left out."""
    rounds = [rotated(everybody, turn) for turn in range(len(everybody))]
    assert [order[0] for order in rounds] == everybody
    assert all(sorted(order) == sorted(everybody) for order in rounds)


def test_json_reads_back(tmp_path: Path) -> None:
    """What is written is read back, and says its schema."""
    file = tmp_path / "results.json"
    store.write(results(notes=("C: no compiler was found.",)), file)
    assert json.loads(file.read_text(encoding="utf-8"))["schema"] == 1
    assert store.read(file) == results(notes=("C: no compiler was found.",))


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema": 2}', '{"schema": 1}', '{"schema": 1, "conditions": 3}']
)
def test_other_json_is_refused(tmp_path: Path, text: str) -> None:
    """A file of another kind or schema is no result."""
    file = tmp_path / "results.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(store.BadResults, match=r"results\.json"):
        store.read(file)


def test_tables_have_a_cell_for_each_head() -> None:
    """Each row of each table has as many cells as the table has heads."""
    found = tables.tables(results())
    assert [len(table.rows) for table in found] == [3, 3, 2, 9, 9]
    for table in found:
        assert {len(row) for row in table.rows} == {len(table.heads)}


def test_comparison_shows_medians_and_ratios() -> None:
    """A row has the start, the median cost, its range, and its ratios to C and to Sphinx."""
    rows = {row[0]: row[1:] for row in tables.tables(results())[0].rows}
    assert rows["nsdoc check, 1 job"] == ("250", "2.00", "1.00 - 3.00", "5.00", "0.20")
    assert rows["sphinx -b doctest"][3:] == ("25.00", "1.00")


def test_what_is_missing_is_a_dash() -> None:
    """Without a compiler, a row has no ratio to C, and the note says so."""
    measures = [one for one in results().measures if one.who != C]
    shown = results(*measures, notes=("C: no compiler was found.",))
    assert all(row[4] == "-" for row in tables.tables(shown)[0].rows)
    assert tables.text(shown).endswith("\n\nC: no compiler was found.\n")


def test_goals_are_judged() -> None:
    """A goal is reached at its limit or below, and otherwise says by how much it is missed."""
    found = {goal.what: goal for goal in goals(results())}
    assert found["An example in nsdoc check"].reached
    assert found["An example in nsdoc check, against C"].verdict == "reached"
    missed = found["A call to an agent, from a program with open_kernel()"]
    assert (missed.reached, missed.verdict) == (False, "missed, 1.33 times the limit")
    assert len(goals(results(Measure(Series.CALL, "example", 1, (1e-5,))))) == 1


def test_thousand_examples_are_a_goal_only_as_a_thousand() -> None:
    """The time of fewer examples says nothing about the goal for a thousand."""
    assert goals(results(Measure(Series.WALL, "check-2", 100, (0.5,)))) == ()


def test_page_can_include_the_tables() -> None:
    """The reStructuredText has every table with its title, and nothing that docutils objects to."""
    shown = results()
    document = publish_doctree(tables.rst(shown), settings_overrides={"report_level": 1, "halt_level": 1})
    said = [paragraph.astext() for paragraph in document.findall(nodes.paragraph)]
    assert all(f"{table.title}:" in said for table in tables.tables(shown))
    entries = [entry.astext() for entry in document.findall(nodes.entry)]
    assert "against sphinx -b doctest" in entries


def test_chart_can_be_read_without_seeing() -> None:
    """The picture has a role, a title and a description with each figure, and its parts have names."""
    picture = ElementTree.fromstring(chart.chart(results()))
    assert picture.get("role") == "img"
    named = {part.get("id"): part.text or "" for part in picture if part.get("id")}
    assert set((picture.get("aria-labelledby") or "").split()) == set(named)
    assert "sphinx -b doctest: 9.00 ms among 100, 9.00 ms among 1,000" in named["description"]
    assert "20.00 ms with 240 MiB held" in named["description"]
    marks = picture.findall(f"{_SVG}polygon")
    assert len(marks) == 3 * 3 + 2 * 2
    assert all(mark.findtext(f"{_SVG}title") for mark in marks)


def test_chart_does_not_rely_on_colour() -> None:
    """Each line has a text beside it, and marks of two contenders differ in shape."""
    picture = ElementTree.fromstring(chart.chart(results()))
    texts = [text.text or "" for text in picture.findall(f"{_SVG}text")]
    for title in ("nsdoc check, 1 job", "sphinx -b doctest", "C & more"):
        assert any(text.startswith(title) for text in texts)
    outlines = {_outline(mark.get("points") or "") for mark in picture.findall(f"{_SVG}polygon")}
    assert len(outlines) == 3


def _outline(points: str) -> tuple[tuple[float, float], ...]:
    corners = [tuple(map(float, point.split(","))) for point in points.split()]
    return tuple((round(x - corners[0][0]), round(y - corners[0][1])) for x, y in corners)


@given(st.lists(st.floats(1e-5, 1), min_size=4, max_size=4))
def test_labels_do_not_overlap(costs: list[float]) -> None:
    """However close the lines end, their labels stand apart."""
    ids = (CHECK, "runner-1", SPHINX, C)
    measures = [
        Measure(Series.GROWTH, who, count, (cost,))
        for who, cost in zip(ids, costs, strict=True)
        for count in (100, 10_000)
    ]
    picture = ElementTree.fromstring(chart.chart(results(*measures)))
    labels = [text for text in picture.findall(f"{_SVG}text") if float(text.get("x") or 0) > 620]
    heights = sorted(float(label.get("y") or 0) for label in labels)
    assert len(heights) == 4
    assert all(below - above > 13 for above, below in pairwise(heights))


def test_costs_below_nothing_are_not_drawn() -> None:
    """A cost that the jitter has made negative has no place on a logarithmic scale."""
    below = Measure(Series.GROWTH, C, 100, (-1e-5,))
    ElementTree.fromstring(chart.chart(results(below)))
    assert "C & more" not in chart.chart(results(below, Measure(Series.GROWTH, CHECK, 100, (1e-3,))))


def test_chart_of_nothing() -> None:
    """Without measures there is a picture with its title."""
    empty = replace(results(), measures=())
    assert ElementTree.fromstring(chart.chart(empty)).findtext(f"{_SVG}title")


@pytest.mark.parametrize(("name", "made"), [("results.txt", tables.rst), ("cost.svg", chart.chart)])
def test_published_figures_are_those_measured(name: str, made: object) -> None:
    """The table and the chart in the documentation are made of the results beside them."""
    assert callable(made)
    assert (PUBLISHED / name).read_text(encoding="utf-8") == made(store.read(PUBLISHED / "results.json"))
