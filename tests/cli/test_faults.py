"""Examples that go wrong: each is caught, named, and hurts nobody else."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import faults
from tests.cli.faults import ALL, Fault
from tests.cli.project import GOOD, Project, Ran, Someone


@pytest.fixture(scope="module", params=["caller", "stranger"])
def who(request: pytest.FixtureRequest) -> Someone:
    """Who runs the examples."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Someone)
    return found


def _concerns(fault: Fault, who: Someone) -> bool:
    return fault.whom in (faults.ANYONE, faults.ROOT if who.root else faults.STRANGER)


@pytest.fixture(scope="module")
def ran(who: Someone) -> Iterator[Ran]:
    """One check of a page with all the faults, and good claims among them."""
    place = Path(tempfile.mkdtemp(prefix="nsdoc-test-"))
    place.chmod(0o755)
    project = Project(place, who)
    claims = [fault.claim for fault in ALL if _concerns(fault, who)]
    middle = len(claims) // 2
    good = [GOOD.replace("good", f"good-{number}") for number in range(3)]
    project.write(good[0], *claims[:middle], good[1], *claims[middle:], good[2])
    try:
        with project.untouched():
            yield project.check()
    finally:
        shutil.rmtree(place)


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.name)
def test_fault(fault: Fault, who: Someone, ran: Ran) -> None:
    """The verdict, its code and its message name the defect."""
    if not _concerns(fault, who):
        pytest.skip(f"for {fault.whom}")
    entry = ran.verdicts[fault.name]
    assert (entry["verdict"], entry["code"]) == (fault.verdict, fault.reason), entry["reason"]
    assert fault.says in entry["reason"]


def test_others_are_still_checked(ran: Ran) -> None:
    """The claims between the faults get the verdicts they would get alone."""
    assert [ran.verdicts[f"good-{number}"]["verdict"] for number in range(3)] == ["holds"] * 3


def test_status_and_messages(ran: Ran, who: Someone) -> None:
    """The exit status is 1, and every fault is told with file, line and code."""
    assert ran.status == 1
    for entry in ran.report["verdicts"]:
        told = f"docs/thing.7.rst:{entry['line']}: {entry['verdict']} {entry['claim']} [{entry['code']}]"
        assert (told in ran.err) == (entry["verdict"] in ("refuted", "broken"))
