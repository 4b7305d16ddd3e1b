"""The project's own pages, as HTML."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from nsdoc.probe.causes import RULES
from nsdoc.probe.reading import read_on
from nsdoc.source import read_pages

ROOT = Path(__file__).parents[2]
PAGES = read_pages([ROOT / "docs" / "man"]).pages
# Pages about user namespaces that are no manual pages.
TEXTS = ("audit/index", "guide/tutorial", "history/index", "history/letters", "troubleshooting")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our pages, built without a warning and without running anything."""
    out = tmp_path_factory.mktemp("site")
    settings = ["-D", "nsdoc_verify=0", "-D", f"nsdoc_verdicts={out}/none.json"]
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-c", ".", "-d", f"{out}/trees", *settings]
    done = subprocess.run(
        [*command, "docs", f"{out}/html"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return out / "html"


def test_pages_are_there() -> None:
    """user_namespaces(7) is a page, and has the thirty claims that it was promised."""
    claims = {page.title: len(page.claims) for page in PAGES}
    assert claims["user_namespaces(7)"] >= 30


def test_every_claim_has_an_anchor_and_an_example(site: Path) -> None:
    """Each claim of each page can be linked to and unfolded, and each page shows its NAME."""
    for page in PAGES:
        text = (site / "man" / f"{page.name}.{page.section}.html").read_text(encoding="utf-8")
        anchors = set(re.findall(r'<span class="nsdoc-claim" id="([^"]+)"', text))
        examples = set(re.findall(r'<div class="nsdoc-body" id="([^"]+)\.example"', text))
        names = {claim.id for claim in page.claims}
        assert (anchors, examples) == (names, names), page.title
        assert re.search(r"<h2>NAME<", text), page.title


def test_no_page_has_an_id_twice(site: Path) -> None:
    """An anchor leads to one place only, on every page."""
    for path in site.rglob("*.html"):
        ids = re.findall(r'\sid="([^"]+)"', path.read_text(encoding="utf-8"))
        assert sorted({one for one in ids if ids.count(one) > 1}) == [], path.name


def test_causes_lead_to_anchors(site: Path) -> None:
    """Where ``nsdoc probe`` says to read on, there is an anchor."""
    for place in filter(None, (read_on(rule.id) for rule in RULES)):
        page, _, anchor = place.partition("#")
        assert f'id="{anchor}"' in (site / f"{page}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", [*(f"man/{page.name}.{page.section}" for page in PAGES if page.name != "nsdoc"), *TEXTS]
)
def test_constants_lead_to_their_meaning(site: Path, name: str) -> None:
    """A constant in running text is a link; in a term, which explains it, or in code it is none."""
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    for element in ("details", "a", "dt", "h[1-6]"):
        text = re.sub(rf"<({element})[ >].*?</\1>", "", text, flags=re.DOTALL)
    plain = re.findall(r"<code[^>]*>(?:<span[^>]*>)?([A-Z][A-Z0-9_]{2,})<", text)
    assert sorted(set(plain)) == []


def test_reference_shows_the_calls(site: Path) -> None:
    """The API reference lists the calls of a process, from their docstrings."""
    text = (site / "reference" / "api.html").read_text(encoding="utf-8")
    for name in ("clone", "unshare", "setns", "setresuid", "write", "mount"):
        assert f'id="nsdoc.process.Process.{name}"' in text
    assert 'id="nsdoc.open_kernel"' in text
