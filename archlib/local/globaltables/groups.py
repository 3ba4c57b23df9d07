"""Which tables replicate to each other: global tables and their replicas.

Source: Amazon DynamoDB Developer Guide, "Global tables core concepts": all replicas share the
table's name, its key schema and its items; a region has at most one. A table becomes a global
table when its first replica is added, and a table of its own again when the last one is gone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

VERSION: Final = "2019.11.21"

#: After a region gave its data to a new replica, its own may not be deleted for so long.
SOURCE_HOLD: Final = 24 * 3600.0


@dataclass(frozen=True)
class Member:
    """One replica. ``source`` is the region it was copied from, None for the first table.

    ``since`` is a virtual epoch second; ``overrides`` are ``ReplicaDescription`` members that
    were asked for this replica alone.
    """

    region: str
    since: float
    source: str | None = None
    overrides: dict[str, Any] = field(default_factory=dict)


@dataclass
class Group:
    """A global table: its name and its replicas, oldest first."""

    name: str
    members: dict[str, Member]

    def others(self, region: str) -> tuple[Member, ...]:
        """Every replica but the one in ``region``."""
        return tuple(m for m in self.members.values() if m.region != region)

    def held_by(self, region: str, now: float) -> Member | None:
        """A replica that ``region`` was the source of, too recently to let ``region`` go."""
        return next(
            (
                m
                for m in self.members.values()
                if m.source == region and now - m.since < SOURCE_HOLD
            ),
            None,
        )


class Groups:
    """The global tables of one account."""

    def __init__(self) -> None:
        self._groups: list[Group] = []

    def of(self, region: str, name: str) -> Group | None:
        """The global table that the table ``name`` in ``region`` is a replica of."""
        return next((g for g in self._groups if g.name == name and region in g.members), None)

    def join(self, region: str, name: str, new: Member, now: float) -> Group:
        """Make ``new`` a replica of the table in ``region``."""
        group = self.of(region, name)
        if group is None:
            group = Group(name, {region: Member(region, now)})
            self._groups.append(group)
        group.members[new.region] = new
        return group

    def leave(self, region: str, name: str) -> None:
        """The table in ``region`` is gone; a global table of one is none any more."""
        group = self.of(region, name)
        if group is not None:
            del group.members[region]
            if len(group.members) < 2:
                self._groups.remove(group)
