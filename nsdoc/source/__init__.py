"""The reader of literate sources: files in, pages and problems out, with docutils alone."""

from nsdoc.source.notation import by_print, joined, normal
from nsdoc.source.pages import Pages, is_page, read_pages
from nsdoc.source.prepare import REACHED, prepare
from nsdoc.source.reader import Reading, read, read_page
from nsdoc.source.update import Observation, Update, plan, rewrite

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
