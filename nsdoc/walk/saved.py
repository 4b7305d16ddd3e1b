"""Walks in a file, to be taken again."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from typing import Any, Final

from nsdoc.walk.step import Step

VERSION: Final = 3
"""The version of the steps: the same seed gives the same walk as long as it stays."""


class BadWalks(Exception):
    """A file holds no walks that can be taken; the message says why."""


def dump(walks: Iterable[tuple[int, tuple[Step, ...]]]) -> dict[str, Any]:
    """Walks with their seeds, as JSON can hold them: a step a line, in Python's notation."""
    rows = [{"seed": seed, "steps": [repr(tuple(step)) for step in steps]} for seed, steps in walks]
    return {"version": VERSION, "walks": rows}


def text(walks: Iterable[tuple[int, tuple[Step, ...]]]) -> str:
    """Walks with their seeds as the text of a file."""
    return json.dumps(dump(walks), indent=1, sort_keys=True) + "\n"


def load(file: str) -> tuple[tuple[int, tuple[Step, ...]], ...]:
    """The walks of the text of a file.

    Raises:
        BadWalks: they are of another version, or are no walks.
    """
    try:
        data = json.loads(file)
        if data["version"] != VERSION:
            raise BadWalks(f"walks of version {data['version']}, and version {VERSION} is known")
        return tuple((int(row["seed"]), tuple(map(_step, row["steps"]))) for row in data["walks"])
    except (AttributeError, KeyError, TypeError, ValueError, SyntaxError) as error:
        raise BadWalks(f"no walks: {error}") from None


def _step(text: str) -> Step:
    who, call, args = ast.literal_eval(text)
    if not (isinstance(who, int) and isinstance(call, str) and isinstance(args, tuple)):
        raise ValueError(f"{text} is no step")
    return Step(who, call, args)
