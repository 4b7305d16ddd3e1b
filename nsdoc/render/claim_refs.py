"""References to claims: which document has which, and the role ``:claim:`` that leads there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.environment.collectors import EnvironmentCollector
from sphinx.roles import XRefRole
from sphinx.util.nodes import make_refnode

from nsdoc.nodes import claim
from nsdoc.render.html import links

if TYPE_CHECKING:
    from collections.abc import Set

    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


def setup_claim_refs(app: Sphinx) -> None:
    """Register the role and what it needs to know."""
    app.add_env_collector(_Claims)
    app.add_role("claim", _ClaimRole(innernodeclass=nodes.inline, warn_dangling=True))
    app.connect("missing-reference", _resolve)


def claims_of_documents(env: BuildEnvironment) -> dict[str, tuple[str, ...]]:
    """The ids of the claims of each document that has any, by the document's name."""
    # An attribute of the environment, so that Sphinx keeps it from one build to the next.
    if not hasattr(env, "nsdoc_claims"):
        env.nsdoc_claims = {}  # type: ignore[attr-defined]
    found: dict[str, tuple[str, ...]] = env.nsdoc_claims  # type: ignore[attr-defined]
    return found


class _Claims(EnvironmentCollector):
    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        claims_of_documents(env).pop(docname, None)

    def merge_other(
        self, app: Sphinx, env: BuildEnvironment, docnames: Set[str], other: BuildEnvironment
    ) -> None:
        theirs = claims_of_documents(other)
        claims_of_documents(env).update({name: theirs[name] for name in theirs.keys() & docnames})

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        ids = tuple(node["claim"] for node in doctree.findall(claim))
        if ids:
            claims_of_documents(app.env)[app.env.docname] = ids


class _ClaimRole(XRefRole):
    """``:claim:`clone(2)#einval-fs```, on the page itself ``#einval-fs`` alone; a title can be given."""

    def process_link(
        self, env: BuildEnvironment, refnode: nodes.Element, has_explicit_title: bool, title: str, target: str
    ) -> tuple[str, str]:
        """What is shown, by default the id of the claim; and the target as it stands."""
        return title if has_explicit_title else target.rpartition("#")[2], target


def _resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: nodes.Element
) -> nodes.Element | None:
    """A link to the claim; None, so that Sphinx complains, where there is no such claim."""
    if node.get("reftype") != "claim":
        return None
    page, _, name = node["reftarget"].partition("#")
    here = node["refdoc"]
    docname = _document(env, page) if page else here
    if docname is None or name not in claims_of_documents(env).get(docname, ()):
        return None
    return make_refnode(app.builder, here, docname, name, shown, node["reftarget"])


def _document(env: BuildEnvironment, page: str) -> str | None:
    """The document with the claims of a page, named as in a claim's permanent name."""
    pages = {f"{name}({section})": doc for (name, section), doc in links.man_pages(env.found_docs).items()}
    others = {doc.rpartition("/")[2]: doc for doc in claims_of_documents(env)}
    return pages.get(page) or others.get(page)
