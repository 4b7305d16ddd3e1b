"""Claims against mutants, as ``nsdoc mutate`` runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[2]
_HEAD = "thing(7)\n========\n\nNAME\n----\n\nthing - what it is\n\nDESCRIPTION\n-----------\n\n"
ONCE = """\
me = kernel.process(uid=0)
child = me.clone(CLONE_NEWUSER, uid_map="0 0 1")
with fails(EPERM):
    me.write(f"/proc/{child.pid}/uid_map", "0 0 1")
"""
VACUOUS = """\
me = kernel.process(uid=0)
child = me.clone(CLONE_NEWUSER, uid_map="0 0 1")
print(child is not me)
#> True
"""
CREATES = "print(kernel.process(uid=1000, gid=1000).clone(CLONE_NEWUSER).getuid())\n#> 65534\n"
WRONG = "print(kernel.process(uid=5).getuid())\n#> 6\n"


def claim(name: str, code: str, *options: str) -> str:
    """A claim with one example."""
    lines = "".join(f"   {option}\n" for option in options)
    body = "".join(f"      {line}\n" for line in code.splitlines())
    return f".. claim:: {name}\n{lines}\n   Prose of {name}.\n\n   .. example::\n\n{body}\n"


@dataclass(frozen=True)
class Ran:
    """How the command ended, and its report."""

    status: int
    err: str
    report: Any

    def names(self, key: str) -> list[str]:
        """The ids of claims that the report lists."""
        return [name.partition("#")[2] for name in self.report[key]]


def mutate(folder: Path, *claims: str, words: tuple[str, ...] = (), whole: bool = False) -> Ran:
    """Run the command on a page of claims, or on its folder: in a process without threads, since it forks."""
    page = folder / "thing.7.rst"
    page.write_text(_HEAD + "".join(claims), encoding="utf-8")
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "nsdoc",
        "mutate",
        str(folder if whole else page),
        "--json",
        str(report),
        "--jobs",
        "2",
        *words,
    ]
    ran = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=300, check=False)
    data = json.loads(report.read_text("utf-8")) if report.exists() else None
    return Ran(ran.returncode, ran.stderr, data)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A page with a claim that says something and one that does not, on every mutant."""
    return mutate(tmp_path_factory.mktemp("planted"), claim("once", ONCE), claim("vacuous", VACUOUS))


def test_vacuous(planted: Ran) -> None:
    """A claim that holds whatever the kernel does is found, although mutants stop its example."""
    assert planted.status == 1
    assert planted.names("vacuous") == ["vacuous"]
    assert "vacuous thing(7)#vacuous" in planted.err
    assert any("thing(7)#vacuous" in mutant["stops"] for mutant in planted.report["mutants"])


def test_guards(planted: Ran) -> None:
    """A claim guards the rule that it is about, and is told with its mutants."""
    assert "R052(3)" in planted.report["guards"]["thing(7)#once"]
    assert planted.report["sole"]["thing(7)#once"]


def test_undocumented(tmp_path: Path) -> None:
    """A rule that no claim is about is undocumented, until a claim is."""
    words = ("--rule", "R052(3)")
    without = mutate(tmp_path, claim("creates", CREATES), words=words)
    assert [rule["rule"] for rule in without.report["undocumented"]] == ["R052(3)"]
    assert "undocumented R052(3)" in without.err
    within = mutate(tmp_path, claim("creates", CREATES), claim("once", ONCE), words=words)
    assert within.report["undocumented"] == []
    assert within.status == 0


def test_untold(tmp_path: Path) -> None:
    """A rule that the directory of the pages lists with a reason is not undocumented."""
    rules = '[[because]]\nreason = "It is so."\nrules = ["R052(3)", "R999"]\n'
    (tmp_path / "untold.toml").write_text(rules, "utf-8")
    ran = mutate(tmp_path, claim("creates", CREATES), words=("--rule", "R052(3)"), whole=True)
    assert ran.report["undocumented"] == []
    assert [(rule["rule"], rule["reason"]) for rule in ran.report["untold"]] == [("R052(3)", "It is so.")]
    (tmp_path / "untold.toml").write_text("because = 3", "utf-8")
    assert mutate(tmp_path, claim("creates", CREATES), whole=True).status == 2


def test_dates(tmp_path: Path) -> None:
    """A change that comes one release off refutes the claim whose bound names it."""
    words = ("--rule", "unprivileged-user-namespaces")
    ran = mutate(tmp_path, claim("creates", CREATES, ":since: 3.8"), words=words)
    dates = {one["id"]: one["refutes"] for one in ran.report["mutants"] if one["operator"] == "date"}
    assert dates["unprivileged-user-namespaces:early"] == ["thing(7)#creates"]


def test_not_judged(tmp_path: Path) -> None:
    """A claim that does not hold on the model as it is cannot be judged, and is not called vacuous."""
    ran = mutate(tmp_path, claim("wrong", WRONG), claim("once", ONCE), words=("--rule", "R052"))
    assert ran.names("unjudged") == ["wrong"]
    assert ran.report["claims"] == 1


def test_deterministic(tmp_path: Path) -> None:
    """The same claims and the same model give the same report."""
    page = (claim("once", ONCE), claim("creates", CREATES))
    first, second = (mutate(tmp_path, *page, words=("--rule", "R05")).report for _ in range(2))
    assert first == second


def test_usage(tmp_path: Path) -> None:
    """A rule that does not exist, or no claim, is a mistake of usage."""
    assert mutate(tmp_path, claim("once", ONCE), words=("--rule", "R999")).status == 2
    assert mutate(tmp_path, claim("once", ONCE), words=("-k", "nothing")).status == 2
