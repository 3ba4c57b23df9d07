"""Hops as a sequence diagram: a lifeline per component taken, an arrow per hop, time downwards."""

from __future__ import annotations

from archlib.diagram import style
from archlib.diagram.compose import describe
from archlib.diagram.fonts import text_width, wrap
from archlib.diagram.geometry import Point, Rect, centred
from archlib.diagram.graph import Graph
from archlib.diagram.highlight import Highlight, overlay
from archlib.diagram.picture import Picture
from archlib.diagram.scene import Group, Image, Line, Scene, Shape, Text

ICON, TITLE_WIDTH = 44.0, 104.0
LANE, LINE, TIME_WIDTH = 150.0, 17.0, 118.0
TEXT_WIDTH, NO_BREAK = 190.0, "\u00a0"
LOOP_REACH, LOOP_DROP = 34.0, 16.0


def draw(graph: Graph, hops: tuple[Highlight, ...]) -> Picture:
    """The sequence diagram of ``hops``; lanes stand in the order in which they are reached."""
    over = overlay(graph, hops)
    ordered = tuple(sorted(hops, key=lambda h: h.order))
    lanes = list(dict.fromkeys(end for h in ordered for end in (h.source, h.target)))
    sheet = _Sheet(graph, lanes, ordered)
    scene = Scene(
        f"{graph.name}-sequence",
        f"{graph.title}: sequence of {len(ordered)} hop{'s' * (len(ordered) != 1)}",
        describe(over),
        sheet.width,
        sheet.height,
        tuple(sheet.groups()),
    )
    return Picture(scene, dot(graph, lanes, ordered))


def dot(graph: Graph, lanes: list[str], hops: tuple[Highlight, ...]) -> str:
    """The hops as DOT: one edge per hop, in order, so that two traces can be diffed."""
    lines = [f"digraph {_quoted(graph.name + '-sequence')} {{", "\trankdir=LR"]
    lines += [f"\t{_quoted(n)} [label={_quoted(graph.node(n).title)}]" for n in lanes]
    lines += [
        f"\t{_quoted(h.source)} -> {_quoted(h.target)} [label={_quoted(_said(h))}]" for h in hops
    ]
    return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _said(hop: Highlight) -> str:
    """``3 GetItem · 200 · hit``."""
    parts = [f"{hop.order} {hop.label or ''}".strip()]
    if hop.status is not None:
        parts.append(hop.remark if hop.failed else str(hop.status))
    if hop.cache and not (hop.failed and hop.remark == hop.cache):
        parts.append(hop.cache)
    return f"{NO_BREAK}· ".join(parts)


class _Sheet:
    def __init__(self, graph: Graph, lanes: list[str], hops: tuple[Highlight, ...]) -> None:
        self.graph = graph
        self.lanes = lanes
        self.hops = hops
        self.timed = any(h.start is not None for h in hops)
        # Close enough that the text stays readable when the sheet is as wide as a notebook.
        room = style.MAX_WIDTH - 2 - 2 * style.MARGIN - (TIME_WIDTH if self.timed else 0.0)
        self.lane = min(LANE, room / max(1, len(lanes)))
        self.left = style.MARGIN + (TIME_WIDTH if self.timed else 0.0)
        self.titles = {
            n: wrap(graph.node(n).title, min(TITLE_WIDTH, self.lane - 8), style.LABEL_SIZE)
            for n in lanes
        }
        deepest = max((len(t) for t in self.titles.values()), default=1)
        self.top = style.MARGIN + ICON + 6 + deepest * style.LABEL_SIZE * style.LINE_HEIGHT + 6
        self.texts = [self._wrapped(h) for h in hops]
        self.rows: list[float] = []
        y = self.top
        for hop, lines in zip(hops, self.texts, strict=True):
            y += 16 + LINE * len(lines)
            self.rows.append(y)
            if hop.source == hop.target:
                y += LOOP_DROP
        self.bottom = y + 20
        rightmost = max(
            (
                self._text_left(h) + self._text_width(t)
                for h, t in zip(hops, self.texts, strict=True)
            ),
            default=0.0,
        )
        lanes_end = self.left + self.lane * len(lanes)
        self.width = float(round(max(rightmost, lanes_end) + style.MARGIN))
        self.height = float(round(self.bottom + style.MARGIN))

    def _x(self, name: str) -> float:
        return self.left + self.lane * (self.lanes.index(name) + 0.5)

    def _wrapped(self, hop: Highlight) -> tuple[str, ...]:
        span = abs(self._x(hop.target) - self._x(hop.source)) - 44
        beyond = self.left + self.lane * len(self.lanes) - self._text_left(hop)
        room = max(span, min(TEXT_WIDTH, beyond), 90.0)
        text = _said(hop).removeprefix(str(hop.order)).removeprefix(f"{NO_BREAK}·").strip()
        return wrap(text, room, style.LABEL_SIZE) or ("",)

    def _text_width(self, lines: tuple[str, ...]) -> float:
        return max((text_width(t, style.LABEL_SIZE) for t in lines), default=0.0)

    def _text_left(self, hop: Highlight) -> float:
        """Texts start after the number, at the left end of their arrow."""
        return min(self._x(hop.source), self._x(hop.target)) + 36

    def groups(self) -> list[Group]:
        """Lifelines, then hops, then the heads of the lanes."""
        drawn = [self._lifeline(n) for n in self.lanes]
        for hop, y, lines in zip(self.hops, self.rows, self.texts, strict=True):
            drawn.append(self._hop(hop, y, lines))
        return drawn + [self._head(n) for n in self.lanes]

    def _lifeline(self, name: str) -> Group:
        x = self._x(name)
        line = Line(((x, self.top), (x, self.bottom)), style.ARROW_QUIET, 1.2, dashed=True)
        return Group("lifeline", f"lifeline of {self._said(name)}", (line,), (("name", name),))

    def _said(self, name: str) -> str:
        return " ".join(self.graph.node(name).title.split())

    def _head(self, name: str) -> Group:
        node, x = self.graph.node(name), self._x(name)
        image = Image(node.icon, centred(x, style.MARGIN + ICON / 2, ICON, ICON))
        step = style.LABEL_SIZE * style.LINE_HEIGHT
        texts = [
            Text(t, x, style.MARGIN + ICON + 6 + step * (i + 0.5), style.LABEL_SIZE, style.INK)
            for i, t in enumerate(self.titles[name])
        ]
        return Group("node", self._said(name), (image, *texts), (("name", name),))

    def _hop(self, hop: Highlight, y: float, lines: tuple[str, ...]) -> Group:
        start, end = self._x(hop.source), self._x(hop.target)
        points: tuple[Point, ...] = ((start, y), (end, y))
        if start == end:
            points = (
                (start, y),
                (start + LOOP_REACH, y),
                (start + LOOP_REACH, y + LOOP_DROP),
                (start + 1, y + LOOP_DROP),
            )
        line = Line(points, hop.color, 2.0, head_end=True)
        number = str(hop.order)
        width = max(22.0, text_width(number, style.LABEL_SIZE, bold=True) + 12)
        left = min(start, end)
        mid = y - 5 - LINE * len(lines) / 2
        pill = centred(left + 8 + width / 2, mid, width, 20)
        badge = Shape(pill, hop.color, style.PAPER, radius=3 if hop.failed else 10)
        items: list[Text | Shape | Line | Image] = [
            line,
            badge,
            Text(number, pill.x, pill.y, style.LABEL_SIZE, style.PAPER, bold=True),
        ]
        ink = style.INK if not hop.failed else style.FAILED
        widest = self._text_width(lines)
        if widest:
            at = pill.right + 6
            back = Rect(at - 2, y - 5 - LINE * len(lines), at + widest + 2, y - 5)
            items.append(Shape(back, style.PAPER, style.PAPER))
            items += [
                Text(
                    t, at, y - 5 - LINE * (len(lines) - i - 0.5), style.LABEL_SIZE, ink, start=True
                )
                for i, t in enumerate(lines)
            ]
        if hop.start is not None:
            items.append(
                Text(clock(hop), style.MARGIN, y, style.LABEL_SIZE, style.ARROW, start=True)
            )
        title = f"{hop.order} {self._said(hop.source)} to {self._said(hop.target)}: {_said(hop)}"
        data = [("order", number), ("source", hop.source), ("target", hop.target)]
        if hop.status is not None:
            data.append(("status", str(hop.status)))
        if hop.cache:
            data.append(("cache", hop.cache))
        return Group("hop", title, tuple(items), tuple(data))


def clock(hop: Highlight) -> str:
    """Virtual start and duration: ``0.120 s +35 ms``."""
    text = f"{hop.start:.3f} s"
    if hop.duration is not None:
        milliseconds = hop.duration * 1000
        text += f" +{milliseconds:.{0 if milliseconds >= 10 else 1}f} ms"
    return text
