"""The edge to pytest: each claim of a page is a test.

``pytest docs`` collects the claims of every page below docs and runs their examples,
all of them at once when the first is asked for.
Under pytest-xdist each worker keeps a process that runs examples, and asks it for one claim at a time.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    # Imported where they are used: a run of pytest without pages shall not wait for docutils.
    from nsdoc.build import Plan, Trial
    from nsdoc.page import Claim, Page, Place
    from nsdoc.problems import Problem
    from nsdoc.runner.pool import Pool
    from nsdoc.verdict import Verdict

_BACKEND = "linux"
_MOST_CALLS = 20
_WIDEST = 10_000


class ClaimFails(Exception):
    """A claim does not hold; the message says what was expected and what came."""


class Refuted(ClaimFails):
    """The kernel says something else than the page."""


class Broken(ClaimFails):
    """The example did not run as an example should."""


class BadSource(Exception):
    """Something is wrong with a source; the message is that of its problem."""


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
    if config.getoption("nsdoc_update") and _is_distributed(config):
        raise pytest.UsageError(
            "--nsdoc-update cannot be used with -n: its workers would write the same files"
        )
    if config.getoption("nsdoc_backend") != _BACKEND:
        _check_backend(config.getoption("nsdoc_backend"))
    config.stash[_CHECKS] = _Checks(config)


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
    """Name the pages that were updated."""
    for file in config.stash[_CHECKS].updated:
        terminalreporter.write_line(f"nsdoc: outputs written into {os.path.relpath(file)}")


def _check_backend(spec: str) -> None:
    from nsdoc.kernels import UnknownBackend, locate

    try:
        locate(spec)
    except UnknownBackend as error:
        raise pytest.UsageError(f"--nsdoc-backend: {error}") from None


def _is_distributed(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput") or bool(
        config.getoption("numprocesses", None) or config.getoption("dist", "no") != "no"
    )


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
            nsdoc.problems.SourceError: its output cannot be written into the page.
        """
        verdict, kernel = self.config.stash[_CHECKS].verdict(self)
        self.user_properties += [("claim", verdict.claim), ("verdict", str(verdict.kind)), ("kernel", kernel)]
        if verdict.kind.failed:
            start = max(line for line in self._starts() if line <= verdict.finding.place.line)
            _raise_at(verdict.finding.place, start, _failure(self.claim, verdict))
        if not verdict.kind.decided:
            raise pytest.skip.Exception(f"{verdict.kind}: {verdict.finding.message}", _use_item_location=True)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The example, up to the line that failed."""
        return super().repr_failure(_from_page(excinfo), style)

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
        hint = f"; expected {self.problem.expected}" if self.problem.expected else ""
        place = self.problem.place
        _raise_at(place, place.line, BadSource(f"{self.problem.message}{hint}"))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The line of the source, and what is wrong with it."""
        return super().repr_failure(_from_page(excinfo), style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The problem's place and code."""
        return Path(self.problem.place.file), self.problem.place.line - 1, self.name


# How a failure is shown


def _failure(claim: Claim, verdict: Verdict) -> ClaimFails:
    finding = verdict.finding
    kind = Refuted if verdict.kind == "refuted" else Broken
    lines = [
        finding.message,
        *_labelled("expected", finding.expected),
        *_labelled("observed", finding.observed),
    ]
    lines += _labelled("claim", claim.prose)
    if verdict.trace:
        lines += _labelled("calls", "\n".join(verdict.trace[-_MOST_CALLS:]))
    return kind("\n".join(lines))


def _labelled(label: str, text: str | None) -> list[str]:
    if text is None:
        return []
    first, *rest = text.split("\n")
    return [f"  {label}: {first}", *(f"  {'':{len(label) + 1}} {line}" for line in rest)]


def _raise_at(place: Place, start: int, error: Exception) -> None:
    """Raise an error from a line of a page, as if the code that begins at line `start` had raised it.

    pytest then shows that code, the line and the file in whatever style it was asked for,
    and an editor finds its way there.
    """
    tree = ast.parse("raise error")
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.expr):
            # All of the line: nothing in it is to be marked as the part that failed.
            node.lineno = node.end_lineno = place.line - start + 1
            node.col_offset, node.end_col_offset = 0, _WIDEST
    raising = compile(tree, place.file, "exec", dont_inherit=True)
    exec(raising.replace(co_firstlineno=start), {"error": error})


def _from_page(excinfo: pytest.ExceptionInfo[BaseException]) -> pytest.ExceptionInfo[BaseException]:
    """An error without the frames of pytest and of this module above the one in the page."""
    if isinstance(excinfo.value, ClaimFails | BadSource):
        excinfo.traceback = type(excinfo.traceback)(list(excinfo.traceback)[-1:])
    return excinfo


# Running claims


class _Checks:
    """The verdicts of one session, run when they are asked for."""

    def __init__(self, config: pytest.Config) -> None:
        self.chosen: Sequence[ClaimItem] = ()
        self.updated: list[str] = []
        self._spec = str(config.getoption("nsdoc_backend"))
        self._update = bool(config.getoption("nsdoc_update"))
        self._one_by_one = _is_distributed(config)
        self._plan: Plan | None = None
        self._pool: Pool | None = None
        self._without_runner = ""
        self._verdicts: dict[str, Verdict] = {}

    def verdict(self, item: ClaimItem) -> tuple[Verdict, str]:
        """The verdict on a claim, and the kernel in words.

        Raises:
            nsdoc.problems.SourceError: the page has changed since it was collected, or cannot be updated.
            pytest.skip.Exception: the backend cannot be had on this host.
            pytest.fail.Exception: no process to run examples in can be started.
        """
        plan = self._planned()
        if item.claim.name not in self._verdicts:
            self._try(plan, item)
        if item.claim.name not in self._verdicts:
            raise pytest.skip.Exception("the claim has gone from its page", _use_item_location=True)
        return self._verdicts[item.claim.name], plan.conditions.words

    def close(self) -> None:
        """End the processes that run examples."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _planned(self) -> Plan:
        from nsdoc.errors import Unavailable

        if self._plan is None:
            try:
                self._plan = self._new_plan()
            except ValueError as error:
                pytest.fail(f"--nsdoc-backend: {error}", pytrace=False)
            except Unavailable as error:
                reason = f"the backend {self._spec} cannot be had: {error}"
                raise pytest.skip.Exception(reason, _use_item_location=True) from None
        return self._plan

    def _new_plan(self) -> Plan:
        from nsdoc import build

        names = {item.claim.name for item in self.chosen}
        files = dict.fromkeys(str(item.path) for item in self.chosen)
        return build.plan(files, self._spec, wanted=lambda claim: claim.name in names)

    def _try(self, plan: Plan, item: ClaimItem) -> None:
        from nsdoc.runner.pool import NoRunner

        try:
            if not self._without_runner:
                self._run(plan, item)
        except NoRunner as error:
            self._without_runner = str(error)
        if self._without_runner:
            pytest.fail(self._without_runner, pytrace=False)

    def _run(self, plan: Plan, item: ClaimItem) -> None:
        from nsdoc import build

        if self._one_by_one:
            pages = tuple(_only(item.claim, plan.pages))
            trials = tuple(trial for trial in plan.trials if trial.claim.name == item.claim.name)
            self._judge(plan, pages, build.run_in(self._started(), trials))
            return
        trials = tuple(build.run(plan))
        if self._update and self._updated(trials):
            plan = self._plan = self._new_plan()
            trials = tuple(build.run(plan))
        self._judge(plan, plan.pages, trials)

    def _judge(self, plan: Plan, pages: tuple[Page, ...], trials: Iterable[Trial]) -> None:
        from dataclasses import replace

        from nsdoc import build

        report = build.report(replace(plan, pages=pages), trials)
        self._verdicts.update(report.by_claim)

    def _started(self) -> Pool:
        from nsdoc import build

        if self._pool is None:
            self._pool = build.pool(self._spec, 1)
        return self._pool

    def _updated(self, trials: Sequence[Trial]) -> bool:
        from nsdoc import build

        for update in build.updates(trials):
            update.write()
            self.updated.append(update.file)
        return bool(self.updated)


def _only(claim: Claim, pages: Iterable[Page]) -> Iterator[Page]:
    """The page of a claim, with no other claim in it."""
    from dataclasses import replace

    for page in pages:
        kept = tuple(one for one in page.claims if one.name == claim.name)
        if kept:
            yield replace(page, claims=kept)


_CHECKS = pytest.StashKey[_Checks]()
