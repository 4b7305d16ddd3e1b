"""The page with the report on mutants: shown when it is of these pages, and never otherwise."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nsdoc.mutate.sources import fingerprint

_ROOT = Path(__file__).parents[2]
_CONF = f"import sys\nsys.path.insert(0, {str(_ROOT)!r})\nextensions = ['docs._ext.mutation']\n"
_REPORT: dict[str, Any] = {
    "schema": 1,
    "kernel": {"backend": "model", "release": "7.3.4"},
    "mutants": [{"refutes": ["thing(7)#one"]}, {"refutes": []}],
    "claims": 2,
    "vacuous": ["thing(7)#empty"],
    "undocumented": [{"rule": "R020", "what": "nesting is limited.", "file": "ns.py", "line": 7}],
    "untold": [
        {"rule": "clone-pidfd", "what": "A flag", "file": "ns.py", "line": 9, "reason": "Another page's."}
    ],
    "guards": {"thing(7)#one": ["R001", "R002"], "thing(7)#empty": []},
    "sole": {"thing(7)#one": ["ns.f:errno:3"]},
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a page for the report."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "conf.py").write_text(_CONF, "utf-8")
    page = "Report\n======\n\n.. mutation-report:: build/mutants.json\n"
    (tmp_path / "docs" / "index.rst").write_text(page, "utf-8")
    return tmp_path


def _build(project: Path) -> tuple[str, str]:
    """The page as text, and what Sphinx says on standard error."""
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "text", "-c", ".", "docs", "out"]
    ran = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120, check=False)
    return " ".join((project / "out" / "index.txt").read_text("utf-8").split()), ran.stderr


def _write(project: Path, data: Any) -> None:
    (project / "build").mkdir(exist_ok=True)
    (project / "build" / "mutants.json").write_text(json.dumps(data), "utf-8")


def test_no_report(project: Path) -> None:
    """A build without a report says so and is otherwise fine."""
    text, said = _build(project)
    assert "There is no report in this build" in text
    assert said == ""


def test_report(project: Path) -> None:
    """A report on these pages is shown: claims and rules with what is said of them."""
    _write(project, {**_REPORT, "sources": fingerprint(project / "docs")})
    text, said = _build(project)
    assert said == ""
    assert "they notice 1 of 2 mutants" in text
    assert "thing(7)#empty" in text
    assert "R020: nesting is limited. (ns.py:7)" in text
    assert "clone-pidfd: A flag (ns.py:9) Another page's." in text
    assert "thing(7)#one: R001, R002" in text
    assert "thing(7)#one: ns.f:errno:3" in text


def test_stale(project: Path) -> None:
    """A report that was made from other pages is not shown, also when the page was built before."""
    _write(project, {**_REPORT, "sources": fingerprint(project / "docs")})
    _build(project)
    (project / "docs" / "other.rst").write_text(":orphan:\n\nOther\n=====\n\n.. claim:: new\n", "utf-8")
    page = project / "docs" / "index.rst"
    page.write_text(page.read_text("utf-8") + "\nMore.\n", "utf-8")
    text, _ = _build(project)
    assert "of other pages or another model" in text
    assert "R020" not in text


@pytest.mark.parametrize("data", [[], {"schema": 2}, {"schema": 1}, {"schema": 1, "mutants": 3}])
def test_no_report_at_all(project: Path, data: Any) -> None:
    """A file that is no report is a mistake, and the message names it."""
    _write(project, data)
    (project / "out").mkdir()
    (project / "out" / "index.txt").write_text("", "utf-8")
    _, said = _build(project)
    assert "mutants.json" in said


def test_fingerprint(tmp_path: Path) -> None:
    """What a report is of changes with a claim, and not with a page that has none."""
    page, other = tmp_path / "page.rst", tmp_path / "other.rst"
    page.write_text(".. claim:: one\n", "utf-8")
    first = fingerprint(tmp_path)
    other.write_text("No claims here.\n", "utf-8")
    assert fingerprint(tmp_path) == first
    page.write_text(".. claim:: two\n", "utf-8")
    assert fingerprint(tmp_path) != first
