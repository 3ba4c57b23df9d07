"""Which way a hop has taken: the components at its ends, and the arrow that draws it.

The same rule as the verdict on the picture has: :mod:`archlib.verify.arrows`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from archlib.architecture import Architecture
from archlib.console.pictures import key
from archlib.console.stacks import Stack
from archlib.local.trace import CLIENT, Hop
from archlib.verify.arrows import Places, arrows_between, refused

#: Ends whose names are remembered: objects and users are as many as somebody makes.
_REMEMBERED = 4096


@dataclass(frozen=True)
class Way:
    """The ends' names for people, and the arrows taken, each as ``STACK KEY``.

    ``drawn`` is False for a hop that a picture should show and does not; None for one that is
    no picture's business: of the administrator, refused, or elsewhere in the cloud.
    """

    source: str
    target: str
    arrows: tuple[str, ...]
    drawn: bool | None
    administrator: bool

    def row(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "source": self.source, "target": self.target, "arrows": list(self.arrows),
            "drawn": self.drawn, "administrator": self.administrator,
        }  # fmt: skip


class _Design:
    """One stack's picture: names and arrows."""

    def __init__(self, stack: Stack, architecture: Architecture) -> None:
        self._stack = stack
        self._places = Places(architecture, stack.deployment)
        self._between = arrows_between(architecture)
        self._titles = {c.name: " ".join(c.title.split()) for c in architecture.components}
        self._stand_ins = {c.trace_end for c in architecture.components} - {None}

    def title(self, end: str) -> str | None:
        name = self._places.component(end)
        return None if name is None else self._titles.get(name, name)

    def arrows(self, hop: Hop) -> tuple[str, ...]:
        source, target = self._places.component(hop.source), self._places.component(hop.target)
        drawn = self._between.get((source or "", target or ""), ())
        return tuple(f"{self._stack.id} {key(*connection.key)}" for connection in drawn)

    def concerns(self, hop: Hop) -> bool:
        """Whether an end of the hop was deployed for the design."""
        return any(
            end not in self._stand_ins and self._places.component(end) is not None
            for end in (hop.source, hop.target)
        )


class Ways:
    """The ways in all stacks as they are now. ``administrator``'s calls are in no picture."""

    def __init__(self, stacks: Iterable[Stack], administrator: str) -> None:
        self._stacks = tuple(stacks)
        self._administrator = administrator
        self._designs = [
            _Design(stack, stack.architecture)
            for stack in self._stacks
            if stack.architecture is not None
        ]
        self._names: dict[tuple[str, _Design | None], str] = {}

    def way(self, hop: Hop) -> Way:
        """The way of one hop."""
        administrator = hop.principal == self._administrator
        concerned = [design for design in self._designs if design.concerns(hop)]
        home = concerned[0] if concerned else None
        arrows = (
            () if administrator else tuple(a for design in concerned for a in design.arrows(hop))
        )
        drawn: bool | None = True if arrows else None
        if concerned and not arrows and not administrator and not refused(hop):
            drawn = False
        return Way(
            self._name(hop.source, home), self._name(hop.target, home), arrows, drawn, administrator
        )

    def counts(self, hops: Iterable[Hop]) -> Mapping[str, int]:
        """How often each arrow was taken; those never taken are not listed."""
        return Counter(arrow for hop in hops for arrow in self.way(hop).arrows)

    def _name(self, end: str, home: _Design | None) -> str:
        known = self._names.get((end, home))
        if known is None:
            known = (home and home.title(end)) or self._resource(end) or _short(end)
            if len(self._names) < _REMEMBERED:
                self._names[end, home] = known
        return known

    def _resource(self, end: str) -> str | None:
        for stack in self._stacks:
            found = stack.deployment.resource_at(end) if end != CLIENT else None
            if found is not None:
                return found.component or found.logical_id
        return None


def _short(end: str) -> str:
    """An ARN without what every ARN says."""
    return end.split(":", 5)[5] if end.startswith("arn:") and end.count(":") >= 5 else end
