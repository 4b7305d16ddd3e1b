"""Whatever a page says: mending changes its lines and the words that are preferred, and nothing else."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsdoc.lint import Finding, KnownPages, Rule, lint, mend
from nsdoc.manual import man_page
from nsdoc.problems import SourceError
from nsdoc.source.reader import read
from tests.lint.pages import CLEAN, page
from tests.render import formatters

_KNOWN = KnownPages()
_REWORDING = (Rule.PREFERRED_TERM, Rule.TERM_TO_AVOID, Rule.SPELLING)
_WORDS = """
    a an the and or thing things set. is, Thing. (it) it; file name names system symlink Symlinks
    userspace, userspace non-zero 32bit Unix e.g. i.e., Dr. J. etc. clone(2) (open(2)) nosuch(2) thing(7)
    1. 4.9. Yes! Why? ``symlink. A`` *the file. System* **Unix** :manpage:`clone(2)`
    :manpage:`read(2)`. :file:`/x. Y` a\\ b. \\*c
    `text. T <https://x.example>`_ lower-case time zone - * :: || é. Ünix runtime. host NULL pointer
""".split()
_WITH_BLANKS = ["``symlink. A``", "*the file. System*", "**clone**\\ (2)", "`text. T <https://x.example>`_"]
_words = st.one_of(st.sampled_from(_WORDS), st.sampled_from(_WITH_BLANKS))
_MARKS = ["", "", "- ", "#. ", "term\n   ", ".. note::\n\n   ", ".. claim:: x\n\n   "]
_gaps = st.sampled_from([" ", " ", " ", "  ", "\n", "\n"])


@st.composite
def _paragraphs(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.tuples(_words, _gaps), min_size=1, max_size=25))
    return "".join(f"{word}{gap}" for word, gap in parts).strip()


@st.composite
def _blocks(draw: st.DrawFn) -> str:
    text = draw(_paragraphs())
    mark = draw(st.sampled_from(_MARKS))
    indent = re.match(r" *", mark.rpartition("\n")[2])
    width = len(mark) if "\n" not in mark else len(indent[0] if indent else "")
    return mark + text.replace("\n", "\n" + " " * width)


_pages = st.lists(_blocks(), min_size=1, max_size=4).map("\n\n".join)
_anything = st.lists(st.text("aA .`*:\n-|_\\[]<>\t.,;é", max_size=40), max_size=8).map("\n\n".join)
_patient = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def _shown(path: Path) -> Counter[str]:
    return Counter(re.findall(r"\w+", formatters.mandoc_text(man_page(path).text)))


def _replaced(done: tuple[Finding, ...]) -> Counter[str]:
    """The words that mending was to add, less those it was to take away."""
    change: Counter[str] = Counter()
    for finding in done:
        if finding.problem.code in _REWORDING:
            change.update(re.findall(r"\w+", finding.problem.expected))
            change.subtract(re.findall(r"\w+", finding.problem.message))
    return change


@_patient
@given(_pages)
def test_words_stay(body: str) -> None:
    """The rendered page has the same words after mending, but for those that were to be replaced."""
    with tempfile.TemporaryDirectory() as name:
        path = page(Path(name), body)
        try:
            before = _shown(path)
        except SourceError:
            return
        mended = mend(str(path), _KNOWN)
        mended.update.write()
        after = _shown(path)
        expected = Counter(before)
        expected.update(_replaced(mended.done))
        assert +expected == after
        assert [finding for finding in mended.left if finding.fixable] == []
        assert mend(str(path), _KNOWN).update.after == path.read_bytes()


@_patient
@given(_anything)
def test_any_characters(body: str) -> None:
    """Whatever the characters, lint answers, and mending breaks no markup that was right."""
    with tempfile.TemporaryDirectory() as name:
        path = page(Path(name), body)
        seen = lint([path])
        before = {problem.code for problem in read(path).problems}
        for file in seen.files:
            mend(file, seen.known).update.write()
        assert {problem.code for problem in read(path).problems} == before
        assert not any(finding.fixable for finding in lint([path]).findings)


@_patient
@given(_pages)
def test_places_are_in_the_file(body: str) -> None:
    """Every finding names a line that the file has, and every edit columns that the line has."""
    with tempfile.TemporaryDirectory() as name:
        path = page(Path(name), body)
        rows = CLEAN.format(body).split("\n")
        for finding in lint([path]).findings:
            assert 1 <= finding.problem.place.line <= len(rows)
            for edit in finding.edits:
                assert 0 <= edit.start <= edit.end <= len(rows[edit.line - 1])
