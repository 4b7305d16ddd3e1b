"""Reports: what a check has seen, in memory and as JSON."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsdoc import report
from nsdoc.page import Place
from nsdoc.problems import Problem
from nsdoc.report import BadReport, Report
from nsdoc.verdict import Conditions, Finding, Kind, Verdict

texts = st.text(max_size=20)
places = st.builds(Place, texts, st.integers(0, 10**6))
findings = st.builds(
    Finding, st.sampled_from(Kind), places, texts, texts, st.none() | texts, st.none() | texts
)
verdicts = st.builds(
    Verdict, texts, texts, findings, texts, st.integers(0, 9).map(float), texts, st.lists(texts).map(tuple)
)
names = st.dictionaries(texts, texts)
conditions = st.builds(Conditions, texts, texts, texts, texts, names, names, texts)
problems = st.builds(Problem, places, texts, texts, texts)
reports = st.builds(
    Report, conditions, st.lists(verdicts).map(tuple), st.lists(problems, max_size=2).map(tuple)
)
HERE = Conditions("linux", "6.18.1", "#1", "x86_64", {"uid": "0"}, {"kernel.x": "1"}, "abc")


def verdict(name: str, kind: Kind = Kind.HOLDS, digest: str = "d") -> Verdict:
    """A verdict on a claim."""
    return Verdict(f"thing(7)#{name}", digest, Finding(kind, Place("thing.7.rst", 3)), "2026-11-22", 0.5)


@settings(max_examples=40)
@given(reports)
def test_json_and_back(one: Report) -> None:
    """A report is the same after it has been JSON."""
    assert report.load(json.loads(one.text())) == one


@settings(max_examples=40)
@given(reports)
def test_contract(one: Report) -> None:
    """The JSON has the members that programs rely on, and no others appear unnoticed."""
    data = json.loads(one.text())
    assert data.keys() == {"schema", "kernel", "verdicts", "problems"}
    assert data["schema"] == 1
    assert data["kernel"].keys() == {
        "backend", "release", "version", "machine", "credentials", "sysctls", "engine",
    }  # fmt: skip
    for entry in data["verdicts"]:
        assert entry.keys() == {
            "claim", "verdict", "reason", "code", "file", "line", "expected", "observed",
            "digest", "date", "seconds", "output", "trace",
        }  # fmt: skip
        assert entry["verdict"] in {"holds", "refuted", "not-applicable", "unavailable", "broken"}
    for problem in data["problems"]:
        assert problem.keys() == {"file", "line", "code", "message", "expected"}


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
)
members = st.sampled_from(["schema", "kernel", "verdicts", "problems", "backend", "claim"])


@given(junk | st.dictionaries(members, junk | st.just(1)))
def test_anything_else_is_refused(data: Any) -> None:
    """What is no report is refused with a message, never with another error."""
    with pytest.raises(BadReport):
        report.load(data)


def test_older_reports_are_read() -> None:
    """A report without problems is one that had none."""
    data = json.loads(Report(HERE, (verdict("one"),)).text())
    del data["problems"]
    assert report.load(data) == Report(HERE, (verdict("one"),))


def test_written_only_when_new(tmp_path: Path) -> None:
    """A file that says the same already is left alone."""
    path = tmp_path / "build" / "verdicts.json"
    one = Report(HERE, (verdict("one"),))
    assert report.write(one, path)
    before = path.stat()
    assert not report.write(one, path)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert report.write(replace(one, verdicts=()), path)
    assert report.read(path) == replace(one, verdicts=())
    assert path.stat().st_mode & 0o777 == 0o644


def test_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When writing fails, the old file stands and nothing is left beside it."""

    def fail(*paths: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "verdicts.json"
    report.write(Report(HERE, (verdict("one"),)), path)
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        report.write(Report(HERE), path)
    assert report.read(path) == Report(HERE, (verdict("one"),))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[1]"])
def test_unreadable(tmp_path: Path, content: bytes) -> None:
    """A file that is no report is refused by name."""
    path = tmp_path / "verdicts.json"
    path.write_bytes(content)
    with pytest.raises(BadReport):
        report.read(path)


def test_joined() -> None:
    """New verdicts stand in the places of old ones, new claims at the end, unwanted old ones nowhere."""
    old = Report(HERE, tuple(map(verdict, ("a", "b", "gone", "c"))))
    new = Report(HERE, (verdict("d"), verdict("b", Kind.REFUTED)))
    joined = report.joined(old, new, lambda one: not one.claim.endswith("gone"))
    assert joined.verdicts == (
        verdict("a"), verdict("b", Kind.REFUTED), verdict("c"), verdict("d"),
    )  # fmt: skip


def test_tally() -> None:
    """The verdicts are counted by kind, and found by claim."""
    one = Report(HERE, (verdict("a"), verdict("b"), verdict("c", Kind.REFUTED)))
    assert one.tally == {Kind.HOLDS: 2, Kind.REFUTED: 1}
    assert one.by_claim["thing(7)#c"].kind is Kind.REFUTED
