"""The configuration of Sphinx: `sphinx-build -c . docs build/html`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nsdoc import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# For the extensions of these pages alone, in docs/_ext.
sys.path.insert(0, str(Path(__file__).parent))

project = "nsdoc"
author = "The nsdoc developers"
copyright = "2026, The nsdoc developers"
version = release = __version__

extensions = [
    "nsdoc.sphinx_ext",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "docs._ext.audit",
    "docs._ext.letters",
    "docs._ext.mutation",
]
exclude_patterns = ["evidence"]
default_role = "literal"
# A page says -- and ' where it means them: the shell and the roff output need the very characters.
smartquotes = False
# Where constants in running text lead.
nsdoc_constants = "reference/words"
manpages_url = "https://man7.org/linux/man-pages/man{section}/{page}.{section}.html"

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True

html_theme = "furo"
html_title = "nsdoc"
html_show_sphinx = False


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-docstring", _raises)


def _raises(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Turn a block "Raises:" with one indented entry an error into the fields that Sphinx lays out."""
    for start, line in enumerate(lines):
        if line == "Raises:":
            fields = [re.sub(r"^    (\w+): ", r":raises \1: ", entry) for entry in lines[start + 1 :]]
            lines[start:] = ["", *(re.sub(r"^ {8}", "   ", field) for field in fields)]
            return
