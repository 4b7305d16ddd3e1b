"""Releases and the changes that they have."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsdoc import open_kernel
from nsdoc.abi import CLONE_NEWUSER
from nsdoc.backends import model
from nsdoc.backends.model import changes, edition, previous, releases

SOURCES = Path(inspect.getfile(model)).parent


def test_names_are_unique() -> None:
    """Every change has a name of its own."""
    names = [change.name for change in changes()]
    assert len(names) == len(set(names))


@given(st.sampled_from(releases()))
def test_release_has_its_changes(release: str) -> None:
    """A change is on from its release on, and off before it."""
    before = previous(release)
    for change in changes():
        if change.since == release:
            assert edition(release).on[change.name]
            assert before is None or not edition(before).on[change.name]


@pytest.mark.parametrize("change", changes(), ids=lambda change: change.name)
def test_change_can_be_added(change: model.changes) -> None:  # type: ignore[valid-type]  # a function of that name
    """Any change can be given to an older release by name."""
    assert edition(f"2.6.23+{change.name}").on[change.name]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    ["1.0", "2.6.22", "2.6.40", "3.20", "4.21", "7.4", "8.0", "x", "5", "5.9+nosuch", "5.9+id-maps+no"],
)
def test_unknown_release_or_change(text: str) -> None:
    """An unknown release or change is an error that says what is known."""
    with pytest.raises(ValueError, match=r"knows 2\.6\.23 to|nsdoc changes"):
        edition(text)


@pytest.mark.parametrize(
    ("release", "cap"), [("2.6.23", 33), ("3.5", 36), ("5.7", 37), ("5.8", 39), ("6.18.44", 40)]
)
def test_last_capability(release: str, cap: int) -> None:
    """Each release knows its own capabilities."""
    assert edition(release).cap_last_cap == cap


def test_every_change_is_asked_for() -> None:
    """No change is listed that nothing in the model asks for, but those it says it does not play."""
    asked = set()
    for path in SOURCES.glob("*.py"):
        if path.name not in ("changes.py", "mutants.py"):
            asked |= set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)*)"', path.read_text(encoding="utf-8")))
    unplayed = {"list-namespaces", "empty-mount-namespaces"}
    assert {change.name for change in changes()} - asked == unplayed


def test_only_history_compares_releases() -> None:
    """Nothing but the history module reads a release."""
    for path in SOURCES.glob("*.py"):
        if path.name in ("history.py", "changes.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            compared = isinstance(node, ast.Compare) and "release" in ast.unparse(node)
            assert not compared, f"{path.name}:{getattr(node, 'lineno', 0)}"


@pytest.mark.parametrize(
    ("release", "expected"),
    [("2.6.28", 0), ("3.7", 0), ("3.8", None), ("3.18", None), ("6.18", None)],
)
def test_root_creates_on_every_release(release: str, expected: None) -> None:
    """Root can create a user namespace with clone(2) on every release."""
    with open_kernel(f"model@{release}") as kernel:
        assert kernel.process(uid=0, gid=0).clone(CLONE_NEWUSER).getpid() > 0


def test_nothing_of_the_host_is_imported() -> None:
    """The machine needs no module that reaches the host; only the ground for the runner does."""
    reaching = {"os", "sys", "time", "random", "socket", "threading", "subprocess", "ctypes", "pathlib", "io"}
    for path in SOURCES.glob("*.py"):
        if path.name in ("ground.py", "mutants.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not reaching & {name.name for name in node.names}, path.name
            elif isinstance(node, ast.ImportFrom):
                assert node.module not in reaching, path.name
