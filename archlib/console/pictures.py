"""A design's pictures for the page: every arrow has a name, and room for a number on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from archlib.architecture import Architecture
from archlib.diagram import Highlight, graph, render, style
from archlib.diagram.compose import describe, sentence
from archlib.diagram.graph import Edge
from archlib.diagram.highlight import overlay
from archlib.diagram.scene import Group, Line
from archlib.diagram.svg import faces, svg
from archlib.scenarios import SCENARIOS, scenario

#: What stands for a number while places are sought: it is as wide as any that will be shown.
_WIDEST = 888


@dataclass(frozen=True)
class Drawn:
    """A picture as SVG without inline style, and the style sheet with its letters."""

    svg: str
    css: str


@lru_cache(maxsize=32)
def picture(design: str, name: str) -> Drawn | None:
    """A picture of one of our designs; None where there is none of that name."""
    if design not in SCENARIOS:
        return None
    for shown in scenario(design).architecture().pictures():
        if shown.name == name:
            return drawn(shown)
    return None


def drawn(architecture: Architecture) -> Drawn:
    """The picture of a design in which no hop has been seen yet.

    Groups of arrows and of their badges have the arrow's :func:`key` as ``data-arrow``.
    """
    plain = graph(architecture)
    everywhere = [Highlight(_WIDEST, e.source, e.target, e.verb) for e in plain.edges]
    scene = render(architecture, hops=everywhere).scene
    edges = {kind: iter(plain.edges) for kind in ("arrow", "badge")}
    groups = tuple(
        _untaken(group, next(edges[group.kind])) if group.kind in edges else group
        for group in scene.groups
    )
    scene = replace(scene, description=describe(overlay(plain, ())), groups=groups)
    return Drawn(svg(scene, alone=False), faces(scene))


def _untaken(group: Group, edge: Edge) -> Group:
    named = ("arrow", key(edge.source, edge.target, edge.verb))
    if group.kind == "badge":
        return replace(group, title="", data=(named,))
    items = tuple(
        replace(item, color=style.ARROW, width=1.6) if isinstance(item, Line) else item
        for item in group.items
    )
    data = tuple(one for one in group.data if one[0] != "hops")
    return replace(group, items=items, data=(*data, named))


def key(source: str, target: str, verb: str) -> str:
    """The name of an arrow within its design."""
    return f"{source}/{target}/{verb}"


def arrows(architecture: Architecture) -> list[dict[str, str]]:
    """The arrows of a picture in words, in the order in which the design lists them."""
    plain = graph(architecture)
    return [
        {"key": key(e.source, e.target, e.verb), "title": sentence(plain, e)} for e in plain.edges
    ]
