"""TransactWriteItems, metered and idempotent.

Sources: Amazon DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How it works"
(capacity management: every item is written twice, to prepare and to commit) and API
Reference, "TransactWriteItems" (ClientRequestToken). The guide does not say what a cancelled
transaction costs; it is charged the preparation, half of what success would have cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archlib.local.api import ApiCall, Result
from archlib.local.dynamodb.accounting import Accounting, show
from archlib.local.dynamodb.consumption import Consumption
from archlib.local.dynamodb.expiry import Expiry
from archlib.local.dynamodb.idempotency import Tokens
from archlib.local.dynamodb.sizes import item_size
from archlib.local.dynamodb.stored import StoredTable, StoredTables
from archlib.local.dynamodb.units import read_units, write_units
from archlib.local.dynamodb.writes import check_size


@dataclass(frozen=True)
class _Part:
    kind: str
    table: StoredTable
    key: Mapping[str, Any]
    item: Mapping[str, Any] | None
    size: int
    before: Mapping[str, Any] | None


class Transactions:
    """TransactWriteItems over moto."""

    def __init__(
        self, tables: StoredTables, accounting: Accounting, expiry: Expiry, now: Any
    ) -> None:
        self._tables = tables
        self._accounting = accounting
        self._expiry = expiry
        self._now = now
        self._tokens = Tokens()

    def write(self, call: ApiCall) -> Result:
        """All writes or none."""
        parts = self._parts(call)
        if parts is None:
            return call.proceed()
        token = call.params.get("ClientRequestToken")
        items = call.params["TransactItems"]
        if token and self._tokens.seen(call.region, token, items, self._now()):
            return self._replay(call, parts)
        for part in parts:
            if part.item is not None:
                check_size(part.item)
            self._accounting.admit(call, part.table, "write")
        try:
            result = call.proceed()
        except Exception as error:
            response: Mapping[str, Any] = getattr(error, "response", {})
            if response.get("Error", {}).get("Code") == "TransactionCanceledException":
                books = self._books(parts, transactional=False, done=False)
                self._accounting.charge(call, books)
            raise
        if token:
            self._tokens.keep(call.region, token, items, self._now())
        for part in parts:
            new = self._after(part)
            if new is not None and part.kind != "ConditionCheck":
                self._expiry.watch(call.region, part.table, new)
        books = self._books(parts, transactional=True, done=True)
        self._accounting.charge(call, books)
        return show(call, result, books, many=True, directed=True)

    def _parts(self, call: ApiCall) -> list[_Part] | None:
        parts = []
        for entry in call.params["TransactItems"]:
            for kind, operation in entry.items():
                table = self._tables.find(call.region, operation["TableName"])
                if table is None:
                    return None
                item = operation.get("Item")
                key = item if item is not None else operation["Key"]
                image = table.image(key) if table.indexes else None
                parts.append(_Part(kind, table, key, item, table.size(key), image))
        return parts

    @staticmethod
    def _after(part: _Part) -> Mapping[str, Any] | None:
        if part.kind == "Put":
            return part.item
        return None if part.kind == "Delete" else part.table.image(part.key)

    def _books(self, parts: list[_Part], *, transactional: bool, done: bool) -> list[Consumption]:
        books: dict[str, Consumption] = {}
        for part in parts:
            after = self._after(part) if done else part.item
            size = max(part.size, item_size(after) if after else 0)
            book = books.setdefault(part.table.name, Consumption(part.table.name, "write"))
            book.table_units += write_units(size, transactional=transactional)
            for index in part.table.indexes if done else ():
                units = index.write_cost(part.before, after, transactional=transactional)
                book.add_index(index.kind, index.name, units)
        return list(books.values())

    def _replay(self, call: ApiCall, parts: list[_Part]) -> Result:
        """The transaction already happened: say so again, for the price of reading it."""
        books: dict[str, Consumption] = {}
        for part in parts:
            book = books.setdefault(part.table.name, Consumption(part.table.name, "read"))
            book.table_units += read_units(part.size, "transactional")
        consumed = list(books.values())
        self._accounting.charge(call, consumed, consistent=True)
        return show(call, {}, consumed, many=True, directed=True)
