"""Kinesis Data Streams.

AWS: "Actions, resources, and condition keys for Amazon Kinesis Data Streams".
"""

from __future__ import annotations

from collections.abc import Iterable

from archlib.errors import Unsupported
from archlib.local.iam.authorization import (
    Authorization,
    Call,
    Table,
    named,
    on,
    same_name,
    tags,
)

_stream = named("kinesis", "stream/{}", "StreamARN", "StreamName")


def _consumer(call: Call) -> str:
    if call.params.get("ConsumerARN"):
        return str(call.params["ConsumerARN"])
    return f"{call.params['StreamARN']}/consumer/{call.params['ConsumerName']}:*"


def _get_records(call: Call) -> Iterable[Authorization]:
    """An iterator is opaque: only with ``StreamARN`` is it known whose records are read."""
    if not call.params.get("StreamARN"):
        raise Unsupported(
            "the stream of a shard iterator is unknown",
            where="kinesis:GetRecords",
            hint="give StreamARN with the iterator",
        )
    yield from on("kinesis:GetRecords", _stream)(call)


KINESIS: Table = {
    **same_name(
        "kinesis",
        "AddTagsToStream DecreaseStreamRetentionPeriod DeleteStream DescribeStream "
        "DescribeStreamSummary GetShardIterator IncreaseStreamRetentionPeriod ListShards "
        "ListStreamConsumers ListTagsForStream MergeShards PutRecord PutRecords "
        "RegisterStreamConsumer RemoveTagsFromStream SplitShard StartStreamEncryption "
        "StopStreamEncryption",
        _stream,
    ),
    "GetRecords": _get_records,
    "CreateStream": on("kinesis:CreateStream", _stream, tags()),
    **same_name(
        "kinesis", "DeregisterStreamConsumer DescribeStreamConsumer SubscribeToShard", _consumer
    ),
    **same_name(
        "kinesis",
        "DescribeLimits DisableEnhancedMonitoring EnableEnhancedMonitoring ListStreams "
        "UpdateShardCount UpdateStreamMode",
    ),
}
