"""Rendering: a document tree as a man page.

The public names are imported on first use:
a build of Sphinx in which nothing has changed starts without a renderer.
"""

from nsdoc import deferred

__all__ = ["Defaults", "Translator", "print_blocks", "print_page"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.render.roff.printer import print_blocks, print_page
    from nsdoc.render.tree.document import Defaults, Translator

__getattr__ = deferred.names(
    __name__,
    {
        "nsdoc.render.roff.printer": ("print_blocks", "print_page"),
        "nsdoc.render.tree.document": ("Defaults", "Translator"),
    },
)
