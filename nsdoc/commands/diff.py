"""nsdoc diff: what two kernels, or two checks, say of the same claims."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from nsdoc import build, cli, report, show
from nsdoc.cli import Stop
from nsdoc.commands import write_json
from nsdoc.errors import Unavailable
from nsdoc.report import SCHEMA, Report
from nsdoc.runner.pool import NoRunner
from nsdoc.terminal import Terminal
from nsdoc.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Difference:
    """One claim on which two reports differ.

    A verdict is None where a report does not know the claim.
    """

    claim: str
    old: Verdict | None
    new: Verdict | None

    @property
    def decided(self) -> bool:
        """Whether two kernels have decided the same words and examples, and differently."""
        if self.old is None or self.new is None or self.old.digest != self.new.digest:
            return False
        return self.old.kind.decided and self.new.kind.decided


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of ``nsdoc diff``."""
    add = parser.add_argument
    add("old", metavar="A", help="a report of nsdoc check, or a backend such as model@4.8")
    add("new", metavar="B", help="another one")
    add("--pages", metavar="PATH", default="docs", help="the pages that a backend is asked about (docs)")
    add("--json", metavar="FILE", help="write the differences to FILE too; - is standard output")
    parser.set_defaults(action=diff)


def diff(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Compare: the exit status, 1 if a claim that both have decided came out differently.

    Raises:
        Stop: one of the two is neither a report nor a backend that can be had.
    """
    old, new = (_report(word, arguments.pages) for word in (arguments.old, arguments.new))
    found = list(differences(old, new))
    decided = [one for one in found if one.decided]
    terminal.say(f"from {old.conditions.words} to {new.conditions.words}:")
    for one in found:
        terminal.say(show.difference(one.claim, one.old, one.new, terminal))
    same = len(old.by_claim.keys() & new.by_claim.keys()) - sum(1 for one in found if one.old and one.new)
    others = len(found) - len(decided)
    terminal.say(f"{len(decided)} decided otherwise, {others} not comparable, {same} the same")
    if arguments.json:
        _write(arguments.json, old, new, found)
    return cli.REFUTED if decided else cli.FINE


def differences(old: Report, new: Report) -> Iterator[Difference]:
    """The claims on which two reports differ: in the order of the newer, then those it does not know."""
    for verdict in new.verdicts:
        before = old.by_claim.get(verdict.claim)
        if before is None or (before.digest, before.kind) != (verdict.digest, verdict.kind):
            yield Difference(verdict.claim, before, verdict)
    gone = (verdict for verdict in old.verdicts if verdict.claim not in new.by_claim)
    yield from (Difference(verdict.claim, verdict, None) for verdict in gone)


def _report(word: str, pages: str) -> Report:
    if Path(word).exists():
        try:
            return report.read(word)
        except (OSError, report.BadReport) as error:
            raise Stop(cli.USAGE, str(error)) from None
    try:
        build.conditions(word)
    except ValueError as error:
        raise Stop(cli.USAGE, f"{word} is no file, and no backend: {error}") from None
    except Unavailable as error:
        raise Stop(cli.MISSING, f"the backend {word} cannot be had: {error}") from None
    try:
        return build.check([pages], word)[0]
    except NoRunner as error:
        raise Stop(cli.MISSING, f"the backend {word} cannot be had: {error}") from None


def _write(file: str, old: Report, new: Report, found: list[Difference]) -> None:
    data = {
        "schema": SCHEMA,
        "old": asdict(old.conditions),
        "new": asdict(new.conditions),
        "differences": [
            {
                "claim": one.claim,
                "old": one.old and str(one.old.kind),
                "new": one.new and str(one.new.kind),
                "reason": one.new.finding.message if one.new else "",
            }
            for one in found
        ],
    }
    write_json(file, data)
