"""The reader of literate sources: files in, pages and problems out, with docutils alone.

Most of the public names are imported on first use:
Sphinx needs the directives at every start, and the rest only where there are claims.
"""

from nsdoc.source.notation import by_print, joined, normal
from nsdoc.source.prepare import REACHED, prepare

__all__ = [
    "REACHED",
    "Observation",
    "Pages",
    "Reading",
    "Update",
    "by_print",
    "is_page",
    "joined",
    "normal",
    "plan",
    "prepare",
    "read",
    "read_page",
    "read_pages",
    "rewrite",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.source.pages import Pages, is_page, read_pages
    from nsdoc.source.reader import Reading, read, read_page
    from nsdoc.source.update import Observation, Update, plan, rewrite

_HOMES = {
    **dict.fromkeys(("Pages", "is_page", "read_pages"), "nsdoc.source.pages"),
    **dict.fromkeys(("Reading", "read", "read_page"), "nsdoc.source.reader"),
    **dict.fromkeys(("Observation", "Update", "plan", "rewrite"), "nsdoc.source.update"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'nsdoc.source' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
