"""Which lines of the model a run reaches: only there can a mutant make a difference."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

# More lines than a file has.
_STRIDE = 100_000


class Reach:
    """Notes the lines of some files that are reached while a function runs."""

    def __init__(self, files: Mapping[str, str]) -> None:
        """`files` are those that count: how code objects call them, and how they are told."""
        self._numbers = {real: number for number, real in enumerate(files)}
        self._told = {told: self._numbers[real] for real, told in files.items()}

    def of(self, run: Callable[[], T]) -> tuple[T, list[int]]:
        """What a function gives, and the lines that it reached, each as one number."""
        lines: set[tuple[str, int]] = set()

        def line(frame: FrameType, event: str, _: Any) -> Any:
            if event == "line":
                lines.add((frame.f_code.co_filename, frame.f_lineno))
            return line

        def call(frame: FrameType, event: str, _: Any) -> Any:
            return line if frame.f_code.co_filename in self._numbers else None

        sys.settrace(call)
        try:
            given = run()
        finally:
            sys.settrace(None)
        return given, sorted(self._numbers[file] * _STRIDE + number for file, number in lines)

    def numbers(self, file: str, lines: range) -> range:
        """The numbers of some lines of a file, by the name under which it is told."""
        start = self._told[file] * _STRIDE
        return range(start + lines.start, start + lines.stop)
