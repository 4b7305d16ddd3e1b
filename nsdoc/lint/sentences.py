"""Semantic newlines: a sentence starts a line, and a line ends where a clause or a phrase does.

man-pages(7), "Use semantic newlines".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise

from docutils import nodes

from nsdoc.lint.finding import Edit, Finding, find
from nsdoc.lint.rule import Rule
from nsdoc.lint.source import Source, in_table
from nsdoc.lint.text import Prose, Token
from nsdoc.page import Place
from nsdoc.render.roff import sentences
from nsdoc.render.roff.model import Run
from nsdoc.render.roff.words import Gap, Word

LONGEST = 100
"""The characters that a line of prose can have, without its markup."""

# Words that belong to what follows them, so that no line ends with one.
_LEADING = frozenset("a an the and or nor".split())
_CLAUSE_ENDS = (";", ":")
_OPENING = "\"'([\u201c\u2018"


def check(source: Source) -> Iterator[Finding]:
    """Where the lines of paragraphs do not follow the sentences."""
    synopsis = {id(prose) for prose in source.below("SYNOPSIS")}
    for prose in source.prose:
        if isinstance(prose.node, nodes.paragraph) and not in_table(prose.node) and id(prose) not in synopsis:
            tokens = prose.tokens()
            yield from _sentences(prose, tokens)
            yield from _phrases(prose, tokens)
            yield from _long(prose, tokens)


def _sentences(prose: Prose, tokens: list[Token]) -> Iterator[Finding]:
    for one, following in pairwise(tokens):
        if not one.newline and _ends(one, following):
            message = f'a sentence begins in the middle of the line: "{following.shown} ..."'
            edits = prose.broken_at(one.end, following.start)
            yield find(prose.at(following.start), Rule.SENTENCES_ON_LINE, message, "a line of its own", edits)


def _ends(one: Token, following: Token) -> bool:
    if one.marked_end and not one.shown.endswith(")"):
        return False  # A literal that happens to end in a full stop.
    if not following.shown.lstrip(_OPENING)[:1].isalnum():
        return False
    return sentences.ends(_word(one), _word(following))


def _word(token: Token) -> Word:
    return Word((Run(token.shown),), Gap.NEWLINE if token.newline else Gap.SPACE)


def _phrases(prose: Prose, tokens: list[Token]) -> Iterator[Finding]:
    for number, (one, following) in enumerate(pairwise(tokens)):
        if one.newline and _leads(one):
            message = f'the line ends with "{one.shown}"'
            hint = f'"{one.shown} {following.shown}" on one line'
            place = prose.at(one.start)
            yield find(place, Rule.BROKEN_PHRASE, message, hint, _joined(prose, tokens, number))


def _joined(prose: Prose, tokens: list[Token], number: int) -> tuple[Edit, ...]:
    """What puts a word at the end of a line and the next one together.

    It goes down, with others of its kind before it;
    where the line has no more than these, the next word goes up, unless it would be left there alone.
    """
    start = number
    while start and not tokens[start - 1].newline and _leads(tokens[start - 1]):
        start -= 1
    one, following = tokens[number : number + 2]
    if start and not tokens[start - 1].newline:
        moved = prose.raw[tokens[start].start : one.end]
        down = prose.edit(following.start, following.start, f"{moved} ")
        return (*prose.edit(tokens[start - 1].end, one.end, ""), *down) if down else ()
    if following.newline or number + 2 == len(tokens) or _leads(following):
        return ()
    up = prose.raw[following.start : following.end]
    removed = prose.edit(following.start, tokens[number + 2].start, "")
    return (*prose.edit(one.end, one.end, f" {up}"), *removed) if removed and "\n" not in up else ()


def _leads(token: Token) -> bool:
    return token.plain and token.shown in _LEADING


def _long(prose: Prose, tokens: list[Token]) -> Iterator[Finding]:
    for row, group in groupby(tokens, lambda token: prose.at(token.start).line):
        inside = list(group)
        width = len(" ".join(token.shown for token in inside))
        if width > LONGEST and len(inside) > 1:
            message = f"the line shows {width} characters"
            hint = f"at most {LONGEST}, and an end of line after a clause or a phrase"
            breaks = [
                prose.broken_at(one.end, following.start)
                for one, following in pairwise(inside)
                if not one.marked_end and one.shown.endswith(_CLAUSE_ENDS)
            ]
            place = Place(prose.place.file, row)
            yield find(place, Rule.LONG_LINE, message, hint, breaks[-1] if breaks else ())
