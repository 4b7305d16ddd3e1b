"""The examples of the pages: on both kernels the same calls, each with the same error or none."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from itertools import zip_longest

import pytest

from nsdoc import bounds, build
from nsdoc.abi import ERRNO
from nsdoc.backends import model
from nsdoc.kernels import locate
from nsdoc.page import Claim, Example
from nsdoc.releases import within
from nsdoc.run import Run
from nsdoc.runner.here import Here
from nsdoc.runner.pool import Pool
from nsdoc.source import read_pages
from tests.conformance.conftest import model_spec

ENOSYS = ERRNO["ENOSYS"]
RELEASE = model_spec().partition("@")[2] or model.releases()[-1]


def claims() -> Sequence[Claim]:
    return [claim for page in read_pages(["docs"]).pages for claim in page.claims]


def examples() -> Iterator[tuple[Claim, Example]]:
    """What applies to the release that runs here."""
    for claim in claims():
        for example in claim.examples:
            if within(RELEASE, claim.bounds) and within(RELEASE, example.bounds):
                yield claim, example


def calls(run: Run) -> list[tuple[str, int]]:
    """The calls of a run, each with its error."""
    return [(event.call, event.outcome.errno) for event in run.events]


def parting(theirs: Run, ours: Run) -> str:
    """Where the calls of two runs part; nothing if they do not.

    ENOSYS of the live kernel tells how it was built, and is no difference.
    """
    pairs = list(zip_longest(calls(theirs), calls(ours)))
    found = [pair for pair in pairs if pair[0] != pair[1] and (pair[0] or ("", 0))[1] != ENOSYS]
    return f"{ours.ending} {found[:1]}" if ours.ending is not None or found else ""


@pytest.mark.skipif(os.geteuid() != 0 or platform.system() != "Linux", reason="the live kernel needs root")
def test_the_same_calls() -> None:
    """What an example sees of the live kernel it sees of the model, call by call."""
    chosen = list(examples())
    with Pool(*locate("linux"), 2) as pool:
        live = dict(pool.run([build.job(example) for _, example in chosen]))
    here = Here(model.prepare)
    differ = []
    for index, (claim, example) in enumerate(chosen):
        theirs, ours = live[index], here.run(build.job(example, RELEASE))
        if theirs.ending is None and (where := parting(theirs, ours)):
            differ.append(f"{claim.name}: {where}")
    assert differ == []
    assert sum(one.ending is None for one in live.values()) > len(chosen) // 2


def test_bounds_on_the_model() -> None:
    """Around each bound the model of the release plays the example to its end."""
    here = Here(model.prepare)
    kinds = {
        run.ending.kind
        for claim in claims()
        for probe in bounds.probes(claim, model.releases())
        for example in probe.examples
        for run in [here.run(build.job(example, probe.release))]
        if run.ending is not None
    }
    assert "timeout" not in kinds
