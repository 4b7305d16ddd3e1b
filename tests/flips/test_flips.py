"""The project's pages with one wrong thing in them: the check fails on exactly the claim that has it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nsdoc import build
from nsdoc.page import Claim, Example, Page
from nsdoc.source import read_pages
from tests.flips.flips import Flip, flips, of_examples
from tests.flips.trying import RELEASES, Checker

ROOT = Path(__file__).parents[2]
PAGES = [page for page in read_pages([ROOT / "docs"]).pages if page.claims]


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_claims_hold_as_they_are(checker: Checker, page: Page) -> None:
    """What the flips are measured against: no claim fails, and none is unavailable on the model."""
    kinds = {claim.name: checker.verdict(claim).kind for claim in page.claims}
    assert {name: kind for name, kind in kinds.items() if kind not in ("holds", "not-applicable")} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_every_flip_is_noticed(checker: Checker, page: Page) -> None:
    """A claim fails with any of its outputs, errors, assertions, limits and bounds changed, one at a time."""
    tried = [flip for claim in page.claims for flip in flips(claim, RELEASES)]
    missed = [
        f"{flip.claim.name}: {flip.what}" for flip in tried if not checker.verdict(flip.claim).kind.failed
    ]
    assert missed == []
    assert {flip.claim.name for flip in tried} == {claim.name for claim in page.claims}


@pytest.mark.parametrize("half", [0, 1])
def test_no_other_claim_fails(tmp_path: Path, half: int) -> None:
    """With every other claim of all sources flipped, the check fails on these claims and on no more."""
    for name in ("docs", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    claims = [claim for page in PAGES for claim in page.claims][half::2]
    for claim in claims:
        _write(tmp_path, claim, next(of_examples(claim)))
    report, problems = build.check([str(tmp_path / "docs")], "model")
    assert problems == ()
    failed = {verdict.claim for verdict in report.verdicts if verdict.kind.failed}
    assert failed == {claim.name for claim in claims}


def _write(copy: Path, claim: Claim, flip: Flip) -> None:
    """Write a flip into the copy of the source."""
    file = copy / Path(claim.place.file).relative_to(ROOT)
    lines = file.read_text("utf-8").split("\n")
    for before, after in zip(claim.examples, flip.claim.examples, strict=True):
        for number, line in _changed(before, after):
            lines[number - 1] = " " * before.indent + line
    file.write_text("\n".join(lines), "utf-8")


def _changed(before: Example, after: Example) -> Iterator[tuple[int, str]]:
    """The lines of the file that differ, without their indentation."""
    pairs = zip(before.code.split("\n"), after.code.split("\n"), strict=True)
    for number, (old, new) in enumerate(pairs, before.place.line):
        if old != new:
            yield number, new
