"""The picture against reality: which arrows were taken, and which hops are not drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archlib.architecture import Architecture, Connection
from archlib.local.trace import CLIENT, Hop

if TYPE_CHECKING:
    from archlib.local.deploy.deployment import Deployment


#: A call that was refused led nowhere: trying a locked door is not taking a way.
REFUSED = frozenset({401, 403})
#: The same where a protocol says it with 400: DynamoDB's, Lambda's, Kinesis's JSON.
DENIED = frozenset({"AccessDenied", "AccessDeniedException"})


@dataclass(frozen=True)
class Coverage:
    """``taken`` maps each connection's key to the hops that took it; ``undrawn`` is the rest."""

    taken: Mapping[tuple[str, str, str], tuple[Hop, ...]]
    missing: tuple[Connection, ...]
    undrawn: tuple[tuple[str, str, Hop], ...]


class Places:
    """Which component an end of a hop belongs to."""

    def __init__(self, architecture: Architecture, deployment: Deployment) -> None:
        self._deployment = deployment
        self._names: dict[str, str] = {}
        self._outside: set[str] = set()
        for component in architecture.components:
            if (end := component.trace_end) is not None:
                self._names.setdefault(end, component.name)
                if end == CLIENT:
                    self._outside.add(component.name)

    def component(self, end: str) -> str | None:
        """The component's name; None for what is not part of the design."""
        return self._names.get(end) or self._deployment.component_of(end)

    def source(self, hop: Hop) -> str | None:
        """The component that a hop comes from.

        Of several clients outside it is the one whose role the caller has taken on, else the
        first: strangers are nobody else.
        """
        if hop.source == CLIENT:
            holder = self._deployment.component_of(hop.principal)
            if holder in self._outside:
                return holder
        return self.component(hop.source)


def refused(hop: Hop) -> bool:
    """Whether a hop was one that its caller may not take."""
    return hop.status in REFUSED or hop.error in DENIED


def arrows_between(
    architecture: Architecture,
) -> Mapping[tuple[str, str], tuple[Connection, ...]]:
    """The drawn arrows by their two components, in the direction of the call."""
    by_ends: dict[tuple[str, str], tuple[Connection, ...]] = {}
    for connection in architecture.connections:
        ends = (connection.source, connection.target)
        by_ends[ends] = (*by_ends.get(ends, ()), connection)
    return by_ends


def cover(architecture: Architecture, places: Places, hops: Iterable[Hop]) -> Coverage:
    """Lay hops over the drawn arrows.

    A hop takes the arrow between its two components, in the direction of the call. Calls of
    the administrator are not part of a flow and are not passed here.
    """
    by_ends = arrows_between(architecture)
    taken: dict[tuple[str, str, str], list[Hop]] = {c.key: [] for c in architecture.connections}
    undrawn = []
    for hop in hops:
        source, target = places.source(hop), places.component(hop.target)
        drawn = by_ends.get((source or "", target or ""), ())
        for connection in drawn:
            taken[connection.key].append(hop)
        if not drawn and not refused(hop):
            undrawn.append((source or hop.source, target or hop.target, hop))
    missing = tuple(c for c in architecture.connections if not taken[c.key] and c.off_trace is None)
    return Coverage({k: tuple(v) for k, v in taken.items()}, missing, tuple(undrawn))


__all__ = ["CLIENT", "REFUSED", "Coverage", "Places", "arrows_between", "cover", "refused"]
