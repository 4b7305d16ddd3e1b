"""What every fork has to copy stays small."""

from __future__ import annotations

import subprocess
import sys

# Modules that are large or bring many others along; the zygote of a live kernel does without them.
HEAVY = {
    "argparse",
    "contextlib",
    "dataclasses",
    "docutils",
    "enum",
    "inspect",
    "json",
    "logging",
    "pathlib",
    "re",
    "selectors",
    "shutil",
    "signal",
    "socket",
    "subprocess",
    "tempfile",
    "threading",
    "typing",
}


def test_the_zygote_loads_no_large_module() -> None:
    """Of the modules that would make every fork dearer, none is loaded beside the live kernel."""
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}; before = set(sys.modules);"
        "import nsdoc.runner.zygote, nsdoc.backends.linux.ground;"
        "print(*(set(sys.modules) - before))"
    )
    loaded = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], check=True, capture_output=True, text=True
    )
    assert HEAVY.isdisjoint(loaded.stdout.split())
