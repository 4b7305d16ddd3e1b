"""What nsdoc adds to Sphinx for man pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc.render.builder import ManBuilder, PlainManBuilder
from nsdoc.render.quotes import setup_quotes

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config


def setup_man(app: Sphinx) -> None:
    """Register the builder ``nsman``."""
    app.add_builder(ManBuilder)
    setup_quotes(app)
    app.connect("config-inited", _take_over)
    app.connect("config-inited", _keep_quotes)


def _take_over(app: Sphinx, config: Config) -> None:
    """Give the name of Sphinx's own builder to ours, where the project wants it."""
    if config.nsdoc_take_over_man:
        app.add_builder(PlainManBuilder, override=True)


def _keep_quotes(app: Sphinx, config: Config) -> None:
    """Smart quotes would turn ``--max-depth`` into another option: no man page has them."""
    excluded = config.smartquotes_excludes.setdefault("builders", [])
    if ManBuilder.name not in excluded:
        config.smartquotes_excludes = {
            **config.smartquotes_excludes,
            "builders": [*excluded, ManBuilder.name],
        }
