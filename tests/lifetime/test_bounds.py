"""The bounds of claims and examples, tried on the model."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsdoc import build
from nsdoc.backends import model
from nsdoc.bounds import held, probes
from nsdoc.page import Bounds, Claim, Example, Place
from nsdoc.verdict import Finding, Kind, Verdict

HEAD = "thing(7)\n========\n\nNAME\n----\n\nthing - what it is\n\nDESCRIPTION\n-----------\n\n"
# Creating a user namespace without a capability came with Linux 3.8.
CREATES = "kernel.process(uid=1000, gid=1000).clone(CLONE_NEWUSER)"
# Too many levels are EUSERS before Linux 4.9 and ENOSPC from then on.
NEST = """\
nested = kernel.process(uid=0)
for _ in range(33):
    nested = nested.clone(CLONE_NEWUSER, uid_map="0 0 1", gid_map="0 0 1")
with fails({errno}):
    nested.clone(CLONE_NEWUSER)
"""


def example(code: str, *options: str) -> str:
    """An example of a claim."""
    lines = [*options, "", *code.splitlines()]
    return "   .. example::\n" + "".join(f"      {line}\n" if line else "\n" for line in lines) + "\n"


def claim(*examples: str, options: tuple[str, ...] = ()) -> str:
    """A claim with its options."""
    lines = "".join(f"   {option}\n" for option in options)
    return f".. claim:: it\n{lines}\n   It is so.\n\n{''.join(examples)}"


def verdict(folder: Path, text: str, spec: str = "model") -> Verdict:
    """The verdict on the one claim of a page."""
    page = folder / "thing.7.rst"
    page.write_text(HEAD + text, encoding="utf-8")
    report, problems = build.check([str(page)], spec, jobs=1)
    assert not problems
    return report.verdicts[0]


def test_right(tmp_path: Path) -> None:
    """A claim holds whose bound is the release that brought the change."""
    text = claim(example(f"print({CREATES}.getuid())\n#> 65534"), options=(":since: 3.8",))
    assert verdict(tmp_path, text).kind is Kind.HOLDS


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (":since: 3.9", "on the model of Linux 3.8, the release before, the claim holds already"),
        (":since: 3.7", "on the model of Linux 3.7 the claim does not hold: line 19: clone(): EPERM"),
        (":until: 4.9", "on the model of Linux 4.9 the claim still holds"),
        (":until: 3.8", "on the model of Linux 3.8 the claim still holds"),
    ],
)
def test_wrong(tmp_path: Path, option: str, message: str) -> None:
    """A wrong bound refutes a claim: it says on which release what came."""
    text = claim(example(f"print({CREATES}.getuid())\n#> 65534"), options=(option,))
    found = verdict(tmp_path, text)
    assert (found.kind, found.finding.code) == (Kind.REFUTED, "nsdoc.wrong-bound")
    assert found.finding.place.line == 12
    assert f'"{option}" is wrong: {message}' in found.finding.message


def test_wrong_where_it_does_not_apply(tmp_path: Path) -> None:
    """A wrong bound is found on a release to which the claim does not apply."""
    text = claim(example(f"print({CREATES}.getuid())\n#> 65534"), options=(":until: 4.9",))
    assert verdict(tmp_path, text, "model@6.12").finding.code == "nsdoc.wrong-bound"


def test_examples_in_turn(tmp_path: Path) -> None:
    """A claim whose examples take turns at a release holds."""
    text = claim(
        example(NEST.format(errno="EUSERS"), ":since: 3.11", ":until: 4.9"),
        example(NEST.format(errno="ENOSPC"), ":since: 4.9"),
    )
    assert verdict(tmp_path, text).kind is Kind.HOLDS


def test_example_wrong(tmp_path: Path) -> None:
    """A wrong bound of an example is found at the example."""
    text = claim(
        example(NEST.format(errno="EUSERS"), ":since: 3.11", ":until: 4.10"),
        example(NEST.format(errno="ENOSPC"), ":since: 4.10"),
    )
    found = verdict(tmp_path, text).finding
    assert found.message.startswith('":until: 4.10" is wrong: on the model of Linux 4.9, the release before,')
    assert found.place.line == 20
    assert (found.expected, found.observed) == ("EUSERS", "ENOSPC")


def test_claim_of_several_examples(tmp_path: Path) -> None:
    """Before its bound a claim does not hold if one of its examples does not."""
    text = claim(
        example(f"print({CREATES}.getuid())\n#> 65534"), example("assert kernel"), options=(":since: 3.8",)
    )
    assert verdict(tmp_path, text).kind is Kind.HOLDS


def test_failure_comes_first(tmp_path: Path) -> None:
    """What is wrong with an example itself is said rather than what is wrong with its bound."""
    text = claim(example(f"print({CREATES}.getuid())\n#> 1"), options=(":since: 3.9",))
    assert verdict(tmp_path, text).finding.code == "nsdoc.wrong-output"


@pytest.mark.parametrize("bound", ["4.5", "4.7"])
def test_needs_of_an_example(tmp_path: Path, bound: str) -> None:
    """A bound is tried even where a release lacks what the example needs, as cgroup namespaces before 4.6."""
    code = f"{CREATES}.unshare(CLONE_NEWCGROUP)\nassert kernel"
    right = claim(example(code, ":needs: cgroup-namespaces"), options=(":since: 4.6",))
    assert verdict(tmp_path, right).kind is Kind.HOLDS
    assert verdict(tmp_path, right.replace("4.6", bound)).finding.code == "nsdoc.wrong-bound"


def test_one_kernel(tmp_path: Path) -> None:
    """On a kernel that plays one release only, bounds are not tried."""
    text = claim(example("print(1)\n#> 1"), options=(":since: 3.9",))
    assert verdict(tmp_path, text, "linux").kind is Kind.HOLDS


def _claim(bounds: Bounds) -> Claim:
    place = Place("page.rst", 1)
    return Claim("thing(7)", "it", "DESCRIPTION", "It is so.", place, (Example(place, "pass\n", 0),), bounds)


@given(st.integers(0, 8), st.integers(0, 40), st.integers(0, 60))
def test_probes_of_any_bound(major: int, minor: int, patch: int) -> None:
    """Whatever a bound is, what is tried are releases that the model knows, next to one another."""
    known = model.releases()
    found = list(probes(_claim(Bounds(since=f"{major}.{minor}.{patch}")), known))
    indices = [known.index(probe.release) for probe in found]
    assert indices in ([], [0], [*indices[:1], indices[0] - 1] if indices else [])
    assert [probe.holds for probe in found] == [True, False][: len(found)]


def test_before_and_after_are_mirrored() -> None:
    """What has to hold for one kind of bound must not hold for the other."""
    known = model.releases()
    since, until = (list(probes(_claim(bounds), known)) for bounds in (Bounds("4.9"), Bounds(None, "4.9")))
    assert [(probe.release, probe.holds) for probe in since] == [("4.9", True), ("4.8", False)]
    assert [(probe.release, probe.holds) for probe in until] == [("4.9", False), ("4.8", True)]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([], None),
        ([Kind.HOLDS], Kind.HOLDS),
        ([Kind.HOLDS, Kind.UNAVAILABLE], None),
        ([Kind.UNAVAILABLE, Kind.REFUTED], Kind.REFUTED),
        ([Kind.HOLDS, Kind.BROKEN], Kind.BROKEN),
    ],
)
def test_held(kinds: list[Kind], expected: Kind | None) -> None:
    """Several examples hold together if all do; one that could not be shown leaves it open."""
    found = held([Finding(kind, Place("page.rst", 1)) for kind in kinds])
    assert (found and found.kind) == expected
