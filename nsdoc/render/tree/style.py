"""Which font a piece of inline markup has in a man page.

The rules are those of man-pages(7), "Formatting conventions":
constants, functions, options and commands are bold;
file names, variables, types and expressions are italic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

from nsdoc.render.roff.model import Font, Run


@dataclass(frozen=True, slots=True)
class Style:
    """The font that text has where it stands, and whether it is exact."""

    font: Font = Font.ROMAN
    exact: bool = False

    def run(self, text: str) -> Run:
        """`text` in this style."""
        return Run(text, self.font, self.exact)


BOLD = Style(Font.BOLD, exact=True)
ITALIC = Style(Font.ITALIC, exact=True)
ROMAN = Style(Font.ROMAN, exact=True)

_BOLD_ROLES = """
    cap errno const constant macro envvar option program command kbd guilabel menuselection keyword token
    mailheader makevar c-macro c-enumerator c-func std-envvar std-option std-token std-keyword
    py-func py-meth py-class py-exc py-mod py-data py-const py-obj py-attr py-prop py-deco
    js-func js-meth js-class js-data
    func meth class exc mod data obj attr deco enumerator
"""
_ITALIC_ROLES = """
    file samp regexp mimetype newsgroup dfn type var doc download
    struct union enum member
    c-type c-struct c-union c-enum c-var c-member c-data c-expr c-texpr std-ref std-numref ref numref
"""
_STYLES = MappingProxyType(
    {
        **dict.fromkeys(_BOLD_ROLES.split(), BOLD),
        **dict.fromkeys(_ITALIC_ROLES.split(), ITALIC),
        # man-pages(7) has a term in italic where it is explained, not where it is used.
        **dict.fromkeys(("term", "std-term"), Style()),
    }
)
# "std-ref" and "doc" are the titles of headings: prose, not code.
_PROSE = frozenset({"std-ref", "std-numref", "ref", "numref", "doc", "dfn"})

_PAGE = re.compile(r"(?P<name>[A-Za-z0-9_][\w.+:\[-]*)(?P<section>\([1-9]\w*\))")
_FUNCTION = re.compile(r"(?P<name>[\w.:~]*\w)(?P<call>\(.*\))", re.DOTALL)
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*(\*|\b)")
_OPTION = re.compile(r"--?\w[\w-]*")


def of_role(classes: Iterable[str]) -> Style | None:
    """The style of text with these classes, None if none of them says anything."""
    for role in classes:
        if role in _STYLES:
            return Style(_STYLES[role].font, exact=_STYLES[role].exact and role not in _PROSE)
    return None


def of_literal(text: str) -> Style:
    """The style of literal text of which the source does not say what it is."""
    if text == "NULL":
        return ROMAN
    if _CONSTANT.fullmatch(text) or _OPTION.fullmatch(text) or _FUNCTION.fullmatch(text):
        return BOLD
    return ITALIC


def page(text: str) -> tuple[Run, ...] | None:
    """A reference to a page, such as ``clone(2)``: the name bold, the section roman; None for other text."""
    match = _PAGE.fullmatch(text)
    if not match:
        return None
    return (Run(match["name"], Font.BOLD, exact=True), Run(match["section"], exact=True))


def code(text: str, style: Style) -> Iterator[Run]:
    """Exact text; what a function is called with is not bold: ``.BR unshare ()``."""
    match = _FUNCTION.fullmatch(text)
    if match and style.font is Font.BOLD:
        yield style.run(match["name"])
        yield from _call(match["call"])
    else:
        yield style.run(text)


def _call(call: str) -> Iterator[Run]:
    inside = call[1:-1]
    if not inside.strip():
        yield ROMAN.run(call)
        return
    yield ROMAN.run("(")
    yield ITALIC.run(inside)
    yield ROMAN.run(")")


def term(line: tuple[Run, ...]) -> tuple[Run, ...]:
    """The term of a list: a constant or an option in it is bold, also where the source does not say so."""
    if len(line) != 1 or line[0].font is not Font.ROMAN:
        return line
    first, space, rest = line[0].text.partition(" ")
    if _OPTION.match(first):
        return option(line[0].text)
    if not _CONSTANT.fullmatch(first):
        return line
    return (BOLD.run(first), Run(space + rest)) if rest else (BOLD.run(first),)


_OPTION_PART = re.compile(
    r"(?P<option>(?<![\w-])--?[\w?#][\w.+-]*=?|(?<![\w+])\+\w+)|(?P<argument>\w[\w.-]*)"
)


def option(text: str) -> tuple[Run, ...]:
    """An option as it is typed: its name bold, its argument italic, what stands between them roman."""
    runs: list[Run] = []
    end = 0
    for match in _OPTION_PART.finditer(text):
        runs.append(ROMAN.run(text[end : match.start()]))
        runs.append((BOLD if match["option"] else ITALIC).run(match[0]))
        end = match.end()
    runs.append(ROMAN.run(text[end:]))
    return tuple(run for run in runs if run.text)
