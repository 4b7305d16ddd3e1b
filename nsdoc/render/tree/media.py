"""Images as their text, captions, and what Sphinx sets apart."""

from __future__ import annotations

from collections.abc import Iterable

from docutils import nodes

from nsdoc.render.roff.model import Block, Break, Example, Font, Inline, Item, Listing, Para, Run
from nsdoc.render.tree.blocks import noted
from nsdoc.render.tree.inline import visible
from nsdoc.render.tree.marks import BULLET
from nsdoc.render.tree.signatures import Signatures
from nsdoc.render.tree.style import ROMAN, Style


class Media(Signatures):
    """Reads figures and the small constructs of Sphinx."""

    def block_image(self, node: nodes.Element) -> Iterable[Block]:
        return [Para((Run(f"[Image: {self.image_text(node)}]"),))]

    def block_figure(self, node: nodes.Element) -> Iterable[Block]:
        """The text of the image and its caption in one paragraph, then the legend."""
        lines: list[Inline] = []
        rest: list[nodes.Node] = []
        for child in node.children:
            image = next(child.findall(nodes.image), None)
            if isinstance(child, nodes.caption):
                lines += [Break(), *self.inlines(child, Style(Font.ITALIC))]
            elif image is None or isinstance(child, nodes.legend):
                rest.append(child)
            else:
                lines.append(Run(f"[Figure: {self.image_text(image)}]"))
        return [Para(tuple(lines)), *self.blocks(rest)] if lines else self.blocks(rest)

    def block_legend(self, node: nodes.Element) -> Iterable[Block]:
        return self.blocks(node.children)

    def block_caption(self, node: nodes.Element) -> Iterable[Block]:
        return [Para(self.inlines(node, Style(Font.ITALIC)))]

    def block_versionmodified(self, node: nodes.Element) -> Iterable[Block]:
        return self.blocks(node.children)

    def block_seealso(self, node: nodes.Element) -> Iterable[Block]:
        return noted((Run("See also"),), self.blocks(node.children))

    def block_centered(self, node: nodes.Element) -> Iterable[Block]:
        return [Para(self.inlines(node, Style(Font.BOLD)))]

    def block_transition(self, node: nodes.Element) -> Iterable[Block]:
        return ()

    def block_hlist(self, node: nodes.Element) -> Iterable[Block]:
        """A list in columns is a list."""
        items = [item for item in node.findall(nodes.list_item) if item.parent.parent.parent is node]
        listed = tuple(Item(((ROMAN.run(BULLET),),), self.blocks(item.children)) for item in items)
        return [Listing(listed, 1)] if listed else []

    def block_productionlist(self, node: nodes.Element) -> Iterable[Block]:
        return [Example(tuple((ROMAN.run(visible(child.astext()).rstrip()),) for child in node.children))]

    def block_toctree(self, node: nodes.Element) -> Iterable[Block]:
        return ()

    block_highlightlang = block_toctree
    block_tabular_col_spec = block_toctree
    block_meta = block_toctree
