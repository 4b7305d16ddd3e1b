"""From inline text to words: what stands between spaces, whatever its fonts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from nsdoc.render.roff.model import Break, Font, Inline, Link, Run

# A no-break space belongs to its word.
SPACE = re.compile(r"([ \t\r\n\f\v]+)")


class Gap(IntEnum):
    """What stands between a word and the next; the greater one wins."""

    NONE = 0
    TIED = 1  # a space inside one bold or italic run
    SPACE = 2
    NEWLINE = 3  # an end of line in the source
    BREAK = 4  # an end of line on the page


@dataclass(frozen=True, slots=True)
class Word:
    """Runs with no space between them, and what follows.

    With a `link`, the runs are what stands directly after it.
    """

    pieces: tuple[Run, ...] = ()
    gap: Gap = Gap.NONE
    link: Link | None = None

    @property
    def text(self) -> str:
        """The characters of the word, without their fonts."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def font(self) -> Font | None:
        """The font of the whole word, None if it has several or is a link."""
        if self.link is not None or not self.pieces:
            return None
        first = self.pieces[0].font
        return first if all(piece.font is first for piece in self.pieces) else None


def words(inlines: Iterable[Inline]) -> list[Word]:
    """The words of some inline text; only where two links touch is a gap NONE before the last word."""
    found: list[Word] = []
    for part in _parts(inlines):
        if isinstance(part, Gap):
            if found and found[-1].gap < part:
                found[-1] = Word(found[-1].pieces, part, found[-1].link)
        elif isinstance(part, Link):
            found.append(Word(link=part))
        elif found and found[-1].gap is Gap.NONE:
            found[-1] = Word(_joined(found[-1].pieces, part), Gap.NONE, found[-1].link)
        else:
            found.append(Word((part,)))
    return found


def plain(inlines: Iterable[Inline]) -> Iterator[Run]:
    """Inline text where no link and no line break can stand: a link becomes its text and its URL."""
    for inline in inlines:
        if isinstance(inline, Run):
            yield inline
        elif isinstance(inline, Break):
            yield Run(" ")
        else:
            yield from _written_out(inline)


def _written_out(link: Link) -> Iterator[Run]:
    *before, last = link.text
    yield from before
    yield replace(last, text=last.text.rstrip())
    yield Run(" \u27e8")
    yield Run(link.target.removeprefix("mailto:"), exact=True)
    yield Run("\u27e9" if last.text == last.text.rstrip() else "\u27e9 ")


def _parts(inlines: Iterable[Inline]) -> Iterator[Run | Link | Gap]:
    for inline in inlines:
        if isinstance(inline, Run):
            yield from _split(inline)
        elif isinstance(inline, Break):
            yield Gap.BREAK
        else:
            yield from _spaced(inline)


def _spaced(link: Link) -> Iterator[Link | Gap]:
    """A link, and the blanks at the ends of its text around it."""
    text = "".join(run.text for run in link.text)
    if text != text.lstrip():
        yield Gap.SPACE
    yield link
    if text != text.rstrip():
        yield Gap.SPACE


def _split(run: Run) -> Iterator[Run | Gap]:
    parts = SPACE.split(run.text)
    for place, text in enumerate(parts):
        if place % 2:
            inside = run.font is not Font.ROMAN and parts[place - 1] and parts[place + 1]
            yield Gap.NEWLINE if "\n" in text else Gap.TIED if inside else Gap.SPACE
        elif text:
            yield Run(text, run.font, run.exact)


def _joined(pieces: tuple[Run, ...], run: Run) -> tuple[Run, ...]:
    if pieces and (pieces[-1].font, pieces[-1].exact) == (run.font, run.exact):
        return (*pieces[:-1], replace(run, text=pieces[-1].text + run.text))
    return (*pieces, run)
