"""The comparison of man builders: it builds what it says, and counts right."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench import man_builders, program
from bench.man_builders import BUILDERS, SITUATIONS, Figures, Measured, main, ratio, write_sources
from bench.program import Failed
from tests.bench import samples


def figures(**seconds: tuple[tuple[float, ...], tuple[float, ...]]) -> Figures:
    """Figures with the seconds of ours and of Sphinx's builder in each situation."""
    measured: Measured = {
        what: dict(zip(BUILDERS, seconds.get(what, ((1.0,), (1.0,))), strict=True)) for what in SITUATIONS
    }
    return Figures(100, 9400, samples.CONDITIONS, measured, measured)


def test_it_runs_and_writes_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A small comparison has a value for each situation, builder and round."""
    assert main(["--pages", "3", "--rounds", "1", "--out", str(tmp_path)]) == 0
    data = json.loads((tmp_path / "man-builders.json").read_text("utf-8"))
    assert set(data["seconds"]) == set(SITUATIONS)
    assert all(len(values) == 1 for both in data["seconds"].values() for values in both.values())
    assert all(values[0] > 0 for both in data["busy"].values() for values in both.values())
    table = (tmp_path / "man-builders.txt").read_text("utf-8")
    assert table == capsys.readouterr().out
    assert "3 pages, " in table


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_page_that_is_missing_is_noticed(tmp_path: Path, builder: str) -> None:
    """A builder that writes fewer pages than it was given is not timed."""
    write_sources(tmp_path, 2)
    build = man_builders.program(tmp_path, builder, 2)
    assert program.run(build).seconds > 0
    with pytest.raises(Failed, match="ran 2 of 3"):
        program.run(replace(build, examples=3))


def test_a_build_that_complains_is_noticed(tmp_path: Path) -> None:
    """A warning is a reason not to trust a figure."""
    write_sources(tmp_path, 1)
    (tmp_path / "sources" / "tray_001.rst").write_text("x\n=\n\n:ref:`nowhere`\n")
    with pytest.raises(Failed, match="nowhere"):
        program.run(man_builders.program(tmp_path, "nsman", 1))


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    """Each round gives a ratio of its own, so that a slow round weighs on both sides."""
    assert ratio({"nsman": (1.0, 10.0, 1.0), "man": (2.0, 30.0, 9.0)}) == 3.0


def test_goals() -> None:
    """A goal is reached at its limit, and missed below it."""
    found = figures(cold=((1.0,), (1.0,)), unchanged=((1.0,), (4.9,)))
    assert found.reached("cold")
    assert not found.reached("unchanged")
    assert "missed" in man_builders.report(found)
