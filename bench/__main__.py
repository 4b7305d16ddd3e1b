"""``python -m bench``: measure, and show what came of it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import chart, results, tables
from bench.conditions import conditions
from bench.contenders import C, contenders
from bench.contenders.others import refusal
from bench.program import Failed
from bench.quiet import BUSY, Quiet
from bench.results import Measure, Results
from bench.series import QUICK, Bench, Scale
from nsdoc.terminal import Terminal

_FINE, _FAILED, _USAGE, _MISSING = 0, 1, 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark: the exit status.

    0 when it was measured, 1 when a contender did not run its examples, 2 for bad usage,
    3 when this host allows no user namespaces.
    """
    arguments = _parser().parse_args(argv)
    terminal = Terminal(sys.stderr)
    try:
        found = results.read(arguments.show) if arguments.show else _measured(arguments, terminal)
    except (OSError, results.BadResults) as error:
        terminal.say(f"bench: {error}")
        return _USAGE
    except Failed as error:
        terminal.say(f"bench: {error}")
        return _FAILED
    if found is None:
        return _MISSING
    _write(found, arguments.out)
    sys.stdout.write(tables.text(found))
    terminal.say(f"Written: {arguments.out}/results.json, results.txt, cost.svg")
    return _FINE


def measure(directory: Path, scale: Scale, quiet: Quiet, terminal: Terminal) -> Results:
    """Measure everything at a scale and at quiet times, with the programs in an empty directory.

    Raises:
        Failed: a contender did not run its examples.
    """
    everybody = contenders(directory)
    bench = Bench(directory, scale, terminal.progress, quiet)
    if C not in [one.id for one in everybody]:
        bench.notes.append("C: no compiler was found.")
    measures: list[Measure] = []
    for series in (bench.comparison, bench.growth, bench.size, bench.wall, bench.memory, bench.calls):
        if not terminal.interactive:
            # Minutes of silence would look like a hang.
            terminal.say(f"bench: {series.__name__} ...")
        measures += series(everybody)
    bench.notes += _doubts(quiet)
    titles = {one.id: one.title for one in everybody}
    return Results(conditions(quiet.others), titles, tuple(measures), tuple(bench.notes))


def _doubts(quiet: Quiet) -> Iterator[str]:
    """Why the figures may tell little."""
    if quiet.waited_in_vain:
        yield "The machine was not quiet for long enough: some measurements were taken at a busy time."
    if quiet.others > BUSY:
        yield "Other work took too much of the processors: these figures tell little."


def _measured(arguments: argparse.Namespace, terminal: Terminal) -> Results | None:
    refused = refusal()
    if refused:
        terminal.say(f"bench: this host allows no user namespaces: {refused}")
        return None
    with tempfile.TemporaryDirectory(prefix="nsdoc-bench-") as directory:
        scale = QUICK if arguments.quick else Scale()
        return measure(Path(directory), scale, Quiet(arguments.quiet), terminal)


def _write(found: Results, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    results.write(found, directory / "results.json")
    (directory / "results.txt").write_text(tables.rst(found), encoding="utf-8")
    (directory / "cost.svg").write_text(chart.chart(found), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    description = "Measure what an example costs in nsdoc, in other tools and in C."
    parser = argparse.ArgumentParser("python -m bench", description=description)
    add = parser.add_argument
    add("--quick", action="store_true", help="few examples and rounds: whether it works, not how fast")
    add("--quiet", type=float, nargs="?", const=BUSY, default=1.0, metavar="SHARE",
        help=f"measure only while other work takes at most this part of the processors ({BUSY})")  # fmt: skip
    add("--out", type=Path, metavar="DIR", default=Path("build/bench"), help="where to write (build/bench)")
    add("--show", type=Path, metavar="FILE", help="measure nothing: show the results.json of an earlier run")
    return parser


if __name__ == "__main__":
    sys.exit(main())
