"""Choosing claims by an expression, as ``pytest -k`` does."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from nsdoc.page import Claim

_TOKEN = re.compile(r"[()]|[^\s()]+")
_OPERATORS = frozenset(("and", "or", "not", "(", ")"))

_Rule: TypeAlias = Callable[[str], bool]


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
    try:
        rule = _Grammar(_TOKEN.findall(expression)).whole()
    except (_Misfit, RecursionError):
        raise BadExpression(
            f"{expression!r} is no expression; expected words joined by and, or, not and parentheses"
        ) from None
    return lambda claim: rule(f"{claim.name} {claim.heading}".lower())


class _Misfit(Exception):
    """A token stands where another one is expected."""


class _Grammar:
    """What the tokens of an expression mean, from the weakest operator to the strongest."""

    def __init__(self, tokens: list[str]) -> None:
        self._left = deque(tokens)

    def whole(self) -> _Rule:
        rule = self._either()
        if self._left:
            raise _Misfit
        return rule

    def _either(self) -> _Rule:
        rules = [self._both()]
        while self._comes("or"):
            rules.append(self._both())
        return lambda text: any(rule(text) for rule in rules)

    def _both(self) -> _Rule:
        rules = [self._one()]
        while self._comes("and"):
            rules.append(self._one())
        return lambda text: all(rule(text) for rule in rules)

    def _one(self) -> _Rule:
        if self._comes("not"):
            denied = self._one()
            return lambda text: not denied(text)
        if self._comes("("):
            rule = self._either()
            if not self._comes(")"):
                raise _Misfit
            return rule
        return self._word()

    def _word(self) -> _Rule:
        if not self._left or self._left[0] in _OPERATORS:
            raise _Misfit
        word = self._left.popleft().lower()
        return lambda text: word in text

    def _comes(self, token: str) -> bool:
        """Take a token if it is the next one."""
        if not self._left or self._left[0] != token:
            return False
        self._left.popleft()
        return True
