"""Every contender really runs its examples, and what does not is not timed."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from bench import program, results
from bench.__main__ import main, measure
from bench.contenders import PYTEST_EXAMPLES, RUNNER, C, Contender, contenders, others
from bench.contenders.others import refusal
from bench.program import Failed, Program
from bench.quiet import Quiet
from bench.results import Series
from bench.series import Bench, Scale
from nsdoc.terminal import Terminal
from tests.bench import samples

pytestmark = pytest.mark.skipif(bool(refusal()), reason="this host allows no user namespaces")

_COUNT = 5
_TINY = Scale(
    examples=5, rounds=1, growth=(2, 5), growth_rounds=1, repeats=1, mebibytes=8, size_rounds=1,
    wall=5, wall_rounds=1, memory=20, calls=50, call_rounds=1,
)  # fmt: skip
_IDS = ["check-1", "check-2", "runner-1", "runner-2", "sphinx", "sybil", "pytest-examples", "c", "c-isolated"]


def written(directory: Path, who: str, count: int = _COUNT) -> Program:
    """The program of a contender, which is skipped where it is not to be had."""
    found = {one.id: one for one in contenders(directory)}
    if who not in found:
        pytest.skip("needs a C compiler, and root where it isolates")
    place = directory / who
    place.mkdir()
    return found[who].write(place, count)


@pytest.mark.parametrize("who", _IDS)
def test_every_example_is_run(tmp_path: Path, who: str) -> None:
    """A contender runs as many examples as it was given, each of them right."""
    ready = written(tmp_path, who)
    timed = program.run(ready)
    assert ready.ran(timed.output) == _COUNT
    assert timed.seconds > 0
    assert timed.peak > 0


@pytest.mark.parametrize("who", _IDS)
def test_examples_that_did_not_run_are_noticed(tmp_path: Path, who: str) -> None:
    """A contender that ran another number of examples than it claims is not timed."""
    with pytest.raises(Failed, match=f"ran {_COUNT} of {_COUNT + 1} examples"):
        program.run(replace(written(tmp_path, who), examples=_COUNT + 1))


@pytest.mark.parametrize(
    ("who", "file"),
    [("check-1", "*.rst"), ("sphinx", "*.rst"), ("sybil", "*.rst"), ("pytest-examples", "*.md")],
)
def test_wrong_examples_are_noticed(tmp_path: Path, who: str, file: str) -> None:
    """Every contender compares what its examples print: one that expects something else fails."""
    ready = written(tmp_path, who)
    (page,) = ready.directory.glob(file)
    page.write_text(page.read_text("utf-8").replace("(0, 0, 0)", "(0, 0, 7)", 1), "utf-8")
    with pytest.raises(Failed):
        program.run(ready)


@pytest.mark.parametrize("count", [1, 42, 10_000, 123_456])
@pytest.mark.parametrize("failures", [0, 1])
def test_sphinx_counts_any_number(tmp_path: Path, count: int, failures: int) -> None:
    """Sphinx's summary is understood, whether or not its numbers leave room for blanks before them."""
    ready = others.sphinx(tmp_path, 1)
    (tmp_path / "out").mkdir()
    tests, failed = "test" if count == 1 else "tests", "failure" if failures == 1 else "failures"
    summary = f"Doctest summary\n{count:5} {tests}\n{failures:5} {failed} in tests\n"
    (tmp_path / "out" / "output.txt").write_text(summary, encoding="utf-8")
    assert ready.ran("") == count - failures


def test_old_output_does_not_count(tmp_path: Path) -> None:
    """What an earlier run left is removed, and is not taken for what this one did."""
    ready = written(tmp_path, "check-1")
    program.run(ready)
    with pytest.raises((Failed, FileNotFoundError)):
        program.run(replace(ready, argv=(sys.executable, "-c", "")))


@pytest.mark.parametrize("who", ["check-1", "sphinx", "sybil", "pytest-examples"])
def test_the_caller_can_hold_memory(tmp_path: Path, who: str) -> None:
    """The same program runs in a process that holds what was asked for besides its own."""
    peak = program.run(written(tmp_path, who).holding(128)).peak
    assert (128 + 20) << 20 < peak < (128 + 100) << 20


def test_a_program_that_fails_says_so(tmp_path: Path) -> None:
    """The command, its status and the end of what it wrote are in the message."""
    ready = Program((sys.executable, "-c", "print('oh'); exit(3)"), tmp_path, 1, int)
    with pytest.raises(Failed, match=r"exit\(3\): status 3\noh"):
        program.run(ready)


def test_a_program_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not end in time is killed and reported."""
    monkeypatch.setattr(program, "_PATIENCE", 0.2)
    ready = Program((sys.executable, "-c", "import time; time.sleep(60)"), tmp_path, 1, int)
    start = time.monotonic()
    with pytest.raises(Failed, match="status -9"):
        program.run(ready)
    assert time.monotonic() - start < 10


@pytest.fixture
def terminal() -> Terminal:
    """A terminal that nobody looks at."""
    return Terminal(StringIO(), "never")


def test_everything_is_measured(tmp_path: Path, terminal: Terminal) -> None:
    """A tiny run has every series, with a value a round for each contender."""
    found = measure(tmp_path, _TINY, Quiet(), terminal)
    assert {one.series for one in found.measures} == set(Series)
    assert [one.who for one in found.of(Series.COST)] == list(found.titles)
    assert {len(one.values) for one in found.of(Series.COST)} == {_TINY.rounds}
    assert {one.x for one in found.of(Series.COST)} == {5}
    assert [one.x for one in found.of(Series.GROWTH, RUNNER)] == [2, 5]
    assert {one.x for one in found.of(Series.SIZE)} == {0, 8}
    assert [one.x for one in found.of(Series.MEMORY, "controller")] == list(range(2, 21, 2))
    assert {one.who for one in found.of(Series.CALL)} == {"example", "open_kernel"}
    assert found.conditions.processors >= 1
    assert 0 <= found.conditions.others <= 1


def test_without_a_compiler_c_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no compiler is found there is no C among the contenders."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert C not in [one.id for one in contenders(tmp_path)]


def sleeper(directory: Path, count: int) -> Program:
    """A program each of whose examples takes longer than the jitter of a start."""
    return Program(("sh", "-c", f"sleep {0.3 * count}; echo {count}"), directory, count, int)


def test_what_takes_too_long_is_left_out(tmp_path: Path) -> None:
    """A contender whose examples would take longer than anybody waits gets fewer, and a note says so."""
    said: list[str] = []
    bench = Bench(tmp_path, replace(_TINY, patience=0.0), said.append)
    slow = [Contender(PYTEST_EXAMPLES, "sleeper", sleeper)]
    assert [one.x for one in bench.growth(slow)] == [2, 2]
    assert said == ["growth, round 1: sleeper, 2 examples"]
    assert [note.partition(" examples")[0] for note in bench.notes] == ["sleeper: 5"]


def test_earlier_results_can_be_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--show makes table and chart of a file, and says what is wrong with another."""
    file = tmp_path / "earlier.json"
    results.write(samples.results(), file)
    assert main(["--show", str(file), "--out", str(tmp_path / "out")]) == 0
    assert "sphinx -b doctest" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"results.json", "results.txt", "cost.svg"}
    assert main(["--show", str(tmp_path / "nothing.json"), "--out", str(tmp_path / "out")]) == 2


def test_contenders_have_names(tmp_path: Path) -> None:
    """Ids and titles are unique: they are keys of the results, and labels of the chart."""
    found: tuple[Contender, ...] = contenders(tmp_path)
    assert len({one.id for one in found}) == len(found)
    assert len({one.title for one in found}) == len(found)
