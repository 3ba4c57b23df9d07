"""A scene as SVG: each icon embedded once, its own letters embedded, text that stays text."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from xml.sax.saxutils import escape, quoteattr

from archlib.diagram import style
from archlib.diagram.fonts import FAMILY, PRINTABLE, subset, text_width
from archlib.diagram.geometry import Point, Rect
from archlib.diagram.icons import icon
from archlib.diagram.scene import BASELINE, Group, Image, Line, Scene, Shape, Text
from archlib.errors import DiagramError

FALLBACK = "'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif"
KAPPA = 0.5523
NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg(scene: Scene, *, alone: bool = True) -> str:
    """The scene as an SVG document; the same scene gives the same bytes anywhere.

    ``alone``: with its own letters and size; else it is for a page that allows no inline style,
    whose style sheet holds :func:`faces`.
    Raises :class:`archlib.errors.DiagramError` for a character that XML has no place for.
    """
    names = sorted({item.icon for item in scene.items() if isinstance(item, Image)})
    width, height = _number(scene.width), _number(scene.height)
    style_attribute = 'style="max-width:100%;height:auto" ' if alone else ""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label={quoteattr(scene.title)} '
        f"{style_attribute}font-family=\"'{_family(scene)}', {FALLBACK}\">",
        f"<title>{escape(scene.title)}</title>",
        f"<desc>{escape(scene.description)}</desc>",
        "<defs>",
        *([f"<style>{faces(scene)}</style>"] if alone else []),
        *(_symbol(name, scene.name) for name in names),
        "</defs>",
        f'<rect width="{width}" height="{height}" fill="{style.PAPER}"/>',
        *(line for group in scene.groups for line in _group(group)),
        "</svg>",
    ]
    document = "\n".join(lines) + "\n"
    if found := NOT_XML.search(document):
        raise DiagramError(
            f"a text holds {found[0]!r}, which SVG cannot", where=scene.name, hint="leave it out"
        )
    return document


def faces(scene: Scene) -> str:
    """The letters that a scene is written with, as a style sheet."""
    family, characters = _family(scene), _characters(scene)
    texts = [item for item in scene.items() if isinstance(item, Text)]
    return "".join(
        f"@font-face{{font-family:'{family}';font-weight:{weight};"
        f"src:url(data:font/ttf;base64,{subset(characters, bold)})}}"
        for bold, weight in ((False, "normal"), (True, "bold"))
        if any(t.bold == bold for t in texts)
    )


def _characters(scene: Scene) -> str:
    texts = [item.text for item in scene.items() if isinstance(item, Text)]
    return PRINTABLE + "".join(sorted({c for text in texts for c in text} - set(PRINTABLE)))


def _family(scene: Scene) -> str:
    return f"{FAMILY} {hashlib.sha256(_characters(scene).encode()).hexdigest()[:8]}"


def icon_id(name: str) -> str:
    """The id of an icon's symbol."""
    return "icon-" + re.sub(r"[^A-Za-z0-9]+", "-", name)


def _symbol(name: str, where: str) -> str:
    data = base64.b64encode(icon(name, where=where).data).decode()
    return (
        f'<symbol id="{icon_id(name)}" viewBox="0 0 64 64"><image width="64" height="64" '
        f'href="data:image/png;base64,{data}"/></symbol>'
    )


def _group(group: Group) -> list[str]:
    data = "".join(f" data-{key}={quoteattr(_one_line(value))}" for key, value in group.data)
    title = escape(_one_line(group.title))
    return [
        f'<g class="{group.kind}"{data}>',
        f"<title>{title}</title>",
        *(line for item in group.items for line in _item(item)),
        "</g>",
    ]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _item(item: Text | Shape | Line | Image) -> list[str]:
    match item:
        case Text():
            return [_text(item)]
        case Shape():
            return _shape(item)
        case Line():
            return _line(item)
        case Image():
            r = item.rect
            fade = ' opacity="0.35"' if item.faded else ""
            return [
                f'<use href="#{icon_id(item.icon)}" x="{_number(r.left)}" y="{_number(r.top)}" '
                f'width="{_number(r.width)}" height="{_number(r.height)}"{fade}/>'
            ]


def _text(text: Text) -> str:
    """A line of text, held to its measured width whatever font a viewer has."""
    length = text_width(text.text, text.size, text.bold)
    bold = ' font-weight="bold"' if text.bold else ""
    anchor = "start" if text.start else "middle"
    return (
        f'<text x="{_number(text.x)}" y="{_number(text.y + BASELINE * text.size)}" '
        f'text-anchor="{anchor}" font-size="{_number(text.size)}"{bold} fill="{text.color}" '
        f'textLength="{_number(length)}" lengthAdjust="spacingAndGlyphs">{escape(text.text)}</text>'
    )


def _shape(shape: Shape) -> list[str]:
    r = shape.rect
    paint = f'fill="{shape.fill}" stroke="{shape.stroke}"'
    if shape.dashed:
        paint += ' stroke-dasharray="4 3"'
    if shape.form == "note":
        fold = 6.0
        outline = _path(note_outline(r, fold), closed=True)
        corner = _path(
            ((r.right - fold, r.top), (r.right - fold, r.top + fold), (r.right, r.top + fold))
        )
        return [
            f'<path d="{outline}" {paint}/>',
            f'<path d="{corner}" fill="none" stroke="{shape.stroke}"/>',
        ]
    radius = f' rx="{_number(shape.radius)}"' if shape.radius else ""
    return [
        f'<rect x="{_number(r.left)}" y="{_number(r.top)}" width="{_number(r.width)}" '
        f'height="{_number(r.height)}"{radius} {paint}/>'
    ]


def note_outline(r: Rect, fold: float) -> tuple[Point, ...]:
    """The corners of a sheet with its upper right corner folded."""
    return (
        (r.left, r.top),
        (r.right - fold, r.top),
        (r.right, r.top + fold),
        (r.right, r.bottom),
        (r.left, r.bottom),
    )


def _line(line: Line) -> list[str]:
    points = shortened(line)
    curve = "".join(
        f"M{_point(piece[0])}"
        if len(piece) == 1
        else (f"L{_point(piece[1])}" if len(piece) == 2 else "C" + " ".join(map(_point, piece[1:])))
        for piece in [(points[0],), *rounded(points)]
    )
    dash = ' stroke-dasharray="6 5"' if line.dashed else ""
    drawn = [
        f'<path d="{curve}" fill="none" stroke="{line.color}" '
        f'stroke-width="{_number(line.width)}"{dash}/>'
    ]
    ends = []
    if line.head_start:
        ends.append((line.points[0], line.points[1]))
    if line.head_end:
        ends.append((line.points[-1], line.points[-2]))
    for tip, before in ends:
        drawn.append(f'<path d="{_path(head(tip, before), closed=True)}" fill="{line.color}"/>')
    return drawn


def shortened(line: Line) -> tuple[Point, ...]:
    """The line's points with its ends drawn back to the base of their arrowheads."""
    points = list(line.points)
    if line.head_start:
        points[0] = _towards(points[0], points[1], style.HEAD_LENGTH - 1)
    if line.head_end:
        points[-1] = _towards(points[-1], points[-2], style.HEAD_LENGTH - 1)
    return tuple(points)


def head(tip: Point, before: Point) -> tuple[Point, Point, Point]:
    """The triangle of an arrowhead whose tip is reached coming from ``before``."""
    bx, by = _towards(tip, before, style.HEAD_LENGTH)
    ux, uy = (bx - tip[0]) / style.HEAD_LENGTH, (by - tip[1]) / style.HEAD_LENGTH
    half = style.HEAD_HALF
    return (tip, (bx - uy * half, by + ux * half), (bx + uy * half, by - ux * half))


def rounded(points: tuple[Point, ...]) -> list[tuple[Point, ...]]:
    """Straight pieces (two points) and corner curves (four Bezier points), end to end."""
    pieces: list[tuple[Point, ...]] = []
    at = points[0]
    for corner, after in itertools.pairwise(points):
        radius = min(style.CORNER, _distance(at, corner), _distance(corner, after) / 2)
        enter, leave = _towards(corner, at, radius), _towards(corner, after, radius)
        pieces.append((at, enter))
        pieces.append(
            (
                enter,
                _towards(enter, corner, radius * KAPPA),
                _towards(leave, corner, radius * KAPPA),
                leave,
            )
        )
        at = leave
    pieces.append((at, points[-1]))
    return pieces


def _distance(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])  # segments are parallel to an axis


def _towards(start: Point, goal: Point, by: float) -> Point:
    length = _distance(start, goal)
    if length == 0:
        return start
    share = by / length
    return (start[0] + (goal[0] - start[0]) * share, start[1] + (goal[1] - start[1]) * share)


def _path(points: tuple[Point, ...], closed: bool = False) -> str:
    return "M" + "L".join(map(_point, points)) + ("Z" if closed else "")


def _point(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _number(value: float) -> str:
    """At most one decimal: finer than a pixel, and coarse enough to be stable."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"
