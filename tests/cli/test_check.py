"""nsdoc check, as people run it."""

from __future__ import annotations

from tests.cli.project import GOOD, Project


def test_good(anyones_project: Project) -> None:
    """A page whose claims hold gives exit status 0."""
    anyones_project.write(GOOD)
    ran = anyones_project.check()
    assert ran.status == 0, ran.err
    assert ran.verdicts["good"]["verdict"] == "holds"
