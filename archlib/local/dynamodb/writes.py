"""PutItem, UpdateItem, DeleteItem and BatchWriteItem, metered.

Source: Amazon DynamoDB Developer Guide, "DynamoDB read and write operations": a write costs
the larger of the item before and after it, a delete the item that goes, a failed condition
what the write would have cost; indexes add their share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from archlib.local.api import ApiCall, ApiRefusal, Result
from archlib.local.dynamodb.accounting import Accounting, show
from archlib.local.dynamodb.consumption import Consumption
from archlib.local.dynamodb.expiry import Expiry
from archlib.local.dynamodb.sizes import MAX_ITEM_BYTES, item_size
from archlib.local.dynamodb.stored import StoredTable, StoredTables
from archlib.local.dynamodb.units import write_units

Image = Mapping[str, Any] | None

MAX_BATCH = 25
_TOO_MANY = "Too many items requested for the BatchWriteItem call"


def check_size(item: Mapping[str, Any]) -> None:
    """Raise :class:`ApiRefusal` for an item above 400 KB."""
    if item_size(item) > MAX_ITEM_BYTES:
        raise ApiRefusal("ValidationException", "Item size has exceeded the maximum allowed size")


class Writes:
    """The write operations over moto."""

    def __init__(self, tables: StoredTables, accounting: Accounting, expiry: Expiry) -> None:
        self._tables = tables
        self._accounting = accounting
        self._expiry = expiry

    def put_item(self, call: ApiCall) -> Result:
        """Create or replace an item."""
        item = call.params["Item"]
        return self._write(call, item, lambda table: item)

    def update_item(self, call: ApiCall) -> Result:
        """Change an item, or create it."""
        key = call.params["Key"]
        return self._write(call, key, lambda table: table.image(key))

    def delete_item(self, call: ApiCall) -> Result:
        """Remove an item."""
        return self._write(call, call.params["Key"], lambda table: None)

    def _write(
        self, call: ApiCall, key: Mapping[str, Any], after: Callable[[StoredTable], Image]
    ) -> Result:
        table = self._tables.find(call.region, call.params["TableName"])
        if table is None:
            return call.proceed()
        if "Item" in call.params:
            check_size(call.params["Item"])
        self._accounting.admit(call, table, "write")
        indexed = bool(table.indexes)
        size = table.size(key)
        before = table.image(key) if indexed else None
        try:
            result = call.proceed()
        except Exception as error:
            if _code(error) == "ConditionalCheckFailedException":
                units = write_units(max(size, item_size(call.params.get("Item", {}))))
                self._accounting.charge(call, [Consumption(table.name, "write", units)])
            raise
        new = after(table)
        book = Consumption(
            table.name, "write", write_units(max(size, item_size(new) if new else 0))
        )
        if indexed:
            for index in table.indexes:
                book.add_index(index.kind, index.name, index.write_cost(before, new))
        if new is not None:
            self._expiry.watch(call.region, table, new)
        self._accounting.charge(call, [book])
        return show(call, result, [book], many=False)

    def batch_write_item(self, call: ApiCall) -> Result:
        """Up to 25 puts and deletes; throttled ones come back unprocessed."""
        requests: Mapping[str, list[Mapping[str, Any]]] = call.params["RequestItems"]
        if sum(map(len, requests.values())) > MAX_BATCH:
            raise ApiRefusal("ValidationException", _TOO_MANY)
        tables = {name: self._tables.find(call.region, name) for name in requests}
        if any(table is None for table in tables.values()):
            return call.proceed()
        control = call.caller.kind == "control"
        books, kept, left, refusal = [], {}, {}, None
        written: list[tuple[StoredTable, Mapping[str, Any]]] = []
        for name, entries in requests.items():
            table = tables[name]
            assert table is not None
            book = Consumption(table.name, "write")
            admitted, refused = [], []
            for entry in entries:
                new: Image = entry.get("PutRequest", {}).get("Item")
                if new is not None:
                    check_size(new)
                throttle = (
                    None if control else self._accounting.refused(call.region, table, "write")
                )
                if throttle is not None:
                    refusal = throttle
                    refused.append(entry)
                    continue
                key = new if new is not None else entry["DeleteRequest"]["Key"]
                cost = self._cost(table, key, new)
                if not control:
                    self._accounting.take(call.region, cost)
                _add(book, cost)
                admitted.append(entry)
                if new is not None:
                    written.append((table, new))
            if admitted:
                kept[name] = admitted
                books.append(book)
            if refused:
                left[name] = refused
        if refusal is not None and not kept:
            raise refusal.refusal()
        call.params["RequestItems"] = kept
        result = call.proceed()
        call.params["RequestItems"] = requests
        for table, item in written:
            self._expiry.watch(call.region, table, item)
        result["UnprocessedItems"] = {**result.get("UnprocessedItems", {}), **left}
        units = sum(book.total for book in books)
        call.hop.detail.update(capacity_units=units, write_units=units, consistent=None)
        return show(call, result, books, many=True)

    @staticmethod
    def _cost(table: StoredTable, key: Mapping[str, Any], new: Image) -> Consumption:
        size = max(table.size(key), item_size(new) if new else 0)
        cost = Consumption(table.name, "write", write_units(size))
        indexes = table.indexes
        before = table.image(key) if indexes else None
        for index in indexes:
            cost.add_index(index.kind, index.name, index.write_cost(before, new))
        return cost


def _add(book: Consumption, cost: Consumption) -> None:
    book.table_units += cost.table_units
    for (kind, name), units in cost.index_units.items():
        book.add_index(kind, name, units)


def _code(error: Exception) -> str | None:
    response: Mapping[str, Any] = getattr(error, "response", {})
    code: str | None = response.get("Error", {}).get("Code")
    return code
