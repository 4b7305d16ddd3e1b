"""What a page says of a claim follows from the verdicts on every kernel, in words."""

from __future__ import annotations

import re
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsdoc.page import Claim, Example, Place
from nsdoc.render.html import badge
from nsdoc.report import Report
from nsdoc.verdict import Conditions, Finding, Kind, Verdict

PLACE = Place("docs/page.7.rst", 12)
CLAIM = Claim("page(7)", "one", "DESCRIPTION", "One.", PLACE, (Example(PLACE, "assert True\n", 3),))


def a_report(
    kind: Kind,
    release: str = "6.18.44",
    backend: str = "linux",
    digest: str = CLAIM.digest,
    finding: Finding | None = None,
) -> Report:
    verdict = Verdict(CLAIM.name, digest, finding or Finding(kind, PLACE, "because"), "2026-11-22")
    return Report(Conditions(backend, release), (verdict,))


def badge_from(here: Report | None, *evidence: Report) -> badge.Badge:
    return badge.badges([CLAIM], here, evidence)["one"]


@pytest.mark.parametrize(
    ("report", "kind", "word", "words"),
    [
        (a_report(Kind.HOLDS), "holds", "holds", "holds on Linux 6.18.44, 2026-11-22"),
        (a_report(Kind.REFUTED), "refuted", "refuted", "refuted on Linux 6.18.44, 2026-11-22"),
        (a_report(Kind.BROKEN), "broken", "broken", "broken on Linux 6.18.44, 2026-11-22"),
        (a_report(Kind.UNAVAILABLE), "unavailable", "not run", "not run on Linux 6.18.44: because"),
        (
            a_report(Kind.NOT_APPLICABLE),
            "not-applicable",
            "not applicable",
            "not applicable to Linux 6.18.44: because",
        ),
        (
            a_report(Kind.HOLDS, "6.18", "model"),
            "model",
            "model only",
            "model only: holds on the model of Linux 6.18",
        ),
    ],
)
def test_verdict_in_words(report: Report, kind: str, word: str, words: str) -> None:
    """Each kind of verdict has a short word, and words that name the kernel and the day."""
    shown = badge_from(report)
    assert (shown.kind, shown.word, shown.words) == (kind, word, words)


def test_nothing_known() -> None:
    """A claim without any verdict says so."""
    assert badge_from(None).words == "not checked on any kernel"


def test_stale_verdict_is_never_shown() -> None:
    """A verdict on another wording of the claim counts for nothing, and is named as stale."""
    old = a_report(Kind.HOLDS, digest="of another wording")
    assert badge_from(old, old).kind == "unchecked"
    assert badge.stale([CLAIM], old) == [CLAIM.name]
    assert badge.stale([CLAIM], a_report(Kind.HOLDS)) == []


def test_model_never_covers_a_kernel() -> None:
    """What a real kernel said is shown first, also when it comes from evidence and the model ran here."""
    shown = badge_from(a_report(Kind.HOLDS, "6.18", "model"), a_report(Kind.HOLDS, "5.10.0"))
    assert shown.words == "holds on Linux 5.10.0, 2026-11-22"
    assert shown.elsewhere == ("model only: holds on the model of Linux 6.18",)


def test_evidence_stands_in_for_what_was_not_run_here() -> None:
    """Where this host could not run a claim, evidence is shown, and the reason below it."""
    shown = badge_from(a_report(Kind.UNAVAILABLE), a_report(Kind.HOLDS, "5.10.0"))
    assert shown.kind == "holds"
    assert shown.elsewhere == ("not run on Linux 6.18.44: because",)


def test_a_failure_is_never_hidden() -> None:
    """A real kernel that refutes a claim is shown before one on which it holds."""
    shown = badge_from(a_report(Kind.HOLDS), a_report(Kind.REFUTED, "7.0"))
    assert shown.words == "refuted on Linux 7.0, 2026-11-22"


def test_newest_evidence_first() -> None:
    """Without a verdict of this build the newest release speaks, whatever order the files have."""
    reports = [a_report(Kind.HOLDS, release) for release in ("5.10.0", "6.9", "6.12.1")]
    for order in permutations(reports):
        shown = badge_from(None, *order)
        assert shown.words == "holds on Linux 6.12.1, 2026-11-22"
        assert shown.elsewhere == ("holds on Linux 6.9, 2026-11-22", "holds on Linux 5.10.0, 2026-11-22")


def test_failure_says_what_was_expected() -> None:
    """A refuted claim shows place, reason, expectation and outcome."""
    finding = Finding(Kind.REFUTED, PLACE, "the output is another one", "x", "33", "32")
    shown = badge_from(a_report(Kind.REFUTED, finding=finding))
    assert shown.reason.splitlines() == [
        "docs/page.7.rst:12: the output is another one",
        "expected: 33",
        "observed: 32",
    ]


@given(st.lists(st.sampled_from(Kind), max_size=5), st.sampled_from([None, *Kind]))
def test_every_verdict_is_told_once(kinds: list[Kind], here: Kind | None) -> None:
    """No verdict is lost, whichever of them is shown first."""
    evidence = [a_report(kind, f"5.{number}") for number, kind in enumerate(kinds)]
    shown = badge_from(a_report(here) if here else None, *evidence)
    told = len(shown.elsewhere) + (shown.kind != "unchecked")
    assert told == len(kinds) + (here is not None)


CSS = Path(badge.__file__).parent / "static" / "nsdoc.css"
# What furo paints behind text: the page, code and the shade of a target.
BACKGROUNDS = {"light": ("#ffffff", "#f2f2f2"), "dark": ("#131416", "#202020")}


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("scheme", "selector"), [("light", ":root"), ("dark", 'body[data-theme="dark"]')])
def test_colours_can_be_read(scheme: str, selector: str) -> None:
    """Every colour of text reaches the contrast of 4.5 that WCAG AA asks for, light and dark."""
    css = CSS.read_text(encoding="utf-8")
    block = css[css.index(f"{selector} {{") :].partition("}")[0]
    colours = dict(re.findall(r"--nsdoc-(\w+): (#[0-9a-f]{6})", block))
    texts = {name: colour for name, colour in colours.items() if name != "rule"}
    assert len(texts) == 4
    for background in BACKGROUNDS[scheme]:
        assert {name for name, colour in texts.items() if _contrast(colour, background) < 4.5} == set()
