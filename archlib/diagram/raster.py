"""A scene as PNG, drawn by the Graphviz inside pygraphviz's wheel.

Every shape becomes a node, cluster or edge with a fixed position; the layout engine ``nop2``
keeps positions and only draws. The bytes are packed again by Pillow, whose wheel brings its
own zlib, since Graphviz compresses with the machine's.
"""

from __future__ import annotations

import io
from typing import Any

from archlib.diagram import style
from archlib.diagram.fonts import FAMILY, graphviz, text_width
from archlib.diagram.geometry import Point, Rect
from archlib.diagram.icons import icon
from archlib.diagram.scene import Image, Line, Scene, Shape, Text
from archlib.diagram.svg import rounded, shortened

SCALE = 2  # device pixels per pixel
ROOM = 14.0  # beside a text: Graphviz complains of a label wider than its node
POINTS = 72.0  # Graphviz measures positions in points, sizes in inches


def png(scene: Scene) -> bytes:
    """The scene as PNG at twice its size in pixels.

    Raises :class:`archlib.errors.DiagramError` when pygraphviz cannot be loaded.
    """
    plate = _Plate(scene)
    for group in scene.groups:
        for item in group.items:
            plate.add(item)
    return _packed(plate.drawn(), (round(scene.width) * SCALE, round(scene.height) * SCALE))


def _packed(data: bytes, size: tuple[int, int]) -> bytes:
    from PIL import Image as Picture

    out = io.BytesIO()
    with Picture.open(io.BytesIO(data)) as picture:
        # Graphviz may add a pixel where it rounds the canvas up.
        picture.convert("RGB").crop((0, 0, *size)).save(out, format="PNG", compress_level=6)
    return out.getvalue()


class _Plate:
    """A Graphviz graph under construction; y grows upwards there."""

    def __init__(self, scene: Scene) -> None:
        self.height = scene.height
        self.where = scene.name
        self.serial = 0
        self.graph: Any = graphviz().AGraph(strict=False, directed=True)
        self.graph.graph_attr.update(
            outputorder="edgesfirst",
            pad="0",
            margin="0",
            dpi=str(72 * SCALE),
            bgcolor=style.PAPER,
            fontname=FAMILY,
        )
        self.graph.node_attr.update(fixedsize="true", margin="0", fontname=FAMILY, label="")
        whole = Rect(0, 0, scene.width, scene.height)
        self.add(Shape(whole, style.PAPER, style.PAPER, background=True))
        for corner in (
            Rect(0, 0, 1, 1),
            Rect(whole.right - 1, whole.bottom - 1, whole.right, whole.bottom),
        ):
            self._node(corner, shape="box", style="invis")

    def _name(self) -> str:
        self.serial += 1
        return f"item{self.serial}"

    def _at(self, x: float, y: float) -> str:
        return f"{x:.2f},{self.height - y:.2f}"

    def _node(self, rect: Rect, **attributes: str) -> str:
        name = self._name()
        self.graph.add_node(
            name,
            pos=self._at(rect.x, rect.y),
            width=f"{rect.width / POINTS:.5f}",
            height=f"{rect.height / POINTS:.5f}",
            **attributes,
        )
        return name

    def add(self, item: Text | Shape | Line | Image) -> None:
        """Add one shape."""
        match item:
            case Text():
                self._text(item)
            case Shape():
                self._shape(item)
            case Line():
                self._line(item)
            case Image():
                file = icon(item.icon, where=self.where).file
                self._node(item.rect, shape="none", image=str(file), imagescale="true")
                if item.faded:
                    veil = {"style": "filled", "fillcolor": "#FFFFFFA6", "color": "#FFFFFF00"}
                    self._node(item.rect, shape="box", **veil)

    def _text(self, text: Text) -> None:
        width = text_width(text.text, text.size, text.bold)
        left = text.x if text.start else text.x - width / 2 - ROOM
        height = text.size * style.LINE_HEIGHT
        right = (text.x + width if text.start else text.x + width / 2) + ROOM
        rect = Rect(left, text.y - height / 2 - 6, right, text.y + height / 2 + 6)
        label = text.text.replace("\\", "\\\\")
        self._node(
            rect,
            shape="none",
            label=label + ("\\l" if text.start else ""),
            fontsize=str(text.size),
            fontcolor=text.color,
            fontname=f"{FAMILY} Bold" if text.bold else FAMILY,
        )

    def _shape(self, shape: Shape) -> None:
        words = ["filled"]
        if shape.radius > 4:
            words.append("rounded")
        if shape.dashed:
            words.append("dashed")
        paint = {"style": ",".join(words), "fillcolor": shape.fill}
        if shape.background:
            r = shape.rect
            cluster = self.graph.add_subgraph([], name=f"cluster_{self._name()}")
            cluster.graph_attr.update(
                bb=f"{self._at(r.left, r.bottom)},{self._at(r.right, r.top)}",
                pencolor=shape.stroke,
                label="",
                **paint,
            )
        else:
            form = "note" if shape.form == "note" else "box"
            self._node(shape.rect, shape=form, color=shape.stroke, **paint)

    def _line(self, line: Line) -> None:
        curve = ""
        if line.head_start:
            curve += f"s,{self._at(*line.points[0])} "
        if line.head_end:
            curve += f"e,{self._at(*line.points[-1])} "
        pieces = rounded(shortened(line))
        spots: list[Point] = [pieces[0][0]]
        for piece in pieces:
            spots += [piece[0], piece[1], piece[1]] if len(piece) == 2 else piece[1:]
        curve += " ".join(self._at(x, y) for x, y in spots)
        ends = [
            self._node(Rect(x - 1, y - 1, x + 1, y + 1), shape="box", style="invis")
            for x, y in (line.points[0], line.points[-1])
        ]
        heads = {(False, False): "none", (True, False): "back", (False, True): "forward"}
        self.graph.add_edge(
            *ends,
            pos=curve,
            color=line.color,
            penwidth=f"{line.width:.1f}",
            style="dashed" if line.dashed else "solid",
            dir=heads.get((line.head_start, line.head_end), "both"),
            arrowsize="0.9",
        )

    def drawn(self) -> bytes:
        """The PNG as Graphviz writes it."""
        data: bytes = self.graph.draw(format="png", prog="nop2")
        return data
