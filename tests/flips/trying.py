"""A claim as it is on no page, checked as ``nsdoc check`` checks one."""

from __future__ import annotations

from nsdoc import bounds, build
from nsdoc.backends import model
from nsdoc.build import Plan, Trial
from nsdoc.judge import judge
from nsdoc.page import Claim, Example, Page
from nsdoc.releases import within
from nsdoc.runner.here import Here
from nsdoc.verdict import Conditions, Verdict

RELEASES = model.releases()


class Checker:
    """Checks claims on the newest release of the model, in this process."""

    def __init__(self) -> None:
        self._here = Here(model.prepare)

    def verdict(self, claim: Claim) -> Verdict:
        """The verdict on a claim, with its bounds."""
        page = Page(claim.place.file, claim.page, "", claims=(claim,))
        plan = Plan("model", (page,), (), Conditions("model", RELEASES[-1]), releases=RELEASES)
        trials = [self._tried(trial) for trial in self._trials(claim)]
        return build.report(plan, trials).verdicts[0]

    def _trials(self, claim: Claim) -> list[Trial]:
        own = [Trial(claim, example) for example in claim.examples if _applies(claim, example)]
        around = bounds.trials(bounds.probes(claim, RELEASES))
        return own + [Trial(claim, example, release) for example, release in around]

    def _tried(self, trial: Trial) -> Trial:
        seen = self._here.run(build.job(trial.example, trial.release))
        return Trial(trial.claim, trial.example, trial.release, seen, judge(trial.example, seen))


def _applies(claim: Claim, example: Example) -> bool:
    return within(RELEASES[-1], claim.bounds) and within(RELEASES[-1], example.bounds)
