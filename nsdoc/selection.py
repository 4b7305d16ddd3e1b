"""Choosing claims by an expression, as ``pytest -k`` does."""

from __future__ import annotations

import re
from collections.abc import Callable

from nsdoc.page import Claim

_TOKEN = re.compile(r"\s*(\(|\)|[^\s()]+)")
_OPERATORS = {"and", "or", "not", "(", ")"}


class BadExpression(ValueError):
    """The expression cannot be understood; the message says what was expected."""


def matcher(expression: str | None) -> Callable[[Claim], bool]:
    """A function that says whether a claim is chosen.

    The words of an expression are parts of a claim's permanent name or heading, in any case,
    joined by ``and``, ``or``, ``not`` and parentheses.
    None chooses every claim.

    Raises:
        BadExpression: words and operators do not fit together.
    """
    if expression is None:
        return lambda claim: True
    tokens = _TOKEN.findall(expression)
    if not _understood(tokens):
        raise BadExpression(
            f"{expression!r} is no expression; expected words joined by and, or, not and parentheses"
        )

    def chosen(claim: Claim) -> bool:
        return _evaluated(tokens, f"{claim.name} {claim.heading}".lower())

    return chosen


def _understood(tokens: list[str]) -> bool:
    try:
        _evaluated(tokens, "")
    except (SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return True


def _evaluated(tokens: list[str], text: str) -> bool:
    """The expression with each word replaced by whether `text` contains it."""
    words = (token if token in _OPERATORS else str(token.lower() in text) for token in tokens)
    # Only operators, True and False are left.
    return bool(eval(" ".join(words), {"__builtins__": {}}))
