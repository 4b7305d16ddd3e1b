"""C prototypes as the SYNOPSIS heading shows them: all bold, the names of the parameters italic.

man-pages(7), "Formatting conventions for manual pages describing functions".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from nsdoc.render.roff.model import Font, Line, Run

_COMMENT = re.compile(r"[ \t]*/\*.*?\*/|//[^\n]*", re.DOTALL)
_DIRECTIVE = re.compile(r"^[ \t]*#[^\n]*", re.MULTILINE)
_POINTER_TO_FUNCTION = re.compile(r"\(\s*\*\s*(?:\w+\s+)*?(?P<name>\w+)\s*\)\s*\(")
_LAST_NAME = re.compile(r".*?[\w*\]]\s*?[\s*](?P<name>[A-Za-z_]\w*)\s*(?:\[[^]]*\]\s*)*$", re.DOTALL)
_TYPE_WORDS = "char const double float int long restrict short signed unsigned void volatile"


def lines(text: str) -> tuple[Line, ...]:
    """The lines of some declarations, an empty one for a blank line."""
    fonts = _fonts(text)
    found: list[Line] = []
    start = 0
    for line in text.split("\n"):
        found.append(tuple(_runs(line, fonts[start : start + len(line)])) if line.strip() else ())
        start += len(line) + 1
    return tuple(found)


def _runs(line: str, fonts: list[Font]) -> Iterator[Run]:
    for font, group in groupby(zip(line, fonts, strict=True), key=lambda pair: pair[1]):
        yield Run("".join(char for char, _ in group), font, exact=True)


def _fonts(text: str) -> list[Font]:
    """The font of each character."""
    fonts = [Font.BOLD] * len(text)
    for start, end in _parameters(_DIRECTIVE.sub(_blank, _COMMENT.sub(_blank, text))):
        fonts[start:end] = [Font.ITALIC] * (end - start)
    for match in _COMMENT.finditer(text):
        fonts[match.start() : match.end()] = [Font.ROMAN] * len(match[0])
    return fonts


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _parameters(code: str) -> Iterator[tuple[int, int]]:
    """Where the names of parameters stand."""
    for start, end in _argument_spans(code):
        name = _name(code[start:end])
        if name:
            yield start + name[0], start + name[1]


def _argument_spans(code: str) -> Iterator[tuple[int, int]]:
    """The arguments of the outermost parentheses, between commas."""
    depth, start = 0, 0
    for place, char in enumerate(code):
        if char == "(":
            depth += 1
            start = place + 1 if depth == 1 else start
        elif char == ")":
            depth -= 1
            if depth == 0:
                yield start, place
        elif char == "," and depth == 1:
            yield start, place
            start = place + 1


def _name(argument: str) -> tuple[int, int] | None:
    match = _POINTER_TO_FUNCTION.search(argument) or _LAST_NAME.match(argument.rstrip())
    if not match or match["name"] in _TYPE_WORDS.split():
        return None
    if re.fullmatch(r"\s*(struct|union|enum)\s+", argument[: match.start("name")]):
        return None
    return match.span("name")
