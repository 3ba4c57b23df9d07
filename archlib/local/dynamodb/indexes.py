"""What a write to a table costs in its secondary indexes.

Source: Amazon DynamoDB Developer Guide, "Using Global Secondary Indexes in
DynamoDB" (provisioned throughput considerations, write capacity units) and "Local
secondary indexes": an entry that appears, changes or disappears is one write; an
indexed key that changes is two (delete the old entry, put the new); an item that is
in the index neither before nor after, or whose projected attributes stay the same,
costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from archlib.local.dynamodb.sizes import item_size
from archlib.local.dynamodb.units import write_units


@dataclass(frozen=True)
class Index:
    """One secondary index as it is deployed.

    ``keys`` are the index's own key attributes; ``attributes`` what it stores of an
    item (None: everything).
    """

    name: str
    kind: Literal["global", "local"]
    keys: tuple[str, ...]
    attributes: frozenset[str] | None

    def entry(self, item: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """What the index holds for an item; None if the item is not in it (sparse)."""
        if item is None or any(key not in item for key in self.keys):
            return None
        if self.attributes is None:
            return dict(item)
        return {name: value for name, value in item.items() if name in self.attributes}

    def write_cost(
        self,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
        *,
        transactional: bool = False,
    ) -> float:
        """Write units that taking an item from ``before`` to ``after`` costs here."""
        old, new = self.entry(before), self.entry(after)
        if old == new:
            return 0.0
        if old is None or new is None:
            return write_units(item_size(old or new or {}), transactional=transactional)
        if any(old[key] != new[key] for key in self.keys):
            return write_units(item_size(old), transactional=transactional) + write_units(
                item_size(new), transactional=transactional
            )
        return write_units(max(item_size(old), item_size(new)), transactional=transactional)


def index_of(
    kind: Literal["global", "local"],
    name: str,
    schema: list[Mapping[str, str]],
    projection: Mapping[str, Any] | None,
    table_keys: list[str],
) -> Index:
    """An :class:`Index` from the shapes of DescribeTable."""
    keys = tuple(element["AttributeName"] for element in schema)
    projected = (projection or {}).get("ProjectionType", "ALL")
    attributes = None
    if projected != "ALL":
        extra = (projection or {}).get("NonKeyAttributes", ()) if projected == "INCLUDE" else ()
        attributes = frozenset((*keys, *table_keys, *extra))
    return Index(name=name, kind=kind, keys=keys, attributes=attributes)
