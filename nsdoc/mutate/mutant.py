"""Mutants: the model with one rule broken, in the memory of a process."""

from __future__ import annotations

import ast
import copy
import pkgutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from nsdoc.backends import model
from nsdoc.backends.model.changes import Change
from nsdoc.mutate.operators import Edit, edits
from nsdoc.mutate.rules import Comments, Rule, Statement, Step, statements
from nsdoc.page import Place

# What starts and describes the machine implements no rule of the kernel.
_SPARED = frozenset(("backend", "boot", "calls", "changes", "ground", "history", "errnos", "refusal"))
_HISTORY = "history"


@dataclass(frozen=True, slots=True)
class Mutant:
    """The model with one thing changed.

    `id` is its name, `rule` what it breaks, `place` where, `what` says how in words.
    `lines` are lines of the file of `place`, one of which is reached where it can make a difference.
    """

    id: str
    rule: Rule
    place: Place
    operator: str
    what: str
    lines: range
    function: str
    code: CodeType | None = field(default=None, compare=False, repr=False)
    since: str = ""

    @property
    def of_change(self) -> bool:
        """Whether it breaks a named change, and not a rule that every release has."""
        return self.rule.id in _change_rules()

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The model broken in the calling process, for the length of a ``with`` block.

        A machine that was started meanwhile must not be used afterwards.
        """
        changed: Any = import_module(f"{model.__name__}.{_HISTORY}")
        name = "CHANGES"
        if self.code is not None:
            changed, name = _function(self.function), "__code__"
        right = getattr(changed, name)
        setattr(changed, name, self.code or _redate(right, self.rule.id, self.since))
        try:
            yield
        finally:
            setattr(changed, name, right)


def mutants(wanted: str = "") -> tuple[Mutant, ...]:
    """All mutants of rules whose name begins with `wanted`, in the order of the model's files.

    The same model gives the same mutants with the same ids.
    """
    found = (one for name in _modules() for one in _of_module(name))
    named = (one for one in (*found, *_redated()) if one.rule.id)
    return tuple(one for one in named if one.rule.id.startswith(wanted))


def unnamed() -> tuple[Mutant, ...]:
    """Mutants of what the model does without the number of a rule: the rest of what claims can be about."""
    return tuple(one for name in _modules() for one in _of_module(name) if not one.rule.id)


def model_files() -> dict[str, str]:
    """The files that mutants are made of: as code objects name them, and as `Mutant.place` does."""
    modules = [import_module(f"{model.__name__}.{name}") for name in _modules()]
    return {str(module.__file__): _file(module) for module in modules}


def _modules() -> list[str]:
    """The names of the model's modules."""
    names = (info.name for info in pkgutil.iter_modules(model.__path__))
    return sorted(name for name in names if name not in _SPARED)


def _file(module: ModuleType) -> str:
    """The file of a module as it is told: below the directory that holds the package."""
    path = Path(module.__file__ or "")
    return str(path.relative_to(Path(model.__file__).parents[3]))


# Rules broken in the code


def _of_module(name: str) -> Iterator[Mutant]:
    module = import_module(f"{model.__name__}.{name}")
    text = Path(module.__file__ or "").read_text("utf-8")
    comments = Comments(_file(module), text)
    for owner, function in _functions(ast.parse(text)):
        yield from _of_function(name, owner, function, comments)


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The functions of a module, and the methods of its classes with the names of these."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield "", node
        elif isinstance(node, ast.ClassDef):
            yield from ((node.name, one) for one in node.body if isinstance(one, ast.FunctionDef))


def _of_function(name: str, owner: str, function: ast.FunctionDef, comments: Comments) -> Iterator[Mutant]:
    where = ".".join(filter(None, (name, owner, function.name)))
    seen = {_fingerprint(_compiled(function, owner, comments.file))}
    for number, (statement, edit) in enumerate(_all_edits(function, comments)):
        code = _compiled(_edited(function, edit), owner, comments.file)
        rule = _change_rules()[edit.change] if edit.change else statement.rule or comments.unnamed(function)
        if (same := _fingerprint(code)) in seen:
            continue
        seen.add(same)
        place = Place(comments.file, statement.node.lineno)
        yield Mutant(
            f"{where}:{edit.operator}:{number}",
            rule,
            place,
            edit.operator,
            edit.what,
            edit.lines,
            where,
            code,
        )


def _all_edits(function: ast.FunctionDef, comments: Comments) -> Iterator[tuple[Statement, Edit]]:
    gives = ast.unparse(function.returns) if function.returns else ""
    for statement in statements(function, comments):
        if _is_of_python(function, statement.node):
            continue
        for edit in edits(statement, _next(function, statement.path), gives):
            yield statement, edit


def _is_of_python(function: ast.FunctionDef, node: ast.stmt) -> bool:
    """Whether without a statement there would be no other kernel, but a mistake of Python."""
    return isinstance(node, ast.Assert) or (function.name == "__init__" and isinstance(node, ast.Assign))


def _next(function: ast.FunctionDef, path: tuple[Step, ...]) -> ast.stmt | None:
    """The statement after the one at `path`, in its block."""
    *parents, (name, index) = path
    block = getattr(_at(function, parents), name)
    return block[index + 1] if index is not None and index + 1 < len(block) else None


def _at(node: Any, path: Any) -> Any:
    for name, index in path:
        node = getattr(node, name)
        node = node if index is None else node[index]
    return node


def _edited(function: ast.FunctionDef, edit: Edit) -> ast.FunctionDef:
    """A copy of a function, changed."""
    changed = copy.deepcopy(function)
    *parents, (name, index) = edit.path
    parent = _at(changed, parents)
    if index is None:
        setattr(parent, name, copy.deepcopy(edit.new))
    elif isinstance(edit.new, tuple):
        getattr(parent, name)[index : index + len(edit.new)] = copy.deepcopy(list(edit.new))
    else:
        getattr(parent, name)[index] = copy.deepcopy(edit.new)
    return ast.fix_missing_locations(changed)


def _compiled(function: ast.FunctionDef, owner: str, file: str) -> CodeType:
    """The code of a function, compiled as in its module: in its class, and with annotations unread."""
    bare = copy.copy(function)
    bare.decorator_list = []
    body: ast.stmt = bare
    if owner:
        body = ast.ClassDef(owner, [], [], [bare], [])
    future = ast.ImportFrom("__future__", [ast.alias("annotations")], 0)
    tree = ast.fix_missing_locations(ast.Module([future, body], []))
    code = compile(tree, file, "exec", dont_inherit=True)
    return _named(_named(code, owner) if owner else code, function.name)


def _named(code: CodeType, name: str) -> CodeType:
    return next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == name)


def _fingerprint(code: CodeType) -> object:
    """What two codes have in common that do the same."""
    inner = tuple(_fingerprint(one) if isinstance(one, CodeType) else repr(one) for one in code.co_consts)
    return code.co_code, inner, code.co_names, code.co_varnames


def _function(where: str) -> FunctionType:
    """The function of the model that ``module.Class.name`` names, as it is called."""
    module, *names = where.split(".")
    found: Any = import_module(f"{model.__name__}.{module}")
    for name in names:
        found = vars(found)[name]
    found = getattr(found, "__func__", getattr(found, "fget", found))
    function: FunctionType = getattr(found, "__wrapped__", found)
    return function


# Changes dated otherwise


@cache
def _change_rules() -> dict[str, Rule]:
    """The named changes as rules, each where the table has it."""
    module = import_module(f"{model.__name__}.changes")
    lines = Path(module.__file__ or "").read_text("utf-8").splitlines()
    heads = {line.split(" ", 1)[0]: number for number, line in enumerate(lines, 1)}
    file = _file(module)
    return {
        change.name: Rule(Place(file, heads[change.name]), change.name, change.what)
        for change in model.changes()
    }


def _redated() -> Iterator[Mutant]:
    """Each change one release too early, and one too late."""
    known = model.releases()
    for change in model.changes():
        if change.since not in known:
            continue
        index = known.index(change.since)
        rule = _change_rules()[change.name]
        for word, at in (("early", index - 1), ("late", index + 1)):
            if 0 <= at < len(known):
                what = f"it comes with Linux {known[at]} in place of {change.since}"
                line = range(rule.place.line, rule.place.line + 1)
                yield Mutant(
                    f"{change.name}:{word}", rule, rule.place, "date", what, line, "", since=known[at]
                )


def _redate(table: Sequence[Change], name: str, since: str) -> tuple[Change, ...]:
    """The table of changes, of which only the history reads it, with another release for one of them."""
    return tuple(replace(change, since=since) if change.name == name else change for change in table)
