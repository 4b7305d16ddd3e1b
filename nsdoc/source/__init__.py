"""The reader of literate sources: files in, pages and problems out, with docutils alone."""

from nsdoc.source.pages import Pages, read_pages
from nsdoc.source.prepare import REACHED, prepare
from nsdoc.source.reader import Reading, read, read_page

__all__ = ["REACHED", "Pages", "Reading", "prepare", "read", "read_page", "read_pages"]
