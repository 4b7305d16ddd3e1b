"""The releases on which a claim holds, and the commands that tell them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nsdoc import cli
from nsdoc.lifetime import Lifetime, lifetimes
from nsdoc.page import Bounds
from nsdoc.source import read_page

PAGE = """\
thing(7)
========

NAME
----

thing - what it is

DESCRIPTION
-----------

.. claim:: error-of-old

   Too many levels were once told by EUSERS.

   .. example::

      nested = kernel.process(uid=0)
      for _ in range(33):
          nested = nested.clone(CLONE_NEWUSER, uid_map="0 0 1", gid_map="0 0 1")
      with fails(EUSERS):
          nested.clone(CLONE_NEWUSER)

.. claim:: unprivileged

   Anybody can create a user namespace.
   {option}

   .. example::

      kernel.process(uid=1000, gid=1000).clone(CLONE_NEWUSER)
      print(1)
      #> 1
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page with a claim that was true for a while, and one that became true."""
    file = tmp_path / "thing.7.rst"
    file.write_text(PAGE.replace("   {option}\n", ""))
    return file


def of(page: Path) -> dict[str, Lifetime]:
    """The lifetimes of the claims of a page, by the claims' IDs."""
    return {life.claim.partition("#")[2]: life for life in lifetimes(read_page(page).claims, 2)}


def test_a_claim_holds_from_the_change_that_made_it_true_to_the_one_that_ended_it(page: Path) -> None:
    """EUSERS was the error of too many levels from 3.11, which counts them, until 4.9."""
    assert of(page)["error-of-old"].life.holds == (Bounds("3.11", "4.9"),)


def test_a_claim_that_became_true_has_no_end(page: Path) -> None:
    """An unprivileged process can create a user namespace since 3.8."""
    assert of(page)["unprivileged"].life.holds == (Bounds("3.8", None),)


def test_lifetimes_are_the_same_however_many_processes_find_them(page: Path) -> None:
    """With one process and with two the same is found."""
    claims = read_page(page).claims
    assert list(lifetimes(claims, 1)) == list(lifetimes(claims, 2))


def test_the_command_writes_spans_as_json(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``nsdoc lifetime --json -`` has a schema, and for each claim the spans of releases."""
    assert cli.main(["lifetime", str(page), "--json", "-"]) == cli.FINE
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == 1
    assert [claim["holds"] for claim in data["claims"]] == [
        [{"since": "3.11", "until": "4.9"}],
        [{"since": "3.8", "until": None}],
    ]


def test_the_command_fails_on_a_wrong_bound(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A claim said to be true since a release on which it was true before is refuted, with its line."""
    text = page.read_text().replace(".. claim:: unprivileged\n", ".. claim:: unprivileged\n   :since: 4.0\n")
    page.write_text(text)
    assert cli.main(["lifetime", str(page)]) == cli.REFUTED
    said = capsys.readouterr().err
    assert "1 wrong bounds" in said
    assert f"{page}:" in said


def test_changes_are_listed_with_release_and_certainty(capsys: pytest.CaptureFixture[str]) -> None:
    """``nsdoc changes --json`` names each change once, with release, source and certainty."""
    assert cli.main(["changes", "--json"]) == cli.FINE
    changes = json.loads(capsys.readouterr().out)["changes"]
    names = [change["name"] for change in changes]
    assert len(names) == len(set(names)) > 50
    assert all(change["since"] and change["source"] and change["certainty"] for change in changes)


def test_a_source_with_a_mistake_stops_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is not there is a usage error with its name."""
    assert cli.main(["lifetime", str(tmp_path / "none.rst")]) == cli.USAGE
    assert "none.rst" in capsys.readouterr().err
