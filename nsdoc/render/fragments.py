"""Parts of a page as roff to paste into a page that is written by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nsdoc.page import Place
from nsdoc.problems import Code, Problem
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


def fragment(page: ManPage, name: str) -> str | None:
    """The part called `name`: a heading with its text, or an item of a list of terms; None for none.

    A heading is found in any case, an item by its term or by the first word of that.
    """
    found = parts.find(page.body, name)
    return None if found is None else print_blocks((found,))


def fragments(page: ManPage, field: str, file: str) -> tuple[tuple[Fragment, ...], tuple[Problem, ...]]:
    """The parts that the field of a page names, and a problem for each name that no part has.

    Each part is to stand in a file such as ``fragments/clone.2/CLONE_NEWUSER.2in``; `file` is the source.
    """
    names = [" ".join(name.split()) for name in field.split(";") if name.strip()]
    texts = {name: fragment(page, name) for name in names}
    there = (Fragment(_path(page, name), text) for name, text in texts.items() if text is not None)
    absent = (_absent(name, file) for name, text in texts.items() if text is None)
    return tuple(there), tuple(absent)


def _absent(name: str, file: str) -> Problem:
    message = f'the page has no heading and no item of a list called "{name}"'
    hint = f"the name of one in the field :{FIELD}:"
    return Problem(Place(file, 1), Code.UNKNOWN_FRAGMENT, message, hint)


def _path(page: ManPage, name: str) -> str:
    """The file of a part, whatever characters its name has."""
    header = page.header
    stem = _UNFIT.sub("_", name).strip("_.") or "part"
    return f"fragments/{header.name}.{header.section}/{stem}.{header.section}in"
