"""An example becomes a code object that knows where it stands in the page."""

from __future__ import annotations

import ast
import warnings
from types import CodeType

from nsdoc.page import Example
from nsdoc.source.code import parsed

REACHED = "__reached__"
"""The name of a function of one argument, the line in the file, that is called before every assert."""


def prepare(example: Example) -> CodeType:
    """Compile an example with the file and the lines of the page it stands in.

    A traceback points into the page, the carets at the right columns.
    What runs the code puts a function named `REACHED` among its globals.

    Raises:
        SyntaxError: the code is not Python; an example of a `Page` always is.
    """
    tree = parsed(example.code)
    _move(tree, example.place.line - 1, example.indent)
    tree = ast.fix_missing_locations(_Asserts().visit(tree))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(tree, example.place.file, "exec", dont_inherit=True)


def _move(tree: ast.Module, lines: int, columns: int) -> None:
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            node.lineno += lines
            node.end_lineno += lines  # type: ignore[attr-defined]
            node.col_offset += columns  # type: ignore[attr-defined]
            node.end_col_offset += columns  # type: ignore[attr-defined]


class _Asserts(ast.NodeTransformer):
    """Puts a call of `REACHED` before every assert."""

    def visit_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        hook = ast.Expr(ast.Call(ast.Name(REACHED, ast.Load()), [ast.Constant(node.lineno)], []))
        return [ast.copy_location(hook, node), node]
