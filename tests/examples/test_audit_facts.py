"""docs/audit/facts.jsonl: every fact has a verdict, and every claim it names is on a page."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from nsdoc.source import read_pages

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "docs" / "audit" / "facts.jsonl").read_text("utf-8").splitlines()
FACTS: list[dict[str, Any]] = [json.loads(line) for line in LINES]
VERDICTS = {"holds", "wrong", "imprecise", "missing", "cannot be shown"}
DEFECTS = VERDICTS - {"holds", "cannot be shown"}


@pytest.fixture(scope="module")
def claims() -> frozenset[str]:
    pages = read_pages([ROOT / "docs"]).pages
    return frozenset(claim.name for page in pages for claim in page.claims)


def test_ids_are_unique() -> None:
    """No two facts share an id."""
    assert [fact for fact, count in Counter(fact["id"] for fact in FACTS).items() if count > 1] == []


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: str(fact["id"]))
def test_fact_is_complete(fact: dict[str, Any], claims: frozenset[str]) -> None:
    """A fact has a place and a verdict; the claims it names exist; a defect has a right sentence."""
    assert fact["page"]
    assert fact["heading"]
    assert fact["fact"].endswith((".", ")"))
    assert fact["verdict"] in VERDICTS
    assert set(fact["claims"]) <= claims
    assert ("right" in fact) is (fact["verdict"] in DEFECTS or bool(fact.get("right")))
    if fact["verdict"] in DEFECTS:
        assert fact["right"].endswith(".")
    if fact["verdict"] in {"holds", "wrong"}:
        assert fact["claims"]
