"""An arrangement as shapes: what is drawn, in which colour, and what it says in words."""

from __future__ import annotations

from archlib.diagram import style
from archlib.diagram.arrangement import Arrangement
from archlib.diagram.graph import Edge, Graph
from archlib.diagram.highlight import STRAY, Overlay
from archlib.diagram.labels import Placed
from archlib.diagram.scene import Group, Image, Line, Scene, Shape, Text

SIGNS = {"->": "→", "<-": "←", "<->": "↔", "-": "–"}
DIRECTIONS = {"->": "forward", "<-": "back", "<->": "both", "-": "none"}


def compose(plan: Arrangement, overlay: Overlay) -> Scene:
    """The scene of a placed graph; with hops, what was not taken steps back into grey."""
    graph = overlay.graph
    traced = any(overlay.hops)
    groups = [*_boxes(plan, graph), *_arrows(plan, overlay, traced)]
    visited = overlay.visited
    for node, box in zip(graph.nodes, plan.nodes, strict=True):
        faded = traced and node.name not in visited
        ink = style.QUIET if faded else style.INK
        groups.append(
            Group(
                "node",
                " ".join(node.title.split()),
                (
                    Image(node.icon, box.icon, faded),
                    *_lines(Placed(box.lines, box.title), style.TITLE_SIZE, ink),
                ),
                (("name", node.name),),
            )
        )
    groups += _marks(plan, overlay, traced)
    return Scene(graph.name, graph.title, describe(overlay), plan.width, plan.height, tuple(groups))


def describe(overlay: Overlay) -> str:
    """The whole picture in sentences, for those who cannot see it."""
    graph = overlay.graph
    arrows = "; ".join(sentence(graph, e) for e in graph.edges)
    text = f"{graph.description.strip()} Arrows: {arrows}." if arrows else graph.description
    hops = sorted((h for hops in overlay.hops for h in hops), key=lambda h: h.order)
    if hops:
        said = "; ".join(
            f"{h.order} {_title(graph, h.source)} to {_title(graph, h.target)}"
            + (f": {h.label}" if h.label else "")
            + (f" ({h.remark})" if h.remark else "")
            for h in hops
        )
        text += f" Hops taken: {said}."
    return text


def sentence(graph: Graph, edge: Edge) -> str:
    """An arrow in words: ``Mobile client ↔ Amazon S3: store / retrieve files``."""
    text = f"{_title(graph, edge.source)} {SIGNS[edge.arrow.value]} {_title(graph, edge.target)}"
    if edge.label:
        text += f": {' '.join(edge.label.split())}"
    if edge.note:
        text += f" (note: {' '.join(edge.note.split())})"
    return text


def _title(graph: Graph, name: str) -> str:
    return " ".join(graph.node(name).title.split())


def _lines(placed: Placed, size: float, color: str, bold: bool = False) -> list[Text]:
    step = size * style.LINE_HEIGHT
    top = placed.rect.y - step * (len(placed.lines) - 1) / 2
    return [
        Text(line, placed.rect.x, top + i * step, size, color, bold)
        for i, line in enumerate(placed.lines)
    ]


def _boxes(plan: Arrangement, graph: Graph) -> list[Group]:
    parents = {b.name: b.parent for b in graph.boxes}
    placed = []
    drawn = [b for b in graph.boxes if graph.members(b.name)]
    for box, rect, title in zip(drawn, plan.boxes, plan.box_titles, strict=True):
        depth = 0
        above = parents[box.name]
        while above is not None:
            depth, above = depth + 1, parents[above]
        fill = style.BOX_FILLS[depth % len(style.BOX_FILLS)]
        shape = Shape(rect, fill, style.BOX_STROKE, radius=8, dashed=True)
        text = _lines(title, style.LABEL_SIZE, style.ARROW, bold=True)
        placed.append((depth, Group("box", box.title, (shape, *text), (("name", box.name),))))
    return [group for _, group in sorted(placed, key=lambda p: p[0])]


def _arrows(plan: Arrangement, overlay: Overlay, traced: bool) -> list[Group]:
    groups = []
    graph = overlay.graph
    order = sorted(range(len(graph.edges)), key=lambda k: (bool(overlay.hops[k]), k))
    for k in order:  # arrows taken are drawn last, above the grey ones
        edge, taken = graph.edges[k], bool(overlay.hops[k])
        color, ink, width = style.ARROW, style.INK, 1.6
        if taken:
            color, width = overlay.color(k), 2.6
        elif traced:
            color, ink = style.ARROW_QUIET, style.QUIET
        line = Line(
            plan.paths[k], color, width, edge.dashed, edge.points_to_source, edge.points_to_target
        )
        label = plan.labels[k]
        text = _lines(label, style.LABEL_SIZE, ink) if label else []
        data = [
            ("source", edge.source),
            ("target", edge.target),
            ("direction", DIRECTIONS[edge.arrow.value]),
        ]
        if edge.dashed:
            data.append(("dashed", "true"))
        if edge.label:
            data.append(("label", edge.label))
        if edge.verb == STRAY:
            data.append(("undrawn", "true"))
        if taken:
            data.append(("hops", overlay.badges[k]))
        groups.append(Group("arrow", sentence(graph, edge), (line, *text), tuple(data)))
    return groups


def _marks(plan: Arrangement, overlay: Overlay, traced: bool) -> list[Group]:
    """Notes and badges, above everything."""
    groups = []
    for k, edge in enumerate(overlay.graph.edges):
        ends = (("source", edge.source), ("target", edge.target))
        note, mark = plan.notes[k], plan.badges[k]
        if note is not None:
            shape = Shape(note.rect, style.NOTE_FILL, style.NOTE_STROKE, form="note")
            ink = style.QUIET if traced and not overlay.hops[k] else style.INK
            lines = _lines(note, style.LABEL_SIZE, ink)
            groups.append(Group("note", edge.note or "", (shape, *lines), ends))
        if mark is not None:
            color = overlay.color(k)
            failed = any(h.failed for h in overlay.hops[k])
            shape = Shape(mark.rect, color, style.PAPER, radius=3 if failed else 11)
            lines = _lines(mark, style.LABEL_SIZE, style.PAPER, bold=True)
            title = f"hop {overlay.badges[k]}"
            groups.append(Group("badge", title, (shape, *lines), ends))
    return groups
