"""From a document of Sphinx to the files of its page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sphinx.util import logging

from nsdoc.problems import Problem
from nsdoc.render.assemble import whole
from nsdoc.render.dates import default_date
from nsdoc.render.fragments import FIELD, fragments
from nsdoc.render.quotes import straighten
from nsdoc.render.roff.printer import print_page
from nsdoc.render.tree.document import Defaults, Translator
from nsdoc.render.tree.report import Code

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.builders import Builder

    from nsdoc.render.roff.model import ManPage
    from nsdoc.render.targets import Target

_logger = logging.getLogger(__name__)


def page_files(builder: Builder, target: Target, doctree: nodes.document) -> Iterator[tuple[str, str]]:
    """The files of the page `target`, below the output directory, and their texts.

    They are the page and the parts that it names in its field ``:fragments:``.
    What the page cannot show as the document means it is a warning.
    """
    page = _page(builder, target, doctree)
    yield target.path, print_page(page)
    field = str(builder.env.metadata[target.docname].get(FIELD, ""))
    found, absent = fragments(page, field, str(builder.env.doc2path(target.docname)))
    for problem in absent:
        _warn(problem)
    yield from ((part.path, part.text) for part in found)


def _page(builder: Builder, target: Target, doctree: nodes.document) -> ManPage:
    config = builder.config
    defaults = Defaults(
        name=target.name,
        section=target.section,
        purpose=target.purpose,
        date=default_date(config),
        source=f"{config.project} {config.release}".strip(),
        fields={key: str(value) for key, value in builder.env.metadata[target.docname].items()},
    )
    document = whole(builder, target.docname, doctree)
    straighten(document)
    return Translator(_warn).page(document, defaults)


def _warn(problem: Problem) -> None:
    """A warning that can be suppressed by its code, such as ``nsdoc.unknown-node``."""
    hint = f"; expected {problem.expected}" if problem.expected else ""
    kind, _, code = problem.code.partition(".")
    # One warning for a kind of node, however many pages have it; as a finished message,
    # since only so it is the same to Sphinx from whatever process of -j it comes.
    once = problem.code == Code.UNKNOWN_NODE
    message = f"{problem.message}{hint}"
    _logger.warning(message, location=str(problem.place), type=kind, subtype=code, once=once)
