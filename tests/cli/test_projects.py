"""Whole small projects, checked as their authors would."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.project import Project, Ran

PROJECTS = Path(__file__).parents[1] / "projects"


def _check(project: Project, name: str) -> Ran:
    shutil.copytree(PROJECTS / name, project.directory, dirs_exist_ok=True)
    return project.check()


def _kinds(ran: Ran) -> dict[str, str]:
    return {name: entry["verdict"] for name, entry in ran.verdicts.items()}


def test_good(anyones_project: Project) -> None:
    """A good project holds, a claim about another time aside."""
    ran = _check(anyones_project, "good")
    assert ran.status == 0, ran.err
    assert _kinds(ran) == {
        "shared-by-default": "holds",
        "own-with-newuts": "holds",
        "needs-privilege": "not-applicable",
        "needs-capability": "holds",
    }
    assert "hostname(7): 2 of 3 claims hold, 1 not-applicable\nsetuid(2): 1 of 1 claim holds\n" in ran.err


def test_refuted(anyones_project: Project) -> None:
    """A claim that the kernel refutes is told with the error that came."""
    ran = _check(anyones_project, "refuted")
    assert ran.status == 1
    assert _kinds(ran) == {"bad-descriptor": "holds", "own-namespace": "refuted"}
    assert ran.verdicts["own-namespace"]["code"] == "nsdoc.unexpected-error"
    assert "docs/man/setns.2.rst:31: refuted setns(2)#own-namespace [nsdoc.unexpected-error]\n" in ran.err
    assert "A process can enter the user namespace it is in." in ran.err
    assert "setns(): EINVAL: Invalid argument" in ran.err


def test_vacuous(anyones_project: Project) -> None:
    """Examples that check nothing are found before they run or when they have run."""
    ran = _check(anyones_project, "vacuous")
    assert ran.status == 1
    assert _kinds(ran) == {"never-reached": "broken", "checked": "holds"}
    assert ran.verdicts["never-reached"]["code"] == "nsdoc.checks-nothing"
    assert "fork.2.rst:19: the example checks nothing; " in ran.err
    assert "it cannot come out wrong" in ran.err


def test_broken(anyones_project: Project) -> None:
    """Mistakes in sources and examples are told together, and what is right is checked."""
    ran = _check(anyones_project, "broken")
    assert ran.status == 2
    assert _kinds(ran) == {"misspelled": "broken", "no-output-yet": "broken", "holds": "holds"}
    assert "close.2.rst:21: broken close(2)#misspelled [nsdoc.raised]" in ran.err
    assert "NameError: name 'fdd' is not defined" in ran.err
    assert "[nsdoc.unexpected-output]" in ran.err
    assert "close.2.rst:48: " in ran.err
    assert "[nsdoc.claim-without-example]" in ran.err


def test_hangs(anyones_project: Project) -> None:
    """An example that hangs is ended in its time, with the line where it stood."""
    ran = _check(anyones_project, "hangs")
    assert ran.status == 1
    assert _kinds(ran) == {"blocks": "broken", "end-of-file": "holds"}
    assert "pipe.2.rst:22: broken pipe(2)#blocks [nsdoc.timeout]" in ran.err
    assert "no end within 0.5 s" in ran.err
    assert " pipe() = (3, 4)" in ran.err


@pytest.mark.skipif(
    not Path("/proc/sys/user/max_user_namespaces").exists(), reason="a kernel older than 4.9 says EUSERS"
)
def test_letter_of_2014(anyones_project: Project) -> None:
    """What a letter of 2014 says of the nesting limit is refuted today, with the error that came instead."""
    ran = _check(anyones_project, "letter-2014")
    assert ran.status == 1
    entry = ran.verdicts["level-limit"]
    assert (entry["verdict"], entry["expected"], entry["observed"]) == ("refuted", "EUSERS", "ENOSPC")
    assert "expected EUSERS, got ENOSPC" in ran.err
    assert " clone(CLONE_NEWUSER) = ENOSPC\n" in ran.err
