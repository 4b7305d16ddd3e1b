"""Ways to break a rule: each gives, for one statement, what may stand in its place.

A mutant is small: one check, one errno, one limit, one operand.
What a run cannot observe is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from nsdoc import abi
from nsdoc.mutate.rules import Statement, Step

# An error that somebody could take for the right one.
_OTHER_ERROR = {
    "EPERM": "EINVAL", "EINVAL": "EPERM", "EACCES": "EPERM", "ENOSPC": "EUSERS", "EUSERS": "ENOSPC",
    "ENOENT": "EACCES", "ESRCH": "EPERM",
}  # fmt: skip
_ANY_ERROR = "EINVAL"
_OTHER_CAP = {"CAP_SYS_ADMIN": "CAP_NET_ADMIN"}
_ANY_CAP = "CAP_SYS_ADMIN"

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Add: ast.Sub, ast.Sub: ast.Add,
}  # fmt: skip
# What a call may answer by mistake; anything else would not be an answer.
_NOTHING: dict[str, int | str | bytes] = {
    "int": 0, "Uid": 0, "Gid": 0, "Kuid": 0, "Kgid": 0, "str": "", "bytes": b"",
}  # fmt: skip
_FUNCTIONS = {"any": "all", "all": "any", "min": "max", "max": "min"}


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a function: what stands at `path` becomes `new`; several statements become several.

    `operator` is the kind of change in a word, `what` the change in a sentence,
    `lines` are those of which one is reached whenever the change can make a difference.
    `change` is the named change whose absence is played, if it is that.
    """

    path: tuple[Step, ...]
    new: ast.AST | tuple[ast.stmt, ...]
    operator: str
    what: str
    lines: range
    change: str = ""


def edits(statement: Statement, following: ast.stmt | None, gives: str) -> Iterator[Edit]:
    """All ways to break one statement.

    `following` is the statement after it in its block,
    `gives` is the type that the function gives.
    """
    yield from _whole(statement)
    if following is not None:
        yield from _moved(statement, following)
    for path, node in _expressions(statement.node):
        for new, operator, what in _expression(node):
            lines = statement.within if _is_alternatives(statement.node, node) else statement.lines
            yield Edit((*statement.path, *path), new, operator, what, lines, _asked_change(node))
    if isinstance(statement.node, ast.Return):
        yield from _turned_answer(statement) if gives == "bool" else _other_answer(statement, gives)


def _is_alternatives(statement: ast.stmt, node: ast.expr) -> bool:
    """Whether an expression is an "or" that decides an ``if``: with one part less it is true less often."""
    whole = isinstance(statement, ast.If) and node is statement.test
    return whole and isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or)


# Statements


def _whole(statement: Statement) -> Iterator[Edit]:
    node, lines = statement.node, statement.lines
    match node:
        case ast.If(test=test, orelse=[]):
            what = f"`{_head(node)}` is not checked"
            yield Edit(statement.path, ast.Pass(), "dropped", what, statement.within)
            if not isinstance(test, ast.BoolOp | ast.Compare):
                yield Edit((*statement.path, ("test", None)), _not(test), "inverted",
                           f"`{_text(test)}` is turned into its opposite", lines)  # fmt: skip
        case ast.Raise(exc=ast.Call(func=ast.Name(id="Refused"), args=[ast.Name(id=error)])):
            other = _OTHER_ERROR.get(error, _ANY_ERROR)
            if other != error:
                path = (*statement.path, ("exc", None), ("args", 0))
                yield Edit(path, ast.Constant(abi.ERRNO[other]), "errno", f"{error} becomes {other}", lines)
        case ast.While(test=over, body=body) | ast.For(iter=over, body=body):
            last = body[-1]
            new = ast.If(ast.Constant(True), [last, ast.Break()], [])
            what = f"the loop over `{_text(over)}` ends after one round"
            yield Edit((*statement.path, ("body", len(body) - 1)), new, "once", what, lines)
        case ast.Expr(value=ast.Call()):
            yield Edit(statement.path, ast.Pass(), "dropped", f"`{_text(node)}` is left out", lines)
        case ast.Assign(targets=[ast.Attribute(), *_]) | ast.AugAssign(target=ast.Attribute()):
            yield Edit(statement.path, ast.Pass(), "dropped", f"`{_text(node)}` is left out", lines)


def _moved(statement: Statement, following: ast.stmt) -> Iterator[Edit]:
    """A check that comes before its neighbour."""
    node = statement.node
    if not (_is_check(node) and _is_check(following)) or _outcome(node) == _outcome(following):
        return
    what = f"`{_head(following)}` is checked before `{_head(node)}`"
    # Where the first lets pass, their order makes no difference.
    yield Edit(statement.path, (following, node), "moved", what, statement.within)


def _is_check(node: ast.stmt) -> bool:
    match node:
        case ast.If(body=[ast.Raise() | ast.Return()], orelse=[]):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name())):
            return True
    return False


def _outcome(node: ast.stmt) -> str:
    return _text(node.body[0]) if isinstance(node, ast.If) else _text(node)


def _turned_answer(statement: Statement) -> Iterator[Edit]:
    value = statement.node.value if isinstance(statement.node, ast.Return) else None
    if value is None or isinstance(value, ast.Compare | ast.BoolOp):
        return
    what = f"the answer `{_text(value)}` is turned into its opposite"
    yield Edit((*statement.path, ("value", None)), _not(value), "inverted", what, statement.lines)


def _other_answer(statement: Statement, gives: str) -> Iterator[Edit]:
    """A call that gives nothing in place of what it is asked for."""
    match statement.node:
        case ast.Return(value=ast.Attribute() | ast.Call() | ast.JoinedStr() as value) if gives in _NOTHING:
            nothing = ast.Constant(_NOTHING[gives])
            what = f"the answer is {nothing.value!r} in place of `{_text(value)}`"
            yield Edit((*statement.path, ("value", None)), nothing, "answer", what, statement.lines)


# Expressions


def _expressions(node: ast.AST) -> Iterator[tuple[tuple[Step, ...], ast.expr]]:
    """The expressions of a statement, outermost first; those of statements within are left out."""
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.expr):
            yield ((field, None),), value
            yield from ((((field, None), *path), one) for path, one in _expressions(value))
        elif isinstance(value, list):
            for index, each in enumerate(value):
                if isinstance(each, ast.expr):
                    yield ((field, index),), each
                if isinstance(each, ast.expr | ast.keyword | ast.comprehension):
                    yield from ((((field, index), *path), one) for path, one in _expressions(each))


def _expression(node: ast.expr) -> Iterator[tuple[ast.expr, str, str]]:
    match node:
        case ast.Compare(ops=operators):
            for index in range(len(operators)):
                yield from _comparison(node, index)
        case ast.BoolOp(op=operator, values=values):
            yield from _operands(operator, values)
        case ast.BinOp():
            yield from _operation(node)
        case ast.IfExp(test=test, body=body, orelse=other):
            what = f"`{_text(test)}` is turned into its opposite"
            yield ast.IfExp(test, other, body), "inverted", what
            yield body, "dropped", f"`{_text(test)}` is not asked, as if it were always so"
            yield other, "dropped", f"`{_text(test)}` is not asked, as if it were never so"
        case ast.Call():
            yield from _call(node)


def _comparison(node: ast.Compare, index: int) -> Iterator[tuple[ast.expr, str, str]]:
    operator = node.ops[index]
    sides = [node.left, *node.comparators]
    new = _compared(node, index, _COMPARISONS[type(operator)](), sides)
    yield new, "comparison", f"`{_text(node)}` becomes `{_text(new)}`"
    if isinstance(operator, ast.Lt | ast.Gt | ast.LtE | ast.GtE) and not _is_set(*sides):
        new = _compared(node, index, operator, _shifted(sides, index, operator))
        yield new, "limit", f"`{_text(node)}` becomes `{_text(new)}`"


def _compared(node: ast.Compare, index: int, operator: ast.cmpop, sides: list[ast.expr]) -> ast.Compare:
    return ast.Compare(sides[0], [*node.ops[:index], operator, *node.ops[index + 1 :]], sides[1:])


def _shifted(sides: list[ast.expr], index: int, operator: ast.cmpop) -> list[ast.expr]:
    """The sides of a comparison with a limit moved by one: in the direction that the other comparison leaves.

    The limit stands on the right, or at either end of a chain.
    """
    first = index == 0 and len(sides) > 2
    down = isinstance(operator, ast.Gt | ast.LtE if first else ast.Lt | ast.GtE)
    at = 0 if first else index + 1
    limit = ast.BinOp(sides[at], ast.Sub() if down else ast.Add(), ast.Constant(1))
    return [*sides[:at], limit, *sides[at + 1 :]]


def _is_set(*sides: ast.expr) -> bool:
    return any(isinstance(part, ast.Set | ast.SetComp) for side in sides for part in ast.walk(side))


def _operands(operator: ast.boolop, values: list[ast.expr]) -> Iterator[tuple[ast.expr, str, str]]:
    for index, value in enumerate(values):
        rest = [*values[:index], *values[index + 1 :]]
        new = rest[0] if len(rest) == 1 else ast.BoolOp(operator, rest)
        word = "and" if isinstance(operator, ast.And) else "or"
        yield new, "operand", f"`{word} {_text(value)}` is not looked at"


def _operation(node: ast.BinOp) -> Iterator[tuple[ast.expr, str, str]]:
    words = f"`{_text(node)}` becomes "
    match node:
        case ast.BinOp(left=left, op=ast.BitAnd(), right=ast.UnaryOp(op=ast.Invert())):
            yield left, "set", f"{words}`{_text(left)}`"
        case ast.BinOp(left=left, op=ast.BitOr(), right=right) if _is_flags(left) and _is_flags(right):
            yield left, "set", f"{words}`{_text(left)}`"
            yield right, "set", f"{words}`{_text(right)}`"
        case ast.BinOp(op=operator) if type(operator) in _OPERATORS:
            new = ast.BinOp(node.left, _OPERATORS[type(operator)](), node.right)
            yield (
                new,
                "set" if isinstance(operator, ast.BitOr | ast.BitAnd) else "arithmetic",
                (f"{words}`{_text(new)}`"),
            )


def _is_flags(node: ast.expr) -> bool:
    """Whether an expression is made of constants alone, of which "and" would leave nothing."""
    names = [part for part in ast.walk(node) if isinstance(part, ast.Name | ast.Attribute)]
    words = (part.id if isinstance(part, ast.Name) else part.attr for part in names)
    return all(word.strip("_").isupper() or word == "abi" for word in words)


def _call(node: ast.Call) -> Iterator[tuple[ast.expr, str, str]]:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name in _FUNCTIONS:
        new = ast.Call(ast.Name(_FUNCTIONS[name], ast.Load()), node.args, node.keywords)
        yield new, "set", f"`{_text(node)}` becomes `{_text(new)}`"
    if name == "replace":
        for index, keyword in enumerate(node.keywords):
            rest = [*node.keywords[:index], *node.keywords[index + 1 :]]
            what = f"`{keyword.arg}={_text(keyword.value)}` is left out"
            yield ast.Call(node.func, node.args, rest), "dropped", what
    for index, argument in enumerate(node.args):
        if (cap := _capability(argument)) is not None:
            other = _OTHER_CAP.get(cap, _ANY_CAP)
            args = [*node.args[:index], ast.Constant(abi.constants()[other]), *node.args[index + 1 :]]
            yield ast.Call(node.func, args, node.keywords), "capability", f"{cap} becomes {other}"
    if _asked_change(node):
        yield ast.Constant(False), "change", "it never came"


def _capability(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in abi.constants() and name.startswith(
            "CAP_"
        ):
            return name
    return None


def _asked_change(node: ast.expr) -> str:
    """The name of the change that ``kernel.has("name")`` asks for, else nothing."""
    match node:
        case ast.Call(func=ast.Attribute(attr="has"), args=[ast.Constant(value=str(name))]):
            return name
    return ""


def _not(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return node.operand
    return ast.UnaryOp(ast.Not(), node)


def _head(node: ast.stmt) -> str:
    return _text(node.test) if isinstance(node, ast.If) else _text(node)


def _text(node: ast.AST) -> str:
    return ast.unparse(node)
