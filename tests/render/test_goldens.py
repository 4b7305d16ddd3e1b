"""Every situation under tests/golden: its man page letter by letter, its words, and what formatters say."""

from __future__ import annotations

from collections import Counter

import pytest

from nsdoc.manual import man_page
from tests.render import formatters
from tests.render.golden import SITUATIONS, Build, Situation, built
from tests.render.oracle import document_words, is_decoration

# Where docutils alone cannot know what Sphinx knows.
NEEDS_SPHINX = {
    "c-domain": "signatures and expressions are parsed by Sphinx",
    "python-domain": "signatures are parsed by Sphinx",
    "flaw-01-links": "the title of another document",
    "references": "the titles of other documents and headings",
}
# A table shown as a list has the headings of its columns in every entry.
REPEATS_HEADINGS = {"table-too-wide"}

every_situation = pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Build:
    return built(tmp_path_factory.mktemp("golden"))


@every_situation
def test_the_page_is_as_expected(situation: Situation, pages: Build, request: pytest.FixtureRequest) -> None:
    """The roff of each situation, and what a terminal of 80 columns shows, stay as they were reviewed."""
    text = pages.text(situation)
    expected = {"expected.man": text, "expected.txt": formatters.terminal_text(text)}
    if request.config.getoption("--regen"):
        for name, content in expected.items():
            (situation.folder / name).write_text(content)
    for name, content in expected.items():
        assert content == (situation.folder / name).read_text(), "--regen writes it anew"


@every_situation
def test_no_formatter_complains(situation: Situation, pages: Build) -> None:
    """mandoc has only its one line about the title, groff nothing at 60, 80 and 120 columns, man nothing."""
    text = pages.text(situation)
    assert formatters.complaints(text) == []
    assert formatters.man_complaints(text) == ""


@every_situation
@pytest.mark.parametrize("formatter", ["mandoc", "groff"])
def test_no_word_is_lost(situation: Situation, pages: Build, formatter: str) -> None:
    """The words that a formatter shows are those of the document, and marks of lists and tables."""
    show = formatters.mandoc_text if formatter == "mandoc" else formatters.groff_text
    shown = formatters.words(show(pages.text(situation)))
    promised = document_words(pages.tree(situation))
    assert promised - shown == Counter()
    extra = {word for word in shown - promised if not is_decoration(word)}
    assert extra <= (set(promised) if situation.name in REPEATS_HEADINGS else set())


@every_situation
def test_docutils_alone_makes_the_same_page(situation: Situation, pages: Build) -> None:
    """A page does not need Sphinx, except where only Sphinx knows what a reference leads to."""
    page = man_page(situation.source)
    assert page.path == situation.page
    if situation.name in NEEDS_SPHINX:
        assert page.text != pages.text(situation), "no longer an exception"
    else:
        assert page.text == pages.text(situation)
