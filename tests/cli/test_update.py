"""nsdoc check --update: what comes is written into the sources."""

from __future__ import annotations

import os

from tests.cli.project import GOOD, WRONG, Here, Project, claim

MISSING = claim("missing", "for number in range(2):\n    print(number)")
UPDATED = claim("missing", "for number in range(2):\n    print(number)\n    #> 0\n    #> 1")


def test_outputs_are_written(project: Project, nsdoc: Here) -> None:
    """Missing and wrong outputs are written, the difference is shown, and the claims then hold."""
    page = project.write(GOOD, MISSING, WRONG)
    before = page.read_text()
    page.chmod(0o640)
    ran = nsdoc("check", "--update")
    assert ran.status == 0, ran.err
    assert page.read_text() == before.replace(MISSING, UPDATED).replace("#> 3", "#> 2")
    assert "\n-      #> 3\n+      #> 2\n" in ran.err
    assert "3 of 3 claims hold" in ran.err
    assert page.stat().st_mode & 0o777 == 0o640


def test_nothing_to_write(project: Project, nsdoc: Here) -> None:
    """A source whose outputs are right is not touched."""
    page = project.write(GOOD)
    before = page.stat()
    assert nsdoc("check", "--update").status == 0
    assert (page.stat().st_mtime_ns, page.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_early_end(project: Project, nsdoc: Here) -> None:
    """An example that did not reach its end changes nothing, and is still a failure."""
    page = project.write(claim("ends", "print(1)\n#> 2\nraise SystemExit\nprint(3)\n#> 4"))
    before = page.read_text()
    assert nsdoc("check", "--update").status == 1
    assert page.read_text() == before


def test_refused_in_ci(project: Project, nsdoc: Here) -> None:
    """Where nobody would read the difference, nothing is written."""
    page = project.write(WRONG)
    before = page.read_text()
    ran = nsdoc("check", "--update", CI="true")
    assert (ran.status, page.read_text()) == (2, before)
    assert "--update is for authors who read what it changes" in ran.err


def test_unwritable_source(others_project: Project) -> None:
    """A source that must not be replaced stays, whole, with a message; nothing is left beside it."""
    page = others_project.write(WRONG)
    before = page.read_text()
    os.chown(page.parent, 0, 0)
    page.parent.chmod(0o755)
    ran = others_project.run("check", "--update")
    assert (ran.status, page.read_text()) == (2, before)
    assert "[nsdoc.unwritable-file]" in ran.err
    assert [path.name for path in page.parent.iterdir()] == ["thing.7.rst"]
