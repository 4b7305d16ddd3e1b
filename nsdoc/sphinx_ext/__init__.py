"""The edge to Sphinx: directives, roles, the HTML of claims, and the builder of man pages."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.docutils import is_directive_registered, is_role_registered

from nsdoc import __version__, abi
from nsdoc.render import directives as looks
from nsdoc.render.builder import ManBuilder
from nsdoc.render.claim_refs import claims_of_documents, setup_claim_refs
from nsdoc.render.html import visitors
from nsdoc.render.html.lexer import ExampleLexer
from nsdoc.render.sphinx_man import setup_man
from nsdoc.source import directives, roles

if TYPE_CHECKING:
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

    from nsdoc.sphinx_ext.verified import Verified

_STATIC = Path(__file__).parents[1] / "render" / "html" / "static"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything; what comes back tells Sphinx that reading and writing may run in parallel."""
    for node, pair in visitors.visitors().items():
        app.add_node(node, html=pair)
    app.add_lexer("nsdoc", ExampleLexer)
    app.add_css_file("nsdoc.css")
    app.add_config_value("nsdoc_verify", True, "", bool)
    app.add_config_value("nsdoc_backend", "linux", "", str)
    app.add_config_value("nsdoc_verdicts", "build/verdicts.json", "", str)
    app.add_config_value("nsdoc_evidence", "evidence", "", str)
    app.add_config_value("nsdoc_constants", "", "", str)
    app.add_config_value("nsdoc_take_over_man", False, "", bool)
    setup_claim_refs(app)
    app.connect("config-inited", _add_markup)
    app.connect("builder-inited", _add_static_files)
    app.connect("missing-reference", _constant)
    late = _Late()
    app.connect("env-updated", late.verify)
    app.connect("doctree-resolved", late.show)
    app.connect("build-finished", late.remember)
    setup_man(app)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def _add_markup(app: Sphinx, config: Config) -> None:
    """Register directives and roles, when all other extensions and the project have registered theirs.

    What a project calls by one of our names stays what it was.
    """
    for name, directive in {**directives.OWN, **looks.OWN}.items():
        if not is_directive_registered(name):
            app.add_directive(name, directive)
    for name, role in roles.OWN.items():
        if not is_role_registered(name):
            app.add_role(name, role)


class _Late:
    """The handlers of `Verified`, which is imported when one of them has something to do.

    A build of man pages in which nothing has changed takes little more time than Sphinx needs to start.
    """

    @cached_property
    def _verified(self) -> Verified:
        from nsdoc.sphinx_ext.verified import Verified

        return Verified()

    def verify(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        return self._verified.verify(app, env) if claims_of_documents(env) else []

    def show(self, app: Sphinx, document: nodes.document, docname: str) -> None:
        # These builders take claims as they are: one writes them itself, the other only collects texts.
        if not (isinstance(app.builder, ManBuilder) or app.builder.name == "gettext"):
            self._verified.show(app, document, docname)

    def remember(self, app: Sphinx, error: Exception | None) -> None:
        if app.builder.format == "html":
            self._verified.remember(app, error)


def _constant(app: Sphinx, env: object, node: pending_xref, text: nodes.Node) -> nodes.Node | None:
    """Linux's constants, where Sphinx looks for one of Python by that name and finds none."""
    target = node["reftarget"]
    if node.get("reftype") != "const" or target not in abi.constants():
        return None
    return nodes.literal(target, target, role="const", classes=["const"])


def _add_static_files(app: Sphinx) -> None:
    app.config.html_static_path.append(str(_STATIC))
