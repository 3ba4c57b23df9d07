"""Answers of the DAX protocol: from DynamoDB's results to CBOR.

An answer begins with an empty array for success, or with an array of error numbers. The
forms are read off the public client library (``Assemblers``, ``AttributeValueDecoder``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from archlib.local.dax.cbor import Raw, encode
from archlib.local.dax.expressions import Path, project
from archlib.local.dax.protocol import Request
from archlib.local.dax.values import AttributeLists, KeySchema, to_cbor

SUCCESS: Final = encode([])

_ITEM, _CAPACITY, _ATTRIBUTES, _ITEMS, _COUNT, _LAST, _SCANNED = 0, 1, 2, 7, 8, 9, 10
_PARTIAL: Final = frozenset({"UPDATED_OLD", "UPDATED_NEW"})
_CAPACITY_FIELDS: Final = {
    "CapacityUnits": 1,
    "ReadCapacityUnits": 2,
    "WriteCapacityUnits": 3,
    "TableName": 4,
    "Table": 5,
    "GlobalSecondaryIndexes": 6,
    "LocalSecondaryIndexes": 7,
}

Result = Mapping[str, Any]


class Encoder:
    """Writes results, knowing the attribute lists that the clients share."""

    def __init__(self, lists: AttributeLists) -> None:
        self._lists = lists

    def answer(self, request: Request, result: Result) -> bytes:
        """The whole answer to a successful request."""
        return SUCCESS + _ANSWERS[request.operation](self, request, result)

    def _values(self, schema: KeySchema, item: Result) -> bytes:
        return self._lists.encode(item, schema.names)

    def _projected(self, item: Result, paths: tuple[Path, ...]) -> dict[int, Any]:
        found = project(dict(item), paths)
        return {number: to_cbor(value) for number, value in found.items()}

    def _one(self, request: Request, result: Result) -> bytes:
        ((_, schema),) = request.schemas.items()
        answer: dict[int, Any] = {}
        if (item := result.get("Item")) is not None:
            paths = request.projections.get("")
            answer[_ITEM] = (
                self._values(schema, item) if paths is None else self._projected(item, paths)
            )
        if attributes := result.get("Attributes"):
            partial = request.parameters.get("ReturnValues") in _PARTIAL
            answer[_ATTRIBUTES] = (
                self._lists.encode_some(attributes) if partial else self._values(schema, attributes)
            )
        return self._closed(answer, result)

    def _page(self, request: Request, result: Result) -> bytes:
        ((_, schema),) = request.schemas.items()
        paths = request.projections.get("")
        answer: dict[int, Any] = {}
        if "Items" in result:
            answer[_ITEMS] = [
                [schema.encode(item), self._values(schema, item)]
                if paths is None
                else self._projected(item, paths)
                for item in result["Items"]
            ]
        answer[_COUNT], answer[_SCANNED] = result["Count"], result["ScannedCount"]
        if (last := result.get("LastEvaluatedKey")) is not None:
            if "IndexName" in request.parameters:
                compound = {name: to_cbor(value) for name, value in last.items()}
                answer[_LAST] = encode(compound)
            else:
                answer[_LAST] = schema.encode(last)
        return self._closed(answer, result)

    @staticmethod
    def _closed(answer: dict[int, Any], result: Result) -> bytes:
        if (consumed := result.get("ConsumedCapacity")) is not None:
            answer[_CAPACITY] = _capacity(consumed)
        return encode(answer) if answer else encode(None)

    def _batch_read(self, request: Request, result: Result) -> bytes:
        tables: dict[str, Any] = {}
        for name, items in result["Responses"].items():
            schema, paths = request.schemas[name], request.projections.get(name)
            if paths is None:
                tables[name] = [
                    part
                    for item in items
                    for part in (schema.encode(item), self._values(schema, item))
                ]
            else:
                tables[name] = [self._projected(item, paths) for item in items]
        left = {
            name: [request.schemas[name].encode(key) for key in wanted["Keys"]]
            for name, wanted in result.get("UnprocessedKeys", {}).items()
        }
        return encode([tables, left]) + encode(_capacities(result))

    def _batch_written(self, request: Request, result: Result) -> bytes:
        left: dict[str, list[Any]] = {}
        for name, entries in result.get("UnprocessedItems", {}).items():
            schema, flat = request.schemas[name], left.setdefault(name, [])
            for entry in entries:
                if "PutRequest" in entry:
                    item = entry["PutRequest"]["Item"]
                    flat += [schema.encode(item), self._values(schema, item)]
                else:
                    flat += [schema.encode(entry["DeleteRequest"]["Key"]), None]
        return encode(left) + encode(_capacities(result)) + encode({})

    def _transact_read(self, request: Request, result: Result) -> bytes:
        items: list[Any] = []
        for place, response in enumerate(result["Responses"]):
            if not (item := response.get("Item")):
                items.append(None)
                continue
            paths = request.projections.get(place)
            name = request.parameters["TransactItems"][place]["Get"]["TableName"]
            items.append(
                self._values(request.schemas[name], item)
                if paths is None
                else self._projected(item, paths)
            )
        return encode([items, _numbered_capacities(result)])

    def _transact_written(self, request: Request, result: Result) -> bytes:
        return encode([None, _numbered_capacities(result), {}])


def _capacity(consumed: Result) -> bytes:
    """One table's capacity, as the single and batch operations carry it."""

    def indexes(kind: str) -> Any:
        shares = consumed.get(kind)
        return shares and {name: share["CapacityUnits"] for name, share in shares.items()}

    table = consumed.get("Table")
    parts = (
        consumed["TableName"],
        float(consumed["CapacityUnits"]),
        table and float(table["CapacityUnits"]),
        indexes("GlobalSecondaryIndexes"),
        indexes("LocalSecondaryIndexes"),
    )
    return b"".join(map(encode, parts))


def _capacities(result: Result) -> list[bytes]:
    return [_capacity(consumed) for consumed in result.get("ConsumedCapacity", ())]


def _numbered_capacities(result: Result) -> list[Raw]:
    return [Raw(encode(_numbered(one))) for one in result.get("ConsumedCapacity", ())]


def _numbered(consumed: Result) -> dict[int, Any]:
    numbered: dict[int, Any] = {}
    for name, number in _CAPACITY_FIELDS.items():
        if name in consumed:
            value = consumed[name]
            if name == "Table":
                value = _numbered(value)
            elif name.endswith("Indexes"):
                value = {index: _numbered(share) for index, share in value.items()}
            numbered[number] = value
    return numbered


_ANSWERS: Mapping[str, Callable[[Encoder, Request, Result], bytes]] = {
    "GetItem": Encoder._one,
    "PutItem": Encoder._one,
    "UpdateItem": Encoder._one,
    "DeleteItem": Encoder._one,
    "Query": Encoder._page,
    "Scan": Encoder._page,
    "BatchGetItem": Encoder._batch_read,
    "BatchWriteItem": Encoder._batch_written,
    "TransactGetItems": Encoder._transact_read,
    "TransactWriteItems": Encoder._transact_written,
}
