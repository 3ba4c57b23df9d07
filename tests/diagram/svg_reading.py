"""Reads a rendered SVG back into rectangles and lines: what a viewer would really see."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

from archlib.diagram.geometry import Point, Rect

NS = "{http://www.w3.org/2000/svg}"


@dataclass
class Seen:
    """One group of the picture: its data attributes and what it draws."""

    kind: str
    data: dict[str, str]
    title: str
    icons: list[Rect] = field(default_factory=list)
    texts: list[tuple[str, Rect, float]] = field(default_factory=list)
    lines: list[list[Point]] = field(default_factory=list)
    rects: list[Rect] = field(default_factory=list)
    dashed: bool = False
    heads: int = 0


def tree(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.encode())


def seen(svg: str) -> list[Seen]:
    """Every group of the picture in drawing order."""
    found = []
    for g in tree(svg).findall(f"{NS}g"):
        data = {k.removeprefix("data-"): v for k, v in g.attrib.items() if k.startswith("data-")}
        group = Seen(g.get("class", ""), data, g.findtext(f"{NS}title") or "")
        for use in g.findall(f"{NS}use"):
            group.icons.append(_rect(use))
        for rect in g.findall(f"{NS}rect"):
            group.rects.append(_rect(rect))
        for text in g.findall(f"{NS}text"):
            size, length = float(text.get("font-size", "0")), float(text.get("textLength", "0"))
            x, y = float(text.get("x", "0")), float(text.get("y", "0"))
            left = x if text.get("text-anchor") == "start" else x - length / 2
            box = Rect(left, y - 0.76 * size, left + length, y + 0.22 * size)
            group.texts.append((text.text or "", box, size))
        for path in g.findall(f"{NS}path"):
            if path.get("stroke-width"):
                group.lines.append(points(path.get("d", "")))
                group.dashed = group.dashed or path.get("stroke-dasharray") is not None
            elif path.get("stroke") is None:
                group.heads += 1
        found.append(group)
    return found


def _rect(element: ElementTree.Element) -> Rect:
    x, y, w, h = (float(element.get(k, "0")) for k in ("x", "y", "width", "height"))
    return Rect(x, y, x + w, y + h)


def points(d: str) -> list[Point]:
    """Points along a path, every few pixels; curves by their end points."""
    corners: list[Point] = []
    for command, args in re.findall(r"([MLC])([^MLCZ]*)", d):
        pairs = [tuple(map(float, p.split(","))) for p in args.split()]
        corners.append(pairs[-1] if command == "C" else pairs[0])  # type: ignore[arg-type]
    sampled: list[Point] = []
    for (ax, ay), (bx, by) in itertools.pairwise(corners):
        steps = max(1, int(max(abs(bx - ax), abs(by - ay)) // 2))
        sampled += [
            (ax + (bx - ax) * i / steps, ay + (by - ay) * i / steps) for i in range(steps + 1)
        ]
    return sampled


def inside(rect: Rect, point: Point) -> bool:
    return rect.left < point[0] < rect.right and rect.top < point[1] < rect.bottom
