"""Which files are pages, and what cannot be read at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nsdoc.page import Place
from nsdoc.problems import Code
from nsdoc.source import read, read_pages
from tests.source.sources import CLAIM, HEAD, HEAD_LINES, man_page


def page_text(name: str, body: str = CLAIM) -> str:
    title = f"{name}(7)"
    return (
        f"{title}\n{'=' * len(title)}\n\nNAME\n----\n\n{name} - words\n\nDESCRIPTION\n-----------\n\n{body}"
    )


def test_a_directory_is_walked(tmp_path: Path) -> None:
    """Manual pages count by their name, other sources by a claim; hidden ones and private ones do not."""
    for name in ("b", "a"):
        (tmp_path / f"{name}.7.rst").write_text(page_text(name))
    for directory in ("guide", ".hidden", "_private"):
        (tmp_path / directory).mkdir()
        (tmp_path / directory / "claims.rst").write_text(f"Title\n=====\n\n{CLAIM}")
    (tmp_path / "guide" / "words.rst").write_text("Title\n=====\n\n:unknown-role:`x`\n")
    (tmp_path / "guide" / "quotes.rst").write_text("Quoted::\n\n   .. claim:: quoted\n")
    (tmp_path / "guide" / "README.txt").write_text(CLAIM)
    found = read_pages([tmp_path])
    assert found.problems == ()
    assert [page.title for page in found.pages] == ["a(7)", "b(7)", "claims"]
    assert [claim.name for page in found.pages for claim in page.claims] == [
        "a(7)#one",
        "b(7)#one",
        "claims#one",
    ]


def test_a_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    """A file that is named is a page; naming it twice, or its directory too, changes nothing."""
    page = tmp_path / "a.7.rst"
    page.write_text(page_text("a"))
    other = tmp_path / "_other.txt"
    other.write_text(CLAIM)
    found = read_pages([other, page, tmp_path, page])
    assert [page.title for page in found.pages] == ["_other", "a(7)"]
    assert found.problems == ()


def test_a_file_that_a_page_includes_is_no_page(tmp_path: Path) -> None:
    """Claims that a page takes in belong to that page alone."""
    (tmp_path / "common.rst").write_text(CLAIM)
    (tmp_path / "a.7.rst").write_text(page_text("a", ".. include:: common.rst\n"))
    assert [page.title for page in read_pages([tmp_path]).pages] == ["a(7)"]


def test_one_bad_source_does_not_hide_others(tmp_path: Path) -> None:
    """What can be read is read, whatever is wrong beside it."""
    (tmp_path / "a.7.rst").write_bytes(b"\xff")
    (tmp_path / "b.7.rst").write_text(page_text("b"))
    (tmp_path / "c.7.rst").write_text(page_text("c", f"{CLAIM}\n.. claim:: two\n\n   No example.\n"))
    absent = tmp_path / "absent.rst"
    found = read_pages([tmp_path, absent])
    assert [claim.name for page in found.pages for claim in page.claims] == ["b(7)#one", "c(7)#one"]
    assert {(problem.code, Path(problem.place.file).name) for problem in found.problems} == {
        (Code.NOT_UTF8, "a.7.rst"),
        (Code.CLAIM_WITHOUT_EXAMPLE, "c.7.rst"),
        (Code.MISSING_FILE, "absent.rst"),
    }


@pytest.mark.parametrize(
    ("data", "line"),
    [(b"\xff", 1), (b"a\nb\n\xc3(\n", 3), ((HEAD + CLAIM).encode() + b"\xe9", HEAD_LINES + 8)],
)
def test_bytes_that_are_not_utf8_have_a_line(data: bytes, line: int, tmp_path: Path) -> None:
    """The first bad byte is shown with its line."""
    path = tmp_path / "thing.7.rst"
    path.write_bytes(data)
    reading = read(path)
    assert reading.page is None
    assert [(p.code, p.place) for p in reading.problems] == [(Code.NOT_UTF8, Place(str(path), line))]
    assert "0x" in reading.problems[0].message


def test_included_bytes_that_are_not_utf8_are_reported(tmp_path: Path) -> None:
    """The page that includes such a file says so, at the line of the include."""
    (tmp_path / "common.rst").write_bytes(b"\xff")
    path = man_page(tmp_path, "Words.\n\n.. include:: common.rst\n")
    assert [(p.code, p.place.line) for p in read(path).problems] == [(Code.NOT_UTF8, HEAD_LINES + 3)]


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    """A directory with the name of a page is a problem of its own."""
    (tmp_path / "thing.7.rst").mkdir()
    assert [p.code for p in read(tmp_path / "thing.7.rst").problems] == [Code.UNREADABLE_FILE]


def test_no_page_at_all_is_a_problem(tmp_path: Path) -> None:
    """A check of nothing must not look like success."""
    assert [p.code for p in read_pages([tmp_path]).problems] == [Code.NO_PAGES]
    assert [p.code for p in read_pages([]).problems] == [Code.NO_PAGES]


def test_two_pages_of_one_name_are_a_problem(tmp_path: Path) -> None:
    """A claim's permanent name must mean one claim."""
    for directory in ("x", "y"):
        (tmp_path / directory).mkdir()
        (tmp_path / directory / "a.7.rst").write_text(page_text("a"))
    problems = read_pages([tmp_path]).problems
    assert [(p.code, p.place.file) for p in problems] == [
        (Code.DUPLICATE_PAGE, str(tmp_path / "y" / "a.7.rst"))
    ]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", Code.BAD_TITLE, 1),
        ("Words only.\n", Code.BAD_TITLE, 1),
        (HEAD.replace("thing(7)", "other(7)"), Code.BAD_TITLE, 2),
        (HEAD.replace("thing(7)", "thing(2)"), Code.BAD_TITLE, 2),
        (f"{HEAD}========\nAnother.\n========\n\nWords.\n", Code.BAD_TITLE, HEAD_LINES + 2),
        (HEAD[: HEAD.index("NAME")] + "Words.\n", Code.NO_NAME_HEADING, 2),
        (HEAD.replace("NAME\n====", "SYNOPSIS\n========"), Code.NO_NAME_HEADING, 2),
        (HEAD.replace("thing - what", "what"), Code.NO_NAME_HEADING, 5),
        (HEAD.replace("thing - what it is", "other - what it is"), Code.NO_NAME_HEADING, 5),
    ],
)
def test_a_manual_page_has_its_title_and_its_name(text: str, code: Code, line: int, tmp_path: Path) -> None:
    """The title repeats the file's name and NAME comes first, with the name and the purpose."""
    path = tmp_path / "thing.7.rst"
    path.write_text(text)
    assert [(p.code, p.place.line) for p in read(path).problems] == [(code, line)]


@pytest.mark.parametrize(
    "line", ["thing - what it is", "other, thing - what it is", r"thing \- what it is", "thing – what it is"]
)
def test_the_purpose_stands_behind_the_dash(line: str, tmp_path: Path) -> None:
    """NAME can name several things, and its dash can be written in several ways."""
    path = tmp_path / "thing.7.rst"
    path.write_text(HEAD.replace("thing - what it is", line), "utf-8")
    reading = read(path)
    assert reading.problems == ()
    assert reading.page is not None
    assert reading.page.purpose == "what it is"


def test_places_are_relative_where_the_path_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Places name a file as it was named; what it includes is named from the same directory."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "common.rst").write_text(CLAIM)
    man_page(tmp_path / "docs", ".. include:: common.rst\n")
    monkeypatch.chdir(tmp_path)
    (page,) = read_pages(["docs"]).pages
    assert page.file == os.path.join("docs", "thing.7.rst")
    assert page.includes == (page.claims[0].place.file,) == (os.path.join("docs", "common.rst"),)
    (page,) = read_pages([tmp_path]).pages
    assert page.includes == (page.claims[0].place.file,) == (str(tmp_path / "docs" / "common.rst"),)
