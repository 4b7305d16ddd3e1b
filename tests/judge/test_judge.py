"""The judge: from what a run has shown to a verdict."""

from __future__ import annotations

import pprint
import textwrap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsdoc import run
from nsdoc.judge import judge
from nsdoc.page import Example
from nsdoc.run import Ending, Printed, Run
from nsdoc.source import read_page
from nsdoc.verdict import Kind, Reason
from tests.cli.project import claim
from tests.source.sources import HEAD

PRINTS = "print(x)\n#> 1\nfor y in x:\n    print(y)\n    #> 2\n    #> 3\nprint(z)\nassert x"


@pytest.fixture
def example(tmp_path: Path) -> Example:
    """An example with three prints, of which two have an expected output."""
    return read(tmp_path, PRINTS)


def read(directory: Path, code: str) -> Example:
    """The example of a page."""
    page = directory / "thing.7.rst"
    page.write_text(HEAD + claim("one", code))
    return read_page(str(page)).claims[0].examples[0]


def seen(
    example: Example,
    *prints: tuple[int, str],
    ending: Ending | None = None,
    checks: int = 1,
    output: str = "",
    exits: tuple[tuple[int, int], ...] = (),
) -> Run:
    """A run of the example that printed these texts at these lines of its code."""
    start = example.place.line - 1
    printed = tuple(Printed(start + line, text) for line, text in prints)
    return Run(printed, ending, checks, output, exits, events=(), dropped=0, seconds=0.1)


ALL = ((1, "1"), (4, "2"), (4, "3"))


def test_holds(example: Example) -> None:
    """What reached its end, checked something and printed what is expected holds."""
    finding = judge(example, seen(example, *ALL))
    assert (finding.kind, finding.message, finding.place) == (Kind.HOLDS, "", example.place)


@pytest.mark.parametrize(
    ("prints", "code", "line", "expected", "observed"),
    [
        (((1, "7"), (4, "2"), (4, "3")), Reason.WRONG_OUTPUT, 1, "1", "7"),
        (((1, "1"), (4, "3"), (4, "2")), Reason.WRONG_OUTPUT, 4, "2\n3", "3\n2"),
        (((1, "1"), (4, "2")), Reason.WRONG_OUTPUT, 4, "2\n3", "2"),
        (((1, "1"), (1, "1"), (4, "2"), (4, "3")), Reason.WRONG_OUTPUT, 1, "1", "1\n1"),
        (((1, "1 "), (4, "2"), (4, "4")), Reason.WRONG_OUTPUT, 4, "2\n3", "2\n4"),
    ],
)
def test_wrong_output(
    example: Example, prints: tuple[tuple[int, str], ...], code: str, line: int, expected: str, observed: str
) -> None:
    """An output that is another one refutes, with the line of its print, and both texts."""
    finding = judge(example, seen(example, *prints))
    assert (finding.kind, finding.code) == (Kind.REFUTED, code)
    assert finding.place.line == example.place.line + line - 1
    assert (finding.expected, finding.observed) == (expected, observed)


def test_print_never_ran(example: Example) -> None:
    """An expectation whose print was not reached is broken: nothing is known."""
    finding = judge(example, seen(example, (1, "1")))
    assert (finding.kind, finding.code, finding.expected) == (Kind.BROKEN, Reason.PRINT_NEVER_RAN, "2\n3")


def test_output_without_expectation(example: Example) -> None:
    """A print without an expected output is broken, and its output is shown."""
    finding = judge(example, seen(example, *ALL, (7, "z")))
    assert (finding.kind, finding.code, finding.observed) == (Kind.BROKEN, Reason.UNEXPECTED_OUTPUT, "z")
    assert finding.place.line == example.place.line + 6


def test_output_behind_its_back(example: Example) -> None:
    """What a process wrote by itself is expected nowhere."""
    finding = judge(example, seen(example, *ALL, output="hello\n"))
    assert (finding.kind, finding.code, finding.observed) == (Kind.BROKEN, Reason.UNEXPECTED_OUTPUT, "hello")


@pytest.mark.parametrize(
    ("status", "words"), [(7 << 8, "exit status 7"), (9, "signal 9"), (139, "signal 11")]
)
def test_failed_child(example: Example, status: int, words: str) -> None:
    """A process that failed, and that nothing looked at, is told with how it ended."""
    finding = judge(example, seen(example, *ALL, exits=((42, status),)))
    assert (finding.kind, finding.code) == (Kind.BROKEN, Reason.CHILD_FAILED)
    assert f"process 42, forked by the example, ended with {words}" in finding.message


def test_checks_nothing(tmp_path: Path) -> None:
    """An example that reached no check cannot come out wrong, so it does not hold."""
    example = read(tmp_path, "if kernel.release == '':\n    assert kernel")
    finding = judge(example, seen(example, checks=0))
    assert (finding.kind, finding.code) == (Kind.BROKEN, Reason.CHECKS_NOTHING)


ENDINGS = {
    run.RAISED: Reason.RAISED,
    run.TIMEOUT: Reason.TIMEOUT,
    run.EXITED: Reason.EXITED,
    run.KILLED: Reason.KILLED,
    run.RETURNED: Reason.RAN_ON,
    run.FLOODED: Reason.TOO_MUCH_OUTPUT,
    run.CROWDED: Reason.TOO_MANY_PROCESSES,
    run.STARVED: Reason.TOO_MUCH_MEMORY,
    run.CUT: Reason.CUT_OFF,
    run.LOST: Reason.RUNNER_LOST,
}


@pytest.mark.parametrize("kind", ENDINGS)
@pytest.mark.parametrize("prints", [(), ALL, ((1, "1"), (4, "2"))], ids=["none", "all", "some"])
def test_early_end(example: Example, kind: str, prints: tuple[tuple[int, str], ...]) -> None:
    """An example that ended early is broken for that reason, though outputs are missing as well."""
    ending = Ending(kind, example.place.line + 3, "why")
    finding = judge(example, seen(example, *prints, ending=ending, checks=0))
    assert (finding.kind, finding.code, finding.message) == (Kind.BROKEN, ENDINGS[kind], "why")
    assert finding.place.line == example.place.line + 3


@pytest.mark.parametrize("kind", [kind for kind in ENDINGS if kind != run.FLOODED])
def test_refuted_before_early_end(example: Example, kind: str) -> None:
    """An output that contradicts refutes, whatever came later."""
    ending = Ending(kind, 0, "why")
    for prints in (((1, "7"),), ((1, "1"), (4, "2"), (4, "4")), ((1, "1"), (4, "2"), (4, "3"), (4, "5"))):
        finding = judge(example, seen(example, *prints, ending=ending))
        assert (finding.kind, finding.code) == (Kind.REFUTED, Reason.WRONG_OUTPUT)


def test_too_much_output_is_no_refutation(example: Example) -> None:
    """An example that printed more than it may is broken: its outputs were cut."""
    ending = Ending(run.FLOODED, 0, "too much")
    assert judge(example, seen(example, (1, "7"), ending=ending)).kind is Kind.BROKEN


def test_refused_otherwise(example: Example) -> None:
    """A call that failed with another error than expected refutes, with both errors."""
    ending = Ending(run.FAILED, 20, "expected EPERM, got EINVAL", "EPERM", "EINVAL")
    finding = judge(example, seen(example, ending=ending))
    assert (finding.kind, finding.code) == (Kind.REFUTED, Reason.WRONG_ERROR)
    assert (finding.expected, finding.observed, finding.place.line) == ("EPERM", "EINVAL", 20)


def test_refused_unexpectedly(example: Example) -> None:
    """A call that failed where nothing expected it refutes."""
    ending = Ending(run.RAISED, 20, "open(): ENOENT", "no error", "ENOENT")
    finding = judge(example, seen(example, ending=ending))
    assert (finding.kind, finding.code, finding.observed) == (Kind.REFUTED, Reason.UNEXPECTED_ERROR, "ENOENT")


def test_assertion(example: Example) -> None:
    """An assertion that does not hold refutes."""
    finding = judge(example, seen(example, ending=Ending(run.FAILED, 25, "does not hold")))
    assert (finding.kind, finding.code, finding.expected) == (Kind.REFUTED, Reason.ASSERTION, None)


def test_unavailable(example: Example) -> None:
    """What the host cannot show is unavailable, with the reason, although nothing was printed."""
    finding = judge(example, seen(example, ending=Ending(run.UNAVAILABLE, 0, "needs root"), checks=0))
    assert (finding.kind, finding.message, finding.place) == (Kind.UNAVAILABLE, "needs root", example.place)


values = st.recursive(
    st.integers() | st.text("ab\n'é", max_size=9) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("xy", max_size=3), inner, max_size=4),
    max_leaves=12,
)


def _block(text: str) -> str:
    return f'print(x)\n"""\n{text}\n"""'


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(value=values, other=values, width=st.integers(1, 60))
def test_layout_of_values(tmp_path: Path, value: object, other: object, width: int) -> None:
    """A value laid out over several lines stands for the value, and for no other one."""
    expected = pprint.pformat(value, width=width, sort_dicts=False)
    if "\\" in expected or "#" in expected:
        return
    example = read(tmp_path, _block(expected))
    assert judge(example, seen(example, (1, repr(value)))).kind is Kind.HOLDS
    # 1 and True are equal, and print differently.
    same = repr(value) == repr(other)
    assert (judge(example, seen(example, (1, repr(other)))).kind is Kind.HOLDS) == same


@pytest.mark.parametrize(
    ("expected", "observed"),
    [
        ("# a\n1", "# b\n1"),
        ("1\n2", "1\n3"),
        ("(1,\n2)", "(1, 3)"),
        ("[1,\n2]", "(1, 2)"),
        ("a\nb", "a\n\nb"),
    ],
)
def test_layout_of_texts(tmp_path: Path, expected: str, observed: str) -> None:
    """Texts are compared as they are, comments too."""
    example = read(tmp_path, _block(textwrap.dedent(expected)))
    assert judge(example, seen(example, (1, observed))).kind is Kind.REFUTED
