"""The reader of literate sources: files in, pages and problems out, with docutils alone.

Most of the public names are imported on first use:
Sphinx needs the directives at every start, and the rest only where there are claims.
"""

from nsdoc import deferred
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

__getattr__ = deferred.names(
    __name__,
    {
        "nsdoc.source.pages": ("Pages", "is_page", "read_pages"),
        "nsdoc.source.reader": ("Reading", "read", "read_page"),
        "nsdoc.source.update": ("Observation", "Update", "plan", "rewrite"),
    },
)
