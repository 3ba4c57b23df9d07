"""A picture in pixels, and the lattice that it is measured on."""

from __future__ import annotations

from dataclasses import dataclass

from archlib.diagram.geometry import Point, Rect
from archlib.diagram.labels import Placed


@dataclass(frozen=True)
class NodeBox:
    """A node in place: its icon, its title's lines and the room they take."""

    icon: Rect
    lines: tuple[str, ...]
    title: Rect


@dataclass(frozen=True)
class Arrangement:
    """A whole picture in pixels. Sequences run parallel to the graph's nodes, edges, boxes."""

    width: float
    height: float
    nodes: tuple[NodeBox, ...]
    paths: tuple[tuple[Point, ...], ...]
    labels: tuple[Placed | None, ...]
    notes: tuple[Placed | None, ...]
    badges: tuple[Placed | None, ...]
    boxes: tuple[Rect, ...]
    box_titles: tuple[Placed, ...]


@dataclass
class Frame:
    """Where the lines of the lattice are, given the widths of columns, rows and gaps."""

    columns: list[float]
    above: list[float]
    below: list[float]
    gaps_x: list[float]
    gaps_y: list[float]

    def x(self, line: int) -> float:
        """Pixel position of a vertical line."""
        at = sum(self.gaps_x[: line // 2]) + sum(self.columns[: line // 2])
        if line % 2 == 0:
            return at + self.gaps_x[line // 2] / 2
        return at + self.gaps_x[line // 2] + self.columns[line // 2] / 2

    def y(self, line: int) -> float:
        """Pixel position of a horizontal line; a row's line runs through its icons."""
        r = line // 2
        at = sum(self.gaps_y[:r]) + sum(self.above[:r]) + sum(self.below[:r])
        if line % 2 == 0:
            return at + self.gaps_y[r] / 2
        return at + self.gaps_y[r] + self.above[r]
