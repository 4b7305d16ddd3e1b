"""Where a source departs from man-pages(7), and what of it can be mended: what `nsdoc lint` does."""

from nsdoc.lint.finding import Edit, Finding
from nsdoc.lint.known import KnownPages
from nsdoc.lint.mend import Mended, mend
from nsdoc.lint.rule import Rule
from nsdoc.lint.run import Linted, lint

__all__ = ["Edit", "Finding", "KnownPages", "Linted", "Mended", "Rule", "lint", "mend"]
