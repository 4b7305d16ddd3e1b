"""The role ``:claim:`` leads to a claim, on its own page or another, and is refused where there is none."""

from __future__ import annotations

import re

import pytest

from tests.site.conftest import CONF, Project

NOTES = """\
Notes
=====

See :claim:`small(7)#has-a-pid`, :claim:`the root directory <other(7)#root-directory>` and :claim:`#of-notes`.

.. claim:: of-notes

   A process has an ID.

   .. example::

      assert kernel.process().pid
"""
INDEX = "Small\n=====\n\n.. toctree::\n   :glob:\n\n   *.7\n   deep/notes\n"


def with_notes(project: Project, notes: str) -> Project:
    project.write("docs/index.rst", INDEX)
    project.write("docs/deep/notes.rst", notes)
    return project


def links_of(project: Project) -> dict[str, str]:
    """The addresses of the links in the first paragraph of the notes, by their texts."""
    text = project.page("deep/notes.html")
    paragraph = text[text.index("<p>See") :].partition("</p>")[0]
    found = re.findall(r'<a class="reference internal" href="([^"]+)"[^>]*>(.*?)</a>', paragraph)
    return {re.sub("<[^>]+>", "", words): address for address, words in found}


def test_claims_can_be_linked(project: Project) -> None:
    """The link shows the claim's id, or the words that are given, and leads to the claim's anchor."""
    done = with_notes(project, NOTES).build("-W")
    assert done.returncode == 0, done.stderr
    assert links_of(project) == {
        "has-a-pid": "../small.7.html#has-a-pid",
        "the root directory": "../other.7.html#root-directory",
        "of-notes": "#of-notes",
    }


@pytest.mark.parametrize("target", ["small(7)#nowhere", "nowhere(7)#has-a-pid", "notes", "#has-a-pid"])
def test_a_link_to_no_claim_is_refused(project: Project, target: str) -> None:
    """Sphinx complains, with the place, of a claim that is not there."""
    done = with_notes(project, NOTES.replace("#of-notes`.", f"#of-notes`, :claim:`{target}`.")).build("-W")
    assert done.returncode != 0
    assert "notes.rst:4" in done.stderr
    assert f"reference target not found: {target}" in done.stderr


def test_another_build_finds_them_again(project: Project) -> None:
    """A page that alone has changed is linked to claims of pages that were read in an earlier build."""
    assert with_notes(project, NOTES).build("-W", "-j2").returncode == 0
    done = with_notes(project, NOTES.replace("See", "See also")).build("-W")
    assert done.returncode == 0, done.stderr
    assert 'href="../small.7.html#has-a-pid"' in project.page("deep/notes.html")


WORDS = "Words\n=====\n\n:errno:`EPERM`\n   Not permitted.\n\n:const:`CLONE_FS`\n   Shared.\n"


def test_constants_are_explained_on_one_page(project: Project) -> None:
    """With `nsdoc_constants`, the constants of other pages lead to the terms of that page."""
    project.write("conf.py", CONF + 'nsdoc_constants = "deep/notes"\n')
    with_notes(project, f"{WORDS}\n:errno:`EPERM` and :const:`CLONE_FS`.\n")
    assert project.build("-W").returncode == 0
    assert 'href="deep/notes.html#EPERM"' in project.page("small.7.html")
    notes = project.page("deep/notes.html")
    assert 'id="EPERM"' in notes
    assert 'href="#CLONE_FS"' in notes


def test_the_page_of_constants_must_be_there(project: Project) -> None:
    """A document that does not exist is named in the message."""
    project.write("conf.py", CONF + 'nsdoc_constants = "nowhere"\n')
    done = project.build("-W")
    assert done.returncode != 0
    assert "nsdoc_constants: there is no document 'nowhere'" in done.stderr


def test_examples_can_be_unfolded(project: Project) -> None:
    """The examples of a page that asks for it are open, those of other pages are not."""
    done = with_notes(project, f":examples: open\n\n{NOTES}").build("-W")
    assert done.returncode == 0, done.stderr
    page = project.page("deep/notes.html")
    assert re.findall(r"<details[^>]*?( open)?>", page) == [" open"]
    assert "<dt>examples" not in page
    assert not re.search(r"<details[^>]* open>", project.page("small.7.html"))
