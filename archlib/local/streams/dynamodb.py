"""DynamoDB Streams: what the table writes into its stream, and how it is read.

moto writes a record for a put that changes nothing, labels streams by the microsecond, names
``us-east-1`` everywhere, does not know expiry, and forgets records once they were delivered.

AWS: Amazon DynamoDB Developer Guide,
"Change data capture for DynamoDB Streams" ("all data in DynamoDB Streams is subject to a 24-hour
lifetime"; "if you perform a PutItem or UpdateItem operation that does not change any data in an
item, DynamoDB Streams does not write a stream record"), "DynamoDB Streams and Time to Live".
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from archlib.local.dynamodb.sizes import item_size
from archlib.local.dynamodb.stored import expiring
from archlib.local.events.lineage import Lineages
from archlib.local.patches import Patches
from archlib.local.streams.records import Record

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: Virtual seconds that a record stays in the stream.
RETENTION = 86_400.0


def _label(label: str) -> str:
    """A stream's label as AWS writes it, ``2015-06-27T00:48:05.899``: milliseconds, always three.

    AWS: Amazon DynamoDB API Reference, "TableDescription" (LatestStreamLabel).
    """
    return datetime.fromisoformat(label).isoformat(timespec="milliseconds")


_TTL_IDENTITY = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


@dataclass
class TableStreams:
    """The streams of all tables. ``listeners`` are told about a new record: the stream's ARN."""

    cloud: LocalCloud
    lineages: Lineages
    listeners: list[Callable[[str], None]] = field(default_factory=list)

    def install(self, patches: Patches) -> None:
        """Write the records ourselves."""
        from moto.dynamodb.models.table import StreamShard, Table

        specify = Table.set_stream_specification

        def specified(table: Any, streams: Any) -> None:
            before = table.latest_stream_label
            specify(table, streams)
            if table.latest_stream_label != before:
                table.latest_stream_label = _label(table.latest_stream_label)

        def add(shard: Any, old: Any, new: Any) -> None:
            self._add(shard, old, new)

        def get(shard: Any, start: int, quantity: int) -> list[dict[str, Any]]:
            first = start - shard.starting_sequence_number
            found = shard.items[first : first + quantity]
            return [one.to_json() for one in found if self._alive(one)]

        patches.set(Table, "set_stream_specification", specified)
        patches.set(StreamShard, "add", add)
        patches.set(StreamShard, "get", get)

    def _add(self, shard: Any, old: Any, new: Any) -> None:
        from moto.dynamodb.models.table import StreamRecord

        table = shard.table
        settings = table.stream_specification or {}
        if not settings.get("StreamEnabled"):
            return
        before = None if old is None else old.to_json()["Attributes"]
        after = None if new is None else new.to_json()["Attributes"]
        if before == after:
            return
        name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
        number = shard.starting_sequence_number + len(shard.items)
        made = StreamRecord(table, settings["StreamViewType"], name, old, new, number)
        now = self.cloud.clock.time()
        record = copy.deepcopy(made.record)
        record["eventVersion"] = "1.1"
        record["awsRegion"] = table.region_name
        change = record["dynamodb"]
        change["ApproximateCreationDateTime"] = datetime.fromtimestamp(int(now), UTC)
        parts = (change.get(part) for part in ("Keys", "NewImage", "OldImage"))
        change["SizeBytes"] = sum(item_size(part) for part in parts if part)
        if new is None and expiring.get():
            record["userIdentity"] = dict(_TTL_IDENTITY)
        made.record = record
        made.archlib_at = now  # type: ignore[attr-defined]
        made.archlib_lineage = self.lineages.present()  # type: ignore[attr-defined]
        shard.items.append(made)
        for listener in self.listeners:
            listener(stream_arn(table))

    def _alive(self, record: Any) -> bool:
        return bool(self.cloud.clock.time() - record.archlib_at < RETENTION)

    # -- a StreamSource ------------------------------------------------------------------------

    def exists(self, arn: str) -> bool:
        """Whether this very stream (with its label) is the table's current one."""
        table = self._table(arn)
        if table is None or not (table.stream_specification or {}).get("StreamEnabled"):
            return False
        return stream_arn(table) == arn

    def shards(self, arn: str) -> Sequence[str]:
        """The one shard that moto has."""
        table = self._table(arn)
        return () if table is None or table.stream_shard is None else (table.stream_shard.id,)

    def start(self, arn: str, shard: str, position: str, timestamp: float | None) -> int:
        """TRIM_HORIZON or LATEST."""
        if position == "TRIM_HORIZON":
            return -1
        return self._first(arn) + len(self._items(arn)) - 1

    def read(self, arn: str, shard: str, after: int, role: str) -> Sequence[Record]:
        """Records behind ``after`` of the last 24 hours."""
        first = self._first(arn)
        items = self._items(arn)[max(after + 1 - first, 0) :]
        return [self._record(arn, one) for one in items if self._alive(one)]

    def retention(self, arn: str) -> float:
        """24 hours."""
        return RETENTION

    @staticmethod
    def _record(arn: str, made: Any) -> Record:
        given = made.record
        change = dict(given["dynamodb"])
        change["ApproximateCreationDateTime"] = int(
            change["ApproximateCreationDateTime"].timestamp()
        )
        body = {
            "eventID": given["eventID"],
            "eventName": given["eventName"],
            "eventVersion": given["eventVersion"],
            "eventSource": given["eventSource"],
            "awsRegion": given["awsRegion"],
            "dynamodb": {name: _json(change[name]) for name in _ORDER if name in change},
        }
        if "userIdentity" in given:
            body["userIdentity"] = {
                "type": given["userIdentity"]["Type"],
                "principalId": given["userIdentity"]["PrincipalId"],
            }
        body["eventSourceARN"] = arn
        number = change["SequenceNumber"]
        return Record(number, int(number), made.archlib_at, body, body, made.archlib_lineage)

    def _table(self, arn: str) -> Any:
        from moto.dynamodb.models import dynamodb_backends

        region, account, resource = arn.split(":", 5)[3:6]
        return dynamodb_backends[account][region].tables.get(resource.split("/")[1])

    def _items(self, arn: str) -> list[Any]:
        table = self._table(arn)
        return [] if table is None or table.stream_shard is None else table.stream_shard.items

    def _first(self, arn: str) -> int:
        table = self._table(arn)
        shard = None if table is None else table.stream_shard
        return 0 if shard is None else int(shard.starting_sequence_number)


_ORDER = (
    "ApproximateCreationDateTime", "Keys", "NewImage", "OldImage", "SequenceNumber", "SizeBytes",
    "StreamViewType",
)  # fmt: skip


def _json(value: Any) -> Any:
    """Attribute values as JSON has them: bytes in base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {key: _json(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [_json(one) for one in value]
    return value


def stream_arn(table: Any) -> str:
    """The ARN of a table's current stream."""
    return f"{table.table_arn}/stream/{table.latest_stream_label}"
