"""From a document of Sphinx to the text of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx.util import logging

from nsdoc.problems import Problem
from nsdoc.render.assemble import whole
from nsdoc.render.dates import default_date
from nsdoc.render.quotes import straighten
from nsdoc.render.roff.printer import print_page
from nsdoc.render.tree.document import Defaults, Translator
from nsdoc.render.tree.report import Code

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.builders import Builder

    from nsdoc.render.targets import Target

_logger = logging.getLogger(__name__)


def page_text(builder: Builder, target: Target, doctree: nodes.document) -> str:
    """The source of the page `target`; what it cannot show as the document means it is a warning."""
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
    return print_page(Translator(_warn).page(document, defaults))


def _warn(problem: Problem) -> None:
    """A warning that can be suppressed by its code, such as ``nsdoc.unknown-node``."""
    hint = f"; expected {problem.expected}" if problem.expected else ""
    kind, _, code = problem.code.partition(".")
    # One warning for a kind of node, however many pages have it; as a finished message,
    # since only so it is the same to Sphinx from whatever process of -j it comes.
    once = problem.code == Code.UNKNOWN_NODE
    message = f"{problem.message}{hint}"
    _logger.warning(message, location=str(problem.place), type=kind, subtype=code, once=once)
