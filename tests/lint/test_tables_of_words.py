"""Our table of words against those of man-pages(7), where it is installed."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from nsdoc.lint.terms import TERMS

_PAGE = Path("/usr/share/man/man7/man-pages.7.gz")


def avoided(table: str, column: int) -> list[str]:
    """The terms to avoid in a table of man-pages(7), as it is installed here."""
    if not _PAGE.exists():
        pytest.skip("needs man-pages(7), of the package manpages")
    text = gzip.decompress(_PAGE.read_bytes()).decode()
    rows = text.partition(f".SS {table}")[2].partition(".TS")[2].partition(".TE")[0]
    rows = re.sub(r"T\{\n(.*?)\n?T\}", lambda found: found[1].replace("\n", " "), rows, flags=re.DOTALL)
    cells = [row.split("\t")[column] for row in rows.splitlines() if row.count("\t") >= 1][1:]
    return [term.strip() for cell in cells for term in cell.split(",")]


@pytest.mark.parametrize(("table", "column"), [("Preferred terms", 1), ("Terms to avoid", 0)])
def test_every_term_is_found(table: str, column: int) -> None:
    """Each term that a table of man-pages(7) avoids is found in a sentence."""
    terms = avoided(table, column)
    assert len(terms) > 12
    unknown = [
        term for term in terms if not any(one.pattern.search(f"see the {term} now") for one in TERMS)
    ]
    assert unknown == []


def test_no_replacement_is_to_be_replaced() -> None:
    """What is written instead of a term is not itself a term to avoid, so that mending ends."""
    for term in TERMS:
        assert [one for one in TERMS if term.sure and one.pattern.search(f"the {term.instead} is")] == []
