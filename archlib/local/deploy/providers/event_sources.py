"""Event source mappings: functions that read streams and queues.

Source: "AWS::Lambda::EventSourceMapping" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.declared import invoke, shaped
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import NUMBER, Record, record

_LAMBDA = "lambda"

#: What a property that was removed from the template goes back to. The batch size is the
#: source's own default.
_DEFAULTS: dict[str, Any] = {
    "Enabled": True,
    "MaximumBatchingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
    "FilterCriteria": {},
    "ScalingConfig": {},
    "DestinationConfig": {"OnFailure": {}},
    "BisectBatchOnFunctionError": False,
    "MaximumRecordAgeInSeconds": -1,
    "MaximumRetryAttempts": -1,
    "ParallelizationFactor": 1,
    "TumblingWindowInSeconds": 0,
}


def _create(context: Context, values: Properties) -> Made:
    made = invoke(context, _LAMBDA, "CreateEventSourceMapping", values)
    arn = made["EventSourceMappingArn"]
    return Made(made["UUID"], {"Id": made["UUID"], "EventSourceMappingArn": arn})


def _update(context: Context, existing: Existing, new: Properties, changed: frozenset[str]) -> None:
    batch = 10 if ":sqs:" in new["EventSourceArn"] else 100
    defaults = {**_DEFAULTS, "BatchSize": batch}
    sent = {name: new.get(name, defaults.get(name)) for name in changed}
    sent = {name: value for name, value in sent.items() if value is not None}
    keys = {"UUID": existing.physical_id, "FunctionName": new["FunctionName"]}
    invoke(context, _LAMBDA, "UpdateEventSourceMapping", {**sent, **keys})


def _delete(context: Context, existing: Existing) -> None:
    invoke(context, _LAMBDA, "DeleteEventSourceMapping", {"UUID": existing.physical_id})


MAPPING = ResourceType(
    name="AWS::Lambda::EventSourceMapping",
    properties=Record(
        {
            **shaped(
                _LAMBDA,
                "CreateEventSourceMapping",
                "FunctionName EventSourceArn Enabled BatchSize FilterCriteria "
                "MaximumBatchingWindowInSeconds ParallelizationFactor StartingPosition "
                "MaximumRecordAgeInSeconds BisectBatchOnFunctionError "
                "MaximumRetryAttempts TumblingWindowInSeconds FunctionResponseTypes ScalingConfig",
            ),
            "DestinationConfig": record(OnFailure=record("Destination")),
            "StartingPositionTimestamp": NUMBER,
        },
        frozenset({"FunctionName", "EventSourceArn"}),
    ),
    create=_create,
    update=_update,
    delete=_delete,
    replacement=frozenset({"EventSourceArn", "StartingPosition", "StartingPositionTimestamp"}),
    attributes=("Id", "EventSourceMappingArn"),
    arn="arn:{partition}:lambda:{region}:{account}:event-source-mapping:{id}",
    notes="DynamoDB Streams, Kinesis and SQS; Kafka, Amazon MQ and DocumentDB are refused, and "
    "tags, metrics, provisioned pollers and KMS keys of mappings.",
)

TYPES = (MAPPING,)
