"""SNS topics, their policies and subscriptions.

Source: "Amazon SNS resource type reference" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

import json

from archlib.local.deploy.declared import invoke
from archlib.local.deploy.errors import ResourceFailure
from archlib.local.deploy.providers.tagging import Tagging, attribute_text
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import ListOf, record

_SNS = "sns"
_TOPIC_TAGS = Tagging(_SNS, "ResourceArn")

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
    own = {k: attribute_text(values[k]) for k in _TOPIC_ATTRIBUTES if k in values}
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
        value = attribute_text(new[name]) if name in new else _TOPIC_ATTRIBUTES[name]
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
        _set_topic_policy(context, arn, attribute_text(values["PolicyDocument"]))
    return Made(name, {"Id": name})


def _update_topic_policy(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    for arn in existing.properties["Topics"]:
        if arn not in new["Topics"]:
            _set_topic_policy(context, arn, _default_policy(context, arn))
    for arn in new["Topics"]:
        _set_topic_policy(context, arn, attribute_text(new["PolicyDocument"]))


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
    own = {k: attribute_text(values[k]) for k in _SUBSCRIPTION if k in values}
    sent = {k: values[k] for k in ("TopicArn", "Protocol", "Endpoint") if k in values}
    arn = context.client(_SNS).subscribe(**sent, Attributes=own, ReturnSubscriptionArn=True)
    return Made(arn["SubscriptionArn"], {"Arn": arn["SubscriptionArn"]})


def _update_subscription(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    for name in sorted(changed & set(_SUBSCRIPTION)):
        value = attribute_text(new[name]) if name in new else _SUBSCRIPTION[name]
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


TYPES = (TOPIC, TOPIC_POLICY, SUBSCRIPTION)
