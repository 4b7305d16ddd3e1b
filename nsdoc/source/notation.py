"""How an output is written below the print that gave it.

The notation is that of pytest-examples: lines that begin with ``#>``,
or a block between lines of three quotes when an output is long or has several lines.
Here is what its text means; where it stands is for `nsdoc.source.code` to find.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from nsdoc.page import Example, Print

MARK = "#>"
WIDTH = 88
"""The columns that a line of an example can take, as in pytest-examples."""

_QUOTES = '"""'
_ADDRESS = re.compile(r"0x[0-9a-f]{8,16}(?=>)")
_A_SET = re.compile(r"\{[^{}:]+\}")


def marked(comment: str) -> str | None:
    """The text that a comment such as ``#> 33`` expects; None if it is no expected output."""
    if comment.rstrip() == MARK:
        return ""
    return comment[len(MARK) + 1 :].rstrip() if comment.startswith(MARK + " ") else None


def block_text(lines: Sequence[str], column: int) -> str | None:
    """The text between two lines of three quotes, less the indentation of `column`.

    None if the quotes do not stand on lines of their own.
    """
    if len(lines) < 2 or lines[0].strip() not in (_QUOTES, "'''") or lines[-1].strip() != lines[0].strip():
        return None
    return "\n".join(_unindented(line, column).rstrip() for line in lines[1:-1])


def _unindented(line: str, column: int) -> str:
    margin = len(line) - len(line.lstrip(" "))
    return line[min(margin, column) :]


def normal(text: str) -> str:
    """The form in which an output stands in a source, and in which two outputs are compared.

    Every line ends at its last visible character and tabs are expanded, as docutils reads lines;
    a character that cannot be seen is written as Python escapes it;
    addresses are masked and sets are sorted, because both differ from run to run.
    """
    return "\n".join(map(_normal_line, text.split("\n")))


def _normal_line(line: str) -> str:
    visible = "".join(map(_visible, line.expandtabs(8).rstrip()))
    masked = _ADDRESS.sub("0x0123456789ab", visible)
    return _A_SET.sub(_sorted_set, masked) if "{" in masked else masked


def _visible(char: str) -> str:
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")


def _sorted_set(found: re.Match[str]) -> str:
    if "\\" in found[0]:
        return found[0]
    try:
        items = ast.literal_eval(found[0])
        return "{" + ", ".join(map(repr, sorted(items))) + "}"
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return found[0]


def by_print(example: Example, printed: Iterable[tuple[int, str]]) -> dict[Print, list[str]]:
    """The outputs of each print of an example, in the order they came.

    `printed` holds the line of the file at which each output was recorded, and its text.
    A line that belongs to no print (``show = print; show(1)``) becomes a `Print` of its own,
    which is not in ``example.prints`` and below which nothing can be expected.
    """
    home = {line: site for site in example.prints for line in range(site.first, site.last + 1)}
    found: dict[Print, list[str]] = {}
    for file_line, text in printed:
        line = file_line - example.place.line + 1
        found.setdefault(home.get(line, Print(line, line)), []).append(text)
    return found


def joined(outputs: Sequence[str]) -> str:
    """The outputs of one print, in order, as the one text that `nsdoc.page.Expected` holds."""
    return normal("\n".join(outputs))


def written(outputs: Sequence[str], column: int, blocks: bool = True) -> list[str]:
    """The lines, without indentation, that show the outputs of one print.

    `column` is the indentation they will stand at.
    Without `blocks` every line is a ``#>`` line:
    where the print shares its line with other code, a block would be code at the wrong place.
    """
    return [line for output in outputs for line in _one(normal(output), column, blocks)]


def _one(text: str, column: int, blocks: bool) -> list[str]:
    lines = text.split("\n")
    fits = len(lines) == 1 and column + len(MARK) + 1 + len(text) < WIDTH
    if fits or not blocks or not _can_be_block(text):
        return [f"{MARK} {line}".rstrip() for line in lines]
    return [_QUOTES, *lines, _QUOTES]


def _can_be_block(text: str) -> bool:
    """Whether the text reads the same between quotes: Python must see neither an escape nor the end."""
    return "\\" not in text and _QUOTES not in text
