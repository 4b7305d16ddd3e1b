"""The Sphinx builder ``nsman``: every page of a project as man(7) source."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Mapping, Set
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.builders import Builder
from sphinx.util import logging

from nsdoc.render.inputs import Inputs, common, digest, drop_parts, write
from nsdoc.render.targets import Target, clashes, targets, unknown_documents

if TYPE_CHECKING:
    from docutils import nodes

_logger = logging.getLogger(__name__)


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
        self._pages: Mapping[str, tuple[Target, ...]] | None = None
        self._has_written = False
        # At exit the collector would look at all of Sphinx once more, to no end.
        atexit.unregister(gc.freeze)
        atexit.register(gc.freeze)

    def in_folders(self) -> bool:
        """Whether a page is in a directory of its section, such as ``man7``."""
        return True

    def get_outdated_docs(self) -> list[str]:
        return sorted(
            {
                target.docname
                for target, inputs in self._digests().items()
                if not self._inputs.is_current(target.path, inputs)
            }
        )

    def _digests(self) -> Mapping[Target, str]:
        shared = common(self.env, self.tags)
        return {
            target: digest(self.env, target.docname, f"{shared}{target}")
            for target in targets(self.env, self.in_folders())
        }

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        for target in self._targets().get(docname, ()):
            return target.path
        # No reader sees it, but only what has an address is shown by its title.
        return docname

    def _targets(self) -> Mapping[str, tuple[Target, ...]]:
        """The pages of each document that is one."""
        if self._pages is not None:
            return self._pages
        found: dict[str, tuple[Target, ...]] = {}
        for target in targets(self.env, self.in_folders()):
            found[target.docname] = (*found.get(target.docname, ()), target)
        return found

    def prepare_writing(self, docnames: Set[str]) -> None:
        # From here on no document is read, and so none becomes another page.
        self._pages = self._targets()
        for docname in unknown_documents(self.env):
            _logger.warning('"man_pages" names the document %s, which does not exist', docname)
        for page, one, other in clashes(self.env):
            _logger.warning("%s and %s are both the page %s; the second is written", one, other, page)

    def write_documents(self, docnames: Set[str]) -> None:
        # Titles of other pages count as inputs too, and they are known only now.
        wanted = (set(docnames) & self._targets().keys()) | set(self.get_outdated_docs())
        if wanted:
            self._has_written = True
            super().write_documents(wanted)

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        # Loaded only here: a build in which nothing has changed starts without it.
        from nsdoc.render.writing import page_files

        for target in self._targets().get(docname, ()):
            files = dict(page_files(self, target, doctree))
            for name, text in files.items():
                write(Path(self.outdir) / name, text)
            drop_parts(Path(self.outdir), target.path, keep=files)

    def finish(self) -> None:
        paths = [target.path for pages in self._targets().values() for target in pages]
        if self._inputs.drop_all_but(paths) or self._has_written:
            self._inputs.save({target.path: inputs for target, inputs in self._digests().items()})


class PlainManBuilder(ManBuilder):
    """The same under the name of Sphinx's own builder, whose place it takes: see ``nsdoc_take_over_man``."""

    name = "man"

    def in_folders(self) -> bool:
        """What the setting of Sphinx's own builder says."""
        return bool(self.config.man_make_section_directory)
