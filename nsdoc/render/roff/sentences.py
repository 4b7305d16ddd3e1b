"""Where a sentence ends.

roff puts two spaces after a line that ends in a full stop, a question mark or an exclamation mark.
That is right after a sentence and wrong after "e.g.".
"""

from __future__ import annotations

import re

from nsdoc.render.roff.words import Gap, Word

_STOP = re.compile(r"[.?!][\"')\]*\u201d\u2019]*$")
_SENTENCE = re.compile(r"\w[\"')\]*\u201d\u2019]*[.?!][\"')\]*\u201d\u2019]*$")
_INITIAL = re.compile(r"\W*[A-Za-z]\.$")
_OPENING = "\"'([*\u201c\u2018"
_ABBREVIATIONS = """
    al approx art ca cf ch chap cit col corp dept dr e.g ed eds eq eqn est etc ex fig figs i.e ibid inc incl
    jr ltd max min mr mrs ms n.b no nos op p para pp prof q.v ref refs resp sec sect sr st vol vols vs viz
"""


def stops(word: Word) -> bool:
    """Whether roff would take a line that ends in this word for the end of a sentence."""
    return bool(_STOP.search(word.text))


def ends(word: Word, following: Word) -> bool:
    """Whether `word` ends a sentence, so that `following` starts another."""
    text = word.text
    if not _SENTENCE.search(text) or text.endswith("..."):
        return False
    if word.gap is not Gap.NEWLINE and _INITIAL.match(text):
        return False
    if text.rstrip(".?!)\"'*]").lstrip("([\"'").lower() in _ABBREVIATIONS.split():
        return False
    return _starts(following, word.gap)


def _starts(word: Word, gap: Gap) -> bool:
    # In the source a sentence starts a line, and then it may start with a name that has no capital.
    return gap is Gap.NEWLINE or word.link is not None or not word.text.lstrip(_OPENING)[:1].islower()
