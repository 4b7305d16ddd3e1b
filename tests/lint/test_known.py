"""Which pages a reference can lead to."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsdoc.lint import KnownPages


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of installed pages, and no other."""
    for name in ("man1/tool.1.gz", "man3/Thing.3perl.xz", "man7/plain.7", "man1/tool.x.1"):
        path = tmp_path / "man" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.setenv("MANPATH", str(tmp_path / "man"))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "section"), [("tool", "1"), ("Thing", "3perl"), ("Thing", "3"), ("plain", "7"), ("tool.x", "1")]
)
def test_installed_pages(name: str, section: str) -> None:
    """Packed pages are found, and pages of a subsection in their section, too."""
    assert KnownPages().has(name, section)


@pytest.mark.parametrize(
    ("name", "section"), [("tool", "7"), ("Thing", "3p"), ("nosuchpage", "1"), ("too", "1")]
)
def test_absent_pages(name: str, section: str) -> None:
    """A page of another section is another page."""
    assert not KnownPages().has(name, section)


@pytest.mark.parametrize(
    ("name", "section"),
    [("clone", "2"), ("PR_SET_DUMPABLE", "2const"), ("id_t", "3type"), ("newuidmap", "1")],
)
def test_pages_of_man_pages(name: str, section: str) -> None:
    """The pages of man-pages, and those that it refers to, are known where nothing is installed."""
    assert KnownPages().has(name, section)


def test_own_pages(tmp_path: Path) -> None:
    """The pages of the project are known by their titles, and by the files beside them."""
    (tmp_path / "beside.7.rst").touch()
    known = KnownPages(["own(1)"], [tmp_path])
    assert known.has("own", "1")
    assert known.has("beside", "7")
    assert not known.has("beside", "1")
