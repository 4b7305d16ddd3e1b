"""The ways to break a rule, each on a few lines of code whose answers are known."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import pytest

from nsdoc.backends import model
from nsdoc.mutate.mutant import Mutant, mutants
from nsdoc.mutate.operators import Edit, edits
from nsdoc.mutate.rules import Comments, Statement, statements


class Refused(Exception):
    """What the code under test raises."""


ORDER = """\
def check(first: int, second: int) -> int:
    if first:
        raise Refused(EPERM)
    if second:
        raise Refused(EINVAL)
    return 0
"""


def _functions(source: str, operator: str) -> list[Callable[..., Any]]:
    """The functions that one kind of edit makes of a function."""
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    gives = ast.unparse(function.returns) if function.returns else ""
    found = list(statements(function, Comments("file.py", source)))
    made = []
    for statement in found:
        after = _following(found, statement)
        made += [_made(source, edit) for edit in edits(statement, after, gives) if edit.operator == operator]
    return made


def _following(found: list[Statement], statement: Statement) -> ast.stmt | None:
    *parents, (name, index) = statement.path
    assert index is not None
    return next((one.node for one in found if one.path == (*parents, (name, index + 1))), None)


def _made(source: str, edit: Edit) -> Callable[..., Any]:
    tree = ast.parse(source)
    parent: Any = tree.body[0]
    *path, (name, index) = edit.path
    for field, at in path:
        parent = getattr(parent, field) if at is None else getattr(parent, field)[at]
    if index is None:
        setattr(parent, name, edit.new)
    elif isinstance(edit.new, tuple):
        getattr(parent, name)[index : index + len(edit.new)] = list(edit.new)
    else:
        getattr(parent, name)[index] = edit.new
    names: dict[str, Any] = {"EPERM": 1, "EINVAL": 22, "Refused": Refused}
    exec(compile(ast.fix_missing_locations(tree), "made", "exec"), names)
    found: Callable[..., Any] = names["check"]
    return found


def _answers(source: str, operator: str, *arguments: Any) -> set[Any]:
    return {_answer(function, arguments) for function in _functions(source, operator)}


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    try:
        return function(*arguments)
    except Refused as refused:
        return f"error {refused.args[0]}"


def test_a_check_is_dropped() -> None:
    """Without a check, what it refused goes on to the next one."""
    assert _answers(ORDER, "dropped", 1, 1) == {"error 22", "error 1"}
    assert _answers(ORDER, "dropped", 1, 0) == {0, "error 1"}


def test_a_check_is_turned_into_its_opposite() -> None:
    """An inverted check refuses what it let pass."""
    assert _answers(ORDER, "inverted", 0, 0) == {"error 1", "error 22"}


def test_a_check_is_moved_before_its_neighbour() -> None:
    """Where both checks refuse, the other error comes first; where one does, nothing changes."""
    assert _answers(ORDER, "moved", 1, 1) == {"error 22"}
    assert _answers(ORDER, "moved", 1, 0) == {"error 1"}
    assert _answers(ORDER, "moved", 0, 1) == {"error 22"}


def test_an_error_becomes_another() -> None:
    """EPERM becomes EINVAL, and the other way round."""
    assert _answers(ORDER, "errno", 1, 0) == {"error 22", "error 1"}
    assert _answers(ORDER, "errno", 0, 1) == {"error 22", "error 1"}


@pytest.mark.parametrize("comparison", ["n > 32", "n >= 33", "not n < 33", "not n <= 32"])
def test_a_limit_is_shifted_by_one(comparison: str) -> None:
    """A limit has a mutant that is one lower and one that is one higher, however it is written."""
    source = f"def check(n: int) -> bool:\n    return bool({comparison})\n"
    made = [*_functions(source, "limit"), *_functions(source, "comparison")]
    lowest = {min(n for n in range(50) if function(n)) for function in made}
    assert lowest == {32, 34}


def test_both_ends_of_a_range_are_limits() -> None:
    """A chain of comparisons is broken in each of its parts."""
    source = "def check(n: int) -> bool:\n    return bool(0 <= n <= 9)\n"
    made = [*_functions(source, "limit"), *_functions(source, "comparison")]
    ranges = {tuple(n for n in range(-5, 20) if function(n)) for function in made}
    assert ranges == {tuple(range(*ends)) for ends in ((-1, 10), (1, 10), (0, 9), (0, 11))}


def test_a_set_operation_is_replaced() -> None:
    """Union and intersection stand in for one another, and nothing is taken out of a set."""
    assert _answers("def check(a: int, b: int) -> int:\n    return a | b\n", "set", 6, 3) == {2}
    assert _answers("def check(a: int, b: int) -> int:\n    return a & b\n", "set", 6, 3) == {7}
    assert _answers("def check(a: int, b: int) -> int:\n    return a & ~b\n", "set", 6, 3) == {6}
    assert _answers("def check(a: list) -> bool:\n    return bool(any(a))\n", "set", [0, 1]) == {False}


def test_a_loop_ends_after_one_round() -> None:
    """Of several, only the first is looked at."""
    source = "def check(a: list) -> int:\n    n = 0\n    for one in a:\n        n += one\n    return n\n"
    assert _answers(source, "once", [1, 2, 3]) == {1}


def test_a_condition_is_not_asked() -> None:
    """An expression with a condition becomes each of its values, whatever the condition."""
    source = "def check(new: int) -> str:\n    return 'new' if new else 'old'\n"
    assert [function(new) for function in _functions(source, "dropped") for new in (0, 1)] == [
        "new",
        "new",
        "old",
        "old",
    ]


def test_an_answer_is_empty() -> None:
    """A call gives 0 or nothing, as its type has it, and an answer that Python needs is left alone."""
    assert _answers("def check(a: int) -> int:\n    return abs(a)\n", "answer", 5) == {0}
    assert _answers("def check(a: int) -> str:\n    return str(a)\n", "answer", 5) == {""}
    assert _functions("def check(a: int) -> Task:\n    return Task(a)\n", "answer") == []


def test_a_change_is_dated_one_release_off() -> None:
    """A change comes with the release before and with the one after its own, and the model plays it so."""
    name = "depth-limit-is-enospc"
    dated = {mutant.since: mutant for mutant in mutants(name) if mutant.operator == "date"}
    assert set(dated) == {"4.8", "4.10"}
    assert _playing(dated["4.8"], name) == {"4.7": False, "4.8": True, "4.9": True}
    assert _playing(dated["4.10"], name) == {"4.7": False, "4.8": False, "4.9": False}
    assert model.edition("4.9").on[name]


def _playing(mutant: Mutant, name: str) -> dict[str, bool]:
    with mutant.applied():
        return {release: model.edition(release).on[name] for release in ("4.7", "4.8", "4.9")}
