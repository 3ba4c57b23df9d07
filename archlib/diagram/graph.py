"""What a picture must show, as plain data: the expected graph of an architecture.

:func:`graph` holds no geometry and no icon files, so that a check can compare it with the
DOT source, with the SVG, or with the hops of a trace.
"""

from __future__ import annotations

from dataclasses import dataclass

from archlib.architecture.model import Architecture, Arrow
from archlib.errors import DiagramError


@dataclass(frozen=True)
class Node:
    """One icon with its title. ``icon`` is ``module.Class`` below the ``diagrams`` package."""

    name: str
    title: str
    icon: str
    boundary: str | None = None


@dataclass(frozen=True)
class Edge:
    """One arrow, in the direction of the call; a loop has equal ends."""

    source: str
    target: str
    label: str = ""
    arrow: Arrow = Arrow.FORWARD
    dashed: bool = False
    note: str | None = None
    verb: str = ""

    @property
    def is_loop(self) -> bool:
        """Whether the arrow returns to the node it leaves."""
        return self.source == self.target

    @property
    def points_to_target(self) -> bool:
        """Whether an arrowhead sits at the target's end."""
        return self.arrow in (Arrow.FORWARD, Arrow.BOTH)

    @property
    def points_to_source(self) -> bool:
        """Whether an arrowhead sits at the source's end."""
        return self.arrow in (Arrow.BACKWARD, Arrow.BOTH)


@dataclass(frozen=True)
class Box:
    """A boundary as drawn: ``name`` is unique, ``title`` is printed, boxes nest by ``parent``."""

    name: str
    title: str
    parent: str | None = None


@dataclass(frozen=True)
class Graph:
    """Nodes, edges and boxes in the order in which the architecture lists them."""

    name: str
    title: str
    description: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    boxes: tuple[Box, ...] = ()

    def node(self, name: str) -> Node:
        """The node called ``name``; raises :class:`KeyError` when there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)

    def members(self, box: str) -> tuple[str, ...]:
        """Names of all nodes that stand in ``box``, nested boxes included."""
        inside = {box}
        for _ in self.boxes:
            inside |= {b.name for b in self.boxes if b.parent in inside}
        return tuple(n.name for n in self.nodes if n.boundary in inside)


def graph(architecture: Architecture) -> Graph:
    """The graph that the picture of ``architecture`` shows.

    Raises :class:`archlib.errors.DiagramError` when it cannot be drawn: an arrow or a box that
    names something absent, a duplicate name.
    """
    names = [c.name for c in architecture.components]
    boxes = [b.name for b in architecture.boundaries]
    for kind, listed in (("component", names), ("boundary", boxes)):
        for name in listed:
            if listed.count(name) > 1:
                raise DiagramError(f"two of kind {kind} share this name", where=name)
    for connection in architecture.connections:
        for end in (connection.source, connection.target):
            if end not in names:
                raise DiagramError(
                    f"the arrow {connection.source} -> {connection.target} names a component "
                    f"that is not in the architecture: {end}",
                    where=architecture.name,
                )
    for owner, box in [(c.name, c.boundary) for c in architecture.components] + [
        (b.name, b.parent) for b in architecture.boundaries
    ]:
        if box is not None and box not in boxes:
            raise DiagramError(f"stands in a boundary that does not exist: {box}", where=owner)
    parents = {b.name: b.parent for b in architecture.boundaries}
    for name in boxes:
        seen = {name}
        above = parents[name]
        while above is not None:
            if above in seen:
                raise DiagramError("a boundary encloses itself", where=name)
            seen.add(above)
            above = parents[above]
    return Graph(
        name=architecture.name,
        title=architecture.title,
        description=architecture.description,
        nodes=tuple(Node(c.name, c.title, c.icon, c.boundary) for c in architecture.components),
        edges=tuple(
            Edge(c.source, c.target, c.label, c.arrow, c.dashed, c.note, c.verb)
            for c in architecture.connections
        ),
        boxes=tuple(Box(b.name, b.title, b.parent) for b in architecture.boundaries),
    )
