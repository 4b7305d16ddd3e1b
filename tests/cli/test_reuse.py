"""What is run again, and what is known already."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.project import GOOD, WRONG, Here, Project, claim
from tests.source.sources import HEAD

OTHER = HEAD.replace("thing", "other")


def _ran(err: str) -> int:
    """How many examples a check says it ran."""
    words = err.strip().rpartition("; ")[2]
    return 0 if words.startswith("nothing had changed, nothing was run") else int(words.split()[0])


def test_nothing_changed(project: Project, nsdoc: Here) -> None:
    """A second check runs nothing, gives the same report, and leaves the file alone."""
    project.write(GOOD)
    first = nsdoc("check", "--json", "-")
    written = project.verdicts.stat().st_mtime_ns
    second = nsdoc("check", "--json", "-")
    assert (_ran(first.err), _ran(second.err)) == (1, 0)
    assert first.report == second.report
    assert project.verdicts.stat().st_mtime_ns == written


def test_fresh(project: Project, nsdoc: Here) -> None:
    """--fresh runs everything."""
    project.write(GOOD)
    nsdoc("check")
    assert _ran(nsdoc("check", "--fresh").err) == 1


def test_failures_are_never_reused(project: Project, nsdoc: Here) -> None:
    """A failure is run again each time, its neighbours are not."""
    project.write(GOOD, WRONG)
    assert [_ran(nsdoc("check").err) for _ in range(3)] == [2, 1, 1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Prose of good", "Other words of good"),
        ("getppid() > 0", "getppid() >= 0"),
        ("   .. example::\n", "   .. example::\n      :timeout: 9\n"),
        (".. claim:: good\n", ".. claim:: good\n   :since: 3.8\n"),
    ],
    ids=["prose", "code", "option", "bound"],
)
def test_changed_claim(project: Project, nsdoc: Here, old: str, new: str) -> None:
    """A claim whose words, code or bounds have changed is run again, and only that one."""
    project.write(GOOD, GOOD.replace("good", "same"))
    nsdoc("check")
    project.write(GOOD.replace(old, new), GOOD.replace("good", "same"))
    assert _ran(nsdoc("check").err) == 1


def test_moved_claim(project: Project, nsdoc: Here) -> None:
    """A claim that only moved is not run again, and is reported where it stands now."""
    page = project.write(GOOD)
    line = nsdoc("check", "--json", "-").verdicts["good"]["line"]
    page.write_text(HEAD + "Another sentence.\n\n" + GOOD)
    ran = nsdoc("check", "--json", "-")
    assert (_ran(ran.err), ran.verdicts["good"]["line"]) == (0, line + 2)


@pytest.mark.parametrize("field", ["release", "version", "machine", "engine", "credentials", "sysctls"])
def test_changed_conditions(project: Project, nsdoc: Here, field: str) -> None:
    """Another kernel, user, setting or version of nsdoc runs everything again."""
    project.write(GOOD)
    nsdoc("check")
    known = json.loads(project.verdicts.read_text())
    known["kernel"][field] = {} if isinstance(known["kernel"][field], dict) else "other"
    project.verdicts.write_text(json.dumps(known))
    assert _ran(nsdoc("check").err) == 1


@pytest.mark.parametrize("content", ["", "{", "[]", "7", '{"schema": 99}', '{"schema": 1}', "\x00"])
def test_damaged_verdicts(project: Project, nsdoc: Here, content: str) -> None:
    """A file of verdicts that cannot be understood is as good as none."""
    project.write(GOOD)
    project.file("build/verdicts.json", content)
    ran = nsdoc("check")
    assert (ran.status, _ran(ran.err)) == (0, 1)


def test_partial_check_forgets_nothing(project: Project, nsdoc: Here) -> None:
    """A check of some claims or pages keeps what is known of the others."""
    project.write(GOOD)
    project.write(GOOD, GOOD.replace("good", "fine"), name="other.7.rst", head=OTHER)
    nsdoc("check")
    nsdoc("check", "--fresh", "-k", "fine")
    nsdoc("check", "--fresh", "docs/thing.7.rst")
    assert _ran(nsdoc("check").err) == 0


def test_gone_claims_are_forgotten(project: Project, nsdoc: Here) -> None:
    """Verdicts on claims and pages that are no longer there do not stay."""
    project.write(GOOD, GOOD.replace("good", "gone"))
    page = project.write(GOOD, name="other.7.rst", head=OTHER)
    nsdoc("check")
    page.unlink()
    project.write(GOOD)
    nsdoc("check", "docs/thing.7.rst")
    assert _names(project.verdicts) == ["thing(7)#good"]


def test_another_backend(project: Project, nsdoc: Here) -> None:
    """A partial check on the model does not cost what is known of the live kernel."""
    project.write(claim("one", "print(1)\n#> 1"))
    nsdoc("check")
    nsdoc("check", "--backend", "model", "-k", "one")
    assert _ran(nsdoc("check").err) == 0


def test_partial_check_without_verdicts(project: Project, nsdoc: Here) -> None:
    """The first check can be a partial one."""
    project.write(GOOD)
    nsdoc("check", "docs/thing.7.rst")
    assert _ran(nsdoc("check", "docs/thing.7.rst").err) == 0


def _names(path: Path) -> list[str]:
    return [entry["claim"] for entry in json.loads(path.read_text())["verdicts"]]
