"""What Sphinx would bring to a source, for docutils alone: its directives, shown without their effect.

The point is to see every claim, wherever it stands.
Prose keeps its place; what only concerns Sphinx is passed over.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive, directives, roles
from docutils.parsers.rst.directives.misc import Include as DocutilsInclude
from docutils.statemachine import StringList
from docutils.utils import relative_path

from nsdoc.source import directives as own_directives
from nsdoc.source import roles as own_roles


class _AnyOption(dict[str, Callable[[str], str]]):
    """An option_spec that has every option: Sphinx checks its own."""

    def __bool__(self) -> bool:
        return True

    def __missing__(self, name: str) -> Callable[[str], str]:
        return directives.unchanged


class _Foreign(Directive):
    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = _AnyOption()


class Nothing(_Foreign):
    """A directive that shows nothing by itself: ``toctree``, ``index``, ``highlight``."""

    def run(self) -> list[nodes.Node]:
        """No nodes."""
        return []


class Code(_Foreign):
    """``code-block`` and its like: a literal block."""

    def run(self) -> list[nodes.Node]:
        """One literal block."""
        text = "\n".join(self.content)
        node = nodes.literal_block(text, text, language=(self.arguments or [""])[0])
        node.source, node.line = self.state_machine.get_source_and_line(self.lineno)
        return [node]


class Raw(_Foreign):
    """``raw``: what one output alone understands.  No file is read, no address is asked."""

    def run(self) -> list[nodes.Node]:
        """One `raw` node of that format."""
        text = "\n".join(self.content)
        return [nodes.raw(text, text, format=" ".join(self.arguments))]


class Body(_Foreign):
    """A directive whose content is ordinary prose: ``only``, ``seealso``, ``py:function``, ``glossary``."""

    def run(self) -> list[nodes.Node]:
        """The content, parsed where it stands."""
        holder = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, holder)
        return list(holder.children)


class VersionChange(Body):
    """``versionadded`` and its like; what follows the release is prose as well."""

    def run(self) -> list[nodes.Node]:
        """A paragraph of what stands behind the release, then the content."""
        text = (self.arguments or [""])[0].partition(" ")[2]
        if not text:
            return super().run()
        inline, messages = self.state.inline_text(text, self.lineno)
        paragraph = nodes.paragraph(text, "", *inline)
        paragraph.source, paragraph.line = self.state_machine.get_source_and_line(self.lineno)
        return [paragraph, *messages, *super().run()]


class LiteralInclude(_Foreign):
    """``literalinclude``: the whole file, whatever part the options ask for."""

    required_arguments = 1
    optional_arguments = 0

    def run(self) -> list[nodes.Node]:
        """One literal block; the file counts as included by the page."""
        path = from_page(self.arguments[0], self.state.document.current_source or "")
        try:
            text = Path(path).read_text("utf-8")
        except OSError as error:
            raise self.severe(f'Problems with "{self.name}" directive path:\n{error}.') from None
        except UnicodeDecodeError as error:
            raise self.severe(f'Problem with "{self.name}" directive:\n{error}.') from None
        self.state.document.settings.record_dependencies.add(path)
        node = nodes.literal_block(text, text, source=path)
        node.source, node.line = path, 1
        return [node]


class Include(DocutilsInclude):
    """``include``, with true lines when only a part of the file is taken in."""

    def run(self) -> list[nodes.Node]:
        """What docutils gives; the lines it has put into the input know where they come from."""
        if self.arguments[0].startswith("/"):
            found = from_page(self.arguments[0], self.state.document.current_source or "")
            self.arguments[0] = str(Path(found).absolute())
        lines: StringList = self.state_machine.input_lines  # type: ignore[assignment]
        start, before = self.state_machine.line_offset + 2, len(lines)
        result = list(super().run())
        # Two lines of padding stand around what was put in.
        count = len(lines) - before - 2
        if count > 0 and (skipped := self._skipped()):
            _shift(lines, start, count, skipped)
        return result

    def _skipped(self) -> int:
        """The number of lines of the file before the first that is taken in."""
        text = Path(self.options["source"]).read_text("utf-8")
        lines = text.splitlines()
        first = self.options.get("start-line") or 0
        skipped = max(first + len(lines), 0) if first < 0 else min(first, len(lines))
        after = self.options.get("start-after", "")
        if not after:
            return skipped
        rest = "\n".join(lines[first : self.options.get("end-line")]) if skipped else text
        return skipped + rest[: rest.find(after) + len(after)].count("\n")


def _shift(lines: StringList, start: int, count: int, skipped: int) -> None:
    for index in range(start, start + count):
        source, offset = lines.items[index]
        lines.items[index] = (source, (offset or 0) + skipped)


def from_page(target: str, page: str) -> str:
    """The path of a file that a page names, as Sphinx means it.

    A path that begins with a slash starts at the root of the documentation:
    the nearest directory at or above the page's that has the file.
    """
    here = Path(page).absolute().parent
    if not target.startswith("/"):
        return relative_path(None, here / target)
    inside = target.lstrip("/")
    found = (root / inside for root in (here, *here.parents) if (root / inside).is_file())
    return relative_path(None, next(found, target))


_BODY = (
    "only",
    "seealso",
    "glossary",
    "hlist",
    "rst-class",
    "centered",
    "describe",
    "object",
    "option",
    "confval",
    "envvar",
    "todo",
    "function",
    "class",
    "method",
    "attribute",
    "data",
    "exception",
)
_CODE = ("code-block", "sourcecode", "code", "highlight-block", "synopsis", "doctest", "testcode",
         "testoutput")  # fmt: skip
_VERSIONS = ("versionadded", "versionchanged", "deprecated", "versionremoved", "version-added",
             "version-changed", "version-deprecated", "version-removed")  # fmt: skip
_NOTHING = (
    "toctree",
    "index",
    "highlight",
    "tabularcolumns",
    "program",
    "default-domain",
    "currentmodule",
    "module",
    "acks",
    "productionlist",
    "cssclass",
    "graphviz",
    "digraph",
    "graph",
    "automodule",
    "autoclass",
    "autodata",
    "autoexception",
    "autofunction",
    "autosummary",
)

PLAIN: Mapping[str, type[Directive]] = {
    **dict.fromkeys(_NOTHING, Nothing),
    **dict.fromkeys(_CODE, Code),
    **dict.fromkeys(_BODY, Body),
    **dict.fromkeys(_VERSIONS, VersionChange),
    "include": Include,
    "raw": Raw,
    "literalinclude": LiteralInclude,
}


class _Registry(dict[str, Any]):
    """Names of directives or roles, among them every name with a domain (``c:function``)."""

    def __init__(self, names: Mapping[str, Any], with_domain: Any) -> None:
        super().__init__(names)
        self._with_domain = with_domain

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and ":" in name.strip(":"))

    def __missing__(self, name: str) -> Any:
        return self._with_domain


@contextlib.contextmanager
def registries(shown: Mapping[str, type[Directive]] = MappingProxyType({})) -> Iterator[None]:
    """Give docutils our names, `shown` and no others, and give back its own at the end.

    docutils keeps one table of each for the whole process.
    Another user of it (Sphinx) may have put classes there that work only in its own environment,
    so the tables are replaced, not added to.
    """
    kept = directives._directives, roles._roles  # type: ignore[attr-defined]
    directives._directives = _Registry({**PLAIN, **own_directives.OWN, **shown}, Body)  # type: ignore[attr-defined]
    roles._roles = _Registry({**own_roles.PLAIN, **own_roles.OWN}, own_roles.DOMAIN_ROLE)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        directives._directives, roles._roles = kept  # type: ignore[attr-defined]
