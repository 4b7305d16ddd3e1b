"""Smart quotes, which Sphinx makes while it reads, kept out of man pages.

They would turn ``--max-depth`` into another option.
Documents that were read for HTML have them, and a build of man pages can share those documents.
So each text that becomes smart remembers what it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms import SphinxSmartQuotes, SphinxTransform

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_MEMORY = "_nsdoc_texts"


class SmartText(nodes.Text):
    """Text with smart quotes; `straight` is what the author wrote."""

    straight: str

    def copy(self) -> SmartText:
        """The same text, with the same memory."""
        text = SmartText(str(self))
        text.straight = self.straight
        return text


class RememberTexts(SphinxTransform):
    """Keeps the texts of a document, for `KeepStraight`."""

    default_priority = SphinxSmartQuotes.default_priority - 1

    def apply(self, **kwargs: Any) -> None:
        """Keep them on the document."""
        setattr(self.document, _MEMORY, [str(text) for text in self.document.findall(nodes.Text)])


class KeepStraight(SphinxTransform):
    """Gives each text that has become smart its memory."""

    default_priority = SphinxSmartQuotes.default_priority + 1

    def apply(self, **kwargs: Any) -> None:
        """Compare the texts with those that `RememberTexts` has kept."""
        before: list[str] = self.document.__dict__.pop(_MEMORY, [])
        after = list(self.document.findall(nodes.Text))
        if len(after) != len(before):
            # Some other transform came between: which text was which, nobody can tell.
            return
        for straight, text in zip(before, after, strict=True):
            if straight != text:
                smart = SmartText(str(text))
                smart.straight = straight
                text.parent.replace(text, smart)


def straighten(document: nodes.document) -> None:
    """Put back what the author wrote."""
    for text in list(document.findall(SmartText)):
        text.parent.replace(text, nodes.Text(text.straight))


def setup_quotes(app: Sphinx) -> None:
    """Register what remembers."""
    app.add_transform(RememberTexts)
    app.add_transform(KeepStraight)
