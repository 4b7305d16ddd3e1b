"""Fonts as macros: one line of roff for text in one, two or three fonts."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from nsdoc.render.roff import escape
from nsdoc.render.roff.model import Font, Line, Run
from nsdoc.render.roff.words import Word

_ATOM = re.compile(r"\\\[[^]]*\]|\\f.|\\.|.", re.DOTALL)
_IDENTIFIER = re.compile(r"\W*(\w*[_/=<>{}\d]|[A-Z]{2,}\W*$)")
# A length no word has: it is not broken.
NEVER = sys.maxsize
_NATURAL_BREAKS = "/_.,=:;&?|+"
# Where roff may break a word without a hyphen.
_BREAK = r"\:"


@dataclass(frozen=True, slots=True)
class Segment:
    """Escaped text in one font, its inner spaces kept."""

    font: Font
    text: str


def width(escaped: str) -> int:
    """The columns that escaped text takes."""
    if "\\" not in escaped:
        return len(escaped)
    return sum(_columns(atom) for atom in _ATOM.findall(escaped))


def _columns(atom: str) -> int:
    if atom in (_BREAK, r"\%", r"\&", r"\c") or atom.startswith(r"\f"):
        return 0
    code = re.fullmatch(r"\\\[u([0-9A-F]+)\]", atom)
    return escape.columns(chr(int(code[1], 16))) if code else 1


def spelled(word: Word, piece: int) -> list[Segment]:
    """A word as segments, with places to break in it every `piece` columns at most."""
    segments = [Segment(run.font, _spelled(run)) for run in word.pieces]
    if len(segments) > 1:
        segments = merged(segments)
    if any(_is_guarded(run) for run in word.pieces):
        segments[0] = Segment(segments[0].font, rf"\%{segments[0].text}")
    return softened(segments, piece)


def _spelled(run: Run) -> str:
    if run.exact and "://" in run.text:
        return escape.url(run.text)
    return escape.word(run.text, exact=run.exact)


def softened(segments: list[Segment], piece: int) -> list[Segment]:
    r"""A word with ``\:`` where it may be broken without a hyphen, if it is long."""
    # No character takes more columns than its escape has letters.
    size = sum(len(segment.text) for segment in segments)
    if size <= piece or sum(width(segment.text) for segment in segments) <= piece:
        return segments
    return merged(_with_breaks(segments, piece))


def _with_breaks(segments: Iterable[Segment], piece: int) -> Iterator[Segment]:
    since, before = 0, ""
    for font, atom in ((segment.font, atom) for segment in segments for atom in _ATOM.findall(segment.text)):
        size = _columns(atom)
        fresh = atom in (" ", _BREAK)
        if since and not fresh and _breaks(since + size > piece, since >= piece // 3, before, atom):
            yield Segment(font, _BREAK)
            since = 0
        yield Segment(font, atom)
        since, before = 0 if fresh else since + size, atom


def _breaks(must: bool, may: bool, before: str, after: str) -> bool:
    """Whether a word is broken between two characters: it has to be, or it can be and the place is good."""
    return must or (may and before in _NATURAL_BREAKS and after not in _NATURAL_BREAKS)


def single(line: Line, piece: int = NEVER) -> str:
    """Text that has to stand on one line of roff, such as a term; `piece` is as in `spelled`."""
    segments = _verbatim(line, piece)
    if segments:
        segments[0] = replace(segments[0], text=segments[0].text.lstrip())
    return macro(segments)


def unbroken(line: Line) -> str:
    """A line that is not filled, where mandoc does not mind its length."""
    return macro(_verbatim(line)).replace("\\\n", "")


def inset(line: Line, around: Font = Font.ROMAN, piece: int = NEVER) -> str:
    """Text with its fonts as escapes, for the places where no macro can stand; `around` is the font there."""
    return with_escapes(_verbatim(line, piece), around)


def with_escapes(segments: Iterable[Segment], around: Font) -> str:
    """Segments one after the other, each change of font as an escape."""
    parts = []
    for segment in _trimmed(merged(segments)):
        font = around if segment.font is Font.ROMAN else segment.font
        parts.append(segment.text if font is around else rf"\f{font}{segment.text}\f{around}")
    return "".join(parts)


def macro(segments: Sequence[Segment], end: str = "") -> str:
    """The line that prints `segments` one after the other: a text line where all is roman.

    `end` stands behind all of them, and does not care for fonts.
    """
    segments = _trimmed(merged(segments))
    if len({segment.font for segment in segments}) > 2:
        segments = merged(_without_bare_spaces(segments))
    fonts = _base_fonts(segments)
    if not fonts:
        return rf"\&{end}"
    if fonts == [Font.ROMAN]:
        return text_line(segments[0].text + end)
    if len(fonts) == 1:
        # man-pages(7) writes ".B struct foo", without quotes.
        text = (segments[0].text + end).replace('"', r"\[dq]")
        return f".{fonts[0]} {text if _is_plain(text) else escape.argument(text)}"
    *arguments, last = _arguments(segments, fonts)
    return f".{fonts[0]}{fonts[1]} {' '.join(map(escape.argument, [*arguments, last + end]))}"


def text_line(text: str) -> str:
    """A text line, continued over several lines of roff where it is longer than mandoc likes."""
    lines = [""]
    for atom in _ATOM.findall(escape.line(text)):
        if len(lines[-1]) + len(atom) > 78:
            lines[-1] += "\\"
            lines.append("")
        lines[-1] += atom
    return "\n".join(lines)


def merged(segments: Iterable[Segment]) -> list[Segment]:
    """The same text with neighbours in one font joined."""
    found: list[Segment] = []
    for segment in segments:
        if found and found[-1].font is segment.font:
            segment = Segment(segment.font, found.pop().text + segment.text)
        if segment.text:
            found.append(segment)
    return found


def _trimmed(segments: list[Segment]) -> list[Segment]:
    """The same text without blanks at its end."""
    while segments and not (text := segments[-1].text.rstrip(" ")):
        segments.pop()
    return [*segments[:-1], replace(segments[-1], text=text)] if segments else []


def _without_bare_spaces(segments: Sequence[Segment]) -> Iterator[Segment]:
    """The same text with each space that stands alone in the font of what comes before it."""
    font = segments[0].font
    for segment in segments:
        font = font if segment.text.isspace() else segment.font
        yield Segment(font, segment.text)


def _base_fonts(segments: Sequence[Segment]) -> list[Font]:
    """The fonts of the macro, the first one first; of three, the one that is used least becomes an escape."""
    found = [segment.font for segment in segments]
    fonts = list(dict.fromkeys(found))
    if len(fonts) > 2:
        fonts[1:] = sorted(fonts[1:], key=lambda font: (-found.count(font), font is Font.ROMAN))
    return fonts


def _arguments(segments: Iterable[Segment], fonts: Sequence[Font]) -> list[str]:
    """Arguments for a macro that alternates between the first two fonts; a third becomes an escape."""
    arguments: list[str] = []
    for segment in segments:
        if segment.font not in fonts[:2]:
            arguments[-1] += rf"\f{segment.font}{segment.text}\fP"
        elif segment.font is fonts[len(arguments) % 2]:
            arguments.append(segment.text)
        else:
            arguments[-1] += segment.text
    return arguments


def _verbatim(line: Line, piece: int = NEVER) -> list[Segment]:
    segments = merged(Segment(run.font, escape.phrase(run.text, exact=run.exact)) for run in line)
    return softened(segments, piece) if any(len(text) > piece for text in _words(segments)) else segments


def _words(segments: Iterable[Segment]) -> list[str]:
    return "".join(segment.text for segment in segments).split(" ")


def _is_plain(text: str) -> bool:
    return text == text.strip() and "  " not in text and bool(text)


def _is_guarded(run: Run) -> bool:
    exact = run.exact or (run.font is not Font.ROMAN and bool(_IDENTIFIER.match(run.text)))
    return exact and escape.is_breakable(run.text)
