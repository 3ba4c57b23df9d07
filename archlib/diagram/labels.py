"""Where labels, notes and badges go: beside or on their own arrow, touching nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from archlib.diagram import style
from archlib.diagram.fonts import text_width, wrap
from archlib.diagram.geometry import Point, Rect, centred, strokes
from archlib.diagram.graph import Graph

CLEARANCE = 4.0


@dataclass(frozen=True)
class Placed:
    """Lines of text and the rectangle they stand in."""

    lines: tuple[str, ...]
    rect: Rect


@dataclass(frozen=True)
class Demand:
    """An arrow whose label, note or badge found no room, or a box whose title found none."""

    index: int
    kind: str


class LabelPlacer:
    """Places what is written on the arrows of one arrangement; the hardest first."""

    def __init__(
        self,
        graph: Graph,
        icons: list[Rect],
        titles: list[Rect],
        paths: list[tuple[Point, ...]],
        boxes: list[Rect],
    ) -> None:
        self.graph = graph
        self.paths = paths
        self.boxes = boxes
        self.solid = [r.grown(8, 3) for r in icons] + [r.grown(5, 1) for r in titles]
        self.strokes = [strokes(path, 3.0) for path in paths]
        self.heads = [
            [centred(*path[0], 14, 14), centred(*path[-1], 14, 14)] if path else []
            for path in paths
        ]
        self.borders = [side.grown(6) for b in boxes for side in _sides(b)]
        self.labels: list[Placed | None] = [None] * len(paths)
        self.notes: list[Placed | None] = [None] * len(paths)
        self.badges: list[Placed | None] = [None] * len(paths)
        self.box_titles: list[Placed] = []
        self.taken: list[Rect] = []
        self.failures: list[Demand] = []
        self.patient = True

    def place(self, label_width: float, badges: tuple[str, ...], patient: bool = True) -> None:
        """Fill ``labels``, ``notes``, ``badges``, ``box_titles``; tell ``failures``.

        Unless ``patient``, a badge (drawn above all else) may cover part of a line.
        """
        self.patient = patient
        self._place_box_titles()
        notes = tuple(e.note or "" for e in self.graph.edges)
        self._place_marks("note", notes, style.NOTE_HEIGHT, self.notes)
        for k in sorted(range(len(self.paths)), key=self._urgency):
            edge = self.graph.edges[k]
            if edge.label:
                longest = text_width(edge.label, style.LABEL_SIZE)
                limit = label_width * (1.35 if longest > 3 * label_width else 1.0)
                lines = wrap(edge.label, limit, style.LABEL_SIZE)
                width = max(text_width(t, style.LABEL_SIZE) for t in lines)
                height = len(lines) * style.LABEL_SIZE * style.LINE_HEIGHT
                self._choose(k, "label", lines, self._beside(k, width, height), self.labels)
        self._place_marks("badge", badges, style.BADGE_HEIGHT, self.badges)

    def _place_marks(
        self, kind: str, texts: tuple[str, ...], height: float, into: list[Placed | None]
    ) -> None:
        for k, text in enumerate(texts):
            if not text:
                continue
            lines = wrap(text, 170.0, style.LABEL_SIZE, bold=kind == "badge")
            width = max(text_width(t, style.LABEL_SIZE, bold=kind == "badge") for t in lines)
            tall = height + (len(lines) - 1) * style.LABEL_SIZE * style.LINE_HEIGHT
            self._choose(k, kind, lines, self._upon(k, max(width + 16, tall), tall, kind), into)

    def _urgency(self, k: int) -> tuple[bool, float, int]:
        """Loops first, they have the fewest places; then by the room along the arrow."""
        return (not self.graph.edges[k].is_loop, self._room(k), k)

    def _room(self, k: int) -> float:
        """Length of an arrow's longest level part; the shortest must choose first."""
        return max((r.width for r in self.strokes[k] if r.width > r.height), default=0.0)

    def _choose(
        self,
        k: int,
        kind: str,
        lines: tuple[str, ...],
        candidates: Iterator[tuple[float, Rect, bool]],
        into: list[Placed | None],
    ) -> None:
        ordered = sorted(
            enumerate((cost + self._crowding(rect), rect, on) for cost, rect, on in candidates),
            key=lambda c: (round(c[1][0], 3), c[0]),
        )
        first: Rect | None = None
        for _, (_, rect, on_line) in ordered:
            first = first or rect
            if self._free(rect, k, on_line):
                into[k] = Placed(lines, rect)
                self.taken.append(rect.grown(*((1, 1) if kind == "note" else (4, 3))))
                return
        assert first is not None
        into[k] = Placed(lines, first)
        self.failures.append(Demand(k, kind))

    def _crowding(self, rect: Rect) -> float:
        """The price of standing so near another text that one might read them together."""
        near = rect.grown(12, 10)
        return 8.0 * len([o for o in self.taken if near.overlaps(o)])

    def _free(self, rect: Rect, k: int, on_line: bool) -> bool:
        if any(rect.overlaps(o) for o in self.solid):
            return False
        if any(rect.overlaps(o) for o in self.taken):
            return False
        if any(rect.overlaps(o) for o in self.borders):
            return False
        roomy = rect.grown(2)
        for other, stroke in enumerate(self.strokes if self.patient or not on_line else ()):
            if other == k and on_line:
                continue
            # A label may come close to its own line, to another it must keep its distance.
            mine = rect if other == k else roomy
            if any(mine.overlaps(r) for r in stroke):
                return False
            if other != k and any(rect.overlaps(h) for h in self.heads[other]):
                return False
        return not (
            on_line and self.patient and any(rect.overlaps(h.grown(12)) for h in self.heads[k])
        )

    def _beside(self, k: int, width: float, height: float) -> Iterator[tuple[float, Rect, bool]]:
        """Candidates above and below level parts, right and left of upright ones."""
        path = self.paths[k]
        parts = list(itertools.pairwise(path))
        if self.graph.edges[k].is_loop:
            (x0, _), (_, y) = path[0], path[1]
            x = (x0 + path[-1][0]) / 2
            gap = CLEARANCE + height / 2
            yield 0.0, centred(x, y - gap, width, height), False
            middle = (y + path[0][1]) / 2
            reach = abs(path[-1][0] - x) + CLEARANCE + 3 + width / 2
            for dy in (0.0, -6.0, -12.0, -18.0):
                yield 10.0 - dy, centred(x + reach, middle + dy, width, height), False
                yield 14.0 - dy, centred(x - reach, middle + dy, width, height), False
            return
        note = self.notes[k]
        if note is not None:  # close to its note, which shows that both mean the same arrow
            r = note.rect
            yield 1.0, centred(r.x, r.top - 2 - height / 2, width, height), False
            yield 3.0, centred(r.right + 6 + width / 2, r.y, width, height), False
            yield 6.0, centred(r.x, r.bottom + 3 + height / 2, width, height), False
            yield 7.0, centred(r.left - 6 - width / 2, r.y, width, height), False
        longest = max((abs(bx - ax) for (ax, _), (bx, _) in parts), default=0.0)
        for (ax, ay), (bx, by) in parts:
            level = ay == by
            low, high = (min(ax, bx), max(ax, bx)) if level else (min(ay, by), max(ay, by))
            middle = (low + high) / 2
            size = width if level else height
            slack = max(0.0, (high - low - size) / 2)
            base = (0.0 if high - low == longest else 12.0) if level else 22.0
            overflow = max(0.0, size - (high - low))
            base += 3.0 * overflow if overflow > 24 else overflow
            offset = 0.0
            while offset <= slack + 0.5:
                for at in {middle - offset, middle + offset} if offset else {middle}:
                    cost = base + offset * 0.15
                    if level:
                        gap = CLEARANCE + height / 2
                        yield cost, centred(at, ay - gap, width, height), False
                        yield cost + 5, centred(at, ay + gap + 1, width, height), False
                    else:
                        gap = CLEARANCE + 2 + width / 2
                        yield cost, centred(ax + gap, at, width, height), False
                        yield cost + 3, centred(ax - gap, at, width, height), False
                offset += 6.0

    def _upon(
        self, k: int, width: float, height: float, kind: str
    ) -> Iterator[tuple[float, Rect, bool]]:
        """Candidates on the arrow itself; for a badge also close beside it."""
        path = self.paths[k]
        if self.graph.edges[k].is_loop:
            left, top, right = path[0][0], path[1][1], path[-1][0]
            for rise in range(0, 48, 6):
                above = top - CLEARANCE - height / 2 - rise
                yield rise, centred((left + right) / 2, above, width, height), False
                yield rise + 1, centred(left + width / 2, above, width, height), False
                yield rise + 2, centred(right - width / 2, above, width, height), False
                yield rise + 3, centred(right + 9 + width / 2, above, width, height), False
        for (ax, ay), (bx, by) in itertools.pairwise(path):
            length = abs(bx - ax) + abs(by - ay)
            size = width if ay == by else height
            base = 30.0 if length < size else 0.0 if ay != by else 4.0
            for step in range(0, 11):
                share = 0.5 + (step + 1) // 2 * (0.09 if step % 2 else -0.09)
                x, y = ax + (bx - ax) * share, ay + (by - ay) * share
                yield base + step, centred(x, y, width, height), True
                if kind == "note":
                    continue
                if ay == by:
                    yield 40 + step, centred(x, y + height / 2 + 5, width, height), False
                    yield 42 + step, centred(x, y - height / 2 - 5, width, height), False
                else:
                    yield 40 + step, centred(x + width / 2 + 5, y, width, height), False
                    yield 42 + step, centred(x - width / 2 - 5, y, width, height), False

    def _place_box_titles(self) -> None:
        """Top left inside the box, elsewhere along its edge when an arrow passes there."""
        drawn = [b for b in self.graph.boxes if self.graph.members(b.name)]
        for box, rect in zip(drawn, self.boxes, strict=True):
            lines = (box.title,)
            width = text_width(box.title, style.LABEL_SIZE, bold=True)
            high, low = rect.top + 13, rect.bottom - 13
            half = width / 2 + 10
            options = [
                centred(x, y, width, 18)
                for y in (high, low)
                for x in (rect.left + half, rect.right - half, rect.x)
            ]
            free = [
                o
                for o in options
                if not any(o.overlaps(r) for stroke in self.strokes for r in stroke)
                and not any(o.overlaps(r) for r in (*self.solid, *self.taken))
            ]
            if not free:
                self.failures.append(Demand(len(self.box_titles), "box"))
            chosen = (free or options)[0]
            self.taken.append(chosen.grown(3))
            self.box_titles.append(Placed(lines, chosen))


def _sides(r: Rect) -> tuple[Rect, Rect, Rect, Rect]:
    return (
        Rect(r.left, r.top, r.right, r.top),
        Rect(r.left, r.bottom, r.right, r.bottom),
        Rect(r.left, r.top, r.left, r.bottom),
        Rect(r.right, r.top, r.right, r.bottom),
    )
