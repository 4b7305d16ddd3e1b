"""Running the claims of a session: all at once, or one by one in each worker of pytest-xdist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import pytest

from nsdoc.pytest_plugin.failure import bad_source, raise_at

if TYPE_CHECKING:
    # Imported where they are used: a run of pytest without pages shall not wait for docutils.
    from nsdoc.build import Plan, Trial
    from nsdoc.page import Claim, Page
    from nsdoc.pytest_plugin import ClaimItem
    from nsdoc.runner.pool import Pool
    from nsdoc.verdict import Verdict


class Checks:
    """The verdicts of one session, run when they are asked for."""

    def __init__(self, config: pytest.Config) -> None:
        self.chosen: Sequence[ClaimItem] = ()
        self.updated: list[str] = []
        self.refused: list[str] = []
        self._spec = str(config.getoption("nsdoc_backend"))
        self._update = bool(config.getoption("nsdoc_update"))
        self._one_by_one = is_distributed(config)
        self._worker = _worker(config)
        self._plan: Plan | None = None
        self._pool: Pool | None = None
        self._without_runner = ""
        self._verdicts: dict[str, Verdict] = {}

    def verdict(self, item: ClaimItem) -> tuple[Verdict, str]:
        """The verdict on a claim, and the kernel in words.

        Raises:
            BadSource: another page has the same name.
            pytest.skip.Exception: the backend cannot be had on this host.
            pytest.fail.Exception: no process to run examples in can be started,
                or the page has changed since it was collected.
        """
        plan = self._planned()
        _refuse_second_page(plan, item)
        if item.claim.name not in self._verdicts:
            self._try(plan, item)
        if item.claim.name not in self._verdicts:
            pytest.fail("the claim has gone from its page since it was collected", pytrace=False)
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
            self._pool = build.pool(self._spec, 1, self._worker)
        return self._pool

    def _updated(self, trials: Sequence[Trial]) -> bool:
        from nsdoc import build
        from nsdoc.problems import SourceError

        try:
            for update in build.updates(trials):
                update.write()
                self.updated.append(update.file)
        except SourceError as error:
            # The claims whose outputs are not written fail, each with its own.
            self.refused.append(str(error))
        return bool(self.updated)


def _refuse_second_page(plan: Plan, item: ClaimItem) -> None:
    from nsdoc.problems import Code

    for problem in plan.problems:
        if problem.code == Code.DUPLICATE_PAGE and problem.place.file == str(item.path):
            raise_at(problem.place, problem.place.line, bad_source(problem))


def _only(claim: Claim, pages: Iterable[Page]) -> Iterator[Page]:
    """The page of a claim, with no other claim in it."""
    from dataclasses import replace

    for page in pages:
        kept = tuple(one for one in page.claims if one.name == claim.name)
        if kept:
            yield replace(page, claims=kept)


def is_distributed(config: pytest.Config) -> bool:
    """Whether pytest-xdist shares the tests out among workers, this process among them."""
    return hasattr(config, "workerinput") or bool(
        config.getoption("numprocesses", None) or config.getoption("dist", "no") != "no"
    )


def _worker(config: pytest.Config) -> int:
    """The number of this process among the workers of pytest-xdist, which it calls gw0, gw1 and so on."""
    return int(getattr(config, "workerinput", {}).get("workerid", "gw0").removeprefix("gw"))
