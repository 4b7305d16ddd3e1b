"""The edge to Sphinx: directives, roles, the HTML of claims, and the builder of man pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.environment.collectors import EnvironmentCollector

from nsdoc import __version__, abi
from nsdoc.nodes import claim
from nsdoc.render.html import visitors
from nsdoc.render.html.lexer import ExampleLexer
from nsdoc.source import directives, roles

if TYPE_CHECKING:
    from collections.abc import Set

    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

_STATIC = Path(__file__).parent / "render" / "html" / "static"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything; what comes back tells Sphinx that reading and writing may run in parallel."""
    for name, directive in directives.OWN.items():
        app.add_directive(name, directive)
    for name, role in roles.OWN.items():
        app.add_role(name, role)
    for node, visitors in visitors.visitors().items():
        app.add_node(node, html=visitors)
    app.add_lexer("nsdoc", ExampleLexer)
    app.add_css_file("nsdoc.css")
    app.add_config_value("nsdoc_verify", True, "", bool)
    app.add_config_value("nsdoc_backend", "linux", "", str)
    app.add_config_value("nsdoc_verdicts", "build/verdicts.json", "", str)
    app.add_config_value("nsdoc_evidence", "evidence", "", str)
    app.add_env_collector(_PagesWithClaims)
    app.connect("builder-inited", _add_static_files)
    app.connect("missing-reference", _constant)
    verified = Verified()
    app.connect("env-updated", verified.verify)
    app.connect("doctree-resolved", verified.weave)
    app.connect("build-finished", verified.remember)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


class _PagesWithClaims(EnvironmentCollector):
    """Keeps the names of the documents in which a claim stands."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        _pages_with_claims(env).discard(docname)

    def merge_other(
        self, app: Sphinx, env: BuildEnvironment, docnames: Set[str], other: BuildEnvironment
    ) -> None:
        _pages_with_claims(env).update(_pages_with_claims(other) & docnames)

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        if next(doctree.findall(claim), None) is not None:
            _pages_with_claims(app.env).add(app.env.docname)


def _pages_with_claims(env: BuildEnvironment) -> set[str]:
    if not hasattr(env, "nsdoc_pages"):
        env.nsdoc_pages = set()  # type: ignore[attr-defined]
    pages: set[str] = env.nsdoc_pages
    return pages


def _constant(app: Sphinx, env: object, node: pending_xref, text: nodes.Node) -> nodes.Node | None:
    """Linux's constants, where Sphinx looks for one of Python by that name and finds none."""
    target = node["reftarget"]
    if node.get("reftype") != "const" or target not in abi.constants():
        return None
    return nodes.literal(target, target, role="const", classes=["const"])


def _add_static_files(app: Sphinx) -> None:
    app.config.html_static_path.append(str(_STATIC))
