"""The report on mutants: which claims say nothing, and which rules no claim documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from nsdoc.mutate.matrix import Entry
from nsdoc.mutate.rules import Rule
from nsdoc.mutate.untold import listed

SCHEMA = 1


class BadReport(Exception):
    """A file is not a report of a schema that is known; the message says what is wrong."""


@dataclass(frozen=True)
class Report:
    """What came of mutants.

    `release` is that of the model, `claims` the claims that were tried on them, by name,
    `unjudged` those that could not be, because they do not hold on the model as it is.
    `entries` are the mutants of rules, `others` those of what has no number,
    on which only claims were tried that no mutant of a rule refutes.
    `reasons` are the names of rules that no page shall state, each with why;
    `sources` is a fingerprint of what the report was made from, empty if it is only about a part of that.
    """

    release: str
    claims: tuple[str, ...]
    unjudged: tuple[str, ...]
    entries: tuple[Entry, ...]
    others: tuple[Entry, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
    sources: str = ""

    @cached_property
    def guards(self) -> Mapping[str, tuple[str, ...]]:
        """For each claim, the rules that cannot be broken without a value refuting it."""
        found: dict[str, set[str]] = {claim: set() for claim in self.claims}
        for entry in self.entries:
            for claim in entry.refutes:
                found[claim].add(entry.mutant.rule.id)
        return {claim: tuple(sorted(rules)) for claim, rules in found.items()}

    @cached_property
    def vacuous(self) -> tuple[str, ...]:
        """The claims that no mutant refutes by a value: whatever the kernel did, they would hold."""
        noticed = {claim for entry in self.others for claim in entry.refutes}
        return tuple(claim for claim in self.claims if not self.guards[claim] and claim not in noticed)

    @cached_property
    def undocumented(self) -> tuple[Rule, ...]:
        """The rules whose mutants refute no claim by a value, but for those that no page shall state."""
        return tuple(rule for rule in self._silent if not listed(rule, self.reasons))

    @cached_property
    def untold(self) -> Mapping[Rule, str]:
        """The rules that no page shall state, and that no claim guards: each with why."""
        named = ((rule, listed(rule, self.reasons)) for rule in self._silent)
        return {rule: self.reasons[name] for rule, name in named if name}

    @cached_property
    def unused(self) -> tuple[str, ...]:
        """The reasons that are not needed: a claim guards the rule, or there is none of that name."""
        used = {listed(rule, self.reasons) for rule in self.untold}
        return tuple(name for name in self.reasons if name not in used)

    @cached_property
    def _silent(self) -> tuple[Rule, ...]:
        """The rules whose mutants refute no claim by a value, in the order of the model's files."""
        rules = dict.fromkeys(entry.mutant.rule for entry in self.entries)
        documented = {entry.mutant.rule for entry in self.entries if entry.refutes}
        return tuple(rule for rule in rules if rule not in documented)

    @cached_property
    def sole(self) -> Mapping[str, tuple[str, ...]]:
        """For each claim that alone notices a mutant, the mutants that only it notices."""
        found: dict[str, list[str]] = {}
        for entry in self.entries:
            if len(entry.refutes) == 1:
                found.setdefault(entry.refutes[0], []).append(entry.mutant.id)
        return {claim: tuple(found[claim]) for claim in self.claims if claim in found}

    @cached_property
    def rules(self) -> int:
        """How many rules were broken."""
        return len({entry.mutant.rule for entry in self.entries})

    def dump(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return {
            "schema": SCHEMA,
            "kernel": {"backend": "model", "release": self.release},
            "sources": self.sources,
            "mutants": [_entry(entry) for entry in (*self.entries, *self.others)],
            "claims": len(self.claims),
            "unjudged": list(self.unjudged),
            "vacuous": list(self.vacuous),
            "undocumented": [_rule(rule) for rule in self.undocumented],
            "untold": [{**_rule(rule), "reason": reason} for rule, reason in self.untold.items()],
            "guards": {claim: list(rules) for claim, rules in self.guards.items()},
            "sole": {claim: list(mutants) for claim, mutants in self.sole.items()},
        }


def _entry(entry: Entry) -> dict[str, Any]:
    mutant = entry.mutant
    return {
        "id": mutant.id,
        "rule": mutant.rule.id,
        "says": mutant.rule.what,
        "file": mutant.place.file,
        "line": mutant.place.line,
        "operator": mutant.operator,
        "what": mutant.what,
        "refutes": list(entry.refutes),
        "stops": list(entry.stops),
        "reached": entry.reached,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {"rule": rule.id, "what": rule.what, "file": rule.place.file, "line": rule.place.line}


def summary(report: Report, every_rule: bool = True) -> str:
    """The report in a line; that a claim is vacuous can be said where every rule was broken."""
    noticed = sum(bool(entry.refutes) for entry in report.entries)
    vacuous = f"{len(report.vacuous)} vacuous claims, " if every_rule else ""
    return (
        f"{noticed} of {len(report.entries)} mutants of {report.rules} rules noticed"
        f" by {len(report.claims)} claims; {vacuous}"
        f"{len(report.undocumented)} undocumented rules,"
        f" {len(report.untold)} that no page shall state"
    )


def read(path: Path) -> Mapping[str, Any]:
    """The JSON of a report.

    Raises:
        BadReport: the file is no report of a schema that is known.
        OSError: it cannot be read.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
        schema = data["schema"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadReport(f"{path}: not a report: {error}") from error
    if schema != SCHEMA or not isinstance(data.get("mutants"), list):
        raise BadReport(f"{path}: schema {schema}, and {SCHEMA} with mutants is known")
    found: Mapping[str, Any] = data
    return found
