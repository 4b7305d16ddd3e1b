"""The edge to pytest: each claim of a page is a test.

``pytest docs`` collects the claims of every page below docs and runs their examples,
all of them at once when the first is asked for.
Under pytest-xdist each worker keeps a process that runs examples, and asks it for one claim at a time.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nsdoc.pytest_plugin.checks import Checks, is_distributed
from nsdoc.pytest_plugin.failure import (
    BadSource,
    Broken,
    ClaimFails,
    Refuted,
    bad_source,
    failure,
    from_page,
    raise_at,
)

if TYPE_CHECKING:
    # Imported where they are used: a run of pytest without pages shall not wait for docutils.
    from nsdoc.page import Claim
    from nsdoc.problems import Problem

__all__ = ["BadSource", "Broken", "ClaimFails", "ClaimItem", "PageFile", "ProblemItem", "Refuted"]

_BACKEND = "linux"
_CHECKS = pytest.StashKey[Checks]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options ``--nsdoc-backend`` and ``--nsdoc-update``."""
    group = parser.getgroup("nsdoc", "claims of pages, nsdoc")
    group.addoption(
        "--nsdoc-backend",
        metavar="SPEC",
        default=_BACKEND,
        help="run claims on linux, model or model@RELEASE",
    )
    group.addoption(
        "--nsdoc-update",
        action="store_true",
        help="write the outputs of examples into the pages; not with -n, whose workers share the files",
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Refuse what cannot work, before anything is collected.

    Raises:
        pytest.UsageError: the backend is unknown, or an update was asked for under pytest-xdist.
    """
    if config.getoption("nsdoc_update") and is_distributed(config):
        raise pytest.UsageError(
            "--nsdoc-update cannot be used with -n: its workers would write the same files"
        )
    if config.getoption("nsdoc_backend") != _BACKEND:
        _check_backend(config.getoption("nsdoc_backend"))
    config.stash[_CHECKS] = Checks(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the processes that run examples."""
    if checks := config.stash.get(_CHECKS, None):
        checks.close()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> PageFile | None:
    """Collect a page: a file named as a manual page is, or one with claims."""
    if file_path.suffix != ".rst":
        return None
    from nsdoc.source import is_page

    if not is_page(str(file_path)):
        return None
    collector: PageFile = PageFile.from_parent(parent, path=file_path)
    return collector


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the claims of a file that a page includes to that page."""
    pages = {item.parent for item in items if isinstance(item.parent, PageFile)}
    included = {os.path.realpath(file) for page in pages for file in page.includes}
    gone = [item for item in items if isinstance(item.parent, PageFile) and item.parent.is_one_of(included)]
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if item not in gone]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note the claims that are to be run."""
    session.config.stash[_CHECKS].chosen = [item for item in session.items if isinstance(item, ClaimItem)]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Name the pages that were updated, and say why one was not."""
    checks = config.stash[_CHECKS]
    for file in checks.updated:
        terminalreporter.write_line(f"nsdoc: outputs written into {os.path.relpath(file)}")
    for reason in checks.refused:
        terminalreporter.write_line(f"nsdoc: {reason}")


def _check_backend(spec: str) -> None:
    from nsdoc.kernels import UnknownBackend, locate

    try:
        locate(spec)
    except UnknownBackend as error:
        raise pytest.UsageError(f"--nsdoc-backend: {error}") from None


class PageFile(pytest.File):
    """A page: a test for each claim, and one that fails for each thing that is wrong with the source."""

    includes: tuple[str, ...] = ()

    def collect(self) -> Iterable[pytest.Item]:
        """The tests of the page, in its order."""
        from nsdoc.source import read

        reading = read(self.path)
        if reading.page is not None:
            self.includes = reading.page.includes
            for claim in reading.page.claims:
                name = " ".join(filter(None, (claim.page, claim.heading, claim.id)))
                yield ClaimItem.from_parent(self, name=name, claim=claim)
        for problem in reading.problems:
            name = f"{problem.code} at line {problem.place.line}"
            yield ProblemItem.from_parent(self, name=name, problem=problem)

    def is_one_of(self, files: set[str]) -> bool:
        """Whether this is one of `files` and was found by its name's ending alone."""
        from nsdoc.source.reader import is_man_page

        return not is_man_page(self.path.name) and os.path.realpath(self.path) in files


class ClaimItem(pytest.Item):
    """A claim: passes when it holds, is skipped where it cannot be decided, and fails otherwise."""

    def __init__(self, *, claim: Claim, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.claim = claim

    def runtest(self) -> None:
        """Run the claim's examples, unless they have been run.

        Raises:
            Refuted, Broken: the claim does not hold.
            BadSource: another page has the same name, so that this claim's name is not its own.
        """
        verdict, kernel = self.config.stash[_CHECKS].verdict(self)
        self.user_properties += [("claim", verdict.claim), ("verdict", str(verdict.kind)), ("kernel", kernel)]
        if verdict.kind.failed:
            start = max(line for line in self._starts() if line <= verdict.finding.place.line)
            raise_at(verdict.finding.place, start, failure(self.claim, verdict))
        if not verdict.kind.decided:
            raise pytest.skip.Exception(f"{verdict.kind}: {verdict.finding.message}", _use_item_location=True)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The example, up to the line that failed."""
        return super().repr_failure(from_page(excinfo), style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The claim's place, and its page, heading and id."""
        return Path(self.claim.place.file), self.claim.place.line - 1, self.name

    def _starts(self) -> Iterator[int]:
        yield 1
        yield from (example.place.line for example in self.claim.examples)


class ProblemItem(pytest.Item):
    """Something that is wrong with a source: always fails, at its line."""

    def __init__(self, *, problem: Problem, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.problem = problem

    def runtest(self) -> None:
        """Fail.

        Raises:
            BadSource: always.
        """
        place = self.problem.place
        raise_at(place, place.line, bad_source(self.problem))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The line of the source, and what is wrong with it."""
        return super().repr_failure(from_page(excinfo), style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The problem's place and code."""
        return Path(self.problem.place.file), self.problem.place.line - 1, self.name
