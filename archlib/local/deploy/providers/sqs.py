"""SQS queues and their policies.

Source: "Amazon SQS resource type reference" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.errors import ResourceFailure
from archlib.local.deploy.providers.tagging import Tagging, as_map, attribute_text
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import record

_SQS = "sqs"
_QUEUE_TAGS = Tagging(_SQS, "QueueUrl", "TagQueue", "UntagQueue")

#: Attribute -> what it is when a template does not say; None means "nothing to reset".
_QUEUE_DEFAULTS: dict[str, str] = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
    "KmsMasterKeyId": "",
    "KmsDataKeyReusePeriodSeconds": "300",
    "RedrivePolicy": "",
    "RedriveAllowPolicy": "",
    "SqsManagedSseEnabled": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}


def _create_queue(context: Context, values: Properties) -> Made:
    client = context.client(_SQS)
    fifo = values.get("FifoQueue", False)
    name = values.get("QueueName")
    if name is None:
        name = context.name(75) + ".fifo" if fifo else context.name(80)
    else:
        try:
            client.get_queue_url(QueueName=name)
        except client.exceptions.QueueDoesNotExist:
            pass
        else:
            raise ResourceFailure(f"{name} already exists (HandlerErrorCode: AlreadyExists)")
    own = {k: attribute_text(v) for k, v in values.items() if k not in ("QueueName", "Tags")}
    if not fifo:
        own.pop("FifoQueue", None)
    sent: dict[str, Any] = {"QueueName": name, "Attributes": own}
    if "Tags" in values:
        sent["tags"] = as_map(values["Tags"])
    url = client.create_queue(**sent)["QueueUrl"]
    arn = f"arn:aws:sqs:{context.region}:{context.account}:{name}"
    return Made(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})


def _update_queue(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    own = {
        name: attribute_text(new[name]) if name in new else _QUEUE_DEFAULTS[name]
        for name in changed
        if name in _QUEUE_DEFAULTS
    }
    if own:
        client = context.client(_SQS)
        client.set_queue_attributes(QueueUrl=existing.physical_id, Attributes=own)
    if "Tags" in changed:
        old = existing.properties.get("Tags")
        _QUEUE_TAGS.change(context, existing.physical_id, old, new.get("Tags"))


def _delete_queue(context: Context, existing: Existing) -> None:
    context.client(_SQS).delete_queue(QueueUrl=existing.physical_id)


QUEUE = ResourceType(
    name="AWS::SQS::Queue",
    properties=record(
        "QueueName FifoQueue:b ContentBasedDeduplication:b DeduplicationScope DelaySeconds:i "
        "FifoThroughputLimit KmsDataKeyReusePeriodSeconds:i KmsMasterKeyId MaximumMessageSize:i "
        "MessageRetentionPeriod:i ReceiveMessageWaitTimeSeconds:i RedriveAllowPolicy:j "
        "RedrivePolicy:j SqsManagedSseEnabled:b VisibilityTimeout:i Tags:tags"
    ),
    create=_create_queue,
    update=_update_queue,
    delete=_delete_queue,
    replacement=frozenset({"QueueName", "FifoQueue"}),
    attributes=("Arn", "QueueName", "QueueUrl"),
    name_property="QueueName",
    arn="arn:{partition}:sqs:{region}:{account}:{last}",
)


def _set_queue_policy(context: Context, urls: Any, text: str) -> None:
    client = context.client(_SQS)
    for url in urls:
        try:
            client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})
        except client.exceptions.QueueDoesNotExist:
            if text:
                raise


def _create_queue_policy(context: Context, values: Properties) -> Made:
    name = context.name(255)
    _set_queue_policy(context, values["Queues"], attribute_text(values["PolicyDocument"]))
    return Made(name, {"Id": name})


def _update_queue_policy(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    gone = [url for url in existing.properties["Queues"] if url not in new["Queues"]]
    _set_queue_policy(context, gone, "")
    _set_queue_policy(context, new["Queues"], attribute_text(new["PolicyDocument"]))


def _delete_queue_policy(context: Context, existing: Existing) -> None:
    _set_queue_policy(context, existing.properties["Queues"], "")


QUEUE_POLICY = ResourceType(
    name="AWS::SQS::QueuePolicy",
    properties=record("PolicyDocument:j! Queues:[]!"),
    create=_create_queue_policy,
    update=_update_queue_policy,
    delete=_delete_queue_policy,
    attributes=("Id",),
)


TYPES = (QUEUE, QUEUE_POLICY)
