"""What nsdoc adds to Sphinx for man pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc.render import directives
from nsdoc.render.builder import ManBuilder

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config


def setup_man(app: Sphinx) -> None:
    """Register the builder ``nsman`` and its settings."""
    app.add_builder(ManBuilder)
    for name, directive in directives.OWN.items():
        app.add_directive(name, directive)
    app.connect("config-inited", _keep_quotes)


def _keep_quotes(app: Sphinx, config: Config) -> None:
    """Smart quotes would turn ``--max-depth`` into another option: no man page has them."""
    excluded = config.smartquotes_excludes.setdefault("builders", [])
    if ManBuilder.name not in excluded:
        config.smartquotes_excludes = {
            **config.smartquotes_excludes,
            "builders": [*excluded, ManBuilder.name],
        }
