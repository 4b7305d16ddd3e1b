"""An example becomes a code object that knows where it stands in the page."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable
from types import CodeType
from typing import NamedTuple

from nsdoc.page import Example
from nsdoc.source.contained import is_contained
from nsdoc.source.syntax import every, parsed

REACHED = "__reached__"
"""The name of a function of one argument, the line in the file, that is called before every assert."""


class Prepared(NamedTuple):
    """The code of an example, and whether it touches nothing but its kernel."""

    code: CodeType
    contained: bool


def prepare(example: Example) -> Prepared:
    """Compile an example with the file and the lines of the page it stands in.

    A traceback points into the page, the carets at the right columns.
    What the example needs is asked for before its first line.
    What runs the code puts a function named `REACHED` among its globals.

    Raises:
        SyntaxError: the code is not Python; an example of a `Page` always is.
    """
    tree = parsed(example.code)
    nodes = every(tree)
    _move(nodes, example.place.line - 1, example.indent)
    if any(isinstance(node, ast.Assert) for node in nodes):
        tree = ast.fix_missing_locations(_Asserts().visit(tree))
    tree.body[:0] = _needs(example)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = compile(tree, example.place.file, "exec", dont_inherit=True)
    return Prepared(code, is_contained(nodes))


def _needs(example: Example) -> list[ast.stmt]:
    """The call of `nsdoc.process.Kernel.need` for what an example needs, at its first line."""
    if not example.needs:
        return []
    words: list[ast.expr] = [ast.Constant(word) for word in example.needs]
    call = ast.Expr(ast.Call(ast.Attribute(ast.Name("kernel", ast.Load()), "need", ast.Load()), words, []))
    line, column = example.place.line, example.indent
    place = ast.Pass(lineno=line, end_lineno=line, col_offset=column, end_col_offset=column)
    return [ast.fix_missing_locations(ast.copy_location(call, place))]


def _move(nodes: Iterable[ast.AST], lines: int, columns: int) -> None:
    for node in nodes:
        if hasattr(node, "lineno"):
            node.lineno += lines
            node.end_lineno += lines  # type: ignore[attr-defined]
            node.col_offset += columns  # type: ignore[attr-defined]
            node.end_col_offset += columns  # type: ignore[attr-defined]


class _Asserts(ast.NodeTransformer):
    """Puts a call of `REACHED` before every assert, and the two sides of a comparison into its message."""

    def visit_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        hook = ast.Expr(ast.Call(ast.Name(REACHED, ast.Load()), [ast.Constant(node.lineno)], []))
        if isinstance(node.test, ast.Compare) and len(node.test.ops) == 1 and node.msg is None:
            _show_sides(node, node.test)
        return [ast.copy_location(hook, node), node]


def _show_sides(node: ast.Assert, test: ast.Compare) -> None:
    """Make of ``assert f() == 1`` what shows ``2 == 1`` when it fails; each side is evaluated once."""
    operator = ast.unparse(ast.Compare(ast.Name("x"), test.ops, [ast.Name("x")]))[1:-1]
    sides = [ast.Name(name, ast.Load()) for name in ("__left__", "__right__")]
    shown = [ast.FormattedValue(side, ord("r")) for side in sides]
    node.msg = ast.copy_location(ast.JoinedStr([shown[0], ast.Constant(operator), shown[1]]), test)
    test.left = ast.copy_location(ast.NamedExpr(ast.Name("__left__", ast.Store()), test.left), test.left)
    right = test.comparators[0]
    test.comparators = [ast.copy_location(ast.NamedExpr(ast.Name("__right__", ast.Store()), right), right)]
