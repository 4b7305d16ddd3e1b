"""Any page at all, of any text and any nesting: formatters accept it, and no word of it is lost."""

from __future__ import annotations

import os
from collections import Counter

from docutils import nodes
from hypothesis import HealthCheck, given, settings

from nsdoc.render import Defaults, Translator, print_page
from tests.render import formatters
from tests.render.oracle import document_words, element_words, is_decoration
from tests.render.trees import documents

any_document = given(documents())
patiently = settings(
    max_examples=60,
    deadline=None,
    # On CI always the same pages: what is found there comes of the change that is checked.
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def page_of(document: nodes.document) -> str:
    return print_page(Translator().page(document, Defaults(date="2026-03-01")))


def _headings(document: nodes.document) -> set[str]:
    return {word for head in document.findall(nodes.thead) for word in element_words(head)}


@patiently
@any_document
def test_no_formatter_complains(document: nodes.document) -> None:
    """Whatever a page says, mandoc and groff have nothing to say against it, on terminals wide and narrow."""
    assert formatters.complaints(page_of(document)) == []


@patiently
@any_document
def test_no_word_is_lost(document: nodes.document) -> None:
    """Whatever a page says, both formatters show its words and no others."""
    page = page_of(document)
    promised = document_words(document)
    for show in (formatters.mandoc_text, formatters.groff_text):
        shown = formatters.words(show(page))
        assert promised - shown == Counter()
        extra = {word for word in shown - promised if not is_decoration(word)}
        # A table too wide for a terminal becomes a list, which repeats the headings of its columns.
        assert extra <= _headings(document)
