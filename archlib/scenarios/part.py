"""A part of the design: some of its components, with what connects them to each other."""

from __future__ import annotations

from dataclasses import dataclass

from archlib.architecture.model import Boundary, Component, Connection
from archlib.architecture.values import Output


@dataclass(frozen=True)
class Part:
    """What one module contributes to the architecture."""

    components: tuple[Component, ...]
    connections: tuple[Connection, ...]
    boundaries: tuple[Boundary, ...] = ()
    outputs: tuple[Output, ...] = ()
