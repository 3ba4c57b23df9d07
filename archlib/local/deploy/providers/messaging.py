"""SQS queues and SNS topics with their policies and subscriptions.

Source: "Amazon SQS resource type reference" and "Amazon SNS resource type reference" in the AWS
CloudFormation User Guide.
"""

from __future__ import annotations

import json
from typing import Any

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.errors import ResourceFailure
from archlib.local.deploy.providers.tagging import Tagging, as_map
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import ListOf, record

_SQS, _SNS = "sqs", "sns"
_QUEUE_TAGS = Tagging(_SQS, "QueueUrl", "TagQueue", "UntagQueue")
_TOPIC_TAGS = Tagging(_SNS, "ResourceArn")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, separators=(",", ":"))
    return str(value)


# -- queues --------------------------------------------------------------------------------------

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
    own = {k: _text(v) for k, v in values.items() if k not in ("QueueName", "Tags")}
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
        name: _text(new[name]) if name in new else _QUEUE_DEFAULTS[name]
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
    _set_queue_policy(context, values["Queues"], _text(values["PolicyDocument"]))
    return Made(name, {"Id": name})


def _update_queue_policy(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    gone = [url for url in existing.properties["Queues"] if url not in new["Queues"]]
    _set_queue_policy(context, gone, "")
    _set_queue_policy(context, new["Queues"], _text(new["PolicyDocument"]))


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

# -- topics --------------------------------------------------------------------------------------

_TOPIC_ATTRIBUTES = {
    "DisplayName": "",
    "KmsMasterKeyId": "",
    "ContentBasedDeduplication": "false",
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
}


def _create_topic(context: Context, values: Properties) -> Made:
    client = context.client(_SNS)
    fifo = values.get("FifoTopic", False)
    name = values.get("TopicName") or (context.name(251) + ".fifo" if fifo else context.name(256))
    arn = f"arn:aws:sns:{context.region}:{context.account}:{name}"
    if "TopicName" in values:
        try:
            client.get_topic_attributes(TopicArn=arn)
        except client.exceptions.NotFoundException:
            pass
        else:
            raise ResourceFailure(f"{name} already exists (HandlerErrorCode: AlreadyExists)")
    own = {k: _text(values[k]) for k in _TOPIC_ATTRIBUTES if k in values}
    if fifo:
        own["FifoTopic"] = "true"
    client.create_topic(Name=name, Attributes=own, Tags=values.get("Tags", []))
    made = Made(arn, {"TopicArn": arn, "TopicName": name})
    context.note(made)
    for entry in values.get("Subscription", ()):
        client.subscribe(TopicArn=arn, **entry)
    return made


def _update_topic(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    client, arn, old = context.client(_SNS), existing.physical_id, existing.properties
    for name in sorted(changed & set(_TOPIC_ATTRIBUTES)):
        value = _text(new[name]) if name in new else _TOPIC_ATTRIBUTES[name]
        client.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)
    if "Subscription" in changed:
        before, after = old.get("Subscription", []), new.get("Subscription", [])
        gone = [(e["Protocol"], e["Endpoint"]) for e in before if e not in after]
        for found in client.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]:
            if (found["Protocol"], found["Endpoint"]) in gone:
                client.unsubscribe(SubscriptionArn=found["SubscriptionArn"])
        for entry in after:
            if entry not in before:
                client.subscribe(TopicArn=arn, **entry)
    if "Tags" in changed:
        _TOPIC_TAGS.change(context, arn, old.get("Tags"), new.get("Tags"))


def _delete_topic(context: Context, existing: Existing) -> None:
    client, arn = context.client(_SNS), existing.physical_id
    for found in client.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]:
        client.unsubscribe(SubscriptionArn=found["SubscriptionArn"])
    client.delete_topic(TopicArn=arn)


TOPIC = ResourceType(
    name="AWS::SNS::Topic",
    properties=record(
        "TopicName DisplayName FifoTopic:b ContentBasedDeduplication:b KmsMasterKeyId "
        "SignatureVersion TracingConfig Tags:tags",
        Subscription=ListOf(record("Endpoint! Protocol!")),
    ),
    create=_create_topic,
    update=_update_topic,
    delete=_delete_topic,
    replacement=frozenset({"TopicName", "FifoTopic"}),
    attributes=("TopicArn", "TopicName"),
    name_property="TopicName",
    arn="{id}",
    notes="Archiving, data protection and delivery status logging are refused.",
)


def _default_policy(context: Context, arn: str) -> str:
    owner = {"StringEquals": {"AWS:SourceOwner": context.account}}
    actions = ["Publish", "Subscribe", "GetTopicAttributes", "SetTopicAttributes", "DeleteTopic"]
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions],
        "Resource": arn,
        "Condition": owner,
    }
    return json.dumps({"Version": "2008-10-17", "Statement": [statement]})


def _set_topic_policy(context: Context, arn: str, text: str) -> None:
    context.client(_SNS).set_topic_attributes(
        TopicArn=arn, AttributeName="Policy", AttributeValue=text
    )


def _create_topic_policy(context: Context, values: Properties) -> Made:
    name = context.name(255)
    for arn in values["Topics"]:
        _set_topic_policy(context, arn, _text(values["PolicyDocument"]))
    return Made(name, {"Id": name})


def _update_topic_policy(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    for arn in existing.properties["Topics"]:
        if arn not in new["Topics"]:
            _set_topic_policy(context, arn, _default_policy(context, arn))
    for arn in new["Topics"]:
        _set_topic_policy(context, arn, _text(new["PolicyDocument"]))


def _delete_topic_policy(context: Context, existing: Existing) -> None:
    for arn in existing.properties["Topics"]:
        _set_topic_policy(context, arn, _default_policy(context, arn))


TOPIC_POLICY = ResourceType(
    name="AWS::SNS::TopicPolicy",
    properties=record("PolicyDocument:j! Topics:[]!"),
    create=_create_topic_policy,
    update=_update_topic_policy,
    delete=_delete_topic_policy,
    attributes=("Id",),
)

_SUBSCRIPTION = {
    "DeliveryPolicy": "",
    "FilterPolicy": "{}",
    "FilterPolicyScope": "MessageAttributes",
    "RawMessageDelivery": "false",
    "RedrivePolicy": "",
    "SubscriptionRoleArn": "",
}


def _subscribe(context: Context, values: Properties) -> Made:
    own = {k: _text(values[k]) for k in _SUBSCRIPTION if k in values}
    sent = {k: values[k] for k in ("TopicArn", "Protocol", "Endpoint") if k in values}
    arn = context.client(_SNS).subscribe(**sent, Attributes=own, ReturnSubscriptionArn=True)
    return Made(arn["SubscriptionArn"], {"Arn": arn["SubscriptionArn"]})


def _update_subscription(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    for name in sorted(changed & set(_SUBSCRIPTION)):
        value = _text(new[name]) if name in new else _SUBSCRIPTION[name]
        invoke(
            context,
            _SNS,
            "SetSubscriptionAttributes",
            {
                "SubscriptionArn": existing.physical_id,
                "AttributeName": name,
                "AttributeValue": value,
            },
        )


def _unsubscribe(context: Context, existing: Existing) -> None:
    context.client(_SNS).unsubscribe(SubscriptionArn=existing.physical_id)


SUBSCRIPTION = ResourceType(
    name="AWS::SNS::Subscription",
    properties=record(
        "TopicArn! Protocol! Endpoint DeliveryPolicy:j FilterPolicy:j FilterPolicyScope "
        "RawMessageDelivery:b RedrivePolicy:j SubscriptionRoleArn"
    ),
    create=_subscribe,
    update=_update_subscription,
    delete=_unsubscribe,
    replacement=frozenset({"TopicArn", "Protocol", "Endpoint"}),
    attributes=("Arn",),
    arn="{id}",
    notes="Cross-region subscriptions and replay are refused.",
)

TYPES = (QUEUE, QUEUE_POLICY, TOPIC, TOPIC_POLICY, SUBSCRIPTION)
