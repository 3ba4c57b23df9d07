"""From cells and routes to pixels: node boxes, arrow corners, boundaries.

Gaps between columns and rows start small. Labels that find no room say which gap is too
small; it is widened and all is measured again until everything fits.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from archlib.diagram import style
from archlib.diagram.arrangement import Arrangement, Frame, NodeBox
from archlib.diagram.fonts import text_width, wrap
from archlib.diagram.geometry import Point, Rect, centred, union
from archlib.diagram.graph import Graph
from archlib.diagram.labels import Demand, LabelPlacer, Placed
from archlib.diagram.placement import Cell, Layout, place
from archlib.diagram.routing import Routes, Stretch, route

ATTEMPTS, PATIENCE = 30, 8


@lru_cache(maxsize=64)
def arrange(
    graph: Graph,
    layout: Layout | None = None,
    badges: tuple[str, ...] = (),
    base: Graph | None = None,
) -> Arrangement:
    """Everything in place; ``badges`` gives the text of each arrow's badge (empty: none).

    Nodes stand where they stand in the picture of ``base`` (by default the graph itself), so
    that a trace with arrows nobody drew is still the same picture.
    Tries ever narrower forms until the picture's text is readable at notebook width.
    """
    best: Arrangement | None = None
    for columns in (6, 5, 4) if layout is None else (6,):
        cells = place(base or graph, layout, columns)
        routes = route(graph, cells)
        for label_width in (style.LABEL_WIDTH, 96.0, 80.0):
            found = _Arranger(graph, cells, routes, label_width, badges).run()
            if found.width <= style.MAX_WIDTH:
                return found
            if best is None or found.width < best.width:
                best = found
    assert best is not None
    return best


class _Arranger:
    def __init__(
        self,
        graph: Graph,
        cells: tuple[Cell, ...],
        routes: Routes,
        label_width: float,
        badges: tuple[str, ...],
    ) -> None:
        self.graph = graph
        self.cells = cells
        self.cell = {n.name: c for n, c in zip(graph.nodes, cells, strict=True)}
        self.routes = routes
        self.label_width = label_width
        self.badges = badges or ("",) * len(graph.edges)
        self.titles = [wrap(n.title, style.TITLE_WIDTH, style.TITLE_SIZE) for n in graph.nodes]
        self.spans = [self._span(graph.members(b.name)) for b in graph.boxes]
        self.frame = self._frame()

    def _span(self, members: tuple[str, ...]) -> tuple[int, int, int, int] | None:
        if not members:
            return None
        columns = [self.cell[m][0] for m in members]
        rows = [self.cell[m][1] for m in members]
        return min(columns), max(columns), min(rows), max(rows)

    def _frame(self) -> Frame:
        """Column and row sizes, and gaps that hold boundaries, loops and parallel arrows."""
        wide = 1 + max((c for c, _ in self.cells), default=0)
        high = 1 + max((r for _, r in self.cells), default=0)
        columns, below = [style.ICON] * wide, [style.ICON / 2] * high
        for lines, (c, r) in zip(self.titles, self.cells, strict=True):
            columns[c] = max(columns[c], *(text_width(t, style.TITLE_SIZE) for t in lines), 0.0)
            below[r] = max(below[r], style.ICON / 2 + style.TITLE_GAP + _title_height(lines))
        self._make_boxes_wide(columns)
        gaps_x = [0.0, *[style.INNER_GAP] * (wide - 1), 0.0]
        gaps_y = [0.0, *[style.ROW_GAP] * (high - 1), 0.0]
        for line in range(0, 2 * max(wide, high) + 1, 2):
            for vertical, gaps in ((True, gaps_x), (False, gaps_y)):
                busy = self.routes.busy(vertical, line)
                if busy and line // 2 < len(gaps):
                    gaps[line // 2] = max(gaps[line // 2], (busy - 1) * style.TRACK + 54)
        for span in self.spans:
            if span is not None:
                left, right, top, bottom = span
                gaps_x[left] += style.BOX_PAD
                gaps_x[right + 1] += style.BOX_PAD
                gaps_y[top] += style.BOX_PAD + style.BOX_TITLE
                gaps_y[bottom + 1] += style.BOX_PAD
        for edge in self.graph.edges:
            if edge.is_loop:
                gaps_y[self.cell[edge.source][1]] += style.LOOP_HEIGHT
        return Frame(columns, [style.ICON / 2] * high, below, gaps_x, gaps_y)

    def _make_boxes_wide(self, columns: list[float]) -> None:
        """Room in a box for its title, and beside upright arrows inside it for their labels."""
        for box, span in zip(self.graph.boxes, self.spans, strict=True):
            if span is None:
                continue
            left, right, _, _ = span
            missing = (
                text_width(box.title, style.LABEL_SIZE, bold=True)
                - sum(columns[left : right + 1])
                - style.INNER_GAP * (right - left)
            )
            columns[right] += max(0.0, missing)
            members = self.graph.members(box.name)
            for k, edge in enumerate(self.graph.edges):
                stretches = self.routes.stretches[k]
                if {edge.source, edge.target} <= set(members) and len(stretches) == 1:
                    stretch = stretches[0]
                    lines = wrap(edge.label, self.label_width, style.LABEL_SIZE)
                    if stretch.vertical and stretch.line % 2 and lines:
                        room = max(text_width(t, style.LABEL_SIZE) for t in lines) + 10
                        column = stretch.line // 2
                        columns[column] = max(columns[column], 2 * room)

    def run(self) -> Arrangement:
        """Measure, place labels, widen what was too small, and again until all fits."""
        for attempt in range(ATTEMPTS):
            nodes = [self._node(i) for i in range(len(self.cells))]
            paths = self._paths(nodes)
            boxes = self._boxes(nodes, paths)
            placer = LabelPlacer(
                self.graph,
                [n.icon for n in nodes],
                [n.title for n in nodes],
                paths,
                [b for b in boxes if b is not None],
            )
            placer.place(self.label_width, self.badges, patient=attempt < PATIENCE)
            if not placer.failures or attempt == ATTEMPTS - 1:
                break
            for demand in placer.failures:
                self._widen(demand, attempt)
        return self._finish(nodes, paths, [b for b in boxes if b is not None], placer)

    def _node(self, i: int) -> NodeBox:
        column, row = self.cells[i]
        x, y = self.frame.x(2 * column + 1), self.frame.y(2 * row + 1)
        icon = centred(x, y, style.ICON, style.ICON)
        lines = self.titles[i]
        width = max((text_width(t, style.TITLE_SIZE) for t in lines), default=0.0)
        top = icon.bottom + style.TITLE_GAP
        return NodeBox(
            icon, lines, Rect(x - width / 2, top, x + width / 2, top + _title_height(lines))
        )

    def _paths(self, nodes: list[NodeBox]) -> list[tuple[Point, ...]]:
        box = {n.name: b for n, b in zip(self.graph.nodes, nodes, strict=True)}
        paths: list[tuple[Point, ...]] = []
        loops: dict[str, int] = {}
        for k, edge in enumerate(self.graph.edges):
            if edge.is_loop:
                loops[edge.source] = loops.get(edge.source, 0) + 1
                taken = self._top_taken(edge.source)
                shift = (0.0 if not taken else 17.0) if loops[edge.source] == 1 else -17.0
                paths.append(_loop(box[edge.source].icon, shift, 9.0 if shift else None))
                continue
            stretches = self.routes.stretches[k]
            places = [self._position(s) for s in stretches]
            corners: list[Point] = [
                (places[i], places[i + 1]) if s.vertical else (places[i + 1], places[i])
                for i, s in enumerate(stretches[:-1])
            ]
            first, last = stretches[0], stretches[-1]
            start = _port(box[edge.source], first, places[0], leaving=True)
            end = _port(box[edge.target], last, places[-1], leaving=False)
            paths.append((start, *corners, end))
        return paths

    def _top_taken(self, name: str) -> bool:
        column, row = self.cell[name]
        return any(
            s.vertical and s.line == 2 * column + 1 and 2 * row + 1 in (s.start, s.end)
            and s.low < 2 * row + 1
            for k, e in enumerate(self.graph.edges)
            if name in (e.source, e.target)
            for s in self.routes.stretches[k]
        )  # fmt: skip

    def _position(self, s: Stretch) -> float:
        line = self.frame.x(s.line) if s.vertical else self.frame.y(s.line)
        return line + self.routes.tracks[s.edge, s.part] * style.TRACK

    def _boxes(self, nodes: list[NodeBox], paths: list[tuple[Point, ...]]) -> list[Rect | None]:
        names = [n.name for n in self.graph.nodes]
        spans = {b.name: s for b, s in zip(self.graph.boxes, self.spans, strict=True)}
        found: dict[str, Rect | None] = {}

        def rect(name: str) -> Rect | None:
            if name not in found:
                parts = [
                    union([b.icon, b.title])
                    for n, b in zip(self.graph.nodes, nodes, strict=True)
                    if n.boundary == name
                ]
                parts += [r for b in self.graph.boxes if b.parent == name if (r := rect(b.name))]
                for edge, path in zip(self.graph.edges, paths, strict=True):
                    if edge.is_loop and self.graph.nodes[names.index(edge.source)].boundary == name:
                        parts.append(Rect(path[0][0], path[1][1], path[-1][0], path[0][1]))
                found[name] = None
                span = spans[name]
                if parts and span is not None:
                    # As wide as its columns, so that boxes below each other line up.
                    tall = union(parts)
                    for column in span[:2]:
                        middle, half = (
                            self.frame.x(2 * column + 1),
                            self.frame.columns[column] / 2,
                        )
                        parts.append(Rect(middle - half, tall.top, middle + half, tall.bottom))
                    around = union(parts).grown(style.BOX_PAD)
                    found[name] = replace(around, top=around.top - style.BOX_TITLE)
            return found[name]

        return [rect(b.name) for b in self.graph.boxes]

    def _widen(self, demand: Demand, attempt: int) -> None:
        """Make room for a label at the gap its arrow passes, or beside it every third time."""
        if demand.kind == "box":
            span = [s for s in self.spans if s is not None][demand.index]
            self.frame.columns[span[1]] += 16
            return
        source = self.cell[self.graph.edges[demand.index].source]
        if self.graph.edges[demand.index].is_loop:
            self.frame.gaps_y[source[1]] += 10
            return
        stretches = self.routes.stretches[demand.index]
        across = [s for s in stretches if not s.vertical]
        longest = max(across or stretches, key=lambda s: (s.high - s.low, -s.part))
        inside = [g // 2 for g in range(longest.low, longest.high + 1) if g % 2 == 0]
        if attempt % 3 == 2 or not inside:
            gaps = self.frame.gaps_y if not longest.vertical else self.frame.gaps_x
            gap = longest.line // 2 if attempt % 2 else min((longest.line + 1) // 2, len(gaps) - 1)
            gaps[gap] += 12
            return
        gaps = self.frame.gaps_y if longest.vertical else self.frame.gaps_x
        gaps[inside[len(inside) // 2]] += 12

    def _finish(
        self,
        nodes: list[NodeBox],
        paths: list[tuple[Point, ...]],
        boxes: list[Rect],
        placer: LabelPlacer,
    ) -> Arrangement:
        shown = [p for p in (*placer.labels, *placer.notes, *placer.badges) if p is not None]
        everything = [
            *(n.icon for n in nodes),
            *(n.title for n in nodes),
            *boxes,
            *(p.rect for p in shown),
            *(Rect(x, y, x, y).grown(style.HEAD_HALF) for path in paths for x, y in path),
        ] or [Rect(0, 0, 100, 60)]
        canvas = union(everything).grown(style.MARGIN)
        dx, dy = -canvas.left, -canvas.top

        def move(placed: Placed | None) -> Placed | None:
            return None if placed is None else replace(placed, rect=placed.rect.moved(dx, dy))

        return Arrangement(
            width=_round_up(canvas.width),
            height=_round_up(canvas.height),
            nodes=tuple(
                NodeBox(n.icon.moved(dx, dy), n.lines, n.title.moved(dx, dy)) for n in nodes
            ),
            paths=tuple(tuple((x + dx, y + dy) for x, y in path) for path in paths),
            labels=tuple(map(move, placer.labels)),
            notes=tuple(map(move, placer.notes)),
            badges=tuple(map(move, placer.badges)),
            boxes=tuple(b.moved(dx, dy) for b in boxes),
            box_titles=tuple(replace(p, rect=p.rect.moved(dx, dy)) for p in placer.box_titles),
        )


def _round_up(length: float) -> float:
    return float(-int(-length // 1))


def _title_height(lines: tuple[str, ...]) -> float:
    return len(lines) * style.TITLE_SIZE * style.LINE_HEIGHT


def _loop(icon: Rect, shift: float, half: float | None) -> tuple[Point, ...]:
    half = style.LOOP_HALF if half is None else half
    x, low = icon.x + shift, icon.top - style.PORT_GAP
    high = low - style.LOOP_HEIGHT
    return ((x - half, low), (x - half, high), (x + half, high), (x + half, low))


def _port(node: NodeBox, stretch: Stretch, position: float, *, leaving: bool) -> Point:
    """Where an arrow touches a node, on the side from which it comes."""
    onwards = stretch.end - stretch.start if leaving else stretch.start - stretch.end
    if stretch.vertical:
        edge = node.title.bottom if onwards > 0 else node.icon.top
        return (position, edge + style.PORT_GAP * (1 if onwards > 0 else -1))
    edge = node.icon.right if onwards > 0 else node.icon.left
    return (edge + style.PORT_GAP * (1 if onwards > 0 else -1), position)
