"""Rendering: a document tree as a man page."""

from nsdoc.render.roff.printer import print_page
from nsdoc.render.tree.document import Defaults, Translator

__all__ = ["Defaults", "Translator", "man_page"]


def man_page(document: object, defaults: Defaults = Defaults()) -> str:  # noqa: B008 - frozen
    """The man(7) source of a document tree."""
    return print_page(Translator().page(document, defaults))  # type: ignore[arg-type]
