"""From words to the lines of a paragraph: text lines and font macros.

One line of the source stays one line where it can;
a change of font starts a macro line, and a sentence starts a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

from nsdoc.render.roff import escape, sentences
from nsdoc.render.roff.fonts import Segment, macro, spelled, width, with_escapes
from nsdoc.render.roff.model import Font, Inline, Line
from nsdoc.render.roff.words import Gap, Word, words

# man-pages(7): no more than about 75 characters in a line of the source; mandoc complains past 80.
_WIDTH = 75
_LIMIT = 79
# A word gets places to break when it is longer than this.
_PIECE = 26

Row = list[Word]


def paragraph(inlines: Iterable[Inline], room: int) -> list[str]:
    """The lines of a paragraph, none for text without words.

    `room` is the number of columns that the narrowest terminal leaves for it.
    """
    found = words(inlines)
    text = _lines(found, room)
    # groff cannot fill a line that has a single word on it, and says so.
    return [".ad l", *text, ".ad"] if is_wide(found, room) else text


def _lines(found: Sequence[Word], room: int) -> list[str]:
    rows = list(_rows(found))
    return [
        line
        for row, after in zip(rows, [*rows[1:], None], strict=False)
        for line in _written(row, after, room)
    ]


def escaped_lines(line: Line, piece: int, around: Font) -> list[str]:
    """Text to be filled where no macro can stand; no part of a word is longer than `piece` columns."""
    texts = [with_escapes(spelled(word, piece), around) for word in words(line)]
    found: list[str] = []
    for text in texts:
        if found and len(found[-1]) + len(text) < _WIDTH:
            found[-1] += f" {text}"
        else:
            found.append(text)
    return [rf"\&{text}" if text.startswith((".", "'", "T}")) else text for text in found]


def _rows(found: Sequence[Word]) -> Iterator[Row]:
    """The words of each output line."""
    row: Row = []
    font: Font | None = None
    for unit in _units(found):
        if row and not (font and font is _font(unit) and _continues(row[-1], unit[0])):
            yield from _wrapped(row)
            row = []
        if not row:
            font = _font(unit)
        row += unit
    if row:
        yield from _wrapped(row)


def _units(found: Sequence[Word]) -> Iterator[Row]:
    """Words that belong on one line because a bold or italic run goes on from one into the next."""
    unit: Row = []
    for word in found:
        unit.append(word)
        if word.gap is not Gap.TIED or word.link is not None:
            yield from [unit] if _is_one(unit) else [[word] for word in unit]
            unit = []


def _is_one(unit: Row) -> bool:
    mixed = len(unit) > 1 and _font(unit) is None
    return mixed and sum(len(word.text) + 1 for word in unit) < _WIDTH


def _font(row: Row) -> Font | None:
    """The font of all words, None if there is more than one."""
    font = row[0].font
    return font if all(word.font is font for word in row) else None


def _continues(last: Word, first: Word) -> bool:
    if last.gap not in (Gap.TIED, Gap.SPACE):
        return False
    return not (sentences.stops(last) and sentences.ends(last, first))


def _wrapped(row: Row) -> Iterator[Row]:
    """Lines short enough, broken after a clause where there is one."""
    while (fit := _fitting(row)) < len(row):
        clauses = (
            place for place in range(fit, fit // 3, -1) if row[place - 1].text.endswith((",", ";", ":"))
        )
        cut = next(clauses, fit)
        yield row[:cut]
        row = row[cut:]
    yield row


def _fitting(row: Row) -> int:
    """How many words of a row fit on one line; all, if it is one unit with several fonts."""
    if len(row) == 1 or _font(row) is None:
        return len(row)
    sizes = [sum(len(segment.text) for segment in spelled(word, _PIECE)) + 1 for word in row]
    if sum(sizes) - 1 <= _LIMIT:
        return len(row)
    fitting = sum(1 for total in accumulate(sizes) if total - 1 <= _WIDTH)
    return max(fitting, 1)


def _written(row: Row, after: Row | None, room: int) -> Iterator[str]:
    last = row[-1]
    guard = ""
    if after and last.gap is Gap.NONE:
        guard = r"\c"
    elif after and sentences.stops(last) and not sentences.ends(last, after[0]):
        guard = r"\&"
    segments = _segments(row, min(_PIECE, room // 2))
    if last.link is not None:
        yield from _link(last, segments, guard, room)
    else:
        yield macro(segments, guard)
    if last.gap is Gap.BREAK and after:
        yield ".br"


def _segments(row: Row, piece: int) -> list[Segment]:
    found: list[Segment] = []
    for before, word in zip([None, *row], row, strict=False):
        if before is not None:
            inside = before.pieces[-1].font if before.pieces[-1].font is word.pieces[0].font else Font.ROMAN
            found.append(Segment(inside, " "))
        found.extend(spelled(word, piece))
    return found


def _link(word: Word, after: list[Segment], guard: str, room: int) -> Iterator[str]:
    assert word.link is not None
    target = word.link.target
    opening, closing = (".MT", ".ME") if target.startswith("mailto:") else (".UR", ".UE")
    yield f"{opening} {escape.url(target.removeprefix('mailto:'))}"
    yield from _lines(words(word.link.text), room)
    tail = with_escapes(after, Font.ROMAN) + guard
    yield f"{closing} {escape.argument(tail)}" if tail else closing


def is_wide(found: Sequence[Word], room: int) -> bool:
    """Whether some word may stand on a line of its own when the terminal is narrow."""
    # Most paragraphs have only short words, and need no second look.
    if all(word.link is None and 2 * escape.columns(word.text) < room for word in found):
        return False
    sizes = list(_sizes(found, min(_PIECE, room // 2)))
    if any(whole > room for whole, _ in sizes):
        return True
    return any(whole + 1 + start > room for (whole, _), (_, start) in pairwise(sizes))


def _sizes(found: Iterable[Word], piece: int) -> Iterator[tuple[int, int]]:
    """The columns of each word on the page, and those of its part before the first place to break."""
    glued = 0
    for word in found:
        (whole, start), *others = _shown(word, piece)
        sizes = [(glued + whole, glued + start), *others]
        glued = sizes.pop()[0] if word.gap is Gap.NONE else 0
        yield from sizes
    if glued:
        yield glued, glued


def _shown(word: Word, piece: int) -> list[tuple[int, int]]:
    """A word or, for a link, those of its text and its URL."""
    text = "".join(segment.text for segment in spelled(word, piece))
    if word.link is None:
        return [_size(text)]
    url = escape.url(word.link.target)
    return [*_sizes(words(word.link.text), piece), _size(f"<{url}>{text}")]


def _size(text: str) -> tuple[int, int]:
    return width(text), width(re.split(r"\\:|(?<=[a-z])-", text, maxsplit=1)[0])
