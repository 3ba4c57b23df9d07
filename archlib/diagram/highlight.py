"""Hops of a trace, laid over a picture: numbers on the arrows taken, colour for how it went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from archlib.architecture.model import Arrow
from archlib.diagram import style
from archlib.diagram.graph import Edge, Graph
from archlib.errors import DiagramError

STRAY = "undrawn"


@dataclass(frozen=True)
class Highlight:
    """One hop between two components, by their names.

    ``order`` is the number printed; ``label`` the action, which also chooses between several
    arrows of one pair when it is one's verb or label; ``status`` an HTTP status (400 and above
    is a failure); ``cache`` is ``hit``, ``miss`` or ``bypass``; ``start`` and ``duration`` are
    virtual seconds, shown by a sequence.
    """

    order: int
    source: str
    target: str
    label: str | None = None
    status: int | None = None
    cache: str | None = None
    start: float | None = None
    duration: float | None = None

    @property
    def failed(self) -> bool:
        """Whether the hop was refused or went wrong."""
        return self.status is not None and self.status >= 400

    @property
    def remark(self) -> str:
        """The outcome in a word, so that it is not told by colour alone."""
        if self.failed:
            return f"✕ {self.status}"
        return self.cache if self.cache in ("hit", "miss") else ""

    @property
    def color(self) -> str:
        """Red for a failure, green for a cache hit, blue otherwise."""
        if self.failed:
            return style.FAILED
        return style.HIT if self.cache == "hit" else style.TAKEN


@dataclass(frozen=True)
class Overlay:
    """The hops taken over each arrow of ``graph``, which may hold arrows nobody drew.

    A hop without an arrow becomes an arrow of verb ``undrawn``, dashed: a picture must not
    hide what a trace shows.
    """

    graph: Graph
    hops: tuple[tuple[Highlight, ...], ...]

    @property
    def badges(self) -> tuple[str, ...]:
        """What is printed on each arrow, e.g. ``1, 4 hit``; empty where no hop passed."""
        return tuple(badge(hops) for hops in self.hops)

    @property
    def visited(self) -> frozenset[str]:
        """The nodes at the ends of the arrows taken."""
        return frozenset(
            end
            for edge, hops in zip(self.graph.edges, self.hops, strict=True)
            if hops
            for end in (edge.source, edge.target)
        )

    def color(self, k: int) -> str:
        """The colour of arrow ``k``: a failure or an undrawn way is red, only hits are green."""
        hops = self.hops[k]
        if any(h.failed for h in hops) or self.graph.edges[k].verb == STRAY:
            return style.FAILED
        return style.HIT if all(h.cache == "hit" for h in hops) else style.TAKEN


def badge(hops: Iterable[Highlight]) -> str:
    """Numbers grouped by outcome, in order: ``1, 4 · 2 ✕ 403``; long runs as ``3-9``."""
    by_remark: dict[str, list[int]] = {}
    for hop in sorted(hops, key=lambda h: h.order):
        by_remark.setdefault(hop.remark, []).append(hop.order)
    return " · ".join(
        f"{_numbers(orders)} {remark}".rstrip() for remark, orders in by_remark.items()
    )


def _numbers(orders: list[int]) -> str:
    runs: list[list[int]] = []
    for order in sorted(set(orders)):
        if runs and order == runs[-1][-1] + 1:
            runs[-1].append(order)
        else:
            runs.append([order])
    return ", ".join(
        f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs
    )


def overlay(graph: Graph, hops: Iterable[Highlight]) -> Overlay:
    """Each hop on the arrow that draws it.

    Raises :class:`archlib.errors.DiagramError` when a hop names something that is no component.
    """
    names = {n.name for n in graph.nodes}
    edges = list(graph.edges)
    taken: list[list[Highlight]] = [[] for _ in edges]
    for hop in hops:
        for end in (hop.source, hop.target):
            if end not in names:
                raise DiagramError(
                    f"hop {hop.order} names {end!r}, which is no component", where=graph.name
                )
        k = _arrow(edges, hop)
        if k is None:
            edges.append(
                Edge(hop.source, hop.target, "not drawn", Arrow.FORWARD, dashed=True, verb=STRAY)
            )
            taken.append([])
            k = len(edges) - 1
        taken[k].append(hop)
    return Overlay(replace(graph, edges=tuple(edges)), tuple(map(tuple, taken)))


def _arrow(edges: list[Edge], hop: Highlight) -> int | None:
    forth = [k for k, e in enumerate(edges) if (e.source, e.target) == (hop.source, hop.target)]
    back = [
        k
        for k, e in enumerate(edges)
        if (e.target, e.source) == (hop.source, hop.target) and e.verb != STRAY
    ]
    if hop.label:
        for k in (*forth, *back):
            if hop.label in (edges[k].verb, edges[k].label):
                return k
    return next(iter((*forth, *back)), None)
