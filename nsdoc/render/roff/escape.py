"""How single characters are written in roff.

The rules are those of groff_char(7) and man-pages(7):
plain ASCII where it means itself on every device, a special character where it would not.
"""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType

# A bare ^ or ~ becomes a modifier letter, and ` a quotation mark, on a UTF-8 terminal.
_ALWAYS = MappingProxyType(
    {
        "\\": r"\[rs]",
        "^": r"\[ha]",
        "~": r"\[ti]",
        "`": r"\[ga]",
        "\u00a0": r"\~",
        "\u00ad": r"\%",
        "\u200b": r"\:",
        "\u2014": r"\[em]",
        "\u2013": r"\[en]",
        "\u2010": r"\[hy]",
        "\u201c": r"\[lq]",
        "\u201d": r"\[rq]",
        "\u2018": r"\[oq]",
        "\u2019": r"\[cq]",
        "\u2022": r"\[bu]",
        "\u2192": r"\[->]",
        "\u2190": r"\[<-]",
        "\u2264": r"\[<=]",
        "\u2265": r"\[>=]",
        "\u2260": r"\[!=]",
        "\u00d7": r"\[mu]",
        "\u00b1": r"\[+-]",
        "\u00b7": r"\[pc]",
        "\u00a7": r"\[sc]",
        "\u00a9": r"\[co]",
        "\u00b0": r"\[de]",
        "\u00b5": r"\[mc]",
        "\u27e8": r"\[la]",
        "\u27e9": r"\[ra]",
    }
)
# Characters that mean themselves wherever they stand: most words have no others.
_PLAIN = re.compile(r"[A-Za-z0-9.,:;!?()\[\]{}<>/_=+*@#$%&|\"]*")
_EXACT = MappingProxyType({"-": r"\-", "'": r"\[aq]"})
_WHITE = re.compile(r"[\t\r\n\f\v]+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

# Where a hyphen joins two parts of a word, or ends a part ("pre- and post-").
_HYPHEN = re.compile(r"(?<=\w)-(?!-)(?=\w|\W*$)")
_OPTION = re.compile(r"\W?-")
# Five letters in a row are the shortest that groff would hyphenate.
_BREAKABLE = re.compile(r"[^\W\d_]{5}")


def columns(text: str) -> int:
    """The columns that `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def word(text: str, *, exact: bool = False) -> str:
    """`text`, which holds no space, as roff input; an ``exact`` word is kept letter by letter."""
    if _PLAIN.fullmatch(text):
        return text
    text = unicodedata.normalize("NFC", text)
    if exact or _OPTION.match(text):
        return "".join(_character(char, exact=True) for char in text)
    hyphens = {match.start() for match in _HYPHEN.finditer(text)}
    return "".join(_character(char, exact=_is_exact(text, place, hyphens)) for place, char in enumerate(text))


def phrase(text: str, *, exact: bool = False) -> str:
    """`text` with its spaces kept, every word written as `word` does it; other white space is one space."""
    return re.sub(r"[^ ]+", lambda match: word(match[0], exact=exact), _WHITE.sub(" ", text))


def ascii_only(source: str) -> str:
    """Roff as it stands, with its other characters as special ones."""
    return "".join(char if char.isascii() else _character(char, exact=True) for char in source)


def is_breakable(text: str) -> bool:
    """Whether groff could hyphenate `text`."""
    return bool(_BREAKABLE.search(text))


def argument(text: str) -> str:
    """Escaped `text` as one argument of a macro."""
    text = text.replace('"', r"\[dq]")
    return f'"{text}"' if " " in text or not text else text


def line(text: str) -> str:
    """Escaped `text` as a text line, so that its first character is not taken for a request."""
    return rf"\&{text}" if text.startswith((".", "'")) else text


def url(target: str) -> str:
    """A URL as an argument, with places where it may break and none where it must not."""
    safe = word(target.replace(" ", "%20"), exact=True).replace('"', r"\[dq]")
    return re.sub(r"(?<=\w)([.?&=#_]|\\-)(?=\w)", r"\:\1", re.sub(r"/(?=\w)", r"/\:", safe))


def _is_exact(text: str, place: int, hyphens: set[int]) -> bool:
    if text[place] == "-":
        return place not in hyphens
    return not (text[:place][-1:].isalnum() and text[place + 1 :][:1].isalnum())


def _character(char: str, *, exact: bool) -> str:
    if char in _ALWAYS:
        return _ALWAYS[char]
    if exact and char in _EXACT:
        return _EXACT[char]
    if _UNPRINTABLE.match(char):
        return r"\[uFFFD]"
    return char if char.isascii() else rf"\[u{ord(char):04X}]"
