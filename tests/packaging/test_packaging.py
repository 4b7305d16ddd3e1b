"""What is installed, from what, and how `make` finds its way."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import nsdoc
from nsdoc import cli

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
# A pin, perhaps with a marker, and at least one hash.
PINS = re.findall(r"^(\S+)==(\S+?)(?: ; .*?)? \\\n +--hash=sha256:[0-9a-f]{64}", LOCK, re.M)


def wanted() -> list[Requirement]:
    project = PROJECT["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    groups = [line for lines in PROJECT["dependency-groups"].values() for line in lines]
    lines = [*project["dependencies"], *extras, *groups]
    return [one for one in map(Requirement, lines) if one.name != "nsdoc"]


def test_every_locked_package_has_hashes() -> None:
    """The lock file consists of pins with hashes, and names no place to load them from."""
    rest = re.sub(r"^\S+==.*(?:\n +--hash=.*)+\n", "", LOCK, flags=re.M)
    assert rest.strip() == ""
    assert len(PINS) == len(re.findall(r"^\S+==", LOCK, re.M))
    assert "://" not in LOCK


@pytest.mark.parametrize("requirement", wanted(), ids=lambda requirement: requirement.name)
def test_lock_satisfies_the_project(requirement: Requirement) -> None:
    """What pyproject.toml asks for is in the lock file, in a version that fits."""
    versions = [version for name, version in PINS if name.lower() == requirement.name.lower()]
    assert versions
    assert all(requirement.specifier.contains(version) for version in versions)


def test_wheel_has_everything(tmp_path: Path) -> None:
    """The wheel has the types marker, the style sheet and the entry points, and needs docutils alone."""
    build = [sys.executable, "-m", "flit_core.wheel", "--outdir", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        info = f"nsdoc-{nsdoc.__version__}.dist-info"
        metadata = archive.read(f"{info}/METADATA").decode()
        points = archive.read(f"{info}/entry_points.txt").decode()
    assert {"nsdoc/py.typed", "nsdoc/render/html/static/nsdoc.css", f"{info}/licenses/LICENSE"} <= names
    assert "License-Expression: MIT" in metadata
    assert "Requires-Python: >=3.11" in metadata
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist")]
    assert [line for line in needed if "extra ==" not in line] == ["Requires-Dist: docutils>=0.22,<0.24"]
    for point in ("nsdoc=nsdoc.cli:main", "nsdoc=nsdoc.pytest_plugin", "nsman=nsdoc.sphinx_ext"):
        assert point in points


def test_every_module_is_in_a_package() -> None:
    """Each directory with modules is a package, so that the import contracts see it."""
    directories = {path.parent for path in (ROOT / "nsdoc").rglob("*.py")}
    assert [path for path in directories if not (path / "__init__.py").exists()] == []


def test_help_lists_every_target() -> None:
    """make help shows each target with a sentence."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.M)[0].split()) - {"FORCE"}
    shown = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    lines = dict(re.findall(r"^make (\S+) +(.*)$", shown, re.M))
    assert set(lines) == targets
    assert [line for line in lines.values() if not line.endswith(".")] == []


def test_readme_has_the_exit_statuses() -> None:
    """The exit statuses in the README are those of the command line."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = {int(status) for status in re.findall(r"^\| (\d+) \|", text, re.M)}
    assert table == {cli.FINE, cli.REFUTED, cli.USAGE, cli.MISSING, cli.DEFECT}


def find_python(**environment: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if name != "PYTHON"}
    return subprocess.run(
        [str(ROOT / "tools" / "find-python")],
        env=plain | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_usable_python_is_found() -> None:
    """Without a choice of one's own, a Python of at least 3.11 is found."""
    found = find_python()
    assert found.returncode == 0, found.stderr
    version = subprocess.run([found.stdout.strip(), "--version"], capture_output=True, text=True, check=True)
    assert int(version.stdout.split(".")[1]) >= 11


def test_python_of_ones_own_is_taken() -> None:
    """PYTHON names the interpreter."""
    assert find_python(PYTHON=sys.executable).stdout.strip() == sys.executable


@pytest.mark.parametrize("script", ["exit 1", "exit 0", "echo nonsense"])
def test_unusable_python_is_refused(tmp_path: Path, script: str) -> None:
    """An interpreter that is too old, or has no venv, is refused with the packages that help."""
    fake = tmp_path / "python3"
    fake.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    fake.chmod(stat.S_IRWXU)
    found = find_python(PYTHON=str(fake))
    assert found.returncode == 1
    assert found.stdout == ""
    assert "apt-get install python3 python3-venv" in found.stderr
    assert str(fake) in found.stderr
