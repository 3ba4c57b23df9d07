"""What a picture must show, as plain data: the expected graph of an architecture.

:func:`graph` holds no geometry and no icon files, so that a check can compare it with the
DOT source, with the SVG, or with the hops of a trace.
"""

from __future__ import annotations

from dataclasses import dataclass

from archlib.architecture.model import Architecture, Arrow


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
    """The graph that the picture of ``architecture`` shows (the model has been validated)."""
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
