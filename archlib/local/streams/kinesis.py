"""Kinesis data streams as a source: shards, positions, records.

AWS: Amazon Kinesis Data Streams Developer Guide, "Amazon Kinesis Data Streams terminology and
concepts"; AWS Lambda Developer Guide, "Using Lambda to process records from Amazon Kinesis Data
Streams" (the event).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archlib.local.events.lineage import ROOT, Lineages
from archlib.local.patches import Patches
from archlib.local.streams.records import Record

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud


@dataclass
class DataStreams:
    """The streams of Kinesis. ``listeners`` are told about a new record: the stream's ARN."""

    cloud: LocalCloud
    lineages: Lineages
    listeners: list[Callable[[str], None]] = field(default_factory=list)

    def install(self, patches: Patches) -> None:
        """Watch records come in."""
        from moto.kinesis.models import Stream

        original = Stream.put_record

        def put_record(stream: Any, *given: Any, **named: Any) -> tuple[str, str]:
            sequence, shard = original(stream, *given, **named)
            record = stream.shards[shard].records[int(sequence)]
            record.archlib_lineage = self.lineages.present()
            for listener in self.listeners:
                listener(str(stream.arn))
            return sequence, shard

        patches.set(Stream, "put_record", put_record)

    def exists(self, arn: str) -> bool:
        """Whether the stream is there."""
        return self._stream(arn) is not None

    def shards(self, arn: str) -> Sequence[str]:
        """All shards; children of a split or merge have higher numbers than their parents."""
        stream = self._stream(arn)
        return () if stream is None else sorted(stream.shards)

    def start(self, arn: str, shard: str, position: str, timestamp: float | None) -> int:
        """TRIM_HORIZON, LATEST or AT_TIMESTAMP (the first record at or after it)."""
        records = self._records(arn, shard)
        if position == "LATEST":
            return max(records, default=0)
        if position == "AT_TIMESTAMP":
            assert timestamp is not None
            return max((n for n, one in records.items() if one.created_at < timestamp), default=0)
        return 0

    def read(self, arn: str, shard: str, after: int, role: str) -> Sequence[Record]:
        """Records behind ``after`` within the stream's retention period."""
        oldest = self.cloud.clock.time() - self.retention(arn)
        records = self._records(arn, shard)
        last = next(reversed(records)) if records else 0
        found = ((number, records.get(number)) for number in range(max(after, 0) + 1, last + 1))
        return [
            _record(arn, shard, number, one, role)
            for number, one in found
            if one is not None and one.created_at > oldest
        ]

    def retention(self, arn: str) -> float:
        """The stream's retention period."""
        stream = self._stream(arn)
        return 86_400.0 if stream is None else 3600.0 * float(stream.retention_period_hours)

    def _stream(self, arn: str) -> Any:
        from moto.kinesis.models import kinesis_backends

        region, account, resource = arn.split(":", 5)[3:6]
        return kinesis_backends[account][region].streams.get(resource.split("/")[1])

    def _records(self, arn: str, shard: str) -> dict[int, Any]:
        stream = self._stream(arn)
        found = None if stream is None else stream.shards.get(shard)
        return {} if found is None else found.records


def _record(arn: str, shard: str, number: int, made: Any, role: str) -> Record:
    data = {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": made.partition_key,
        "sequenceNumber": str(number),
        "data": made.data,
        "approximateArrivalTimestamp": round(made.created_at, 3),
    }
    body = {
        "kinesis": data,
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard}:{number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": role,
        "awsRegion": arn.split(":")[3],
        "eventSourceARN": arn,
    }
    text = base64.b64decode(made.data).decode("utf-8", "replace")
    lineage = getattr(made, "archlib_lineage", ROOT)
    filterable = {**data, "data": decoded(text)}
    return Record(str(number), number, made.created_at, body, filterable, lineage)


def decoded(text: str) -> Any:
    """A payload as filter criteria see it: a JSON object, else plain text."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, dict) else text
