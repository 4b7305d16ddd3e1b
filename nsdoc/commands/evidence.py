"""nsdoc evidence: what was seen on other kernels, and whether it still fits the pages."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nsdoc import cli, report, show
from nsdoc.cli import Stop
from nsdoc.page import Claim
from nsdoc.report import Report
from nsdoc.source import read_pages
from nsdoc.terminal import Terminal

_EVIDENCE = "docs/evidence"
_VERDICTS = "build/verdicts.json"


@dataclass(frozen=True, slots=True)
class Fit:
    """How a report fits the claims of today.

    `current` claims are as they were when they were run, `stale` ones have other words or another example,
    `gone` ones are no longer there, `missing` ones were not run.
    """

    current: tuple[str, ...]
    stale: tuple[str, ...]
    gone: tuple[str, ...]
    missing: tuple[str, ...]


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of ``nsdoc evidence``."""
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", default=["docs"], help="pages, or directories of pages (docs)")
    add("--evidence", metavar="DIRECTORY", default=_EVIDENCE, help=f"where the reports are ({_EVIDENCE})")
    add("--add", metavar="REPORT", nargs="?", const=_VERDICTS, help=f"take a report in ({_VERDICTS})")
    add("--prune", action="store_true", help="take what is stale or gone out of the reports")
    add("-v", "--verbose", action="store_true", help="name each claim that is stale, gone or missing")
    parser.set_defaults(action=evidence)


def evidence(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Say how each report fits: the exit status, 4 if one has stale entries.

    Raises:
        Stop: a report cannot be read, written or taken in.
    """
    directory = Path(arguments.evidence)
    if arguments.add:
        terminal.say(f"added {_add(Path(arguments.add), directory)}")
    claims = {claim.name: claim for page in read_pages(arguments.paths).pages for claim in page.claims}
    stale = 0
    for file in sorted(directory.glob("*.json")):
        seen = _read(file)
        if arguments.prune:
            seen = _pruned(seen, claims)
            _save(seen, file)
        fits = fit(seen, claims)
        stale += len(fits.stale)
        terminal.say(show.evidence(file.name, seen, fits.current, fits.stale, fits.missing, terminal))
        if arguments.verbose:
            for line in _details(fits):
                terminal.say(line)
    if not any(directory.glob("*.json")):
        terminal.say(f"no reports in {directory}")
    return cli.STALE if stale else cli.FINE


def fit(seen: Report, claims: dict[str, Claim]) -> Fit:
    """How a report fits the claims of today."""
    there = {verdict.claim: verdict.digest for verdict in seen.verdicts if verdict.claim in claims}
    current = tuple(name for name, digest in there.items() if claims[name].digest == digest)
    return Fit(
        current,
        tuple(name for name in there if name not in current),
        tuple(verdict.claim for verdict in seen.verdicts if verdict.claim not in claims),
        tuple(name for name in claims if name not in there),
    )


def _details(fits: Fit) -> Iterator[str]:
    for word, names in (("stale", fits.stale), ("gone", fits.gone), ("missing", fits.missing)):
        yield from (f"  {word}: {name}" for name in names)


def _pruned(seen: Report, claims: dict[str, Claim]) -> Report:
    current = set(fit(seen, claims).current)
    return Report(seen.conditions, tuple(verdict for verdict in seen.verdicts if verdict.claim in current))


def _add(source: Path, directory: Path) -> Path:
    """Copy a report to where its kernel's evidence stands: that file."""
    seen = _read(source)
    if seen.conditions.backend != "linux":
        raise Stop(cli.USAGE, f"{source} is of {seen.conditions.words}; evidence comes from live kernels")
    file = directory / f"{seen.conditions.release}-{seen.conditions.machine}.json"
    _save(seen, file)
    return file


def _read(file: Path) -> Report:
    try:
        return report.read(file)
    except report.BadReport as error:
        raise Stop(cli.USAGE, str(error)) from None
    except OSError as error:
        raise Stop(cli.USAGE, f"{file} cannot be read: {error.strerror}") from None


def _save(seen: Report, file: Path) -> None:
    try:
        report.write(seen, file)
    except OSError as error:
        raise Stop(cli.USAGE, f"{file} cannot be written: {error.strerror}") from None
