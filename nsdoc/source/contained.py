"""Whether an example touches nothing but its kernel."""

from __future__ import annotations

import ast
from collections.abc import Iterable

# What reaches beyond the values that an example has made and those that it was given.
_REACHING = frozenset(
    "__import__ breakpoint compile delattr eval exec exit getattr globals help input locals"
    " open quit setattr vars".split()
)


def is_contained(nodes: Iterable[ast.AST]) -> bool:
    """Whether an example that has these nodes leaves nothing behind in the process that runs it.

    It imports nothing, sets no attribute, uses no name that begins with an underscore,
    and none of the builtins with which that could be got around.
    This is no protection from bad will: it tells which examples need a process of their own.
    """
    return not any(map(_reaches, nodes))


def _reaches(node: ast.AST) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.Attribute(attr=name, ctx=context):
            return name.startswith("_") or not isinstance(context, ast.Load)
        case ast.Name(id=name):
            return (name.startswith("_") and name != "_") or name in _REACHING
    return False
