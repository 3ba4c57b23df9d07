"""Which cell of a grid each node stands in.

People who lay a slide by hand put the caller left of the called, keep chains straight, keep
the members of a box together, and avoid crossings. The cost below says this in numbers; a
deterministic search lowers it. A :class:`Layout` overrides the search.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from functools import lru_cache

from archlib.diagram.graph import Graph
from archlib.errors import DiagramError

Cell = tuple[int, int]  # column, row
_Segment = tuple[int, int, int, int]  # from a cell to a cell

STEP_ACROSS, STEP_DOWN, BEND, BLOCKED = 10.0, 11.0, 12.0, 40.0
LEFTWARDS, SIDEWAYS, CROSSING, NO_CORNER = 7.0, 3.0, 25.0, 15.0
INTRUDER, COLUMN, ROW, ROOT, BOX_CELL, FROM_ABOVE = 300.0, 3.0, 12.0, 16.0, 2.0, 12.0


@dataclass(frozen=True)
class Layout:
    """A hint for the picture: a grid of component names, row by row, ``.`` for an empty cell.

    ``Layout('''
    .       FileBucket
    Client  Api         Function  Table
    ''')`` places every named component; all components must be named.
    """

    grid: str

    def cells(self, graph: Graph) -> dict[str, Cell]:
        """Cell of each node; raises DiagramError unless each node is named exactly once."""
        rows = [line.split() for line in self.grid.strip().splitlines()]
        cells: dict[str, Cell] = {}
        known = {n.name for n in graph.nodes}
        for r, row in enumerate(rows):
            for c, name in enumerate(row):
                if name == ".":
                    continue
                if name not in known or name in cells:
                    raise DiagramError(
                        f"the layout names {name!r}, which is "
                        + ("there twice" if name in cells else "not a component"),
                        where=graph.name,
                    )
                cells[name] = (c, r)
        missing = sorted(known - cells.keys())
        if missing:
            raise DiagramError(f"the layout leaves out {', '.join(missing)}", where=graph.name)
        return cells


@lru_cache(maxsize=64)
def place(graph: Graph, layout: Layout | None = None, columns: int = 6) -> tuple[Cell, ...]:
    """The cell of each node, in the graph's order, in at most ``columns`` columns."""
    if layout is not None:
        cells = layout.cells(graph)
        return tuple(cells[n.name] for n in graph.nodes)
    if not graph.nodes:
        return ()
    return _normalised(_Search(graph, columns).best())


def _normalised(cells: list[Cell]) -> tuple[Cell, ...]:
    """Without empty columns and rows."""
    columns = sorted({c for c, _ in cells})
    rows = sorted({r for _, r in cells})
    return tuple((columns.index(c), rows.index(r)) for c, r in cells)


class _Search:
    def __init__(self, graph: Graph, columns: int) -> None:
        index = {n.name: i for i, n in enumerate(graph.nodes)}
        self.count = len(graph.nodes)
        self.edges = [(index[e.source], index[e.target]) for e in graph.edges if not e.is_loop]
        self.touching: list[list[int]] = [[] for _ in graph.nodes]
        for k, (s, t) in enumerate(self.edges):
            self.touching[s].append(k)
            self.touching[t].append(k)
        self.boxes = [
            m for b in graph.boxes if (m := frozenset(index[n] for n in graph.members(b.name)))
        ]
        called = {t for _, t in self.edges}
        self.roots = [i for i in range(self.count) if i not in called or i == 0]
        depth = self._depths()
        self.columns = min(columns, max(depth) + 2)
        self.rows = max(3, -(-self.count // self.columns) + 3)
        self.depth = depth
        self.sums: dict[tuple[Cell, ...], tuple[float, bool]] = {}  # and whether it is complete
        self.crossed: dict[_Segment, dict[_Segment, bool]] = {}

    def _depths(self) -> list[int]:
        """Steps from a root; breadth first, so that a cycle does not stretch the picture."""
        depth = dict.fromkeys(self.roots, 0)
        queue = list(self.roots)
        while queue or len(depth) < self.count:
            if not queue:
                queue.append(next(i for i in range(self.count) if i not in depth))
                depth[queue[0]] = 0
            here = queue.pop(0)
            for s, t in self.edges:
                if s == here and t not in depth:
                    depth[t] = depth[here] + 1
                    queue.append(t)
        return [depth[i] for i in range(self.count)]

    def _start(self) -> list[Cell]:
        taken: set[Cell] = set()
        cells = []
        for i in range(self.count):
            column = min(self.depth[i], self.columns - 1)
            row = 0
            while (column, row) in taken:
                row += 1
                if row >= self.rows:
                    column, row = (column + 1) % self.columns, 0
            taken.add((column, row))
            cells.append((column, row))
        return cells

    def best(self) -> list[Cell]:
        """The cheapest placement of a few annealed searches, each started the same way."""
        winner = tuple(self._start())
        lowest = self.cost(winner)
        for seed in range(4):
            cells = self._anneal(random.Random(seed))
            cost = self.cost(cells)
            if cost < lowest - 1e-9:
                winner, lowest = cells, cost
        return list(winner)

    def _anneal(self, rng: random.Random) -> tuple[Cell, ...]:
        cells = tuple(self._start())
        cost = self.cost(cells)
        best, lowest = cells, cost
        rounds = 220 * self.count
        for step in range(rounds):
            heat = 22.0 * (1 - step / rounds) ** 2 + 0.01
            trial = self._neighbour(cells, rng)
            # How much worse this step may be is drawn first, so that adding up can stop early.
            limit = cost - heat * math.log(1.0 - rng.random())
            new = self.cost(trial, limit)
            if new <= limit:
                cells, cost = trial, new
                if cost < lowest - 1e-9:
                    best, lowest = cells, cost
        return best

    def _neighbour(self, cells: tuple[Cell, ...], rng: random.Random) -> tuple[Cell, ...]:
        i = int(rng.random() * self.count)
        if self.touching[i] and rng.random() < 0.5:  # next to something it is connected to
            s, t = self.edges[self.touching[i][int(rng.random() * len(self.touching[i]))]]
            other = t if s == i else s
            dx, dy = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1))[int(rng.random() * 6)]
            cell = (cells[other][0] + dx, cells[other][1] + dy)
        else:
            cell = (int(rng.random() * self.columns), int(rng.random() * self.rows))
        if not (0 <= cell[0] < self.columns and 0 <= cell[1] < self.rows):
            return cells
        trial = list(cells)
        if cell in trial:
            trial[trial.index(cell)] = trial[i]
        trial[i] = cell
        return tuple(trial)

    def cost(self, cells: tuple[Cell, ...], limit: float = math.inf) -> float:
        """How far the placement is from what a hand would draw; smaller is better.

        Above ``limit`` the sum may be incomplete (but is itself above the limit). A cooling
        search tries the same few placements over and over, so sums are remembered.
        """
        known = self.sums.get(cells)
        if known is None or (known[0] <= limit and not known[1]):
            total = self._cost(cells, limit)
            known = self.sums[cells] = (total, total <= limit)
        return known[0]

    def _cost(self, cells: tuple[Cell, ...], limit: float) -> float:
        columns = [c for c, _ in cells]
        rows = [r for _, r in cells]
        left, top = min(columns), min(rows)
        total = COLUMN * (max(columns) - left) + ROW * (max(rows) - top)
        total += ROOT * sum(columns[i] - left for i in self.roots)
        taken = set(cells)
        lines = []
        for s, t in self.edges:
            (ax, ay), (bx, by) = cells[s], cells[t]
            dx, dy = bx - ax, by - ay
            total += STEP_ACROSS * abs(dx) + STEP_DOWN * abs(dy)
            if dx < 0:
                total += LEFTWARDS * -dx
            elif dx == 0:
                total += SIDEWAYS
            if dx and dy:
                total += BEND
                if (bx, ay) in taken and (ax, by) in taken:
                    total += NO_CORNER
            elif abs(dx) + abs(dy) > 1:
                ux, uy = (dx > 0) - (dx < 0), (dy > 0) - (dy < 0)
                for k in range(1, abs(dx) + abs(dy)):
                    if (ax + ux * k, ay + uy * k) in taken:
                        total += BLOCKED
            lines.append((ax, ay, bx, by))
        if self.boxes and total <= limit:
            total += self._box_cost(cells)
        if total > limit:
            return total
        for i, a in enumerate(lines):
            crossed = self.crossed.setdefault(a, {})
            for b in lines[:i]:
                hit = crossed.get(b)
                if hit is None:
                    hit = crossed[b] = _cross(*a, *b)
                if hit:
                    total += CROSSING
            if total > limit:
                return total
        return total

    def _box_cost(self, cells: tuple[Cell, ...]) -> float:
        total = 0.0
        spans: list[tuple[frozenset[int], tuple[int, int, int, int]]] = []
        for members in self.boxes:
            columns = [cells[i][0] for i in members]
            rows = [cells[i][1] for i in members]
            x0, x1, y0, y1 = min(columns), max(columns), min(rows), max(rows)
            total += BOX_CELL * (x1 - x0 + 1) * (y1 - y0 + 1)
            for i, (c, r) in enumerate(cells):
                if i not in members and x0 <= c <= x1 and y0 <= r <= y1:
                    total += INTRUDER
            for other, (u0, u1, v0, v1) in spans:
                apart = not (members & other)
                if apart and x0 <= u1 and u0 <= x1 and y0 <= v1 and v0 <= y1:
                    total += INTRUDER
            spans.append((members, (x0, x1, y0, y1)))
            for s, t in self.edges:  # from above it would run through the box's title
                inside, outside = (s, t) if s in members else (t, s)
                if inside in members and outside not in members:
                    (ic, ir), (oc, orow) = cells[inside], cells[outside]
                    total += FROM_ABOVE if oc == ic and orow < ir == y0 else 0.0
        return total


def _cross(ax: int, ay: int, bx: int, by: int, cx: int, cy: int, dx: int, dy: int) -> bool:
    """Whether two straight lines between cells cross or lie on each other, ends excluded."""
    d1 = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    d2 = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
    d3 = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
    d4 = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
    if d1 == d2 == 0:  # on one line: do they share more than a point?
        if ax != bx:
            return min(max(ax, bx), max(cx, dx)) > max(min(ax, bx), min(cx, dx))
        return min(max(ay, by), max(cy, dy)) > max(min(ay, by), min(cy, dy))
    return d1 * d2 < 0 and d3 * d4 < 0
