"""Mistakes of authors: a place, a stable code, what is wrong and what was expected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from nsdoc.page import Place


class Code(StrEnum):
    """The codes of problems; each can be searched for in the manual nsdoc(1)."""

    CLAIM_WITHOUT_EXAMPLE = "nsdoc.claim-without-example"
    CLAIM_WITHOUT_PROSE = "nsdoc.claim-without-prose"
    CLAIM_WITHOUT_ID = "nsdoc.claim-without-id"
    BAD_CLAIM_ID = "nsdoc.bad-claim-id"
    DUPLICATE_CLAIM = "nsdoc.duplicate-claim"
    NESTED_CLAIM = "nsdoc.nested-claim"
    NOTHING_TO_CONTINUE = "nsdoc.nothing-to-continue"
    UNKNOWN_OPTION = "nsdoc.unknown-option"
    BAD_OPTION = "nsdoc.bad-option"
    UNKNOWN_DIRECTIVE = "nsdoc.unknown-directive"
    UNKNOWN_ROLE = "nsdoc.unknown-role"
    MALFORMED_DIRECTIVE = "nsdoc.malformed-directive"
    MARKUP = "nsdoc.markup"
    EXAMPLE_OUTSIDE_CLAIM = "nsdoc.example-outside-claim"
    EMPTY_EXAMPLE = "nsdoc.empty-example"
    EXAMPLE_SYNTAX = "nsdoc.example-syntax"
    EXAMPLE_INDENTATION = "nsdoc.example-indentation"
    EXPECTED_WITHOUT_PRINT = "nsdoc.expected-without-print"
    BAD_EXPECTED = "nsdoc.bad-expected"
    CHECKS_NOTHING = "nsdoc.checks-nothing"
    BAD_TITLE = "nsdoc.bad-title"
    NO_NAME_HEADING = "nsdoc.no-name-heading"
    DUPLICATE_PAGE = "nsdoc.duplicate-page"
    NOT_UTF8 = "nsdoc.not-utf8"
    MISSING_FILE = "nsdoc.missing-file"
    UNREADABLE_FILE = "nsdoc.unreadable-file"
    CHANGED_FILE = "nsdoc.changed-file"
    CANNOT_UPDATE = "nsdoc.cannot-update"
    UNWRITABLE_FILE = "nsdoc.unwritable-file"
    NO_PAGES = "nsdoc.no-pages"
    NO_CLAIMS = "nsdoc.no-claims"
    UNKNOWN_FRAGMENT = "nsdoc.unknown-fragment"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a source, in the form every part of nsdoc reports it."""

    place: Place
    code: str
    message: str
    expected: str = ""

    def __str__(self) -> str:
        hint = f"; expected {self.expected}" if self.expected else ""
        return f"{self.place}: {self.message}{hint} [{self.code}]"


class SourceError(Exception):
    """A source cannot be used; `problems` says why, one entry a mistake."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
