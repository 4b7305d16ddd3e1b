"""The calls of an example in a C program and nothing besides: the floor."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from bench.program import Program

_SOURCE = Path(__file__).parents[1] / "bare.c"
_COMPILERS = ("cc", "gcc", "clang")


def build(directory: Path) -> Path | None:
    """The compiled program, None where no compiler is found.

    Raises:
        subprocess.CalledProcessError: the compiler does not accept the program.
    """
    compiler = next(filter(None, map(shutil.which, _COMPILERS)), None)
    if compiler is None:
        return None
    built = directory / "bare"
    subprocess.run([compiler, "-O2", "-o", str(built), str(_SOURCE)], check=True)
    return built


def loop(built: Path, *options: str) -> Callable[[Path, int], Program]:
    """What makes a program of the compiled one, with the options that it knows."""

    def write(directory: Path, examples: int) -> Program:
        return Program((str(built), str(examples), *options), directory, examples, _ran)

    return write


def _ran(output: str) -> int:
    found = re.search(r"^(\d+) examples$", output, re.M)
    return int(found[1]) if found else 0
