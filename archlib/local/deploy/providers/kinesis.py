"""Kinesis data streams.

Source: "AWS::Kinesis::Stream" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import record

_KINESIS = "kinesis"
_RETENTION = 24


def _create(context: Context, values: Properties) -> Made:
    client, name = context.client(_KINESIS), values.get("Name") or context.name(128)
    sent: dict[str, Any] = {"StreamName": name}
    if "StreamModeDetails" in values:
        sent["StreamModeDetails"] = values["StreamModeDetails"]
    if values.get("StreamModeDetails", {}).get("StreamMode") != "ON_DEMAND":
        sent["ShardCount"] = values.get("ShardCount", 1)
    client.create_stream(**sent)
    arn = client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    made = Made(name, {"Arn": arn})
    context.note(made)
    _retain(context, name, _RETENTION, values.get("RetentionPeriodHours", _RETENTION))
    return made


def _retain(context: Context, name: str, before: int, hours: int) -> None:
    client = context.client(_KINESIS)
    if hours > before:
        client.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=hours)
    elif hours < before:
        client.decrease_stream_retention_period(StreamName=name, RetentionPeriodHours=hours)


def _update(context: Context, existing: Existing, new: Properties, changed: frozenset[str]) -> None:
    name, old = existing.physical_id, existing.properties
    if "RetentionPeriodHours" in changed:
        before = old.get("RetentionPeriodHours", _RETENTION)
        _retain(context, name, before, new.get("RetentionPeriodHours", _RETENTION))
    if "ShardCount" in changed:
        context.client(_KINESIS).update_shard_count(
            StreamName=name,
            TargetShardCount=new.get("ShardCount", 1),
            ScalingType="UNIFORM_SCALING",
        )


def _delete(context: Context, existing: Existing) -> None:
    context.client(_KINESIS).delete_stream(StreamName=existing.physical_id)


STREAM = ResourceType(
    name="AWS::Kinesis::Stream",
    properties=record(
        "Name RetentionPeriodHours:i ShardCount:i", StreamModeDetails=record("StreamMode!")
    ),
    create=_create,
    update=_update,
    delete=_delete,
    replacement=frozenset({"Name", "StreamModeDetails"}),
    attributes=("Arn",),
    name_property="Name",
    arn="arn:{partition}:kinesis:{region}:{account}:stream/{id}",
    notes="Encryption and tags are refused; a change of the stream mode replaces the stream.",
)

TYPES = (STREAM,)
