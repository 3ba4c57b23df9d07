"""Which way each arrow takes between the cells: right angles, few bends, few crossings.

The grid of cells becomes a lattice of lines: odd lines run through the centres of columns and
rows, even lines through the gaps between them. An arrow is a path over lattice points that
avoids every node. Paths are found one by one (Dijkstra), then each is taken up and laid again
with all others in place. Stretches that share a line are then spread over parallel tracks.
"""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from dataclasses import dataclass

from archlib.diagram.graph import Graph
from archlib.diagram.placement import Cell

Site = tuple[int, int]  # lattice point: vertical line, horizontal line
Step = tuple[Site, Site]

MOVE, TURN, SHARED, CROSSED, SAME_SIDE, THROUGH_TITLE, CAPPED, OUTSIDE, NEW_ROW = (
    1.0, 3.0, 5.0, 7.0, 2.0, 0.6, 4.0, 0.8, 0.5,
)  # fmt: skip


@dataclass(frozen=True)
class Stretch:
    """A straight part of an arrow: on ``line``, between two positions along it."""

    edge: int
    part: int
    vertical: bool
    line: int
    start: int
    end: int

    @property
    def low(self) -> int:
        """The smaller end."""
        return min(self.start, self.end)

    @property
    def high(self) -> int:
        """The larger end."""
        return max(self.start, self.end)


@dataclass(frozen=True)
class Routes:
    """The stretches of every arrow (loops have none) and the track of each on its line.

    A track is an offset in units of the track distance, 0 in the middle of the line.
    """

    stretches: tuple[tuple[Stretch, ...], ...]
    tracks: dict[tuple[int, int], float]

    def busy(self, vertical: bool, line: int) -> float:
        """How many tracks wide the traffic on a line is."""
        offsets = [
            self.tracks[s.edge, s.part]
            for path in self.stretches
            for s in path
            if s.vertical == vertical and s.line == line
        ]
        return max(offsets) - min(offsets) + 1 if offsets else 0.0


def site(cell: Cell) -> Site:
    """The lattice point at the centre of a cell."""
    return (2 * cell[0] + 1, 2 * cell[1] + 1)


def route(graph: Graph, cells: tuple[Cell, ...]) -> Routes:
    """A path for every arrow of ``graph`` whose nodes stand in ``cells``."""
    at = {n.name: site(c) for n, c in zip(graph.nodes, cells, strict=True)}
    lattice = _Lattice(graph, at)
    order = sorted(
        (k for k, e in enumerate(graph.edges) if not e.is_loop),
        key=lambda k: (lattice.distance(k), k),
    )
    for _ in range(3):
        for k in order:
            lattice.lay(k)
    stretches = tuple(_stretches(k, lattice.paths.get(k, ())) for k in range(len(graph.edges)))
    return Routes(stretches, _tracks(stretches, set(at.values())))


class _Lattice:
    def __init__(self, graph: Graph, at: dict[str, Site]) -> None:
        self.edges = graph.edges
        self.at = at
        self.blocked = set(at.values())
        # Leaving upwards would meet a loop, or the title of the box the node is the top of.
        self.capped = {at[e.source] for e in graph.edges if e.is_loop}
        for box in graph.boxes:
            members = [at[m] for m in graph.members(box.name)]
            top = min((y for _, y in members), default=0)
            self.capped |= {m for m in members if m[1] == top}
        self.width = max((x for x, _ in self.blocked), default=1) + 2
        self.height = max((y for _, y in self.blocked), default=1) + 2
        self.paths: dict[int, tuple[Site, ...]] = {}
        self.used: dict[Step, int] = defaultdict(int)
        self.turned: dict[Site, int] = defaultdict(int)

    def distance(self, k: int) -> int:
        (ax, ay), (bx, by) = self.at[self.edges[k].source], self.at[self.edges[k].target]
        return abs(ax - bx) + abs(ay - by)

    def lay(self, k: int) -> None:
        if k in self.paths:
            self._count(self.paths[k], -1)
        self.paths[k] = self._find(self.at[self.edges[k].source], self.at[self.edges[k].target])
        self._count(self.paths[k], 1)

    def _count(self, path: tuple[Site, ...], by: int) -> None:
        for a, b in itertools.pairwise(path):
            self.used[a, b] += by
            self.used[b, a] += by
        for a, b, c in zip(path, path[1:], path[2:], strict=False):
            if (a[0] == b[0]) != (b[0] == c[0]):
                self.turned[b] += by

    def _find(self, source: Site, target: Site) -> tuple[Site, ...]:
        heap: list[tuple[float, int, Site, Site, tuple[Site, ...]]] = [
            (0.0, 0, source, (0, 0), (source,))
        ]
        done: set[tuple[Site, Site]] = set()
        serial = 0
        while heap:
            cost, _, here, way, path = heapq.heappop(heap)
            if here == target:
                return path
            if (here, way) in done:
                continue
            done.add((here, way))
            for step in ((1, 0), (0, 1), (-1, 0), (0, -1)):
                if way != (0, 0) and step == (-way[0], -way[1]):
                    continue
                there = (here[0] + step[0], here[1] + step[1])
                if not (0 <= there[0] < self.width and 0 <= there[1] < self.height):
                    continue
                if there in self.blocked and there != target:
                    continue
                serial += 1
                price = cost + self._price(here, there, way, step, source, target)
                heapq.heappush(heap, (price, serial, there, step, (*path, there)))
        raise AssertionError("the outermost gaps are free, so a path exists")

    def _price(
        self, here: Site, there: Site, way: Site, step: Site, source: Site, target: Site
    ) -> float:
        price = MOVE + SHARED * self.used[here, there]
        if there[0] in (0, self.width - 1) or there[1] in (0, self.height - 1):
            price += OUTSIDE
        if way != (0, 0):
            if way != step:
                price += TURN + 2.0 * self.turned[here] + self._crossed(here, way) / 2
            else:
                price += self._crossed(here, way)
        for end, away in ((source, step), (target, (-step[0], -step[1]))):
            if (here if end is source else there) == end:
                side = (end[0] + away[0], end[1] + away[1])
                price += SAME_SIDE * self.used[end, side]
                if away == (0, 1):
                    price += THROUGH_TITLE
                if away == (0, -1) and end in self.capped:
                    price += CAPPED
        return price

    def _crossed(self, here: Site, way: Site) -> float:
        """The price of going straight over ``here`` where others cross or turn."""
        left = (here[0] + way[1], here[1] + way[0])
        right = (here[0] - way[1], here[1] - way[0])
        return CROSSED * max(self.used[here, left], self.used[here, right])


def _stretches(edge: int, path: tuple[Site, ...]) -> tuple[Stretch, ...]:
    corners = [
        b
        for a, b, c in zip(path, path[1:], path[2:], strict=False)
        if (a[0] == b[0]) != (b[0] == c[0])
    ]
    points = [*path[:1], *corners, *path[-1:]]
    found = []
    for part, (a, b) in enumerate(itertools.pairwise(points)):
        if a[0] == b[0]:
            found.append(Stretch(edge, part, True, a[0], a[1], b[1]))
        else:
            found.append(Stretch(edge, part, False, a[1], a[0], b[0]))
    return tuple(found)


def _tracks(
    stretches: tuple[tuple[Stretch, ...], ...], nodes: set[Site]
) -> dict[tuple[int, int], float]:
    """Parallel tracks for stretches that would lie on each other, ordered to cross little."""
    flat = [s for path in stretches for s in path]
    groups: list[list[Stretch]] = []
    waiting = list(flat)
    while waiting:
        group = [waiting.pop(0)]
        grew = True
        while grew:
            grew = False
            for other in list(waiting):
                if any(_collide(other, member, nodes) for member in group):
                    group.append(other)
                    waiting.remove(other)
                    grew = True
        groups.append(group)
    tracks = {(s.edge, s.part): 0.0 for s in flat}
    crowded = [g for g in groups if len(g) > 1]
    for group in crowded:
        ordered = sorted(group, key=lambda s: (_pull(s, stretches), s.edge, s.part))
        _spread(ordered, tracks, nodes)
        # The way round that makes fewer corners cross wins.
        for k in range(len(ordered) - 1):
            swapped = list(ordered)
            swapped[k], swapped[k + 1] = swapped[k + 1], swapped[k]
            before = _crossings(stretches, tracks)
            _spread(swapped, tracks, nodes)
            if _crossings(stretches, tracks) < before:
                ordered = swapped
            else:
                _spread(ordered, tracks, nodes)
    return tracks


def _collide(a: Stretch, b: Stretch, nodes: set[Site]) -> bool:
    if (a.vertical, a.line) != (b.vertical, b.line):
        return False
    if a.low < b.high and b.low < a.high:
        return True
    for at in ({a.start, a.end} & {b.start, b.end}) if a.edge != b.edge else set():
        if ((a.line, at) if a.vertical else (at, a.line)) not in nodes:
            return True
    return False


def _spread(ordered: list[Stretch], tracks: dict[tuple[int, int], float], nodes: set[Site]) -> None:
    """First-fit in the given order, so that stretches which do not meet share a track."""
    levels: list[list[Stretch]] = []
    for stretch in ordered:
        last = max(
            (
                i
                for i, level in enumerate(levels)
                if any(_collide(stretch, o, nodes) for o in level)
            ),
            default=-1,
        )
        if last + 1 == len(levels):
            levels.append([])
        levels[last + 1].append(stretch)
    middle = (len(levels) - 1) / 2
    for i, level in enumerate(levels):
        for stretch in level:
            tracks[stretch.edge, stretch.part] = i - middle


def _pull(s: Stretch, stretches: tuple[tuple[Stretch, ...], ...]) -> int:
    """To which side the arrow leaves this stretch at its ends: negative is left or up."""
    path = stretches[s.edge]
    pull = 0
    if s.part > 0:
        before = path[s.part - 1]
        pull += (before.start > s.line) - (before.start < s.line)
    if s.part + 1 < len(path):
        after = path[s.part + 1]
        pull += (after.end > s.line) - (after.end < s.line)
    return pull


def _crossings(
    stretches: tuple[tuple[Stretch, ...], ...], tracks: dict[tuple[int, int], float]
) -> int:
    """How many pairs of arrows cross with these tracks (a track is a tenth of a line)."""
    across: list[tuple[int, float, float, float]] = []
    down: list[tuple[int, float, float, float]] = []
    for path in stretches:
        for s in path:
            own = s.line + tracks[s.edge, s.part] / 10
            ends = []
            for at, neighbour in ((s.start, s.part - 1), (s.end, s.part + 1)):
                inside = 0 <= neighbour < len(path)
                ends.append(at + (tracks[s.edge, neighbour] / 10 if inside else 0.0))
            (down if s.vertical else across).append((s.edge, own, min(ends), max(ends)))
    return len(
        [
            1
            for e, y, left, right in across
            for f, x, top, bottom in down
            if e != f and left < x < right and top < y < bottom
        ]
    )
