"""The Sphinx builder ``nsman``: every page of a project as man(7) source."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.builders import Builder
from sphinx.errors import NoUri
from sphinx.util import logging

from nsdoc.render.assemble import whole
from nsdoc.render.inputs import Inputs, common, digest
from nsdoc.render.roff.printer import print_page
from nsdoc.render.targets import Target, targets
from nsdoc.render.tree.document import Defaults, Translator

if TYPE_CHECKING:
    from docutils import nodes

logger = logging.getLogger(__name__)


class ManBuilder(Builder):
    """Writes ``man7/NAME.7`` and so on; only pages whose inputs changed, in parallel with ``-j``."""

    name = "nsman"
    format = "man"
    epilog = "The man pages are in %(outdir)s."
    supported_image_types = []
    allow_parallel = True

    def init(self) -> None:
        # What extensions and "only" directives ask for when they mean man pages.
        self.tags.add("builder_man")
        self._inputs = Inputs(Path(self.outdir) / ".inputs.json")

    def get_outdated_docs(self) -> list[str]:
        current = self._digests()
        return sorted(
            {
                target.docname
                for target in targets(self.env)
                if not self._inputs.is_current(target.path, current[target.path])
            }
        )

    def _digests(self) -> dict[str, str]:
        shared = common(self.env)
        return {
            target.path: digest(self.env, target.docname, f"{shared}{target}") for target in targets(self.env)
        }

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        for target in targets(self.env):
            if target.docname == docname:
                return target.path
        raise NoUri(docname, typ)

    def write_documents(self, docnames: Set[str]) -> None:
        # Titles of other pages count as inputs too, and they are known only now.
        known = {target.docname for target in targets(self.env)}
        wanted = (set(docnames) & known) | set(self.get_outdated_docs())
        if wanted:
            super().write_documents(wanted)

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        for target in targets(self.env):
            if target.docname == docname:
                self._write(target, doctree)

    def _write(self, target: Target, doctree: nodes.document) -> None:
        page = Translator().page(whole(self, target.docname, doctree), self._defaults(target))
        path = Path(self.outdir) / target.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(print_page(page), encoding="ascii")

    def _defaults(self, target: Target) -> Defaults:
        config = self.config
        return Defaults(
            name=target.name,
            section=target.section,
            purpose=target.purpose,
            date=config.today,
            source=f"{config.project} {config.release}".strip(),
            fields={key: str(value) for key, value in self.env.metadata[target.docname].items()},
        )

    def finish(self) -> None:
        self._inputs.save(self._digests())
