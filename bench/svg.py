"""Drawing: a picture that a browser shows and a screen reader reads."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

INK, FAINT, PAPER = "#1b1f24", "#c8ccd1", "#ffffff"

Point = tuple[float, float]


class Picture:
    """Lines, marks and texts, drawn in the order in which they come; lengths are in pixels."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._elements: list[str] = []

    def text(
        self, at: Point, words: str, *, anchor: str = "start", size: int = 13, colour: str = INK
    ) -> None:
        """Words that begin at a point, end there ("end") or have it in their middle ("middle")."""
        x, y = at
        self._add(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">'
            f"{escape(words)}</text>"
        )

    def line(self, points: Sequence[Point], colour: str = INK, width: float = 1, dashes: str = "") -> None:
        """A line through points; `dashes` are lengths of strokes and gaps."""
        through = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        look = f'fill="none" stroke="{colour}" stroke-width="{width}"{dashed}'
        self._add(f'<polyline points="{through}" {look}/>')

    def mark(self, at: Point, shape: str, colour: str, tip: str, *, filled: bool = True) -> None:
        """A mark of one of the `SHAPES`, with words that show when it is pointed at."""
        x, y = at
        points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in SHAPES[shape])
        inside = colour if filled else PAPER
        self._add(
            f'<polygon points="{points}" fill="{inside}" stroke="{colour}" stroke-width="2">'
            f"<title>{escape(tip)}</title></polygon>"
        )

    def svg(self, title: str, description: str) -> str:
        """The whole picture; both texts are for who cannot see it."""
        return "\n".join(
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self._width} {self._height}"'
                f' width="{self._width}" height="{self._height}" role="img"'
                ' aria-labelledby="title description" font-family="sans-serif">',
                f"<title id={quoteattr('title')}>{escape(title)}</title>",
                f"<desc id={quoteattr('description')}>{escape(description)}</desc>",
                f'<rect width="{self._width}" height="{self._height}" fill="{PAPER}"/>',
                *self._elements,
                "</svg>\n",
            )
        )

    def _add(self, element: str) -> None:
        self._elements.append(element)


SHAPES: dict[str, tuple[Point, ...]] = {
    "square": ((-4, -4), (4, -4), (4, 4), (-4, 4)),
    "diamond": ((0, -6), (6, 0), (0, 6), (-6, 0)),
    "triangle": ((0, -6), (5, 4), (-5, 4)),
    "wedge": ((0, 6), (5, -4), (-5, -4)),
    "bar": ((-6, -2), (6, -2), (6, 2), (-6, 2)),
    "post": ((-2, -6), (2, -6), (2, 6), (-2, 6)),
}
"""The corners of each mark around its middle; they differ in outline, not by colour alone."""
