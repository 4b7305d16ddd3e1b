"""Mutants of the live kernel, as ``nsdoc mutate --live`` tries them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.mutate.test_matrix import Ran, claim, mutate

JOINS = """\
me = kernel.process()
fd = me.open(f"/proc/{me.clone(CLONE_NEWUSER).pid}/ns/user")
other = me.clone(CLONE_NEWUSER)
with fails(EPERM):
    other.setns(fd, CLONE_NEWUSER)
me.setns(fd, CLONE_NEWUSER)
"""
NAMES = """\
me = kernel.process(caps=[])
me.unshare(CLONE_NEWUSER | CLONE_NEWUTS)
me.sethostname("inside")
print(me.gethostname())
#> inside
"""
VACUOUS = """\
me = kernel.process()
me.unshare(CLONE_NEWUSER)
me.unshare(CLONE_NEWUTS)
print(me.getpid() > 0)
#> True
"""
WRONG = "print(kernel.process().getpid())\n#> 0\n"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Claims that notice what becomes of their calls, and one that does not."""
    folder = tmp_path_factory.mktemp("live")
    claims = claim("joins", JOINS), claim("names", NAMES), claim("vacuous", VACUOUS), claim("wrong", WRONG)
    return mutate(folder, *claims, words=("--live",))


def _mutant(ran: Ran, name: str) -> Any:
    return next(mutant for mutant in ran.report["mutants"] if mutant["id"] == name)


def test_a_dropped_check_is_noticed(ran: Ran) -> None:
    """A claim that a call is refused notices a kernel that lets it pass, and so does one of its effect."""
    assert ran.status == 0
    assert _mutant(ran, "setns:0")["refutes"] == ["thing(7)#joins"]
    assert _mutant(ran, "sethostname:0")["refutes"] == ["thing(7)#names"]


def test_another_error_is_noticed(ran: Ran) -> None:
    """A claim that names an error notices another one."""
    assert _mutant(ran, "setns:EINVAL")["refutes"] == ["thing(7)#joins"]


def test_a_stopped_example_has_noticed_nothing(ran: Ran) -> None:
    """An example whose preparation fails is told apart from one that saw another value."""
    mutant = _mutant(ran, "unshare:ENOSYS")
    assert "thing(7)#vacuous" in mutant["stops"]
    assert mutant["refutes"] == []
    assert "unshare:ENOSYS: unshare() fails with ENOSYS: noticed by 0 of 2" in ran.err


def test_only_what_makes_the_call(ran: Ran) -> None:
    """Examples that do not make a call are not run, nor claims judged that do not hold."""
    assert ran.report["claims"] == 3
    assert _mutant(ran, "setns:0")["reached"] == 1
    assert _mutant(ran, "chroot:0")["reached"] == 0


def test_rules_are_the_models(tmp_path: Path) -> None:
    """Rules can be chosen for the model only."""
    ran = mutate(tmp_path, claim("names", NAMES), words=("--live", "--rule", "R052"))
    assert ran.status == 2
    assert "--rule" in ran.err
