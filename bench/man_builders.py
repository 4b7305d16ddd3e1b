"""``python -m bench.man_builders``: the builder ``nsman`` beside Sphinx's own, on the same sources."""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from string import Template

from bench.conditions import conditions
from bench.program import Failed, Program, module, run
from bench.quiet import BUSY, Quiet
from bench.results import SCHEMA, Conditions
from nsdoc.terminal import Terminal

_PAGES = Path(__file__).with_name("pages")
# How many chapters one page after the other has: most have few, as in section 2 of Linux's manual,
# whose 276 pages in man-pages 6.03 have 9.4 kB of source on average; half of them have less than 5.6 kB.
_CHAPTERS = (1, 1, 2, 4, 12)
_VERSIONS = ("Python", "docutils", "sphinx")
_OURS, _SPHINX = "nsman", "man"
BUILDERS: Mapping[str, str] = {_OURS: "nsdoc", _SPHINX: "Sphinx"}
"""The builders that are compared, and whose they are."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What the ratio of both, Sphinx's time by ours, has to be at least."""

    what: str
    least: float


SITUATIONS: Mapping[str, Goal] = {
    "cold": Goal("Nothing is built yet", 1.0),
    "changed": Goal("One page has changed", 0.0),
    "unchanged": Goal("Nothing has changed", 5.0),
}
"""What a build can find, in the order in which they follow one another."""


Measured = Mapping[str, Mapping[str, tuple[float, ...]]]
"""Values by situation and builder, one a round."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured, one value a round, by situation and builder.

    `seconds` are those of a clock, `busy` those of processors; `size` is in bytes, of our pages on average.
    """

    pages: int
    size: int
    conditions: Conditions
    seconds: Measured
    busy: Measured

    def reached(self, situation: str) -> bool:
        """Whether the goal of a situation is reached."""
        return ratio(self.seconds[situation]) >= SITUATIONS[situation].least


def ratio(values: Mapping[str, tuple[float, ...]]) -> float:
    """How many times as much Sphinx's builder takes: the median of the ratios of each round."""
    return median(theirs / ours for theirs, ours in zip(values[_SPHINX], values[_OURS], strict=True))


class _Values:
    def __init__(self) -> None:
        self._values: dict[str, dict[str, list[float]]] = {}

    def add(self, situation: str, builder: str, value: float) -> None:
        self._values.setdefault(situation, {}).setdefault(builder, []).append(value)

    @property
    def measured(self) -> Measured:
        return {
            what: {who: tuple(values) for who, values in both.items()} for what, both in self._values.items()
        }


def write_sources(directory: Path, count: int) -> None:
    """Write as many pages into `directory`, with an index, and for each builder a configuration beside it."""
    sources = directory / "sources"
    sources.mkdir(parents=True)
    names = [f"tray_{number:03}" for number in range(1, count + 1)]
    for place, name in enumerate(names):
        text = _page(name, names[(place + 1) % count], _CHAPTERS[place % len(_CHAPTERS)])
        (sources / f"{name}.rst").write_text(text, encoding="utf-8")
    listed = "".join(f"   {name}\n" for name in names)
    (sources / "index.rst").write_text(f"Index\n=====\n\n.. toctree::\n\n{listed}", encoding="utf-8")
    pages = [(name, name, "layers of trays", "", 7) for name in names]
    for builder, extensions in ((_OURS, ["nsdoc.sphinx_ext"]), (_SPHINX, [])):
        home = directory / f"conf-{builder}"
        home.mkdir()
        settings = f'project = "trays"\nextensions = {extensions}\nman_pages = {pages}\n'
        (home / "conf.py").write_text(settings, encoding="utf-8")


def _page(name: str, following: str, chapters: int) -> str:
    number = name.partition("_")[2]
    words = {"number": number, "next": following.partition("_")[2]}
    chapter = Template((_PAGES / "chapter.rst").read_text("utf-8"))
    text = "".join(chapter.substitute(words, part=f"part {part}") for part in range(1, chapters + 1))
    return Template((_PAGES / "page.rst").read_text("utf-8")).substitute(words, chapters=text)


def program(directory: Path, builder: str, pages: int) -> Program:
    """The build of all pages by one builder; that they are all there is part of it."""
    out = directory / builder
    arguments = ("-q", "-b", builder, "-c", f"conf-{builder}", "sources", builder)

    def written(output: str) -> int:
        return len([file for file in out.rglob("*.7") if file.stat().st_size]) if not output else 0

    return Program(module("sphinx", *arguments), directory, pages, written)


def measure(directory: Path, pages: int, rounds: int, quiet: Quiet, say: Callable[[str], object]) -> Figures:
    """Build in every situation, round by round; who is first changes from round to round.

    Raises:
        Failed: a build failed, complained, or did not write all pages.
    """
    write_sources(directory, pages)
    seconds, busy = _Values(), _Values()
    for number in range(rounds):
        order = [*BUILDERS][:: -1 if number % 2 else 1]
        for builder in order:
            shutil.rmtree(directory / builder, ignore_errors=True)
        for situation in SITUATIONS:
            say(f"bench: round {number + 1} of {rounds}: {situation} ...")
            if situation == "changed":
                _change(directory / "sources" / "tray_001.rst", number)
            for builder in order:
                taken, used = quiet.during(partial(_build, program(directory, builder, pages)))
                seconds.add(situation, builder, taken)
                busy.add(situation, builder, used)
    size = sum(file.stat().st_size for file in (directory / _OURS).rglob("*.7")) // pages
    return Figures(pages, size, conditions(quiet.others), seconds.measured, busy.measured)


def _build(build: Program) -> tuple[float, float]:
    """The seconds that a build takes, and those for which processors were busy with it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = run(build).seconds
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _change(file: Path, number: int) -> None:
    text = file.read_text("utf-8")
    file.write_text(f"{text}\nThis is round {number}.\n", encoding="utf-8")


def table(figures: Figures) -> Iterator[str]:
    """The figures as a table in reStructuredText."""
    yield ".. list-table::"
    yield "   :header-rows: 1"
    yield ""
    yield from _row("", "nsman, s", "man, s", "man by nsman", "of processors", "goal")
    for situation, goal in SITUATIONS.items():
        times = [f"{median(figures.seconds[situation][builder]):.2f}" for builder in BUILDERS]
        ratios = [f"{ratio(values[situation]):.2f}" for values in (figures.seconds, figures.busy)]
        yield from _row(goal.what, *times, *ratios, _verdict(figures, situation))


def _row(first: str, *others: str) -> Iterator[str]:
    yield f"   * - {first}".rstrip()
    yield from (f"     - {other}".rstrip() for other in others)


def _verdict(figures: Figures, situation: str) -> str:
    least = SITUATIONS[situation].least
    if not least:
        return "none"
    return f"{least:g}: {'reached' if figures.reached(situation) else 'missed'}"


def report(figures: Figures) -> str:
    """Where, when and what was measured, then the table; to be included in a page."""
    where = figures.conditions
    versions = ", ".join(f"{name} {where.versions[name]}" for name in _VERSIONS if name in where.versions)
    lines = [
        f"Measured on {where.date} as {where.user} on Linux {where.kernel},",
        f"{where.machine}, {where.processors} processors;",
        f"other work took {where.others:.0%} of the processors' time meanwhile.",
        f"{versions}.",
        f"{figures.pages} pages, {figures.size / 1000:.1f} kB of man(7) source each on average;",
        f"medians of {len(figures.seconds['cold'][_OURS])} rounds.",
        "",
        *table(figures),
    ]
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the comparison: the exit status; 0 when it was measured, 1 when a build went wrong."""
    arguments = _parser().parse_args(argv)
    terminal = Terminal(sys.stderr)
    pages, rounds = (10, 1) if arguments.quick else (arguments.pages, arguments.rounds)
    try:
        with tempfile.TemporaryDirectory(prefix="nsdoc-bench-") as directory:
            figures = measure(Path(directory), pages, rounds, Quiet(arguments.quiet), terminal.say)
    except Failed as error:
        terminal.say(f"bench: {error}")
        return 1
    arguments.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"schema": SCHEMA, **asdict(figures)}, indent=1, ensure_ascii=False)
    (arguments.out / "man-builders.json").write_text(f"{text}\n", encoding="utf-8")
    (arguments.out / "man-builders.txt").write_text(report(figures), encoding="utf-8")
    sys.stdout.write(report(figures))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench.man_builders", description=__doc__)
    add = parser.add_argument
    add("--pages", type=int, default=100, metavar="N", help="how many pages (100)")
    add("--rounds", type=int, default=7, metavar="N", help="how many rounds (7)")
    add("--quick", action="store_true", help="10 pages and one round: whether it works, not how fast")
    add("--quiet", type=float, nargs="?", const=BUSY, default=1.0, metavar="SHARE",
        help=f"measure only while other work takes at most this part of the processors ({BUSY})")  # fmt: skip
    add("--out", type=Path, metavar="DIR", default=Path("build/bench"), help="where to write (build/bench)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
