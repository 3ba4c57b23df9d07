"""A picture as a list of shapes with coordinates, ready to be written as SVG.

All lengths are pixels, x to the right, y downwards. Texts are single lines; a writer draws
them with the baseline ``BASELINE`` times the font size below the middle of the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archlib.diagram.geometry import Point, Rect

BASELINE = 0.34


@dataclass(frozen=True)
class Text:
    """One line of text; ``x`` is its middle, or its left end when ``start`` is set."""

    text: str
    x: float
    y: float
    size: float
    color: str
    bold: bool = False
    start: bool = False


@dataclass(frozen=True)
class Shape:
    """A filled box: ``form`` is ``box`` (rounded by ``radius``) or ``note`` (a folded corner)."""

    rect: Rect
    fill: str
    stroke: str
    form: str = "box"
    radius: float = 0.0
    dashed: bool = False


@dataclass(frozen=True)
class Line:
    """A polyline with rounded corners and arrowheads at the ends that have one."""

    points: tuple[Point, ...]
    color: str
    width: float = 1.6
    dashed: bool = False
    head_start: bool = False
    head_end: bool = False


@dataclass(frozen=True)
class Image:
    """An icon by its name in the ``diagrams`` package."""

    icon: str
    rect: Rect
    faded: bool = False


@dataclass(frozen=True)
class Group:
    """Shapes that belong together: a box, an arrow, a node. ``title`` says it in words."""

    kind: str
    title: str
    items: tuple[Text | Shape | Line | Image, ...]
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Scene:
    """A whole picture, its groups in drawing order."""

    name: str
    title: str
    description: str
    width: float
    height: float
    groups: tuple[Group, ...] = field(default=())

    def items(self) -> Iterator[Text | Shape | Line | Image]:
        """All shapes in drawing order."""
        for group in self.groups:
            yield from group.items
