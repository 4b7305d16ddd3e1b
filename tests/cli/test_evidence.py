"""nsdoc evidence and nsdoc diff: reports of other kernels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.project import GOOD, Here, Project, claim

FINE = GOOD.replace("good", "fine")
ONE = claim("one", "print(1)\n#> 1")


def _other_kernel(project: Project, nsdoc: Here, **changes: Any) -> Path:
    """A report as another kernel gives it, with changed fields of the first verdict."""
    nsdoc("check")
    data = json.loads(project.verdicts.read_text())
    data["kernel"] |= {"release": "5.10.1", "machine": "riscv64"}
    data["verdicts"][0] |= changes
    return project.file("out/other.json", json.dumps(data))


def test_added(project: Project, nsdoc: Here) -> None:
    """A report is taken in under the name of its kernel, and counted."""
    project.write(GOOD, FINE)
    _other_kernel(project, nsdoc)
    ran = nsdoc("evidence", "--add", "out/other.json")
    assert ran.status == 0
    assert "added docs/evidence/5.10.1-riscv64.json\n" in ran.err
    assert "5.10.1-riscv64.json: Linux 5.10.1: 2 of 2 claims hold\n" in ran.err


def test_stale(project: Project, nsdoc: Here) -> None:
    """When the words of a claim have changed, its evidence is stale: the status is 4, until it is pruned."""
    project.write(GOOD, FINE)
    _other_kernel(project, nsdoc)
    nsdoc("evidence", "--add", "out/other.json")
    project.write(GOOD.replace("Prose", "Other words"), FINE, ONE)
    ran = nsdoc("evidence", "-v")
    assert ran.status == 4
    assert "Linux 5.10.1: 1 of 1 claim holds, 1 stale, 1 not run\n" in ran.err
    assert "  stale: thing(7)#good\n" in ran.err
    assert "  missing: thing(7)#one\n" in ran.err
    assert nsdoc("evidence", "--prune").status == 0
    assert "1 of 1 claim holds, 2 not run\n" in nsdoc("evidence").err


def test_model_is_no_evidence(project: Project, nsdoc: Here) -> None:
    """What only the model says is not taken in."""
    project.write(ONE)
    nsdoc("check", "--backend", "model")
    ran = nsdoc("evidence", "--add")
    assert ran.status == 2
    assert "evidence comes from live kernels" in ran.err


@pytest.mark.parametrize("words", [["--add", "absent.json"], ["--add", "docs/thing.7.rst"]])
def test_no_report(project: Project, nsdoc: Here, words: list[str]) -> None:
    """What is no report is refused by name."""
    project.write(ONE)
    ran = nsdoc("evidence", *words)
    assert ran.status == 2
    assert words[1] in ran.err


def test_no_evidence(project: Project, nsdoc: Here) -> None:
    """Without reports there is nothing to be stale."""
    project.write(ONE)
    ran = nsdoc("evidence")
    assert (ran.status, ran.err) == (0, "no reports in docs/evidence\n")


def test_same(project: Project, nsdoc: Here) -> None:
    """Two kernels that say the same do not differ."""
    project.write(GOOD, FINE)
    other = _other_kernel(project, nsdoc)
    ran = nsdoc("diff", str(project.verdicts), str(other))
    assert ran.status == 0
    assert "to Linux 5.10.1:\n0 decided otherwise, 0 not comparable, 2 the same\n" in ran.err


def test_different(project: Project, nsdoc: Here) -> None:
    """A claim that one kernel refutes is a difference: the status is 1."""
    project.write(GOOD, FINE)
    other = _other_kernel(project, nsdoc, verdict="refuted", reason="got ENOSPC")
    ran = nsdoc("diff", str(project.verdicts), str(other), "--json", "-")
    assert ran.status == 1
    assert "thing(7)#good: holds, then refuted (got ENOSPC)\n1 decided otherwise" in ran.err
    assert ran.report["differences"] == [
        {"claim": "thing(7)#good", "old": "holds", "new": "refuted", "reason": "got ENOSPC"}
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"verdict": "unavailable"}, "thing(7)#good: holds, then unavailable\n"),
        ({"digest": "x"}, "thing(7)#good: holds, then holds, of other words or another example\n"),
        ({"claim": "t#x"}, "t#x: not known, then holds\nthing(7)#good: holds, then not known\n"),
    ],
)
def test_not_comparable(project: Project, nsdoc: Here, changes: dict[str, str], says: str) -> None:
    """Undecided, changed and unknown claims are shown, and are no difference of kernels."""
    project.write(GOOD, FINE)
    other = _other_kernel(project, nsdoc, **changes)
    ran = nsdoc("diff", str(project.verdicts), str(other))
    assert ran.status == 0
    assert f":\n{says}0 decided otherwise, " in ran.err
    assert ", 1 the same\n" in ran.err


def test_backends(project: Project, nsdoc: Here) -> None:
    """A backend stands for what it says of the pages now."""
    project.write(ONE)
    ran = nsdoc("diff", "model@4.8", "model")
    assert ran.status == 0
    assert ran.err.startswith("from the model of Linux 4.8 to the model of Linux ")
    assert "1 the same" in ran.err
    ran = nsdoc("diff", "absent.json", "model")
    assert (ran.status, "absent.json is no file, and no backend" in ran.err) == (2, True)
