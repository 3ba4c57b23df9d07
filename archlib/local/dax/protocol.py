"""Requests of the DAX protocol: from CBOR to DynamoDB's own parameters.

A connection opens with a greeting, then carries calls: a service number, a method number,
the method's arguments. Numbers and argument order are read off the public client library
``amazon-dax-client`` (``Constants``, ``generated.Stubs``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from archlib.local.dax.cbor import Malformed, Reader
from archlib.local.dax.expressions import Expressions, Path, projection
from archlib.local.dax.values import AttributeLists, KeySchema, from_cbor

MAGIC: Final = "J7yne5G"
SERVICE: Final = 1

#: How many arguments follow each method number.
_ARGUMENTS: Final = {
    "authorizeConnection": 5,
    "endpoints": 0,
    "defineKeySchema": 1,
    "defineAttributeListId": 1,
    "defineAttributeList": 1,
    "GetItem": 3,
    "PutItem": 4,
    "UpdateItem": 3,
    "DeleteItem": 3,
    "Query": 3,
    "Scan": 2,
    "BatchGetItem": 2,
    "BatchWriteItem": 2,
    "TransactGetItems": 4,
    "TransactWriteItems": 9,
}
_METHODS: Final = {
    1489122155: "authorizeConnection",
    455855874: "endpoints",
    -742646399: "defineKeySchema",
    -1230579644: "defineAttributeListId",
    670678385: "defineAttributeList",
    263244906: "GetItem",
    -2106490455: "PutItem",
    1425579023: "UpdateItem",
    1013539361: "DeleteItem",
    -931250863: "Query",
    -1875390620: "Scan",
    -697851100: "BatchGetItem",
    116217951: "BatchWriteItem",
    1866287579: "TransactGetItems",
    -1160037738: "TransactWriteItems",
}
_WRITE_KINDS: Final = {2: "Put", 7: "Delete", 9: "Update", 12: "ConditionCheck"}


@dataclass(frozen=True)
class Call:
    """One call as it came in: the method's name and its raw arguments."""

    method: str
    arguments: tuple[Any, ...]


@dataclass
class Request:
    """One data operation in DynamoDB's terms.

    ``parameters`` are those of the DynamoDB operation, without projections: DAX keeps whole
    items, and answers a projection by path numbers. ``projections`` holds the paths, by
    table for BatchGetItem, by place for TransactGetItems, under ``""`` otherwise.
    """

    operation: str
    parameters: dict[str, Any]
    projections: dict[str | int, tuple[Path, ...]] = field(default_factory=dict)
    schemas: dict[str, KeySchema] = field(default_factory=dict)


def greeting(reader: Reader) -> None:
    """Read the client's first words; raises :class:`Malformed` for another protocol."""
    if reader.read() != MAGIC:
        raise Malformed("not a DAX client")
    for _ in ("layering", "session", "headers", "types"):
        reader.read()


def call(reader: Reader) -> Call:
    """Read the next call; raises :class:`~archlib.local.dax.cbor.Incomplete` if cut off."""
    service, method = reader.read(), reader.read()
    if service != SERVICE or method not in _METHODS:
        raise Malformed(f"unknown DAX method {service}/{method}")
    name = _METHODS[method]
    return Call(name, tuple(reader.read() for _ in range(_ARGUMENTS[name])))


# -- optional parameters ------------------------------------------------------------------------

_RETURN_VALUES: Final = {1: "NONE", 2: "ALL_OLD", 3: "UPDATED_OLD", 4: "ALL_NEW", 5: "UPDATED_NEW"}
_SELECT: Final = {
    1: "ALL_ATTRIBUTES",
    2: "ALL_PROJECTED_ATTRIBUTES",
    3: "COUNT",
    4: "SPECIFIC_ATTRIBUTES",
}
_CAPACITY: Final = {0: "NONE", 1: "TOTAL", 2: "INDEXES"}
_METRICS: Final = {0: "NONE", 1: "SIZE"}

#: Number of an optional parameter to its name and the conversion of its value.
_OPTIONS: Mapping[int, tuple[str, Callable[[Any], Any]]] = {
    2: ("ConsistentRead", bool),
    3: ("ReturnConsumedCapacity", _CAPACITY.__getitem__),
    6: ("ReturnItemCollectionMetrics", _METRICS.__getitem__),
    7: ("ReturnValues", _RETURN_VALUES.__getitem__),
    11: ("IndexName", bytes.decode),
    13: ("Limit", int),
    14: ("ScanIndexForward", bool),
    15: ("Select", _SELECT.__getitem__),
    16: ("Segment", int),
    17: ("TotalSegments", int),
    19: ("ClientRequestToken", str),
}
_PROJECTION, _CONDITION, _UPDATE, _START, _FILTER = 0, 4, 8, 9, 10
#: Names and values come resolved inside the expressions.
_REPEATED: Final = frozenset({1, 5})


class Translator:
    """Turns calls into requests, knowing key schemas and attribute lists."""

    def __init__(self, schema: Callable[[str], KeySchema], lists: AttributeLists) -> None:
        self._schema = schema
        self._lists = lists

    def request(self, call: Call) -> Request:
        """The DynamoDB operation behind a call."""
        return _TRANSLATIONS[call.method](self, *call.arguments)

    def _options(
        self, request: Request, options: Mapping[int, Any] | None, expressions: Expressions
    ) -> Request:
        for number, value in (options or {}).items():
            if number in _OPTIONS:
                name, convert = _OPTIONS[number]
                request.parameters[name] = convert(value)
            elif number == _PROJECTION:
                request.projections[""] = projection(value)
            elif number == _CONDITION:
                request.parameters["ConditionExpression"] = expressions.condition(value)
            elif number == _FILTER:
                request.parameters["FilterExpression"] = expressions.condition(value)
            elif number == _UPDATE:
                request.parameters["UpdateExpression"] = expressions.update(value)
            elif number == _START:
                request.parameters["ExclusiveStartKey"] = self._start(request, options or {}, value)
            elif number not in _REPEATED:
                raise Malformed(f"unknown DAX parameter {number} of {request.operation}")
        request.parameters.update(expressions.parameters())
        return request

    @staticmethod
    def _start(request: Request, options: Mapping[int, Any], value: bytes) -> dict[str, Any]:
        if 11 in options:
            return {name: from_cbor(part) for name, part in Reader(value).read().items()}
        return request.schemas[request.parameters["TableName"]].decode(value)

    def _on(self, operation: str, table: bytes) -> tuple[Request, KeySchema]:
        name = table.decode()
        schema = self._schema(name)
        return Request(operation, {"TableName": name}, schemas={name: schema}), schema

    def _keyed(self, operation: str, table: bytes, key: bytes, options: Any) -> Request:
        request, schema = self._on(operation, table)
        request.parameters["Key"] = schema.decode(key)
        return self._options(request, options, Expressions())

    def _get(self, table: bytes, key: bytes, options: Any) -> Request:
        return self._keyed("GetItem", table, key, options)

    def _update(self, table: bytes, key: bytes, options: Any) -> Request:
        return self._keyed("UpdateItem", table, key, options)

    def _delete(self, table: bytes, key: bytes, options: Any) -> Request:
        return self._keyed("DeleteItem", table, key, options)

    def _put(self, table: bytes, key: bytes, values: bytes, options: Any) -> Request:
        request, schema = self._on("PutItem", table)
        request.parameters["Item"] = {**schema.decode(key), **self._lists.decode(values)}
        return self._options(request, options, Expressions())

    def _query(self, table: bytes, condition: bytes | None, options: Any) -> Request:
        request, _ = self._on("Query", table)
        expressions = Expressions()
        if condition is not None:
            request.parameters["KeyConditionExpression"] = expressions.condition(condition)
        return self._options(request, options, expressions)

    def _scan(self, table: bytes, options: Any) -> Request:
        request, _ = self._on("Scan", table)
        return self._options(request, options, Expressions())

    def _batch_get(self, tables: Mapping[str, Any], options: Any) -> Request:
        request = Request("BatchGetItem", {"RequestItems": {}})
        for name, (consistent, projected, keys) in tables.items():
            schema = request.schemas[name] = self._schema(name)
            wanted: dict[str, Any] = {"Keys": [schema.decode(key) for key in keys]}
            if consistent:
                wanted["ConsistentRead"] = True
            if projected is not None:
                request.projections[name] = projection(projected)
            request.parameters["RequestItems"][name] = wanted
        return self._options(request, options, Expressions())

    def _batch_write(self, tables: Mapping[str, list[Any]], options: Any) -> Request:
        request = Request("BatchWriteItem", {"RequestItems": {}})
        for name, flat in tables.items():
            schema = request.schemas[name] = self._schema(name)
            entries = request.parameters["RequestItems"][name] = []
            for key, values in zip(flat[::2], flat[1::2], strict=True):
                decoded = schema.decode(key)
                if values is None:
                    entries.append({"DeleteRequest": {"Key": decoded}})
                else:
                    item = {**decoded, **self._lists.decode(values)}
                    entries.append({"PutRequest": {"Item": item}})
        return self._options(request, options, Expressions())

    def _transact_get(
        self, tables: list[bytes], keys: list[bytes], projected: Any, options: Any
    ) -> Request:
        request = Request("TransactGetItems", {"TransactItems": []})
        for place, (table, key) in enumerate(zip(tables, keys, strict=True)):
            name = table.decode()
            schema = request.schemas[name] = self._schema(name)
            get = {"TableName": name, "Key": schema.decode(key)}
            request.parameters["TransactItems"].append({"Get": get})
            if projected and projected[place] is not None:
                request.projections[place] = projection(projected[place])
        return self._options(request, options, Expressions())

    def _transact_write(
        self,
        kinds: list[int],
        tables: list[bytes],
        keys: list[bytes],
        values: Any,
        _returned: Any,
        on_failure: Any,
        conditions: Any,
        updates: Any,
        options: Any,
    ) -> Request:
        request = Request("TransactWriteItems", {"TransactItems": []})
        for place, kind in enumerate(kinds):
            name = tables[place].decode()
            schema = request.schemas[name] = self._schema(name)
            key = schema.decode(keys[place])
            part: dict[str, Any] = {"TableName": name}
            if _WRITE_KINDS[kind] == "Put":
                part["Item"] = {**key, **self._lists.decode(values[place])}
            else:
                part["Key"] = key
            expressions = Expressions()
            if conditions and conditions[place] is not None:
                part["ConditionExpression"] = expressions.condition(conditions[place])
            if updates and updates[place] is not None:
                part["UpdateExpression"] = expressions.update(updates[place])
            if on_failure and _RETURN_VALUES.get(on_failure[place]) == "ALL_OLD":
                part["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
            part.update(expressions.parameters())
            request.parameters["TransactItems"].append({_WRITE_KINDS[kind]: part})
        return self._options(request, options, Expressions())


_TRANSLATIONS: Mapping[str, Callable[..., Request]] = {
    "GetItem": Translator._get,
    "PutItem": Translator._put,
    "UpdateItem": Translator._update,
    "DeleteItem": Translator._delete,
    "Query": Translator._query,
    "Scan": Translator._scan,
    "BatchGetItem": Translator._batch_get,
    "BatchWriteItem": Translator._batch_write,
    "TransactGetItems": Translator._transact_get,
    "TransactWriteItems": Translator._transact_write,
}
