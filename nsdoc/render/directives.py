"""Directives that only the look of a page needs; docutils and Sphinx use the same classes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from docutils import nodes
from docutils.parsers.rst import Directive


class Synopsis(Directive):
    """``.. synopsis::``: C prototypes as they are declared.

    A man page shows them bold with the names of the parameters italic, HTML as C code.
    """

    has_content = True

    def run(self) -> list[nodes.Node]:
        """One literal block of the class ``synopsis``."""
        self.assert_has_content()
        text = "\n".join(self.content)
        node = nodes.literal_block(text, text, language="c", classes=["synopsis"])
        node.source, node.line = self.state_machine.get_source_and_line(self.lineno)
        return [node]


OWN: Mapping[str, type[Directive]] = MappingProxyType({"synopsis": Synopsis})
"""Registered with Sphinx too."""
