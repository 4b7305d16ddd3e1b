"""The tests of this directory as an ordinary user runs them: what can be decided is, and why not the rest."""

from __future__ import annotations

import json
import os
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ordinary import UID, Ordinary, for_everyone

# What pytest is made of.
PYTEST = ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments")
FOLDERS = ("tests/linux", "tests/probe")
# This test itself, and those that need more than that.
LEFT_OUT = ("test_unprivileged.py", "test_machine.py", "test_any_data.py")


@pytest.fixture(scope="module")
def ordinary() -> Iterator[Ordinary]:
    if os.geteuid() != 0:
        pytest.skip("these tests are run by an ordinary user already")
    with for_everyone((*PYTEST, "docutils"), (*FOLDERS, "docs/man", "docs/reference", "examples")) as found:
        yield found


def cases(ordinary: Ordinary, results: Path) -> dict[str, ET.Element]:
    """The tests of this directory, each with what became of it, as pytest's JUnit file has it."""
    options = ["-q", "-c", os.devnull, "--rootdir", str(ordinary.home), "--import-mode=importlib"]
    options += ["-p", "no:cacheprovider", f"--junit-xml={results}"]
    options += [f"--ignore=tests/linux/{name}" for name in LEFT_OUT]
    done = ordinary.run("-m", "pytest", *options, "tests/linux", timeout=300)
    assert results.exists(), done.stdout + done.stderr
    return {
        f"{case.get('classname')}.{case.get('name')}": case for case in ET.parse(results).iter("testcase")
    }


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory of the ordinary user's own."""
    with tempfile.TemporaryDirectory(prefix="nsdoc-test-") as name:
        os.chown(name, UID, UID)
        yield Path(name)


def test_an_ordinary_user_runs_these_tests(ordinary: Ordinary, directory: Path) -> None:
    """Nothing fails, most tests run, and those that do not name root as the reason."""
    found = cases(ordinary, directory / "results.xml")
    wrong = [
        name for name, case in found.items() for kind in ("failure", "error") if case.find(kind) is not None
    ]
    assert wrong == []
    reasons = [skip.get("message", "") for case in found.values() for skip in case.findall("skipped")]
    assert [reason for reason in reasons if "root" not in reason] == []
    assert len(reasons) < len(found) / 2


def verdicts(ordinary: Ordinary, directory: Path, *, root: bool) -> dict[str, tuple[str, str]]:
    """The verdicts on the claims of this project's pages, each with its reason."""
    command = ("-m", "nsdoc", "check", str(ordinary.home / "docs/man"), "-q", "--fresh", "--json", "-")
    done = ordinary.run(*command, root=root, timeout=300, cwd=directory)
    assert done.stdout, done.stderr
    return {each["claim"]: (each["verdict"], each["reason"]) for each in json.loads(done.stdout)["verdicts"]}


def test_an_ordinary_user_gets_the_same_verdicts(ordinary: Ordinary, directory: Path) -> None:
    """What an ordinary user can decide comes out as it does for root; all else says that it needs root."""
    by_root = verdicts(ordinary, directory, root=True)
    by_user = verdicts(ordinary, directory, root=False)
    assert by_user.keys() == by_root.keys()
    other = {name: found for name, found in by_user.items() if found[0] != by_root[name][0]}
    assert {verdict for verdict, _ in other.values()} == {"unavailable"}
    assert [reason for _, reason in other.values() if "needs root" not in reason] == []
    assert len(other) < len(by_root) / 3
