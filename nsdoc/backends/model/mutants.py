"""Breaking the model one rule at a time.

A mutant is the model with one function that differs in one place:
a check dropped, inverted or moved before its neighbour, an error changed, a limit shifted by one,
a set operation or a condition replaced; or with one change of history taken away.
"""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Final

# Modules whose rules are broken: those of the kernel, not the playing of it.
MODULES: Final = (
    "attr", "capability", "chdir", "commoncap", "create", "cred", "exec", "exit", "fcaps", "fork",
    "fs_context", "fs_struct", "id_map", "idmap", "ipc", "keyctl", "keys", "mount_api", "mount_calls",
    "namespace", "nsfs", "nsproxy", "open", "permission", "pid", "pidfd", "pnode", "prctl", "proc_base",
    "proc_pid", "proc_sys", "ptrace", "ptrace_calls", "resource", "setid", "setns", "signal", "socket",
    "sys", "system", "ucount", "uidgid", "umount", "unix", "user_namespace", "uts", "xattr",
    "ns_common", "ns_types", "proc_status", "namei", "read_write", "file", "session", "boot",
)  # fmt: skip
_RULE: Final = re.compile(r"R\d{3}")
_OTHER_ERRORS: Final = {"EPERM": "EINVAL", "EINVAL": "EPERM", "EACCES": "EPERM", "ENOSPC": "EUSERS"}
_SHIFTED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Lt: ast.LtE, ast.LtE: ast.Lt
}  # fmt: skip
_SWAPPED: Final[dict[type[ast.operator], type[ast.operator]]] = {ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One way to break the model.

    `rule` is the rule that the comment above names, or empty; `what` says in words what is broken.
    `function` is the function that differs, `code` what it does instead.
    """

    id: str
    rule: str
    what: str
    function: FunctionType
    code: CodeType

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Play the broken model for the length of a ``with`` block."""
        own = self.function.__code__
        self.function.__code__ = self.code
        try:
            yield
        finally:
            self.function.__code__ = own


def mutants() -> Iterator[Mutant]:
    """Every mutant, in the order of the source."""
    for name in MODULES:
        module = importlib.import_module(f"{__package__}.{name}")
        yield from _of_module(name, module)


def _of_module(name: str, module: ModuleType) -> Iterator[Mutant]:
    source = inspect.getsource(module)
    lines = source.splitlines()
    for node, owner in _functions(ast.parse(source)):
        function = getattr(getattr(module, owner) if owner else module, node.name)
        if isinstance(function, FunctionType) and not function.__code__.co_freevars:
            yield from _of_function(name, node, function, lines)


def _functions(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef, str]]:
    """The functions of a module, and the methods of its classes with the class, but for decorated ones."""
    for outer in tree.body:
        found = [(outer, "")] if isinstance(outer, ast.FunctionDef) else []
        if isinstance(outer, ast.ClassDef):
            found = [(inner, outer.name) for inner in outer.body if isinstance(inner, ast.FunctionDef)]
        for node, owner in found:
            if not node.decorator_list and not node.name.startswith("__"):
                yield node, owner


def _of_function(
    module: str, node: ast.FunctionDef, function: FunctionType, lines: list[str]
) -> Iterator[Mutant]:
    for number, (line, what, change) in enumerate(_changes(node)):
        broken = copy.deepcopy(node)
        change(broken)
        code = _compiled(broken, function)
        if code is not None:
            yield Mutant(f"{module}.{node.name}:{number}", _rule(node, line, lines), what, function, code)


def _rule(node: ast.FunctionDef, line: int, lines: list[str]) -> str:
    """The rule that the nearest comment above a line names, within its function."""
    for text in reversed(lines[node.lineno - 1 : line]):
        if (text.lstrip().startswith("#") or '"""' in text) and (found := _RULE.search(text)):
            return found[0]
    found = _RULE.search(ast.get_docstring(node) or "")
    return found[0] if found else ""


def _compiled(node: ast.FunctionDef, function: FunctionType) -> CodeType | None:
    node.returns = None
    for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
        argument.annotation = None
    tree = ast.fix_missing_locations(ast.Module([node], []))
    code = compile(tree, function.__code__.co_filename, "exec", dont_inherit=True)
    inner = next(const for const in code.co_consts if isinstance(const, CodeType))
    same = inner.co_freevars == function.__code__.co_freevars
    return inner if same else None


Change = tuple[int, str, Callable[[ast.FunctionDef], None]]


def _changes(node: ast.FunctionDef) -> Iterator[Change]:
    """What can be broken in a function: the line, what it is in words, and how it is done to a copy."""
    for index, found in enumerate(ast.walk(node)):
        if isinstance(found, ast.If) and _refuses(found):
            yield from _of_check(index, found)
        elif isinstance(found, ast.If) and _is_simple(found):
            yield found.lineno, "what happens under a condition never happens", _at(index, _drop)
        elif isinstance(found, ast.Assign) and isinstance(found.targets[0], ast.Attribute):
            yield found.lineno, f"{found.targets[0].attr} is left as it was", _at(index, _leave)
        elif isinstance(found, ast.Call) and isinstance(found.func, ast.Name) and found.func.id == "replace":
            for place, keyword in enumerate(found.keywords):
                yield found.lineno, f"{keyword.arg} is left as it was", _at(index, _without(place))
        elif isinstance(found, ast.Compare) and len(found.ops) == 1 and type(found.ops[0]) in _SHIFTED:
            yield found.lineno, "a limit is shifted by one", _at(index, _shift)
        elif isinstance(found, ast.BinOp) and type(found.op) in _SWAPPED:
            yield found.lineno, "a set operation is replaced", _at(index, _swap)
        elif isinstance(found, ast.BoolOp):
            yield found.lineno, "one of two conditions is enough, or both are needed", _at(index, _loosen)
        elif isinstance(found, ast.Return) and isinstance(
            found.value, (ast.BoolOp, ast.Compare, ast.UnaryOp)
        ):
            yield found.lineno, "the answer is inverted", _at(index, _negate)
        elif isinstance(found, ast.Return) and isinstance(
            found.value, (ast.Attribute, ast.Call, ast.JoinedStr)
        ):
            yield found.lineno, "the answer is another one", _at(index, _another)
    yield from _moved(node)


def _refuses(node: ast.If) -> bool:
    return len(node.body) == 1 and _error(node.body[0]) is not None


def _is_simple(node: ast.If) -> bool:
    """Whether one thing is done or said under a condition, and nothing otherwise."""
    return (
        len(node.body) == 1
        and not node.orelse
        and isinstance(node.body[0], (ast.Return, ast.Assign, ast.Expr))
    )


def _error(node: ast.AST) -> ast.Name | None:
    """The error of ``raise Refused(NAME)``."""
    if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
        return None
    arguments = node.exc.args
    return arguments[0] if len(arguments) == 1 and isinstance(arguments[0], ast.Name) else None


def _of_check(index: int, node: ast.If) -> Iterator[Change]:
    error = _error(node.body[0])
    assert error is not None
    yield node.lineno, f"the check for {error.id} is dropped", _at(index, _drop)
    yield node.lineno, f"the check for {error.id} is inverted", _at(index, _invert)
    if error.id in _OTHER_ERRORS:
        yield node.lineno, f"{error.id} is {_OTHER_ERRORS[error.id]}", _at(index, _other_error)


def _at(index: int, change: Callable[[ast.AST], None]) -> Callable[[ast.FunctionDef], None]:
    """A change of the node that comes at a place in the walk."""

    def do(node: ast.FunctionDef) -> None:
        change(list(ast.walk(node))[index])

    return do


def _drop(node: ast.AST) -> None:
    assert isinstance(node, ast.If)
    node.test = ast.Constant(False)


def _leave(node: ast.AST) -> None:
    assert isinstance(node, ast.Assign)
    node.targets = [ast.Name("_", ast.Store())]


def _without(place: int) -> Callable[[ast.AST], None]:
    def do(node: ast.AST) -> None:
        assert isinstance(node, ast.Call)
        del node.keywords[place]

    return do


def _invert(node: ast.AST) -> None:
    assert isinstance(node, ast.If)
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _other_error(node: ast.AST) -> None:
    assert isinstance(node, ast.If)
    error = _error(node.body[0])
    assert error is not None
    raised = node.body[0]
    assert isinstance(raised, ast.Raise)
    assert isinstance(raised.exc, ast.Call)
    number = importlib.import_module("nsdoc.abi").ERRNO[_OTHER_ERRORS[error.id]]
    raised.exc.args = [ast.Constant(number)]


def _shift(node: ast.AST) -> None:
    assert isinstance(node, ast.Compare)
    node.ops = [_SHIFTED[type(node.ops[0])]()]


def _swap(node: ast.AST) -> None:
    assert isinstance(node, ast.BinOp)
    node.op = _SWAPPED[type(node.op)]()


def _loosen(node: ast.AST) -> None:
    assert isinstance(node, ast.BoolOp)
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()


def _negate(node: ast.AST) -> None:
    assert isinstance(node, ast.Return)
    assert node.value is not None
    node.value = ast.UnaryOp(ast.Not(), node.value)


def _another(node: ast.AST) -> None:
    assert isinstance(node, ast.Return)
    node.value = ast.Constant("" if isinstance(node.value, ast.JoinedStr) else 0)


def _moved(node: ast.FunctionDef) -> Iterator[Change]:
    """Two checks that follow one another, with different errors: the later one is made first."""
    for index, (one, other) in enumerate(zip(node.body, node.body[1:], strict=False)):
        if not (isinstance(one, ast.If) and isinstance(other, ast.If) and _refuses(one) and _refuses(other)):
            continue
        errors = [_error(check.body[0]) for check in (one, other)]
        if errors[0] is not None and errors[1] is not None and errors[0].id != errors[1].id:
            yield other.lineno, f"{errors[1].id} is looked for before {errors[0].id}", _exchange(index)


def _exchange(index: int) -> Callable[[ast.FunctionDef], None]:
    def do(node: ast.FunctionDef) -> None:
        node.body[index], node.body[index + 1] = node.body[index + 1], node.body[index]

    return do
