"""Reports: verdicts with their conditions, in memory and as JSON.

The same form serves ``build/verdicts.json``, the files of ``docs/evidence`` and ``nsdoc check --json``.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from nsdoc.page import Place
from nsdoc.problems import Problem
from nsdoc.verdict import Conditions, Finding, Kind, Verdict

SCHEMA = 1


class BadReport(Exception):
    """A file is not a report of a schema that is known; the message says what is wrong."""


@dataclass(frozen=True)
class Report:
    """What one check has seen.

    `verdicts` has one for each claim, in the order of the pages,
    `problems` the mistakes in the sources; what is kept for later has none.
    """

    conditions: Conditions
    verdicts: tuple[Verdict, ...] = field(default=())
    problems: tuple[Problem, ...] = field(default=())

    @cached_property
    def by_claim(self) -> Mapping[str, Verdict]:
        """The verdicts by the permanent names of their claims."""
        return {verdict.claim: verdict for verdict in self.verdicts}

    @property
    def tally(self) -> Counter[Kind]:
        """How many verdicts there are of each kind."""
        return Counter(verdict.kind for verdict in self.verdicts)

    def dump(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return {
            "schema": SCHEMA,
            "kernel": asdict(self.conditions),
            "verdicts": [_dumped(verdict) for verdict in self.verdicts],
            "problems": [_dumped_problem(problem) for problem in self.problems],
        }

    def text(self) -> str:
        """The report as JSON, ending in a newline."""
        return json.dumps(self.dump(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def load(data: Any) -> Report:
    """The report that `Report.dump` gave.

    Raises:
        BadReport: it is of another schema, or something is missing.
    """
    try:
        if data["schema"] != SCHEMA:
            raise BadReport(f"schema {data['schema']}, and {SCHEMA} is known")
        conditions = Conditions(**data["kernel"])
        problems = map(_loaded_problem, data.get("problems", ()))
        return Report(conditions, tuple(map(_loaded, data["verdicts"])), tuple(problems))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadReport(f"not a report: {error}") from error


def read(path: str | os.PathLike[str]) -> Report:
    """The report in a file.

    Raises:
        BadReport: it is no report.
        OSError: the file cannot be read.
    """
    try:
        return load(json.loads(Path(path).read_text(encoding="utf-8")))
    except ValueError as error:
        raise BadReport(f"{os.fspath(path)}: not JSON: {error}") from error


def earlier(path: str | os.PathLike[str]) -> Report | None:
    """The report that an earlier run left in a file; None if there is none that can be read."""
    try:
        return read(path)
    except (OSError, BadReport):
        return None


def joined(old: Report, new: Report, keep: Callable[[Verdict], bool]) -> Report:
    """The verdicts of `new`, and those of `old` on other claims that are to be kept, in their old order.

    Both are of the same conditions.
    """
    latest, known = new.by_claim, old.by_claim
    first = (
        latest.get(verdict.claim, verdict)
        for verdict in old.verdicts
        if verdict.claim in latest or keep(verdict)
    )
    then = (verdict for verdict in new.verdicts if verdict.claim not in known)
    return replace(new, verdicts=(*first, *then))


def write(report: Report, path: str | os.PathLike[str]) -> bool:
    """Write a report to a file, whole or not at all, and only if it says something new.

    Returns whether the file was written.

    Raises:
        OSError: the file cannot be written.
    """
    target = Path(path)
    text = report.text()
    if target.exists() and target.read_text(encoding="utf-8", errors="replace") == text:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
    return True


def _dumped(verdict: Verdict) -> dict[str, Any]:
    finding = verdict.finding
    return {
        "claim": verdict.claim,
        "verdict": str(finding.kind),
        "reason": finding.message,
        "code": finding.code,
        "file": finding.place.file,
        "line": finding.place.line,
        "expected": finding.expected,
        "observed": finding.observed,
        "digest": verdict.digest,
        "date": verdict.date,
        "seconds": round(verdict.seconds, 6),
        "output": verdict.output,
        "trace": list(verdict.trace),
    }


def _dumped_problem(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.place.file,
        "line": problem.place.line,
        "code": str(problem.code),
        "message": problem.message,
        "expected": problem.expected,
    }


def _loaded_problem(entry: Mapping[str, Any]) -> Problem:
    return Problem(Place(entry["file"], entry["line"]), entry["code"], entry["message"], entry["expected"])


def _loaded(entry: Mapping[str, Any]) -> Verdict:
    finding = Finding(
        Kind(entry["verdict"]),
        Place(entry["file"], entry["line"]),
        entry["reason"],
        entry["code"],
        entry["expected"],
        entry["observed"],
    )
    return Verdict(
        entry["claim"],
        entry["digest"],
        finding,
        entry["date"],
        entry["seconds"],
        entry["output"],
        tuple(entry["trace"]),
    )
