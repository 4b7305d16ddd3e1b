"""Walks are repeatable, agree with Linux, and shrink to what matters."""

from __future__ import annotations

import os
import platform
import time

import pytest

from nsdoc.backends.model import edition
from nsdoc.backends.model.boot import Setting
from nsdoc.walk import live
from nsdoc.walk.example import write_example
from nsdoc.walk.rounds import Rounds
from nsdoc.walk.shrink import shrink, without_skips
from nsdoc.walk.step import SPAWN, Step, Taken
from nsdoc.walk.wander import wander

COUNT = 500


def test_same_seed_same_walk() -> None:
    """A seed stands for one walk."""
    assert wander(7, 40, edition("6.18"), Setting()) == wander(7, 40, edition("6.18"), Setting())


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("release", ["2.6.23", "3.8", "4.8", "5.12", "7.3.4"])
def test_walks_on_every_release(seed: int, release: str) -> None:
    """The model of any release takes any walk without a defect of its own."""
    assert wander(seed, 40, edition(release), Setting()).steps


def test_shrinking_keeps_what_is_needed() -> None:
    """Only the steps without which a difference is gone are left."""
    steps = tuple(Step(0, f"call{number}", ()) for number in range(30))

    def shows(tried: tuple[Step, ...]) -> bool:
        kept = {number for number, _ in without_skips(tried)}
        return {3, 11} <= kept

    assert [number for number, _ in without_skips(shrink(steps, 20, shows))] == [3, 11, 20]


def test_walk_as_an_example() -> None:
    """A walk prints as an example that expects what was seen."""
    steps = (Step(-1, SPAWN, (1000, 1000, (), None)), Step(0, "setuid", (5,)), Step(0, "getuid", ()))
    taken = (Taken(0, 0, None), Taken(1, 1, None), Taken(2, 0, 1000))
    text = write_example(steps, taken)
    assert text == (
        "p0 = kernel.process(uid=1000, gid=1000)\n"
        "with fails(EPERM):\n    p0.setuid(5)\n"
        "print(p0.getuid())\n#> 1000\n"
    )


@pytest.mark.skipif(os.geteuid() != 0 or platform.system() != "Linux", reason="walks need root on Linux")
def test_both_kernels_agree() -> None:
    """Walks of a fresh seed leave the same trace on the live kernel and on the model of its release."""
    seed = int(os.environ.get("NSDOC_WALK_SEED", time.time_ns() // 1_000_000_000))
    print(f"NSDOC_WALK_SEED={seed}")
    with live.open_pool(2) as pool:
        rounds = list(Rounds(pool).go(COUNT, seed))
    partings = [
        f"seed {one.seed}: {one.parting.difference}\n{one.parting.example}" for one in rounds if one.parting
    ]
    assert not partings, "\n".join(partings)
    assert len(rounds) == COUNT
