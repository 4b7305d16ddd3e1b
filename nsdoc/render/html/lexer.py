"""Colours of an example: Python, with expected output set apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Generic, Name, String, _TokenType

from nsdoc import abi

_CONSTANTS = frozenset(abi.constants())
_SCOPE = frozenset({"kernel", "fails"})


class ExampleLexer(PythonLexer):
    """Python as an example has it: ``#>`` lines and bare strings are output, Linux's words constants."""

    name = "nsdoc example"
    aliases = ["nsdoc"]
    filenames: ClassVar[list[str]] = []
    mimetypes: ClassVar[list[str]] = []

    def get_tokens_unprocessed(self, text: str, *args: Any) -> Iterator[tuple[int, _TokenType, str]]:
        """The tokens of `text`: place, kind and characters."""
        for place, kind, value in super().get_tokens_unprocessed(text, *args):
            yield place, _kind(kind, value), value


def _kind(kind: _TokenType, value: str) -> _TokenType:
    if _within(kind, Comment) and value.startswith("#>"):
        return Generic.Output
    if _within(kind, String.Doc):
        return Generic.Output
    if _within(kind, Name) and value in _CONSTANTS:
        return Name.Constant
    if _within(kind, Name) and value in _SCOPE:
        return Name.Builtin
    return kind


def _within(kind: _TokenType, family: Any) -> bool:
    # Pygments gives `in` this meaning on its own token types, which are tuples.
    return kind in family
