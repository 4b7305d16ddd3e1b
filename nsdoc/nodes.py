"""The two docutils nodes of a literate source, known to the reader and to the renderers.

Prose that cannot be claimed has no node of its own.
The directives ``definition``, ``pointer`` and ``advice`` leave their paragraphs where they stand
and set the attribute ``unclaimed`` on each (the directive's name),
and ``continues`` (True) on the first when it runs on in the paragraph before it.
"""

from __future__ import annotations

from docutils import nodes


class claim(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes in lower case
    """A claim: its prose as body elements, its examples as `example` children.

    Attributes: ``claim`` (the id, also in ``ids``),
    ``continues`` (bool: its first paragraph runs on in the one before),
    ``since`` and ``until`` (str or None), ``line`` (of the directive).
    """


class example(nodes.General, nodes.FixedTextElement):  # noqa: N801
    """The code of an example; its text is the code with the expected outputs.

    Attributes: ``line`` (of the first line of code), ``source`` (the file),
    ``since`` and ``until`` (str or None), ``timeout`` (seconds, or None), ``needs`` (list of words),
    ``language`` (always "python").
    """
