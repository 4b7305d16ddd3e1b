"""The tests of this directory as an ordinary user runs them: what can be decided is, and why not the rest."""

from __future__ import annotations

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
LEFT_OUT = ("test_unprivileged.py", "test_machine.py")


@pytest.fixture(scope="module")
def ordinary() -> Iterator[Ordinary]:
    if os.geteuid() != 0:
        pytest.skip("these tests are run by an ordinary user already")
    with for_everyone((*PYTEST, "docutils"), FOLDERS) as found:
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


def test_an_ordinary_user_decides_what_can_be_decided(ordinary: Ordinary) -> None:
    """Nothing fails, most tests run, and those that do not name root or a feature as the reason."""
    with tempfile.TemporaryDirectory(prefix="nsdoc-test-") as directory:
        os.chown(directory, UID, UID)
        found = cases(ordinary, Path(directory, "results.xml"))
    wrong = [
        name for name, case in found.items() for kind in ("failure", "error") if case.find(kind) is not None
    ]
    assert wrong == []
    reasons = [skip.get("message", "") for case in found.values() for skip in case.findall("skipped")]
    assert [reason for reason in reasons if "root" not in reason] == []
    assert len(reasons) < len(found) / 2
