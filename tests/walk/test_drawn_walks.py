"""Walks that hypothesis draws: they shrink, they print as examples, and they can be kept."""

from __future__ import annotations

from hypothesis import HealthCheck, find, given, settings

from nsdoc.backends import model
from nsdoc.backends.model.backend import ModelBackend
from nsdoc.backends.model.boot import Setting
from nsdoc.backends.model.exec import PROGRAM_MAGIC
from nsdoc.runner.here import Here
from nsdoc.runner.nest import Job
from nsdoc.walk import saved
from nsdoc.walk.compare import compare
from nsdoc.walk.example import write_example
from nsdoc.walk.play import play
from nsdoc.walk.wander import Walk
from tests.walk.drawn import NEWEST, walks

BEFORE = model.edition("4.8")
slow = settings(deadline=None, suppress_health_check=list(HealthCheck))


def parts(walk: Walk) -> bool:
    """Whether a walk goes otherwise on Linux 4.8."""
    others, _ = play(ModelBackend(BEFORE, Setting()), PROGRAM_MAGIC, walk.steps)
    return compare(walk.steps, walk.taken, others) is not None


def test_a_difference_shrinks() -> None:
    """Of a walk that shows a difference of two kernels, hypothesis keeps what is needed."""
    quick = settings(parent=slow, max_examples=500, database=None, derandomize=True)
    walk = find(walks(12), parts, settings=quick)
    assert len(walk.steps) == 2


@settings(parent=slow, max_examples=100)
@given(walk=walks())
def test_a_walk_is_an_example(walk: Walk) -> None:
    """What is written for any walk runs, and expects what the walk gave."""
    source = write_example(walk.steps, walk.taken)
    run = Here(model.prepare).run(Job(compile(source, "walk", "exec"), "walk", 10.0, "6.18"))
    assert run.ending is None, source


@settings(parent=slow, max_examples=50)
@given(walk=walks())
def test_a_walk_can_be_kept(walk: Walk) -> None:
    """What is kept of any walk reads back the same, and gives the same."""
    [(seed, steps)] = saved.load(saved.text([(5, walk.steps)]))
    assert (seed, steps) == (5, walk.steps)
    taken, _ = play(ModelBackend(NEWEST, Setting()), PROGRAM_MAGIC, steps)
    assert tuple(taken) == walk.taken
