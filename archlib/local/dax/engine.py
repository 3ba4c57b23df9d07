"""What a DAX cluster does with a request: serve it from a cache, or pass it on.

Sources: Amazon DynamoDB Developer Guide, "DAX: How it works" and "DAX and DynamoDB
consistency models".

- Eventually consistent GetItem and BatchGetItem use the item cache, also for items that are
  not there (negative caching). A record-ttl of 0 keeps items until they are evicted or
  written through.
- Eventually consistent Query and Scan use the query cache, keyed by all parameters. A
  query-ttl of 0 caches nothing. Writes never touch the query cache.
- Strongly consistent and transactional reads pass through and are not cached.
- Writes go to DynamoDB first and then, if it accepted them, to the item cache.
- After TransactWriteItems the items are read back with TransactGetItems, in the background.

Ours to decide: a delete evicts the item; all nodes of a cluster share one cache, so the
replication delay between nodes is not seen; whole items are fetched and kept even when a
projection was asked for.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from archlib.local.dax.cache import Cache
from archlib.local.dax.protocol import Request
from archlib.local.dax.values import Item
from archlib.local.dynamodb.sizes import item_size

Result = dict[str, Any]
Verdict = Literal["hit", "miss", "bypass"]


class Backend(Protocol):
    """DynamoDB as the cluster reaches it, with the cluster's own role."""

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Result:
        """Run an operation; errors are botocore's."""

    def current(self, table: str, key: Mapping[str, Any]) -> Item | None:
        """The item as it is now, for write-through; neither metered nor traced."""

    def later(self, work: Callable[[], None]) -> None:
        """Run something in the background."""


@dataclass(frozen=True)
class Settings:
    """Times to live in seconds, and bytes for both caches together."""

    record_ttl: float = 300.0
    query_ttl: float = 300.0
    memory: int = 1 << 30


@dataclass(frozen=True)
class Served:
    """A result, and what the cache had to do with it.

    ``hits`` and ``misses`` count items for BatchGetItem, requests otherwise.
    """

    result: Result
    cache: Verdict
    hits: int = 0
    misses: int = 0


class Engine:
    """The two caches of a cluster in front of DynamoDB."""

    def __init__(
        self, backend: Backend, now: Callable[[], float], settings: Callable[[], Settings]
    ) -> None:
        self._backend = backend
        self._settings = settings
        self._lock = threading.RLock()
        half = settings().memory // 2

        def record_ttl() -> float | None:
            return settings().record_ttl or None

        self.items: Cache[Item | None] = Cache(now, record_ttl, half)
        self.queries: Cache[Result] = Cache(now, lambda: settings().query_ttl, half)

    def serve(self, request: Request) -> Served:
        """Do what a request asks for; raises what DynamoDB raises."""
        return _OPERATIONS[request.operation](self, request)

    # -- reads ------------------------------------------------------------------------------

    def _get(self, request: Request) -> Served:
        parameters = request.parameters
        if parameters.get("ConsistentRead"):
            return self._through(request)
        place = self._place(request, parameters["TableName"], parameters["Key"])
        with self._lock:
            entry = self.items.get(place)
        if entry is not None:
            found = {} if entry.value is None else {"Item": entry.value}
            return Served(found, "hit", hits=1)
        result = self._backend.call("GetItem", parameters)
        self._keep(place, result.get("Item"))
        return Served(result, "miss", misses=1)

    def _batch_get(self, request: Request) -> Served:
        cached: dict[str, list[Item]] = {}
        wanted: dict[str, Any] = {}
        hits = misses = 0
        for table, asked in request.parameters["RequestItems"].items():
            found = cached.setdefault(table, [])
            missing = []
            for key in asked["Keys"]:
                entry = None
                if not asked.get("ConsistentRead"):
                    with self._lock:
                        entry = self.items.get(self._place(request, table, key))
                    hits, misses = hits + (entry is not None), misses + (entry is None)
                if entry is None:
                    missing.append(key)
                elif entry.value is not None:
                    found.append(entry.value)
            if missing:
                wanted[table] = {**asked, "Keys": missing}
        result: Result = {"Responses": cached, "UnprocessedKeys": {}}
        if wanted:
            fetched = self._backend.call(
                "BatchGetItem", {**request.parameters, "RequestItems": wanted}
            )
            self._keep_batch(request, wanted, fetched)
            result = {**fetched, "Responses": cached}
            for table, items in fetched["Responses"].items():
                cached[table].extend(items)
        if not hits and not misses:
            return Served(result, "bypass")
        return Served(result, "miss" if misses else "hit", hits=hits, misses=misses)

    def _keep_batch(self, request: Request, wanted: Mapping[str, Any], fetched: Result) -> None:
        for table, asked in wanted.items():
            if asked.get("ConsistentRead"):
                continue
            schema = request.schemas[table]
            left = fetched.get("UnprocessedKeys", {}).get(table, {}).get("Keys", ())
            skipped = {schema.encode(key) for key in left}
            items = {schema.encode(item): item for item in fetched["Responses"].get(table, ())}
            for key in asked["Keys"]:
                if (encoded := schema.encode(key)) not in skipped:
                    self._keep((table, encoded), items.get(encoded))

    def _page(self, request: Request) -> Served:
        parameters = request.parameters
        if parameters.get("ConsistentRead"):
            return self._through(request)
        # The projection decides what is returned, not what is fetched and kept.
        place = json.dumps(
            [
                request.operation,
                {
                    name: value
                    for name, value in parameters.items()
                    if name not in ("ConsistentRead", "ReturnConsumedCapacity")
                },
            ],
            sort_keys=True,
            default=repr,
        )
        with self._lock:
            entry = self.queries.get(place)
        if entry is not None:
            return Served(entry.value, "hit", hits=1)
        result = self._backend.call(request.operation, _page_parameters(parameters))
        if self._settings().query_ttl > 0:
            kept = {name: value for name, value in result.items() if name in _PAGE_FIELDS}
            size = len(place) + sum(map(item_size, result.get("Items", ())))
            with self._lock:
                self.queries.put(place, kept, size)
        return Served(result, "miss", misses=1)

    def _through(self, request: Request) -> Served:
        parameters = _page_parameters(request.parameters)
        return Served(self._backend.call(request.operation, parameters), "bypass")

    # -- writes -----------------------------------------------------------------------------

    def _put(self, request: Request) -> Served:
        parameters = request.parameters
        result = self._backend.call("PutItem", parameters)
        place = self._place(request, parameters["TableName"], parameters["Item"])
        self._keep(place, parameters["Item"])
        return Served(result, "bypass")

    def _update(self, request: Request) -> Served:
        parameters = request.parameters
        result = self._backend.call("UpdateItem", parameters)
        table, key = parameters["TableName"], parameters["Key"]
        if parameters.get("ReturnValues") == "ALL_NEW":
            image = result["Attributes"]
        else:
            image = self._backend.current(table, key)
        self._keep(self._place(request, table, key), image)
        return Served(result, "bypass")

    def _delete(self, request: Request) -> Served:
        parameters = request.parameters
        result = self._backend.call("DeleteItem", parameters)
        self._evict(self._place(request, parameters["TableName"], parameters["Key"]))
        return Served(result, "bypass")

    def _batch_write(self, request: Request) -> Served:
        result = self._backend.call("BatchWriteItem", request.parameters)
        left = result.get("UnprocessedItems", {})
        for table, entries in request.parameters["RequestItems"].items():
            for entry in entries:
                if entry in left.get(table, ()):
                    continue
                if "PutRequest" in entry:
                    item = entry["PutRequest"]["Item"]
                    self._keep(self._place(request, table, item), item)
                else:
                    self._evict(self._place(request, table, entry["DeleteRequest"]["Key"]))
        return Served(result, "bypass")

    def _transact_write(self, request: Request) -> Served:
        result = self._backend.call("TransactWriteItems", request.parameters)
        gets = []
        for part in request.parameters["TransactItems"]:
            for kind, write in part.items():
                if kind == "ConditionCheck":
                    continue
                table = write["TableName"]
                key = request.schemas[table].key_of(write.get("Key") or write["Item"])
                self._evict(self._place(request, table, key))
                gets.append({"Get": {"TableName": table, "Key": key}})
        if gets:
            self._backend.later(lambda: self._populate(request, gets))
        return Served(result, "bypass")

    def _populate(self, request: Request, gets: Sequence[Mapping[str, Any]]) -> None:
        from botocore.exceptions import ClientError

        try:
            read = self._backend.call("TransactGetItems", {"TransactItems": gets})
        except ClientError:
            return  # Nothing is lost: the items are read when they are asked for.
        for get, response in zip(gets, read["Responses"], strict=True):
            table, key = get["Get"]["TableName"], get["Get"]["Key"]
            self._keep(self._place(request, table, key), response.get("Item"))

    # -- the item cache -----------------------------------------------------------------------

    @staticmethod
    def _place(request: Request, table: str, item: Mapping[str, Any]) -> tuple[str, bytes]:
        return table, request.schemas[table].encode(item)

    def _keep(self, place: tuple[str, bytes], item: Item | None) -> None:
        with self._lock:
            self.items.put(place, item, len(place[1]) + (item_size(item) if item else 0))

    def _evict(self, place: tuple[str, bytes]) -> None:
        with self._lock:
            self.items.evict(place)


_PAGE_FIELDS = frozenset({"Items", "Count", "ScannedCount", "LastEvaluatedKey"})


def _page_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What DynamoDB is asked: SPECIFIC_ATTRIBUTES makes no sense without the projection."""
    return {
        name: value
        for name, value in parameters.items()
        if (name, value) != ("Select", "SPECIFIC_ATTRIBUTES")
    }


_OPERATIONS: Mapping[str, Callable[[Engine, Request], Served]] = {
    "GetItem": Engine._get,
    "BatchGetItem": Engine._batch_get,
    "Query": Engine._page,
    "Scan": Engine._page,
    "TransactGetItems": Engine._through,
    "PutItem": Engine._put,
    "UpdateItem": Engine._update,
    "DeleteItem": Engine._delete,
    "BatchWriteItem": Engine._batch_write,
    "TransactWriteItems": Engine._transact_write,
}
