"""Man pages from single files, with docutils alone: what `nsdoc man` does."""

from nsdoc.manual.pages import ManPage, man_page, read_document

__all__ = ["ManPage", "man_page", "read_document"]
