"""Mending a file: all of it or nothing, and nothing but what is wrong."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from nsdoc.lint import KnownPages, mend
from nsdoc.problems import SourceError
from tests.lint.pages import CLEAN, codes, page

_FAULTS = "One thing. A file system and\nthe\nsymlinks; see clone(2)."
_MENDED = "One thing.\nA filesystem\nand the symbolic links;\nsee :manpage:`clone(2)`."


def mended(path: Path) -> bytes:
    """Mend a file in its place: its content then."""
    mend(str(path), KnownPages()).update.write()
    return path.read_bytes()


def test_several_faults(tmp_path: Path) -> None:
    """Faults that touch one another are mended one after the other."""
    assert mended(page(tmp_path, _FAULTS)).decode() == CLEAN.format(_MENDED)


def test_twice_is_as_good_as_once(tmp_path: Path) -> None:
    """A page that has been mended is left as it is."""
    path = page(tmp_path, _FAULTS)
    once = mended(path)
    assert mended(path) == once
    assert codes(path) == []


def test_line_ends_stay(tmp_path: Path) -> None:
    """Line ends of another system, and a mark of the byte order, stay what they are."""
    path = page(tmp_path, _FAULTS)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert mended(path).decode() == "\ufeff" + CLEAN.format(_MENDED).replace("\n", "\r\n")


def test_missing_last_line_end(tmp_path: Path) -> None:
    """A file that does not end its last line does not get an end."""
    path = page(tmp_path)
    path.write_bytes(path.read_bytes().rstrip(b"\n") + b".")
    assert mended(path).decode() == CLEAN.format("A thing.").rstrip("\n")


def test_symbolic_link_and_permissions(tmp_path: Path) -> None:
    """A page that is a symbolic link stays one, and what it leads to keeps its permissions."""
    directory = tmp_path / "elsewhere"
    directory.mkdir()
    real = page(directory, _FAULTS)
    real.chmod(0o640)
    link = tmp_path / "thing.7.rst"
    link.symlink_to(real)
    mended(link)
    assert link.is_symlink()
    assert real.read_text("utf-8") == CLEAN.format(_MENDED)
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert os.listdir(directory) == ["thing.7.rst"]


def test_changed_meanwhile(tmp_path: Path) -> None:
    """A file that somebody has changed between reading and writing is left alone."""
    path = page(tmp_path, _FAULTS)
    planned = mend(str(path), KnownPages())
    path.write_text("mine", "utf-8")
    with pytest.raises(SourceError, match="changed meanwhile"):
        planned.update.write()
    assert path.read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("1. One. Two.\n2. Three.", "1. One.\n   Two.\n2. Three."),
        (".. note:: One. Two.", ".. note:: One.\n          Two."),
        ("term\n   One. Two.", "term\n   One.\n   Two."),
        (":field: One. Two.", ":field: One.\n        Two."),
        ("> One. Two.", "> One.\nTwo."),
        ("One. Two::\n\n   literal. Literal", "One.\nTwo::\n\n   literal. Literal"),
        ("One. - Two.", "One. - Two."),
        ("A `text. Text <https://x.example>`_. Two.", "A `text. Text <https://x.example>`_.\nTwo."),
        ("One\\ two. Three **four. Five**.", "One\\ two.\nThree **four. Five**."),
        ("| One. Two.\n| Three.", "| One. Two.\n| Three."),
        ("One |it|. Two.\n\n.. |it| replace:: the thing", "One |it|.\nTwo.\n\n.. |it| replace:: the thing"),
        ("A [#]_. Two.\n\n.. [#] Note. More.", "A [#]_.\nTwo.\n\n.. [#] Note.\n       More."),
    ],
)
def test_markup_around_sentences(tmp_path: Path, body: str, after: str) -> None:
    """In lists, notes and fields a new line is indented as the text around it; markup is never broken."""
    assert mended(page(tmp_path, body)).decode() == CLEAN.format(after)


def test_edit_that_would_do_harm(tmp_path: Path) -> None:
    """What would become something else in the source is told, and left to people."""
    body = "  * a quote. B\n\nOne thing. *"
    path = page(tmp_path, body)
    before = path.read_bytes()
    assert mended(path).count(b"\n") - before.count(b"\n") <= 1
