"""nsdoc new: a page to begin with."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.cli.project import Here, Project


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("hostname.7", "hostname.7.rst"),
        ("hostname(7)", "hostname.7.rst"),
        ("hostname.7.rst", "hostname.7.rst"),
        ("clone.2", "clone.2.rst"),
        ("printf.3p", "printf.3p.rst"),
        ("nsdoc-check.1", "nsdoc-check.1.rst"),
        ("ld.so.8", "ld.so.8.rst"),
    ],
)
def test_new_page_holds(project: Project, nsdoc: Here, name: str, file: str) -> None:
    """A new page has no mistakes, and a claim that holds."""
    assert nsdoc("new", name).status == 0
    assert (project.directory / "docs" / "man" / file).exists()
    ran = nsdoc("check", "--json", "-")
    assert (ran.status, ran.report["problems"]) == (0, [])
    assert [entry["verdict"] for entry in ran.report["verdicts"]] == ["holds"]


def test_headings_of_a_call(project: Project, nsdoc: Here) -> None:
    """A page of section 2 has the headings of man-pages(7), in their order."""
    nsdoc("new", "clone.2", "--to", "docs")
    lines = (project.directory / "docs" / "clone.2.rst").read_text().splitlines()
    headings = [line for line, rule in pairwise(lines) if rule and set(rule) == {"="}]
    assert headings == [
        "clone(2)", "NAME", "LIBRARY", "SYNOPSIS", "DESCRIPTION",
        "RETURN VALUE", "ERRORS", "HISTORY", "SEE ALSO",
    ]  # fmt: skip


def test_page_exists(project: Project, nsdoc: Here) -> None:
    """A page that is there stays as it is."""
    page = project.file("docs/man/hostname.7.rst", "mine\n")
    ran = nsdoc("new", "hostname.7")
    assert (ran.status, page.read_text()) == (2, "mine\n")
    assert "docs/man/hostname.7.rst exists, and stays as it is" in ran.err


@pytest.mark.parametrize("name", ["hostname", "7", "../up.7", "host name.7", ".7", "hostname.x"])
def test_no_name(project: Project, nsdoc: Here, name: str) -> None:
    """What names no page is refused."""
    ran = nsdoc("new", name)
    assert ran.status == 2
    assert f"{name!r} is no name of a page; expected one such as hostname.7" in ran.err
    assert list((project.directory / "docs").iterdir()) == []
