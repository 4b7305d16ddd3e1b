"""Which documents of a Sphinx project are man pages, and what the project says of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphinx.builders.manpage import default_man_pages

from nsdoc.render.tree.titles import name_and_section

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment


@dataclass(frozen=True, slots=True)
class Target:
    """A page to write: from which document, and under which name.

    `purpose` is "" unless the project names the page in ``man_pages``.
    `in_folder` says whether the page is in a directory of its section.
    """

    docname: str
    name: str
    section: str
    purpose: str = ""
    in_folder: bool = True

    @property
    def path(self) -> str:
        """The page's file below the output directory, such as ``man7/credentials.7``."""
        folder = f"man{self.section[:1]}/" if self.in_folder else ""
        return f"{folder}{self.name}.{self.section}"


def targets(env: BuildEnvironment, in_folders: bool = True) -> tuple[Target, ...]:
    """Every page of the project, in the order of their files.

    A document is a page if its title is ``name(section)``, or if ``man_pages`` names it.
    What Sphinx makes of an unset ``man_pages`` counts only where no document is a page by its title.
    """
    titled = {target.path: target for target in _titled(env, in_folders)}
    named = {target.path: target for target in _configured(env, in_folders)}
    return tuple(target for _, target in sorted({**titled, **named}.items()))


def clashes(env: BuildEnvironment) -> Iterator[tuple[str, str, str]]:
    """Pages that two documents want to be: the page, and both documents, of which the second is written."""
    homes: dict[str, str] = {}
    for target in (*_titled(env, True), *_configured(env, True)):
        home = homes.setdefault(target.path, target.docname)
        if home != target.docname:
            yield f"{target.name}({target.section})", home, target.docname


def unknown_documents(env: BuildEnvironment) -> tuple[str, ...]:
    """The documents that ``man_pages`` names and that do not exist."""
    return tuple(docname for docname, *_ in env.config.man_pages if docname not in env.found_docs)


def _titled(env: BuildEnvironment, in_folders: bool) -> Iterator[Target]:
    for docname, title in env.titles.items():
        found = name_and_section(title.astext())
        if found:
            yield Target(docname, *found, in_folder=in_folders)


def _configured(env: BuildEnvironment, in_folders: bool) -> Iterator[Target]:
    unset = env.config.man_pages == default_man_pages(env.config)
    if unset and any(_titled(env, in_folders)):
        return
    for docname, name, description, _authors, section in env.config.man_pages:
        if docname in env.found_docs:
            yield Target(docname, name, str(section), description, in_folders)
