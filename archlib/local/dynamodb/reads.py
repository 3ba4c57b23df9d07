"""GetItem, BatchGetItem, TransactGetItems, Query and Scan, metered.

Source: Amazon DynamoDB Developer Guide, "DynamoDB read and write operations": single items
are rounded up one by one; Query and Scan add up everything they evaluated, before any filter
and whatever they return of it, and round once. A table is taken to be one partition, so an
empty Query or Scan costs one step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from archlib.local.api import ApiCall, Result
from archlib.local.dynamodb.accounting import Accounting, show
from archlib.local.dynamodb.consumption import Consumption
from archlib.local.dynamodb.expressions.filters import check_filter
from archlib.local.dynamodb.expressions.key_conditions import plain
from archlib.local.dynamodb.sizes import item_size
from archlib.local.dynamodb.stored import StoredTable, StoredTables
from archlib.local.dynamodb.units import consistency_of, read_units

#: What narrows the answer of Query and Scan without narrowing what they evaluate.
_NARROWING: Final = (
    "FilterExpression",
    "ProjectionExpression",
    "Select",
    "AttributesToGet",
    "QueryFilter",
    "ScanFilter",
    "ConditionalOperator",
)
_PLACEHOLDERS: Final = (("ExpressionAttributeNames", "#"), ("ExpressionAttributeValues", ":"))


class Reads:
    """The read operations over moto."""

    def __init__(
        self, tables: StoredTables, accounting: Accounting, raw: Callable[[str], Any]
    ) -> None:
        self._tables = tables
        self._accounting = accounting
        self._raw = raw

    def get_item(self, call: ApiCall) -> Result:
        """One item; a missing one costs as much as a small one."""
        params = call.params
        table = self._tables.find(call.region, params["TableName"])
        if table is None:
            return call.proceed()
        self._accounting.admit(call, table, "read")
        result = call.proceed()
        consistency = consistency_of(params.get("ConsistentRead"))
        units = read_units(table.size(params["Key"]), consistency)
        consumed = [Consumption(table.name, "read", units)]
        self._accounting.charge(call, consumed, consistent=consistency == "strong")
        return show(call, result, consumed, many=False)

    def batch_get_item(self, call: ApiCall) -> Result:
        """Up to 100 items, each rounded up by itself; throttled ones come back unprocessed."""
        requests: Mapping[str, Any] = call.params["RequestItems"]
        tables = {name: self._tables.find(call.region, name) for name in requests}
        if any(table is None for table in tables.values()):
            return call.proceed()
        control = call.caller.kind == "control"
        books, kept, left, refusal = [], {}, {}, None
        for name, request in requests.items():
            table = tables[name]
            assert table is not None
            consistency = consistency_of(request.get("ConsistentRead"))
            book = Consumption(table.name, "read")
            admitted, refused = [], []
            for key in request["Keys"]:
                throttle = None if control else self._accounting.refused(call.region, table, "read")
                if throttle is not None:
                    refusal = throttle
                    refused.append(key)
                    continue
                units = read_units(table.size(key), consistency)
                if not control:
                    self._accounting.take(call.region, Consumption(table.name, "read", units))
                book.table_units += units
                admitted.append(key)
            if admitted:
                kept[name] = {**request, "Keys": admitted}
                books.append(book)
            if refused:
                left[name] = {**request, "Keys": refused}
        if refusal is not None and not kept:
            raise refusal.refusal()
        original = dict(call.params)
        call.params["RequestItems"] = kept
        result = call.proceed()
        call.params.update(original)
        result["UnprocessedKeys"] = {**result.get("UnprocessedKeys", {}), **left}
        _note(call, books, all(r.get("ConsistentRead", False) for r in requests.values()))
        return show(call, result, books, many=True)

    def transact_get_items(self, call: ApiCall) -> Result:
        """Two units for every 4 KB of each item: one to prepare, one to commit."""
        gets = [entry["Get"] for entry in call.params["TransactItems"]]
        tables = [self._tables.find(call.region, get["TableName"]) for get in gets]
        if any(table is None for table in tables):
            return call.proceed()
        books: dict[str, Consumption] = {}
        for get, table in zip(gets, tables, strict=True):
            assert table is not None
            self._accounting.admit(call, table, "read")
            book = books.setdefault(table.name, Consumption(table.name, "read"))
            book.table_units += read_units(table.size(get["Key"]), "transactional")
        result = call.proceed()
        if any("ProjectionExpression" in get for get in gets):
            result["Responses"] = [self._projected(call.region, get) for get in gets]
        consumed = list(books.values())
        self._accounting.charge(call, consumed, consistent=True)
        return show(call, result, consumed, many=True, directed=True)

    def _projected(self, region: str, get: Mapping[str, Any]) -> Result:
        """moto forgets the projection of a transactional get."""
        found = self._raw(region).get_item(**get)
        return {"Item": found["Item"]} if "Item" in found else {}

    def query(self, call: ApiCall) -> Result:
        """Items of one partition."""
        return self._page(call, "query")

    def scan(self, call: ApiCall) -> Result:
        """Items of the whole table."""
        return self._page(call, "scan")

    def _page(self, call: ApiCall, operation: str) -> Result:
        params = call.params
        table = self._tables.find(call.region, params["TableName"])
        if table is None:
            return call.proceed()
        index = params.get("IndexName")
        if "KeyConditionExpression" in params:
            params["KeyConditionExpression"] = plain(params, table.types)
        if operation == "query" and "FilterExpression" in params:
            check_filter(params, table.keys_of(index))
        self._accounting.admit(call, table, "read", index)
        result = call.proceed()
        evaluated = self._evaluated(call, operation, result)
        _stop_at_limit(table, params, evaluated, result)
        consistency = consistency_of(params.get("ConsistentRead"))
        units = read_units(sum(map(item_size, evaluated)), consistency)
        book = Consumption(table.name, "read")
        if index is None:
            book.table_units = units
        else:
            book.add_index("global" if table.is_global(index) else "local", index, units)
        self._accounting.charge(call, [book], consistent=consistency == "strong")
        return show(call, result, [book], many=False)

    def _evaluated(self, call: ApiCall, operation: str, result: Result) -> list[dict[str, Any]]:
        """Everything the page looked at: asked again without whatever narrows the answer."""
        if not any(name in call.params for name in _NARROWING):
            return list(result["Items"])
        params = {
            name: value
            for name, value in call.params.items()
            if name not in _NARROWING and name != "ReturnConsumedCapacity"
        }
        used = set(re.findall(r"[#:]\w+", params.get("KeyConditionExpression", "")))
        for field, _ in _PLACEHOLDERS:
            remaining = {k: v for k, v in params.pop(field, {}).items() if k in used}
            if remaining:
                params[field] = remaining
        return list(getattr(self._raw(call.region), operation)(**params)["Items"])


def _stop_at_limit(
    table: StoredTable,
    params: Mapping[str, Any],
    evaluated: list[dict[str, Any]],
    result: Result,
) -> None:
    """A page that ends because of ``Limit`` has a ``LastEvaluatedKey``, even the last one.

    Source: Amazon DynamoDB Developer Guide, "Paginating table query results". moto looks one
    item ahead and leaves the key out.
    """
    if "LastEvaluatedKey" in result or len(evaluated) != params.get("Limit"):
        return
    names = set(table.keys)
    names.update(table.keys_of(params.get("IndexName")))
    last = evaluated[-1]
    result["LastEvaluatedKey"] = {name: last[name] for name in last if name in names}


def _note(call: ApiCall, books: list[Consumption], consistent: bool) -> None:
    units = sum(book.total for book in books)
    call.hop.detail.update(capacity_units=units, read_units=units, consistent=consistent)
