"""What people read: lines on standard error, with colour where it can be seen."""

from __future__ import annotations

import os
from typing import TextIO

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class Terminal:
    """A stream for people.

    `color` is ``auto``, ``always`` or ``never``;
    ``auto`` heeds NO_COLOR, FORCE_COLOR and TERM=dumb, and otherwise asks whether the stream is a terminal.
    """

    def __init__(self, stream: TextIO, color: str = "auto") -> None:
        self._stream = stream
        self.interactive = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._color = color == "always" or (color == "auto" and self._wants_color())

    def say(self, text: str = "") -> None:
        """Write a line, in place of one that `progress` left."""
        self._stream.write(f"{self._wipe()}{text}\n")
        self._stream.flush()

    def progress(self, text: str) -> None:
        """Show a line until the next one, on a terminal only."""
        if self.interactive:
            self._stream.write(f"{self._wipe()}{text}")
            self._stream.flush()

    def paint(self, text: str, *styles: str) -> str:
        """A text in colour, where colour is wanted."""
        if not self._color or not text:
            return text
        codes = ";".join(_CODES[style] for style in styles)
        return f"\x1b[{codes}m{text}\x1b[0m"

    def _wipe(self) -> str:
        return "\r\x1b[K" if self.interactive else ""

    def _wants_color(self) -> bool:
        if os.environ.get("NO_COLOR"):
            return False
        return bool(os.environ.get("FORCE_COLOR")) or self.interactive
