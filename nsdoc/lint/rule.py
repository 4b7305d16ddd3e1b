"""The rules of man-pages(7) that a source is held to."""

from __future__ import annotations

from enum import StrEnum


class Rule(StrEnum):
    """The code of each rule; docs/reference/lint.rst explains them."""

    MISSING_HEADING = "nsdoc.missing-heading"
    HEADING_ORDER = "nsdoc.heading-order"
    HEADING_NAME = "nsdoc.heading-name"
    HEADING_SECTION = "nsdoc.heading-section"
    REPEATED_HEADING = "nsdoc.repeated-heading"
    NAME_LINE = "nsdoc.name-line"
    BAD_DATE = "nsdoc.bad-date"
    ERROR_ORDER = "nsdoc.error-order"
    SENTENCES_ON_LINE = "nsdoc.sentences-on-line"
    BROKEN_PHRASE = "nsdoc.broken-phrase"
    LONG_LINE = "nsdoc.long-line"
    BAD_REFERENCE = "nsdoc.bad-reference"
    UNKNOWN_PAGE = "nsdoc.unknown-page"
    PLAIN_REFERENCE = "nsdoc.plain-reference"
    SEE_ALSO_ORDER = "nsdoc.see-also-order"
    SEE_ALSO_ENTRY = "nsdoc.see-also-entry"
    WIDE_TABLE = "nsdoc.wide-table"
    PREFERRED_TERM = "nsdoc.preferred-term"
    TERM_TO_AVOID = "nsdoc.term-to-avoid"
    SPELLING = "nsdoc.spelling"
