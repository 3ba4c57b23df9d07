"""Rectangles and axis-parallel lines in pixels, x to the right and y downwards."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Rect:
    """A rectangle by its left, top, right and bottom sides."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Horizontal extent in pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Vertical extent in pixels."""
        return self.bottom - self.top

    @property
    def x(self) -> float:
        """Horizontal centre."""
        return (self.left + self.right) / 2

    @property
    def y(self) -> float:
        """Vertical centre."""
        return (self.top + self.bottom) / 2

    def grown(self, dx: float, dy: float | None = None) -> Rect:
        """The rectangle with ``dx`` more on the left and right, ``dy`` on top and bottom."""
        by = dx if dy is None else dy
        return Rect(self.left - dx, self.top - by, self.right + dx, self.bottom + by)

    def moved(self, dx: float, dy: float) -> Rect:
        """The rectangle shifted."""
        return Rect(self.left + dx, self.top + dy, self.right + dx, self.bottom + dy)

    def overlaps(self, other: Rect) -> bool:
        """Whether the two share more than an edge."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def contains(self, other: Rect) -> bool:
        """Whether ``other`` lies wholly inside."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )


def centred(x: float, y: float, width: float, height: float) -> Rect:
    """A rectangle around its centre."""
    return Rect(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def union(rects: Iterable[Rect]) -> Rect:
    """The smallest rectangle around all of ``rects`` (at least one)."""
    listed = list(rects)
    return Rect(
        min(r.left for r in listed),
        min(r.top for r in listed),
        max(r.right for r in listed),
        max(r.bottom for r in listed),
    )


def strokes(points: Iterable[Point], half: float = 0.0) -> tuple[Rect, ...]:
    """The rectangles covered by a polyline of axis-parallel segments, ``half`` to each side."""
    listed = list(points)
    return tuple(
        Rect(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)).grown(half)
        for (ax, ay), (bx, by) in itertools.pairwise(listed)
    )
