"""nsdoc man: pages and parts of pages from single sources."""

from __future__ import annotations

import pytest

from tests.cli.project import Here, Project
from tests.render import formatters
from tests.source.sources import HEAD

# Without a date in its source, mandoc misses one.
PAGE = f""":date: 2026-03-01

{HEAD}
**CLONE_THING** (since Linux 3.8)
   Make a thing.
   A child has one of its own.

Things that nest
----------------

A thing can be in a thing.
"""
# A page of another hand, with a place for the part.
HOST = """.TH host 7 2026-01-02 Host
.SH NAME
host \\- a page written by hand
.SH DESCRIPTION
Text before.
{part}.SH SEE ALSO
.BR thing (7)
"""


def test_standard_output(project: Project, nsdoc: Here) -> None:
    """One source is written to standard output, as a page that no formatter complains of."""
    ran = nsdoc("man", str(project.file("docs/thing.7.rst", PAGE)))
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(".TH thing 7 2026-03-01\n")
    assert formatters.complaints(ran.out) == []


def test_directory(project: Project, nsdoc: Here) -> None:
    """With --to, several sources become files in the directories of their sections."""
    one = project.file("docs/thing.7.rst", PAGE)
    two = project.file("docs/other.2.rst", PAGE.replace("thing(7)", "other(2)"))
    assert nsdoc("man", "--to", "out", str(one), str(two)).status == 0
    written = {str(path.relative_to(project.directory / "out")) for path in project.directory.glob("out/*/*")}
    assert written == {"man7/thing.7", "man2/other.2"}


@pytest.mark.parametrize("name", ["CLONE_THING", "Things that nest", "things THAT nest"])
def test_fragment(project: Project, nsdoc: Here, name: str) -> None:
    """A heading or an item, pasted into a page written by hand, leaves that page clean."""
    ran = nsdoc("man", "--fragment", name, str(project.file("docs/thing.7.rst", PAGE)))
    assert ran.status == 0
    assert ran.out.startswith((".TP\n.BR CLONE_THING", ".SS Things that nest\n"))
    assert formatters.complaints(HOST.format(part=ran.out)) == []


def test_refused(project: Project, nsdoc: Here) -> None:
    """A part that is not there, several sources for one output and bad markup are told, with status 2."""
    page = str(project.file("docs/thing.7.rst", PAGE))
    absent = nsdoc("man", "--fragment", "NOWHERE", page)
    assert (absent.status, absent.out) == (2, "")
    assert "has no heading and no item 'NOWHERE'" in absent.err
    assert nsdoc("man", page, page).status == 2
    ran = nsdoc("man", str(project.file("docs/bad.7.rst", "bad(7)\n======\n\n*open\n")))
    assert (ran.status, ran.out) == (2, "")
    assert "docs/bad.7.rst:4: " in ran.err


def test_what_a_page_cannot_show(project: Project, nsdoc: Here) -> None:
    """An image without a text is told with its line, and the page is written all the same."""
    ran = nsdoc("man", str(project.file("docs/thing.7.rst", f"{HEAD}.. image:: a.png\n")))
    assert ran.status == 2
    assert ":13: the image has no text" in ran.err
    assert "a.png" in ran.out
