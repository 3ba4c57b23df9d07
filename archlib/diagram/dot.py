"""The graph as DOT, written by the ``diagrams`` package: the meaning, to be read and diffed.

Node ids are component names and icon paths start below the package's icon folder, so the
source is the same on every machine. Positions are left out: they follow from the graph.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from archlib.diagram.graph import Box, Edge, Graph
from archlib.diagram.icons import icon


def dot(graph: Graph) -> str:
    """The DOT source of ``graph``.

    Boxes are clusters named after their boundary, so that two of one title stay two. A note on
    an arrow is its ``xlabel``. Raises :class:`archlib.errors.DiagramError` for an unknown icon.
    """
    diagrams: Any = importlib.import_module("diagrams")
    diagram = diagrams.Diagram(
        graph.title,
        filename=graph.name,
        show=False,
        direction="LR",
        graph_attr={"splines": "spline", "pad": "0.3", "fontname": "DejaVu Sans"},
        node_attr={"fontname": "DejaVu Sans"},
        edge_attr={"fontname": "DejaVu Sans"},
    )
    with _inside(diagrams, diagram):
        nodes: dict[str, Any] = {}

        def draw(parent: str | None) -> None:
            for box in graph.boxes:
                if box.parent == parent and graph.members(box.name):
                    with _cluster(diagrams, box):
                        draw(box.name)
            for node in graph.nodes:
                if node.boundary == parent:
                    found = icon(node.icon, where=node.name)
                    nodes[node.name] = found.node_class(
                        node.title, nodeid=node.name, image=found.relative
                    )

        draw(None)
        for edge in graph.edges:
            nodes[edge.source].connect(nodes[edge.target], _edge(diagrams, edge))
    return str(diagram.dot.source)


@contextmanager
def _inside(diagrams: Any, diagram: Any) -> Iterator[None]:
    """The package's own ``with`` would render, and needs a ``dot`` program."""
    diagrams.setdiagram(diagram)
    try:
        yield
    finally:
        diagrams.setdiagram(None)
        diagrams.setcluster(None)


@contextmanager
def _cluster(diagrams: Any, box: Box) -> Iterator[None]:
    cluster = diagrams.Cluster(box.title, graph_attr={"fontname": "DejaVu Sans"})
    cluster.name = cluster.dot.name = f"cluster_{box.name}"
    with cluster:
        yield


def _edge(diagrams: Any, edge: Edge) -> Any:
    extra = {"xlabel": edge.note} if edge.note else {}
    return diagrams.Edge(
        forward=edge.points_to_target,
        reverse=edge.points_to_source,
        label=edge.label,
        style="dashed" if edge.dashed else "",
        fontname="DejaVu Sans",
        **extra,
    )
