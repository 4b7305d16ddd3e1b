"""nsdoc lint: what it prints, writes and returns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nsdoc import cli
from nsdoc.commands.new import skeleton
from nsdoc.lint import lint
from tests.lint.pages import CLEAN, codes, file, page

ROOT = Path(__file__).parents[2]


def test_our_pages_are_clean() -> None:
    """The pages of this project are as man-pages(7) wants them."""
    seen = lint([ROOT / "docs" / "man"])
    assert len(seen.files) >= 9
    assert [str(finding.problem) for finding in seen.findings] == []
    assert seen.problems == ()


def test_clean_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page without a fault gives status 0 and one line."""
    assert cli.main(["lint", str(page(tmp_path))]) == 0
    assert capsys.readouterr() == ("", "1 page as man-pages(7) wants them\n")


def test_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A fault is a line with place, expectation and code, and gives status 2; nothing is changed."""
    path = page(tmp_path, "A symlink, perhaps a tty.")
    before = path.read_bytes()
    assert cli.main(["lint", str(path)]) == 2
    first, second, last = capsys.readouterr().err.splitlines()
    assert first == f'{path}:15: "symlink"; expected "symbolic link" [nsdoc.preferred-term]'
    assert second == f'{path}:15: "tty"; expected "terminal" [nsdoc.term-to-avoid]'
    assert last == "2 findings in 1 page; nsdoc lint --fix mends 1 of them"
    assert path.read_bytes() == before


def test_fix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--fix mends, says how much, and returns 0 when nothing is left."""
    path = page(tmp_path, "A symlink.")
    assert cli.main(["lint", "--fix", str(path)]) == 0
    assert capsys.readouterr().err == "1 page as man-pages(7) wants them; 1 place mended\n"
    assert path.read_text("utf-8") == CLEAN.format("A symbolic link.")


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json writes every finding for a program, with what can be mended."""
    path = page(tmp_path, "A symlink, perhaps a tty.")
    assert cli.main(["lint", "--json", str(path)]) == 2
    report = json.loads(capsys.readouterr().out)
    assert (report["schema"], report["pages"], report["mended"]) == (1, 1, 0)
    assert [(one["code"], one["line"], one["fixable"]) for one in report["findings"]] == [
        ("nsdoc.preferred-term", 15, True),
        ("nsdoc.term-to-avoid", 15, False),
    ]
    assert {one["file"] for one in report["findings"]} == {str(path)}


def test_ignored_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that is ignored tells nothing and mends nothing; a code of no rule is a mistake."""
    path = page(tmp_path, "A symlink. Two, perhaps on a tty.")
    words = ["lint", "--fix", "--ignore", "nsdoc.preferred-term", "--ignore", "term-to-avoid", str(path)]
    assert cli.main(words) == 0
    assert path.read_text("utf-8") == CLEAN.format("A symlink.\nTwo, perhaps on a tty.")
    with pytest.raises(SystemExit, match="2"):
        cli.main(["lint", "--ignore", "nothing", str(path)])
    assert "nothing is the code of no rule" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["*open", "\udcff"])
def test_bad_sources(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    """A source that cannot be read is told as every command tells it; --fix leaves it alone."""
    path = file(tmp_path, CLEAN.format(""))
    path.write_bytes(CLEAN.format(f"{text} a symlink. Two.").encode(errors="surrogateescape"))
    before = path.read_bytes()
    assert cli.main(["lint", "--fix", str(path)]) == 2
    assert "[nsdoc.markup]" in (said := capsys.readouterr().err) or "[nsdoc.not-utf8]" in said
    assert path.read_bytes() == before


@pytest.mark.parametrize("section", ["1", "2", "3", "4", "5", "7", "8"])
def test_new_pages_are_clean(tmp_path: Path, section: str) -> None:
    """What nsdoc new writes for a section follows the rules of that section."""
    assert codes(file(tmp_path, skeleton("thing", section), f"thing.{section}.rst")) == []


def test_no_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A directory without a page, and a file that is not there, give status 2."""
    assert cli.main(["lint", str(tmp_path)]) == 2
    assert cli.main(["lint", str(tmp_path / "gone.7.rst")]) == 2
    assert "[nsdoc.no-pages]" in (said := capsys.readouterr().err)
    assert "[nsdoc.missing-file]" in said
