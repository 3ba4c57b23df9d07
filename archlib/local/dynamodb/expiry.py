"""Time to live: expired items go away, some time after they expired.

Source: Amazon DynamoDB Developer Guide, "Using time to live (TTL) in DynamoDB": items are
deleted "within a few days" of their expiration, may be read until then, cost no write units,
need a Number in epoch seconds, and are left alone when they expired more than five years
ago. We delete exactly :data:`DELETION_DELAY` after the expiry; enabling takes effect at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from archlib.local.dynamodb.stored import StoredTable

if TYPE_CHECKING:
    from archlib.local.clock import Clock

DELETION_DELAY: Final = 48 * 3600.0
"""Virtual seconds from an item's expiry to its deletion."""

TOO_OLD: Final = 5 * 365 * 86400.0


class Expiry:
    """Schedules and carries out the deletion of expired items."""

    def __init__(self, clock: Clock, lookup: Any) -> None:
        self._clock = clock
        self._lookup = lookup

    @staticmethod
    def attribute(table: StoredTable) -> str | None:
        """The TTL attribute of a table, if TTL is enabled."""
        ttl: Mapping[str, str] = table.table.ttl
        return ttl.get("AttributeName") if ttl.get("TimeToLiveStatus") == "ENABLED" else None

    def watch(self, region: str, table: StoredTable, item: Mapping[str, Any]) -> None:
        """Schedule the deletion of an item that carries an expiry."""
        name = self.attribute(table)
        expires = None if name is None else _seconds(item.get(name))
        if expires is None:
            return
        key, where = table.key_of(item), table.name
        self._clock.at(
            max(expires + DELETION_DELAY, self._clock.time()),
            lambda: self._expire(region, where, key),
            f"DynamoDB TTL of an item in {where}",
        )

    def watch_all(self, region: str, table: StoredTable) -> None:
        """Schedule every item of a table whose TTL has just been enabled."""
        for item in table.images():
            self.watch(region, table, item)

    def _expire(self, region: str, name: str, key: Mapping[str, Any]) -> None:
        table: StoredTable | None = self._lookup(region, name)
        attribute = None if table is None else self.attribute(table)
        if table is None or attribute is None:
            return
        image = table.image(key)
        expires = None if image is None else _seconds(image.get(attribute))
        now = self._clock.time()
        if expires is not None and now - TOO_OLD < expires <= now - DELETION_DELAY:
            table.remove(key)


def _seconds(value: Any) -> float | None:
    """Epoch seconds out of an attribute value; None unless it is a Number."""
    try:
        return float(Decimal(value["N"]))
    except (TypeError, KeyError, InvalidOperation):
        return None
