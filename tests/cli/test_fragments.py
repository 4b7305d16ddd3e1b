"""Fragments: parts of our pages, pasted into a page that is written by hand, leave it clean."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nsdoc.manual import man_page
from tests.cli.project import Here, Project
from tests.cli.test_man import HOST
from tests.render import formatters
from tests.source.sources import HEAD

ROOT = Path(__file__).parents[2]
PAGES = {path.name: man_page(path) for path in sorted((ROOT / "docs" / "man").glob("*.rst"))}
FRAGMENTS = {part.path: part.text for page in PAGES.values() for part in page.fragments}


def test_there_is_one_for_each_page_of_the_kernel() -> None:
    """Pages that describe a part of what another page describes name the parts to paste there."""
    with_parts = {name for name, page in PAGES.items() if page.fragments}
    assert with_parts == set(PAGES) - {"user_namespaces.7.rst", "nsdoc.1.rst", "nsdoc.5.rst"}
    assert "fragments/clone.2/CLONE_NEWUSER.2in" in FRAGMENTS


@pytest.mark.parametrize("name", sorted(FRAGMENTS))
def test_pasted(name: str) -> None:
    """Each fragment of ours, pasted into another page, brings no complaint of mandoc, groff or man."""
    page = HOST.format(part=FRAGMENTS[name])
    assert formatters.complaints(page) == []
    assert formatters.man_complaints(page) == ""


@pytest.mark.parametrize("name", sorted(FRAGMENTS))
def test_words_of_the_page(name: str) -> None:
    """A fragment has no word that its page does not have as often."""
    page = next(page for page in PAGES.values() if name in {part.path for part in page.fragments})
    part, whole = (
        formatters.words(formatters.mandoc_text(text))
        for text in (HOST.format(part=FRAGMENTS[name]), page.text)
    )
    host = formatters.words(formatters.mandoc_text(HOST.format(part="")))
    assert part - host - whole == {}


def test_named_in_the_page(project: Project, nsdoc: Here) -> None:
    """With --to, parts that the field names are written beside the page; one that is not there is told."""
    text = f":fragments: Things; A/B c;\n   NOWHERE\n\n{HEAD}Things\n------\n\nx\n\nA/B c\n   y\n"
    page = project.file("docs/thing.7.rst", text)
    ran = nsdoc("man", "--to", "out", str(page))
    assert ran.status == 2
    assert 'docs/thing.7.rst:1: the page has no heading and no item of a list called "NOWHERE"' in ran.err
    written = {
        path.name: path.read_text("ascii") for path in project.directory.glob("out/fragments/thing.7/*")
    }
    item = ".TP\nA/B c\ny\n"
    assert written == {"Things.7in": f".SS Things\nx\n{item}", "A_B_c.7in": item}


def test_builder_of_sphinx(project: Project, tmp_path: Path) -> None:
    """The builder writes the same parts beside its pages, and warns of one that is not there."""
    text = f":fragments: Things; NOWHERE\n\n{HEAD}Things\n------\n\nx\n"
    page = project.file("docs/thing.7.rst", text)
    project.file("docs/conf.py", 'extensions = ["nsdoc.sphinx_ext"]\nroot_doc = "thing.7"\n')
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "nsman", str(page.parent), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert 'no heading and no item of a list called "NOWHERE"' in done.stderr
    assert "[nsdoc.unknown-fragment]" in done.stderr
    written = tmp_path / "out" / "fragments" / "thing.7" / "Things.7in"
    (same,) = man_page(page).fragments
    assert written.read_text("ascii") == same.text == ".SS Things\nx\n"
