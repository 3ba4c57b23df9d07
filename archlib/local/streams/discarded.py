"""Records of batches that were given up, for the on-failure destination.

AWS: AWS Lambda Developer Guide, "Retain discarded records for a DynamoDB event source in
Lambda", "Retain discarded batch records for a Kinesis Data Streams event source in Lambda".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archlib.local.functions.destinations import Sender
from archlib.local.functions.output import timestamp
from archlib.local.identity import Credentials
from archlib.local.streams.mapping import Mapping
from archlib.local.streams.records import Record

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

_INFO = {"dynamodb": "DDBStreamBatchInfo", "kinesis": "KinesisBatchInfo"}


@dataclass(frozen=True)
class Discarded:
    """A batch that is not tried again. ``condition`` is ``RetryAttemptsExhausted`` or
    ``RecordAgeExceeded``; ``error`` is None when the function was not run and empty when it ran
    and reported items."""

    mapping: Mapping
    shard: str
    records: Sequence[Record]
    condition: str
    invocations: int
    request_id: str
    version: str
    error: str | None
    at: float

    def document(self) -> dict[str, Any]:
        """The metadata, in AWS's order."""
        made: dict[str, Any] = {
            "requestContext": {
                "requestId": self.request_id,
                "functionArn": f"{self.mapping.function_arn}:{self.version}",
                "condition": self.condition,
                "approximateInvokeCount": self.invocations,
            }
        }
        if self.error is not None:
            made["responseContext"] = {
                "statusCode": 200,
                "executedVersion": self.version,
                **({"functionError": self.error} if self.error else {}),
            }
        made["version"] = "1.0"
        made["timestamp"] = timestamp(self.at)
        made[_INFO[self.mapping.service]] = {
            "shardId": self.shard,
            "startSequenceNumber": self.records[0].sequence,
            "endSequenceNumber": self.records[-1].sequence,
            "approximateArrivalOfFirstRecord": timestamp(self.records[0].at),
            "approximateArrivalOfLastRecord": timestamp(self.records[-1].at),
            "batchSize": len(self.records),
            "streamArn": self.mapping.source,
        }
        return made

    def with_payload(self) -> dict[str, Any]:
        """The metadata with the whole event, "an escaped JSON string" (S3 only)."""
        event = {"Records": [record.body for record in self.records]}
        return {**self.document(), "payload": json.dumps(event)}


def _to_queue(sender: Sender, discarded: Discarded) -> None:
    sender.to_queue(json.dumps(discarded.document()), {})


def _to_topic(sender: Sender, discarded: Discarded) -> None:
    sender.to_topic(json.dumps(discarded.document()), {})


def _to_bucket(sender: Sender, discarded: Discarded) -> None:
    day, clock = timestamp(discarded.at)[:10], timestamp(discarded.at)[:19].replace(":", ".")
    key = (
        f"aws/lambda/{discarded.mapping.uuid}/{discarded.shard}/{day.replace('-', '/')}/"
        f"{clock}-{sender.cloud.new_uuid()}"
    )
    body = json.dumps(discarded.with_payload()).encode()
    sender.client.put_object(Bucket=sender.arn.split(":")[-1], Key=key, Body=body)


@dataclass(frozen=True)
class Destination:
    """A kind of destination: the action and the API's word for it, and how it is sent."""

    action: str
    send: Callable[[Sender, Discarded], None]
    suffix: str = ""


#: By the service in the destination's ARN.
DESTINATIONS = {
    "sqs": Destination("sqs:SendMessage", _to_queue),
    "sns": Destination("sns:Publish", _to_topic),
    "s3": Destination("s3:PutObject", _to_bucket, "/*"),
}


def send(cloud: LocalCloud, credentials: Credentials, discarded: Discarded) -> None:
    """Send with the function's role; a refusal is seen in the trace only, as on AWS."""
    from botocore.exceptions import ClientError

    arn = discarded.mapping.failure_destination
    if not arn:
        return
    service, region = arn.split(":")[2], arn.split(":")[3] or cloud.region
    client = cloud.client(service, region=region, credentials=credentials)
    try:
        DESTINATIONS[service].send(Sender(cloud, client, arn), discarded)
    except ClientError:
        return
