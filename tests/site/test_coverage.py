"""Every sentence of our pages is accounted for: it belongs to a claim, or is marked as none."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsdoc.page import Page
from nsdoc.source import read_pages

DOCS = Path(__file__).parents[2] / "docs"
PAGES = read_pages([DOCS]).pages
# Our own manual describes a program; what it says is tested as the program is.
ABOUT_KERNELS = [page for page in PAGES if page.name != "nsdoc"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_every_sentence_is_accounted_for(page: Page) -> None:
    """No sentence of a normative heading stands outside every claim without a mark that says why."""
    assert [str(passage.place) for passage in page.passages if not passage.mark] == []


@pytest.mark.parametrize("page", ABOUT_KERNELS, ids=lambda page: page.title)
def test_most_sentences_are_claims(page: Page) -> None:
    """At most a fifth of what a page says is marked as a definition, a pointer or advice."""
    assert len(page.passages) * 5 <= len(page.passages) + len(page.claims)


def test_there_are_many_claims() -> None:
    """All pages together have at least 320 claims."""
    assert sum(len(page.claims) for page in PAGES) >= 320
