"""Parts of a page as roff to paste into a page that is written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from nsdoc.render import parts
from nsdoc.render.roff.model import ManPage
from nsdoc.render.roff.printer import print_blocks

FIELD = "fragments"
"""The field of a page that names its parts, separated by semicolons."""

_UNFIT = re.compile(r"[^\w.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of a page: its file below the directory of the pages, and its roff."""

    path: str
    text: str


def named(field: str) -> tuple[str, ...]:
    """The names of parts in the value of the field ``:fragments:``."""
    return tuple(" ".join(name.split()) for name in field.split(";") if name.strip())


def fragment(page: ManPage, name: str) -> str | None:
    """The part called `name`: a heading with its text, or an item of a list of terms; None for none.

    A heading is found in any case, an item by its term or by the first word of that.
    """
    found = parts.find(page.body, name)
    return None if found is None else print_blocks((found,))


def fragments(page: ManPage, names: Iterable[str]) -> tuple[tuple[Fragment, ...], tuple[str, ...]]:
    """The parts that have these names, and the names that no part has.

    Each is to stand in a file such as ``fragments/clone.2/CLONE_NEWUSER.2in``.
    """
    texts = {name: fragment(page, name) for name in names}
    there = tuple(Fragment(path(page, name), text) for name, text in texts.items() if text is not None)
    return there, tuple(name for name, text in texts.items() if text is None)


def path(page: ManPage, name: str) -> str:
    """The file of a part, whatever characters its name has."""
    header = page.header
    stem = _UNFIT.sub("_", name).strip("_.") or "part"
    return f"fragments/{header.name}.{header.section}/{stem}.{header.section}in"
