"""What is said of the cases as a whole: every rule has one, and what is listed as different exists."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conformance.conftest import BACKENDS, divergences, names_of, unreachable

HERE = Path(__file__).parent
MODEL = HERE.parents[1] / "nsdoc" / "backends" / "model"
RULE = re.compile(r"\bR\d{3}\b")
LEAST = 400


def cited_in(text: str) -> set[str]:
    return set(RULE.findall(text))


def named() -> set[str]:
    """The rules that the docstrings of the cases name."""
    trees = (ast.parse(path.read_text("utf-8")) for path in HERE.glob("test_*.py"))
    cases = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    said = (ast.get_docstring(case) or "" for case in cases if case.name.startswith("test_"))
    return {rule for text in said for rule in cited_in(text)}


def test_every_rule_has_a_case() -> None:
    """Each rule that the model implements is named by a case, or listed as out of reach."""
    rules = {rule for path in MODEL.glob("*.py") for rule in cited_in(path.read_text("utf-8"))}
    assert rules - named() == {entry["rule"] for entry in unreachable()}


@pytest.fixture(scope="module")
def cases() -> Sequence[str]:
    """The cases of this directory by their names, all of them, whatever of them runs now."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", str(HERE)]
    done = subprocess.run(command, cwd=HERE.parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return [line.rpartition("conformance/")[2] for line in done.stdout.splitlines() if "::" in line]


def test_there_are_enough_cases(cases: Sequence[str]) -> None:
    """Some hundred bodies run on both kernels."""
    assert len([case for case in cases if "[linux" in case]) >= LEAST


def test_listed_differences_exist(cases: Sequence[str]) -> None:
    """Each listed difference names a case, a backend and a reason."""
    found = {name for case in cases for name in names_of(case)}
    assert {(entry["backend"], entry["case"]) for entry in divergences()} - found == set()
    assert all(entry["reason"] and entry["backend"] in BACKENDS for entry in divergences())
    assert all(entry["reason"] for entry in unreachable())
