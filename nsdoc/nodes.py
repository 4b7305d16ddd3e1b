"""The two docutils nodes of a literate source, known to the reader and to the renderers."""

from __future__ import annotations

from docutils import nodes


class claim(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes in lower case
    """A claim: its prose as body elements, its examples as `example` children.

    Attributes: ``claim`` (the id), ``continues`` (bool: its first paragraph runs on in the one before),
    ``since`` and ``until`` (str or None), ``line`` (of the directive).
    """


class example(nodes.General, nodes.FixedTextElement):  # noqa: N801
    """The code of an example; its text is the code with the expected outputs.

    Attributes: ``line`` (of the first line of code), ``source`` (the file), ``since`` and ``until``.
    """
