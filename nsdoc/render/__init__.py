"""Rendering: a document tree as a man page.

The public names are imported on first use:
a build of Sphinx in which nothing has changed starts without a renderer.
"""

__all__ = ["Defaults", "Translator", "print_blocks", "print_page"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.render.roff.printer import print_blocks, print_page
    from nsdoc.render.tree.document import Defaults, Translator

_HOMES = {
    **dict.fromkeys(("print_blocks", "print_page"), "nsdoc.render.roff.printer"),
    **dict.fromkeys(("Defaults", "Translator"), "nsdoc.render.tree.document"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'nsdoc.render' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
