"""Rules that no page shall state: the file that lists them, and the report that keeps them apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsdoc.mutate import untold
from nsdoc.mutate.matrix import Entry
from nsdoc.mutate.mutant import Mutant
from nsdoc.mutate.report import Report
from nsdoc.mutate.rules import Rule
from nsdoc.page import Place

_ROOT = Path(__file__).parents[2]
_GOOD = '[[because]]\nreason = """\nIt is\nanother page\'s."""\nrules = ["R001: one thing.", "some-change"]\n'


def _rule(line: int, name: str, what: str) -> Rule:
    return Rule(Place("ns.py", line), name, what)


_RULES = _rule(1, "R001", "one thing."), _rule(5, "R001", "another."), _rule(9, "some-change", "It came.")


def _report(*noticed: Rule) -> Report:
    """A report with a mutant of each rule, some of which the one claim notices."""
    entries = [
        Entry(
            Mutant(f"m{rule.place.line}", rule, rule.place, "errno", "x", range(1, 2), "f"),
            ("thing(7)#one",) if rule in noticed else (),
            (),
            1,
        )
        for rule in _RULES
    ]
    reasons = {"R001: one thing.": "Because.", "some-change": "It is so."}
    return Report("7.3", ("thing(7)#one",), (), tuple(entries), reasons=reasons)


def test_read(tmp_path: Path) -> None:
    """A reason stands for all rules of its table, as one line."""
    file = tmp_path / untold.NAME
    file.write_text(_GOOD, "utf-8")
    reason = "It is another page's."
    assert untold.read(file) == {"R001: one thing.": reason, "some-change": reason}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not toml", "expected"),
        ("", "because"),
        ("because = 3", "expected"),
        ('[[because]]\nreason = "x"\n', "rules"),
        ('[[because]]\nrules = ["R001"]\n', "reason"),
        ('[[because]]\nreason = 3\nrules = ["R001"]\n', "expected"),
        ('[[because]]\nreason = "x"\nrules = ["R001", "R001"]\n', "'R001' is listed twice"),
    ],
)
def test_bad_file(tmp_path: Path, text: str, message: str) -> None:
    """A file that lists nothing, or a rule twice, is refused with a sentence that names the file."""
    file = tmp_path / untold.NAME
    file.write_text(text, "utf-8")
    with pytest.raises(untold.BadReasons, match=message) as caught:
        untold.read(file)
    assert untold.NAME in str(caught.value)


def test_kept_apart() -> None:
    """A rule that is listed is not undocumented, one with the same number and other words is."""
    report = _report()
    assert report.undocumented == (_RULES[1],)
    assert report.untold == {_RULES[0]: "Because.", _RULES[2]: "It is so."}
    assert report.unused == ()


def test_unused() -> None:
    """A reason for a rule that a claim guards by now is told."""
    report = _report(_RULES[2])
    assert report.unused == ("some-change",)
    assert report.untold == {_RULES[0]: "Because."}


def test_own_reasons() -> None:
    """The reasons of these pages are sentences."""
    reasons = untold.read(_ROOT / "docs" / untold.NAME)
    assert all(reason.endswith(".") for reason in reasons.values())
