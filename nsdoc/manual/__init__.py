"""Man pages from single files, with docutils alone: what `nsdoc man` does."""

from nsdoc.manual.pages import ManPage, fragment, man_page, read_document

__all__ = ["ManPage", "fragment", "man_page", "read_document"]
