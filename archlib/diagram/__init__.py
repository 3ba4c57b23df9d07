"""Architecture -> picture: SVG, PNG and DOT, the same bytes on every machine.

The way of a picture: :mod:`.graph` says what must be shown, :mod:`.placement` gives each node
a cell, :mod:`.routing` each arrow a way, :mod:`.arrange` and :mod:`.labels` turn both into
pixels, :mod:`.compose` into shapes; :mod:`.svg` writes shapes, :mod:`.raster` turns SVG into
PNG, :mod:`.dot` writes the graph.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from archlib.architecture.model import Architecture
from archlib.diagram.graph import Edge, Graph, Node, graph
from archlib.diagram.highlight import Highlight
from archlib.diagram.placement import Layout

if TYPE_CHECKING:
    from archlib.diagram.picture import Picture

__all__ = ["Edge", "Graph", "Highlight", "Layout", "Node", "graph", "render", "sequence"]


def render(
    architecture: Architecture,
    *,
    hops: Iterable[Highlight] = (),
    layout: Layout | None = None,
) -> Picture:
    """The picture of ``architecture``; with ``hops``, the arrows they took carry their numbers.

    ``layout`` places the nodes by hand, and so does the architecture's own ``grid``; without
    either they are placed by search. Raises
    :class:`archlib.errors.DiagramError` for an unknown icon or a graph that cannot be drawn.
    """
    from archlib.diagram.arrange import arrange
    from archlib.diagram.compose import compose
    from archlib.diagram.dot import dot
    from archlib.diagram.highlight import overlay
    from archlib.diagram.picture import Picture

    if layout is None and architecture.grid is not None:
        layout = Layout(architecture.grid)
    plain = graph(architecture)
    over = overlay(plain, hops)
    source = dot(plain)  # first, since it names an unknown icon with its component
    badges = over.badges if any(over.hops) else ()
    return Picture(compose(arrange(over.graph, layout, badges, plain), over), source)


def sequence(architecture: Architecture, hops: Iterable[Highlight]) -> Picture:
    """The hops as a sequence diagram: a lifeline per component taken, an arrow per hop.

    Raises :class:`archlib.errors.DiagramError` when a hop names something that is no component.
    """
    from archlib.diagram.sequence import draw

    return draw(graph(architecture), tuple(hops))
