"""Choosing claims by an expression."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsdoc.page import Claim, Place
from nsdoc.selection import BadExpression, matcher

CLAIM = Claim("user_namespaces(7)", "level-limit", "DESCRIPTION/Nested", "Prose.", Place("x", 1), ())


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        (None, True),
        ("level", True),
        ("LEVEL-limit", True),
        ("level and nested", True),
        ("nested and not level", False),
        ("not (mount or gid)", True),
        ("user_namespaces and (gid or limit)", True),
        ("#level", True),
        ("Prose", False),
    ],
)
def test_chosen(expression: str | None, chosen: bool) -> None:
    """Words are parts of the claim's name or heading, in any case, joined as in Python."""
    assert matcher(expression)(CLAIM) is chosen


NONSENSE = ["", "and", "a b", "(a", "a)", "not", "a or", "()", "a (b)", "a not b", "(" * 3000]


@pytest.mark.parametrize("expression", NONSENSE)
def test_no_expression(expression: str) -> None:
    """What is no expression is refused, and shown."""
    with pytest.raises(BadExpression, match="is no expression"):
        matcher(expression)


words = st.sampled_from(["level", "gid", "nested", "x"])
expressions = st.recursive(
    words,
    lambda inner: (
        inner.map("not {}".format)
        | inner.map("({})".format)
        | st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join)
    ),
)


@given(expressions)
def test_means_what_python_means(expression: str) -> None:
    """An expression chooses as Python would with each word replaced by whether it is there."""
    there = {"level": True, "gid": False, "nested": True, "x": False}
    assert matcher(expression)(CLAIM) is eval(expression, there)


@given(st.lists(st.sampled_from(["and", "or", "not", "(", ")", "level", "gid", "'"]), max_size=9))
def test_any_words(tokens: list[str]) -> None:
    """Whatever stands in an expression, it is understood or refused."""
    try:
        chosen = matcher(" ".join(tokens))(CLAIM)
    except BadExpression:
        return
    assert chosen in (True, False)
