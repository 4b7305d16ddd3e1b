"""The project's pages with one wrong thing in them: the check fails on exactly the claim that has it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from nsdoc import Unavailable, build
from nsdoc.page import Claim, Example, Page
from nsdoc.source import read_pages
from nsdoc.verdict import Kind
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
    claims = [claim for page in PAGES for claim in page.claims][half::2]
    assert _failing(tmp_path, claims, "model") == {claim.name for claim in claims}


def test_no_other_claim_fails_live(tmp_path: Path) -> None:
    """So it is on the kernel that runs here, with the claims that hold on it."""
    try:
        report, _ = build.check([str(ROOT / "docs")])
    except Unavailable as reason:
        pytest.skip(f"this host cannot show it: {reason}")
    claims = [claim for page in PAGES for claim in page.claims][::2]
    holding = {claim.name for claim in claims if report.by_claim[claim.name].kind is Kind.HOLDS}
    assert _failing(tmp_path, claims, "linux") == holding


def _failing(folder: Path, flipped: Iterable[Claim], backend: str) -> set[str]:
    """The claims that fail when the first flip of some is written into the sources."""
    for name in ("docs", "examples"):
        shutil.copytree(ROOT / name, folder / name)
    for claim in flipped:
        _write(folder, claim, next(of_examples(claim)))
    report, problems = build.check([str(folder / "docs")], backend)
    assert problems == ()
    return {verdict.claim for verdict in report.verdicts if verdict.kind.failed}


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
