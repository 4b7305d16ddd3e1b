"""What an example needs is asked for before its first line, and decides whether the example runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nsdoc import build
from nsdoc.abi import CLONE_NEWNET
from nsdoc.errors import Unavailable
from nsdoc.kernels import open_kernel
from nsdoc.problems import Problem
from nsdoc.process import Kernel
from nsdoc.verdict import Kind, Verdict

PAGE = """\
=======
page(7)
=======

NAME
====

page - what an example needs

DESCRIPTION
===========

.. claim:: one

   It holds.

   .. example::
      :needs: {needs}

      {code}
"""


def mistakes(tmp_path: Path, needs: str) -> tuple[Problem, ...]:
    """What is wrong with a page whose example needs something."""
    file = tmp_path / "page.7.rst"
    file.write_text(PAGE.format(needs=needs, code="assert kernel.release"), encoding="utf-8")
    return build.check([str(file)], jobs=1)[1]


def checked(
    tmp_path: Path, needs: str, code: str = "assert kernel.release", spec: str = "linux"
) -> tuple[Verdict, tuple[Problem, ...]]:
    """The verdict on a claim whose example needs something, and what is wrong with its page."""
    file = tmp_path / "page.7.rst"
    file.write_text(PAGE.format(needs=needs, code=code.replace("\n", "\n      ")), encoding="utf-8")
    report, problems = build.check([str(file)], spec, jobs=1)
    assert len(report.verdicts) == 1, problems
    return report.verdicts[0], problems


@pytest.mark.parametrize("spec", ["linux", "model"])
def test_a_need_that_is_met_changes_nothing(tmp_path: Path, spec: str) -> None:
    """An example runs where what it needs is here, on every backend."""
    verdict, problems = checked(tmp_path, "user-namespaces, nesting", spec=spec)
    assert (verdict.kind, problems) == (Kind.HOLDS, ())


def test_a_need_that_is_not_met_makes_the_claim_unavailable(tmp_path: Path) -> None:
    """Where something is missing the example does not run, and the reason says what was refused."""
    verdict, problems = checked(tmp_path, "overlay", "assert not kernel.release", "model@5.10")
    assert (verdict.kind, problems) == (Kind.UNAVAILABLE, ())
    assert verdict.finding.message == "it needs overlay: mount() was refused with EPERM"


def test_the_place_of_an_unmet_need_is_the_example(tmp_path: Path) -> None:
    """The verdict points to the first line of the example."""
    verdict, _ = checked(tmp_path, "overlay", spec="model@5.10")
    assert verdict.finding.place.line == PAGE[: PAGE.index("{code}")].count("\n") + 1


def test_an_unknown_need_is_a_mistake_of_the_author(tmp_path: Path) -> None:
    """A word that stands for nothing is reported with its place, a code, and the words that are known."""
    problem, *_ = mistakes(tmp_path, "root, nonsense")
    assert problem.code == "nsdoc.bad-option"
    assert "expected not nonsense but some of all-capabilities, " in str(problem)
    assert problem.place.line == PAGE[: PAGE.index(":needs:")].count("\n") + 1


def test_an_example_that_asks_for_it_has_a_network_of_its_own(tmp_path: Path) -> None:
    """With network the example's processes are in another network namespace than the host."""
    if os.geteuid() != 0:
        pytest.skip("needs root: only root can give an example a network namespace")
    host = os.readlink("/proc/self/ns/net")
    inside = 'alice = kernel.process(uid=1000)\nprint(alice.readlink("/proc/self/ns/net") == "{}")\n#> {}'
    verdict, _ = checked(tmp_path, "network", inside.format(host, False))
    assert verdict.kind is Kind.HOLDS, verdict.finding
    verdict, _ = checked(tmp_path, "root", inside.format(host, True))
    assert verdict.kind is Kind.HOLDS, verdict.finding


def test_a_need_can_be_asked_for_in_code() -> None:
    """Kernel.need() goes on or raises Unavailable, and gives a network namespace to what is started later."""
    with open_kernel("linux") as kernel:
        kernel.need("user-namespaces")
        if os.geteuid() != 0:
            with pytest.raises(Unavailable, match="it needs network: "):
                kernel.need("network")
            return
        before = kernel.process().readlink("/proc/self/ns/net")
        kernel.need("network")
        assert kernel.process().readlink("/proc/self/ns/net") != before


def test_a_network_that_is_refused_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the kernel refuses a network namespace all the same, the example is unavailable."""
    with open_kernel("linux") as kernel:
        monkeypatch.setattr(Kernel, "lacks", lambda self, feature: "")
        monkeypatch.setattr("nsdoc.abi.CLONE_NEWNET", CLONE_NEWNET | 1)
        with pytest.raises(Unavailable, match="refused new namespaces: Invalid argument"):
            kernel.need("network")
        assert kernel.process().getpid()
