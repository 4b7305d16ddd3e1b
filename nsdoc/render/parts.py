"""Finding one part of a page: a heading, or an item of a list of terms."""

from __future__ import annotations

from collections.abc import Iterable

from nsdoc.render.roff.model import Block, Indented, Item, Line, Listing, Section, Tagged


def find(body: Iterable[Block], name: str) -> Block | None:
    """The first part called `name`, in the order of the page; None where there is none."""
    for block in body:
        found = _in(block, name)
        if found is not None:
            return found
    return None


def _in(block: Block, name: str) -> Block | None:
    match block:
        case Section() if _text(block.title).casefold() == name.casefold():
            return block
        case Section() | Indented():
            return find(block.body, name)
        case Tagged():
            named = next((item for item in block.items if _is_called(item, name)), None)
            return Tagged((named,)) if named else _within(block.items, name)
        case Listing():
            return _within(block.items, name)
    return None


def _within(items: Iterable[Item], name: str) -> Block | None:
    return find((block for item in items for block in item.body), name)


def _is_called(item: Item, name: str) -> bool:
    return any(name in (_text(mark), _text(mark).partition(" ")[0]) for mark in item.marks)


def _text(line: Line) -> str:
    return "".join(run.text for run in line).strip()
