"""Our pages beside those of the Linux man-pages project: none is much longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsdoc.manual.pages import man_page

MAN = Path(__file__).parents[2] / "docs" / "man"

# Our page, its counterpart, and the words of the roff of that in man-pages 6.03, comments left out.
COUNTERPARTS = [
    ("user_namespaces.7", "user_namespaces(7)", 6519),
    ("clone.2", "clone(2)", 8206),
    ("unshare.2", "unshare(2)", 2012),
    ("setns.2", "setns(2)", 1766),
    ("ioctl_nsfs.2", "ioctl_ns(2)", 1150),
    ("namespaces.7", "namespaces(7)", 1982),
    ("capabilities.7", "capabilities(7)", 8023),
]


def words(roff: str) -> int:
    """The words of a page, requests among them, without comments."""
    return sum(len(line.split()) for line in roff.splitlines() if not line.startswith('.\\"'))


@pytest.mark.parametrize(("ours", "theirs", "length"), COUNTERPARTS, ids=[one[0] for one in COUNTERPARTS])
def test_length(ours: str, theirs: str, length: int) -> None:
    """A page has at most a fifth more words than its counterpart."""
    assert words(man_page(MAN / f"{ours}.rst").text) <= length * 6 // 5, theirs


def test_every_page_has_a_counterpart() -> None:
    """All pages are compared but our own manual, which has none."""
    names = {path.stem for path in MAN.glob("*.rst") if not path.name.startswith("nsdoc")}
    assert names == {ours for ours, _, _ in COUNTERPARTS}
