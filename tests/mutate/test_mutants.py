"""Mutants: what they are made of, and that the same model gives the same ones."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from nsdoc.mutate.mutant import Mutant, mutants, unnamed
from nsdoc.mutate.operators import edits
from nsdoc.mutate.rules import Comments, Statement, statements

_ROOT = Path(__file__).parents[2]
_SOURCE = '''\
def check(current: Task, ns: Ns) -> bool:
    """Whether it may be.  R100, check()."""
    # R101(2), other(), page(7) EPERM: the caller lacks a capability.
    if not ns_capable(current, ns, CAP_SETUID) or ns.level >= LIMIT:
        raise Refused(EPERM)
    # A remark without a number.
    if ns.gone:
        raise Refused(ESRCH)
    return current.flags & ~FLAG == 0
'''


@pytest.fixture(scope="module")
def found() -> tuple[Mutant, ...]:
    """All mutants of rules."""
    return mutants()


def _statements() -> list[Statement]:
    function = ast.parse(_SOURCE).body[0]
    assert isinstance(function, ast.FunctionDef)
    return list(statements(function, Comments("file.py", _SOURCE)))


def _told(index: int) -> set[tuple[str, str]]:
    """The operators and words of the edits of a statement, without the one after it."""
    return {(edit.operator, edit.what) for edit in edits(_statements()[index], None, "bool")}


def test_rules_are_found_above_checks() -> None:
    """A statement has the rule of the comment above it, else of what holds it, else the function's."""
    rules = [statement.rule and (statement.rule.id, statement.rule.what) for statement in _statements()]
    lacks = ("R101(2)", "the caller lacks a capability.")
    assert rules == [("R100", "Whether it may be."), lacks, lacks, None, None, ("R100", "Whether it may be.")]


def test_operators() -> None:
    """A check can be dropped or lose a part, a limit can move, an error can be another."""
    test = "not ns_capable(current, ns, CAP_SETUID) or ns.level >= LIMIT"
    told = _told(1)
    assert ("dropped", f"`{test}` is not checked") in told
    assert ("comparison", "`ns.level >= LIMIT` becomes `ns.level > LIMIT`") in told
    assert ("limit", "`ns.level >= LIMIT` becomes `ns.level >= LIMIT - 1`") in told
    assert ("operand", "`or ns.level >= LIMIT` is not looked at") in told
    assert ("capability", "CAP_SETUID becomes CAP_SYS_ADMIN") in told
    assert ("errno", "EPERM becomes EINVAL") in _told(2)
    assert ("set", "`current.flags & ~FLAG` becomes `current.flags`") in _told(5)


def test_a_check_comes_before_its_neighbour() -> None:
    """Two checks with different outcomes can change places."""
    first, second = _statements()[1], _statements()[3]
    moved = [edit for edit in edits(first, second.node, "bool") if edit.operator == "moved"]
    assert next(edit.what for edit in moved).startswith("`ns.gone` is checked before")


def test_enough(found: tuple[Mutant, ...]) -> None:
    """There are at least two hundred mutants, of every kind, each with an id of its own."""
    assert len(found) >= 200
    assert len({mutant.id for mutant in found}) == len(found)
    kinds = {mutant.operator for mutant in found}
    assert kinds >= set("dropped inverted moved errno limit comparison operand set date change".split())


def test_same_again(found: tuple[Mutant, ...]) -> None:
    """The same model gives the same mutants in the same order."""
    assert [one.id for one in mutants()] == [one.id for one in found]


def test_places(found: tuple[Mutant, ...]) -> None:
    """Every mutant names a line of a file of the model, a rule and what it does."""
    lengths = {
        file: len((_ROOT / file).read_text("utf-8").splitlines()) for file in {m.place.file for m in found}
    }
    for mutant in found:
        assert 1 <= mutant.place.line <= lengths[mutant.place.file]
        assert mutant.rule.id
        assert mutant.what


def test_every_change_can_be_dated_otherwise(found: tuple[Mutant, ...]) -> None:
    """A change with a release has a mutant that brings it too early or too late."""
    dated = {mutant.rule.id for mutant in found if mutant.operator == "date"}
    assert {"depth-limit-is-enospc", "unprivileged-user-namespaces", "setgroups-file"} <= dated


def test_one_rule() -> None:
    """Mutants of some rules alone can be had, and those without a number apart."""
    assert {mutant.rule.id[:4] for mutant in mutants("R053")} == {"R053"}
    assert all(not mutant.rule.id for mutant in unnamed())
