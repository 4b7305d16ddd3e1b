"""Walks as hypothesis draws them, and shrinks them."""

from __future__ import annotations

from hypothesis import strategies as st

from nsdoc.backends.model import edition
from nsdoc.backends.model.boot import Setting
from nsdoc.backends.model.history import Edition
from nsdoc.walk.wander import Walk, Wanderer

NEWEST = edition("6.18")


class Drawn:
    """Every choice of a walk is drawn: a smaller draw is an earlier, simpler choice."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def randrange(self, start: int, /) -> int:
        """A number from 0 to below `start`."""
        return self._draw(st.integers(0, start - 1))


@st.composite
def walks(
    draw: st.DrawFn, most: int = 40, release: Edition = NEWEST, setting: Setting | None = None
) -> Walk:
    """A walk of at most so many calls, chosen on the model of a release."""
    wanderer = Wanderer(Drawn(draw), release, setting or Setting())
    wanderer.begin()
    while len(wanderer.steps) < most and not wanderer.at_an_end() and draw(_steps(wanderer)):
        pass
    return wanderer.walk()


@st.composite
def _steps(draw: st.DrawFn, wanderer: Wanderer) -> bool:
    """One more step, as a draw of its own, so that it can be left out; False at the end of the walk."""
    if not draw(st.integers(0, 30)):
        return False
    wanderer.further()
    return True
