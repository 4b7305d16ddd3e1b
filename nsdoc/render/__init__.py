"""Rendering: a document tree as a man page."""

from nsdoc.render.roff.printer import print_blocks, print_page
from nsdoc.render.tree.document import Defaults, Translator

__all__ = ["Defaults", "Translator", "print_blocks", "print_page"]
