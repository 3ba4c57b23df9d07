"""The deployed tables, as moto holds them: looked at, never changed, except by expiry.

moto's ``Table`` keeps items as ``attrs: {name: DynamoType(type, value)}``; the size rules
read that form directly, so weighing an item copies nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC
from typing import Any

from archlib.local.dynamodb.indexes import Index, index_of
from archlib.local.dynamodb.sizes import item_size

#: Set while an expired item is removed: stream records then name DynamoDB itself as the author.
expiring: ContextVar[bool] = ContextVar("archlib_expiring", default=False)


class StoredTable:
    """One table of moto's, with the questions capacity accounting asks of it."""

    def __init__(self, table: Any) -> None:
        self.table = table
        self.name: str = table.name
        self.arn: str = table.table_arn
        self.keys: tuple[str, ...] = tuple(table.table_key_attrs)

    @property
    def indexes(self) -> tuple[Index, ...]:
        """Its secondary indexes as they are now."""
        kinds = (("local", self.table.indexes), ("global", self.table.global_indexes))
        return tuple(
            index_of(kind, index.name, index.schema, index.projection, list(self.keys))  # type: ignore[arg-type]
            for kind, indexes in kinds
            for index in indexes
        )

    def keys_of(self, index: str | None) -> tuple[str, ...]:
        """The key attributes of an index; the table's own without one, none of an unknown one."""
        if index is None:
            return self.keys
        return next((one.keys for one in self.indexes if one.name == index), ())

    @property
    def types(self) -> dict[str, str]:
        """The types of its own key's attributes and of its indexes' ones."""
        return {one["AttributeName"]: one["AttributeType"] for one in self.table.attr}

    @property
    def created(self) -> float:
        """Epoch seconds of its creation (moto keeps naive UTC)."""
        return float(self.table.created_at.replace(tzinfo=UTC).timestamp())

    @property
    def on_demand(self) -> bool:
        """Whether the table is billed per request."""
        return bool(self.table.billing_mode == "PAY_PER_REQUEST")

    def provisioned(self, index: str | None, unit: str) -> float:
        """Configured ``ReadCapacityUnits`` or ``WriteCapacityUnits`` of table or index."""
        owner = self.table if index is None else self.table.get_index(index)
        return float(owner.throughput.get(unit) or 0)

    def is_global(self, index: str | None) -> bool:
        """Whether ``index`` names one of its global secondary indexes."""
        return any(index == gsi.name for gsi in self.table.global_indexes)

    def find(self, key: Mapping[str, Any]) -> Any:
        """moto's item under a primary key (an item holds one too), or None."""
        from moto.dynamodb.models.dynamo_type import DynamoType

        try:
            parts = [DynamoType(key[name]) for name in self.keys]
        except (KeyError, StopIteration):
            return None
        return self.table.get_item(*parts)

    def size(self, key: Mapping[str, Any]) -> int:
        """Bytes of the item under ``key``; 0 if it is not there."""
        item = self.find(key)
        return 0 if item is None else item_size(item.attrs)

    def image(self, key: Mapping[str, Any]) -> dict[str, Any] | None:
        """A copy of the item under ``key``, in ``{"S": ...}`` form."""
        item = self.find(key)
        return None if item is None else dict(item.to_json()["Attributes"])

    def key_of(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """The primary key out of an item."""
        return {name: item[name] for name in self.keys if name in item}

    def images(self) -> Iterator[dict[str, Any]]:
        """Copies of all items."""
        for item in self.table.all_items():
            yield dict(item.to_json()["Attributes"])

    def remove(self, key: Mapping[str, Any]) -> None:
        """Delete an item the way DynamoDB's own background process does (streams see it)."""
        from moto.dynamodb.models.dynamo_type import DynamoType

        parts = [DynamoType(key[name]) for name in self.keys]
        token = expiring.set(True)
        try:
            self.table.delete_item(parts[0], parts[1] if len(parts) > 1 else None)
        finally:
            expiring.reset(token)


class StoredTables:
    """All tables of the account."""

    def __init__(self, account: str) -> None:
        from moto.dynamodb.models import dynamodb_backends

        self._backends = dynamodb_backends[account]

    def find(self, region: str, name: str) -> StoredTable | None:
        """A table by name or ARN; None if it does not exist."""
        tables = self._backends[region].tables
        table = tables.get(name)
        if table is None and name.startswith("arn:"):
            table = next((t for t in list(tables.values()) if t.table_arn == name), None)
        return None if table is None else StoredTable(table)
