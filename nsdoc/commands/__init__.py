"""The commands of nsdoc(1), a module each.

A module has ``configure(parser)``, which adds options and sets ``action``,
a function of the parsed arguments and the terminal that gives the exit status.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from nsdoc.cli import USAGE, Stop


def write_json(file: str, data: Any) -> None:
    """Write what a program reads to a file, or to standard output for ``-``.

    Raises:
        Stop: the file cannot be written.
    """
    text = json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if file == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        Path(file).write_text(text, "utf-8")
    except OSError as error:
        raise Stop(USAGE, f"{file} cannot be written: {error.strerror}") from None
