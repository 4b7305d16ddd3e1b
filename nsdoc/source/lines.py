"""The lines of source files, numbered as docutils numbers them."""

from __future__ import annotations

import re
from pathlib import Path

from docutils.statemachine import string2lines

from nsdoc.page import Place


class Lines:
    """Reads each file once and hands out its lines, tabs expanded and trailing blanks cut off."""

    def __init__(self) -> None:
        self._files: dict[str, list[str]] = {}

    def keep(self, file: str, text: str) -> None:
        """Use `text` for `file`, which has been read already."""
        self._files[file] = as_docutils(text)

    def of(self, file: str) -> list[str]:
        """The lines of `file`; none at all if it cannot be read."""
        if file not in self._files:
            try:
                self.keep(file, decoded(Path(file).read_bytes()))
            except (OSError, UnicodeDecodeError):
                self._files[file] = []
        return self._files[file]

    def option(self, place: Place, name: str) -> Place:
        """The place of the option `name` of the directive that starts at `place`."""
        pattern = re.compile(rf"\s*:{re.escape(name)}:", re.IGNORECASE)
        for number, line in enumerate(self.of(place.file)[place.line :], place.line + 1):
            if not line.strip():
                break
            if pattern.match(line):
                return Place(place.file, number)
        return place

    def indent(self, place: Place, code: str) -> int | None:
        """How many columns the code whose first line stands at `place` is indented by.

        None if the file does not hold the code in whole lines from there on.
        """
        wanted = code.splitlines()
        found = self.of(place.file)[place.line - 1 :][: len(wanted)]
        if len(found) != len(wanted):
            return None
        widths = {len(line) - len(code) for line, code in zip(found, wanted, strict=True) if code}
        if len(widths) != 1:
            return None
        indent = widths.pop()
        margin = " " * indent
        same = all(line == (margin + code if code else "") for line, code in zip(found, wanted, strict=True))
        return indent if indent >= 0 and same else None


# str.splitlines() ends a line at each of these, an editor and a compiler do not.
_NO_LINE_ENDS = dict.fromkeys(map(ord, "\r\x1c\x1d\x1e\x85\u2028\u2029"), " ")


def decoded(data: bytes) -> str:
    """The text of a source, its lines ended by newlines alone.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8.
    """
    return data.decode("utf-8-sig").replace("\r\n", "\n").translate(_NO_LINE_ENDS)


def as_docutils(text: str) -> list[str]:
    """The lines of a text as docutils sees them."""
    return string2lines(text, tab_width=8, convert_whitespace=True)
