"""What the live kernel and this host can show, found by doing it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from nsdoc.process import Kernel, Process
from nsdoc.process.features import FEATURES, lack
from nsdoc.trace import Event

# What every host has on which the other tests of this directory can run.
EVERYWHERE = ("user-namespaces", "nesting", "mount-namespaces", "uts-namespaces", "ipc-namespaces")


@pytest.mark.parametrize("name", EVERYWHERE)
def test_what_a_plain_host_has(kernel: Kernel, name: str) -> None:
    """User namespaces, and other types in them, are found to be there."""
    assert kernel.lacks(name) == ""
    assert kernel.supports(name)


@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_is_decided(kernel: Kernel, name: str) -> None:
    """Each word gives yes, or a reason in words; asking again gives the same."""
    reason = kernel.lacks(name)
    assert kernel.supports(name) == (not reason)
    assert kernel.lacks(name) == reason
    assert "Traceback" not in reason


def test_privilege_is_told(kernel: Kernel) -> None:
    """Root can start processes of every user and is isolated; nobody else is."""
    privileged = os.geteuid() == 0
    assert kernel.supports("root") == privileged
    assert kernel.supports("isolation") == privileged
    if not privileged:
        assert "needs root" in kernel.lacks("root")


def test_an_unknown_feature_is_an_error(kernel: Kernel) -> None:
    """A word that is no feature raises ValueError, which lists those that are."""
    with pytest.raises(ValueError, match="overlay"):
        kernel.supports("nonsense")


def test_trials_leave_nothing(kernel: Kernel, alice: Process) -> None:
    """A trial leaves no file in the scratch directory and no mount, and its calls are not observed."""
    events: list[Event] = []
    observed = Kernel(kernel._backend, events.append)
    before = alice.listdir(kernel.scratch), alice.read("/proc/self/mountinfo")
    for name in FEATURES:
        observed.lacks(name)
    assert (alice.listdir(kernel.scratch), alice.read("/proc/self/mountinfo")) == before
    assert events == []


class Bare(Kernel):
    """A kernel whose processes have lost their privilege."""

    def process(self, *args: object, **kwargs: object) -> Process:
        return super().process(caps=[])

    def unobserved(self) -> Kernel:
        return self


def test_a_refused_trial_says_what_was_refused(kernel: Kernel) -> None:
    """Where a call of a trial is refused, the reason names call and error."""
    found = lack(Bare(kernel._backend), "all-capabilities")
    assert found is not None
    assert "root" in found.reason


def test_every_word_is_documented() -> None:
    """The reference lists each word of :needs: with what it stands for, and no other."""
    text = (Path(__file__).parents[2] / "docs" / "reference" / "features.rst").read_text("utf-8")
    listed = dict(re.findall(r"\* - ``([a-z-]+)``\n +- (.+)", text))
    assert listed == {name: feature.text for name, feature in FEATURES.items()}
