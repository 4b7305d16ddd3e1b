"""Waiting until the machine is left to what is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bench.quiet import Machine, Quiet


class Made(Machine):
    """A machine with one processor, whose time passes by steps of a second.

    `looks` are the parts that other work takes while it is only looked at.
    """

    processors = 1

    def __init__(self, *looks: float) -> None:
        self.looks = list(looks)
        self._now = self._others = 0.0

    def step(self, share: float) -> None:
        """Let a second pass, of which other work takes that part."""
        self._now += 1.0
        self._others += share

    def now(self) -> float:
        return self._now

    def wait(self, seconds: float) -> None:
        self.step(self.looks.pop(0) if self.looks else 0.0)

    def others(self) -> float:
        return self._others


def measured(machine: Made, *shares: float) -> Callable[[], int]:
    """A measurement that counts how often it was made, with so much other work each time."""
    waiting: Iterator[tuple[int, float]] = iter(enumerate(shares, 1))

    def measure() -> int:
        number, share = next(waiting)
        machine.step(share)
        return number

    return measure


def test_at_any_time_the_first_measurement_counts() -> None:
    """Without a limit nothing is repeated, and what other work took is known."""
    watch = Quiet(machine=(made := Made()))
    assert watch.during(measured(made, 0.75, 0.0)) == 1
    assert watch.others == 0.75


def test_a_disturbed_measurement_is_repeated() -> None:
    """With a limit, the first measurement counts during which other work took no more."""
    watch = Quiet(0.25, machine=(made := Made()))
    assert watch.during(measured(made, 1.0, 0.5, 0.25)) == 3
    assert watch.others == 0.25
    assert not watch.waited_in_vain


def test_a_machine_that_is_never_quiet_is_measured_at_last() -> None:
    """After so many tries the next measurement counts whatever happens, and that is known."""
    watch = Quiet(0.25, tries=2, machine=(made := Made()))
    assert watch.during(measured(made, 1.0, 1.0, 0.5)) == 3
    assert watch.waited_in_vain


def test_a_busy_machine_is_waited_for() -> None:
    """Nothing is measured while other work takes too much."""
    made = Made(0.9, 0.9, 0.9, 0.9, 0.1)
    assert Quiet(0.25, machine=made).during(measured(made, 0.0)) == 1
    assert made.looks == []


def test_shares_count_by_their_time() -> None:
    """Other work is averaged over all that was measured."""
    watch = Quiet(machine=(made := Made()))
    for share in (0.0, 0.0, 0.6):
        watch.during(measured(made, share))
    assert watch.others == pytest.approx(0.2)
    assert Quiet().others == 0.0


def test_this_machine_tells_what_others_take() -> None:
    """On a real machine, time passes, and other work takes no more than all of it."""
    watch = Quiet()
    watch.during(lambda: watch.machine.wait(0.05))
    assert 0.0 <= watch.others <= 1.0
