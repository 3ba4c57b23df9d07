"""SNS topics and subscriptions.

AWS: "Actions, resources, and condition keys for Amazon SNS".
"""

from __future__ import annotations

from archlib.local.iam.authorization import (
    Call,
    Table,
    and_tags,
    given,
    keys,
    named,
    on,
    same_name,
    tag_keys,
    tags,
)

_topic = given("TopicArn", "TargetArn")
_new = named("sns", "{}", "Name")
_KEYS = keys({"Protocol": "sns:Protocol", "Endpoint": "sns:Endpoint"})


def _topic_of_subscription(call: Call) -> str:
    """A subscription's ARN is its topic's with an id appended."""
    return str(call.params["SubscriptionArn"]).rpartition(":")[0] or "*"


SNS: Table = {
    "Publish": on("sns:Publish", _topic),
    "PublishBatch": on("sns:Publish", _topic),
    "Subscribe": on("sns:Subscribe", _topic, _KEYS),
    "CreateTopic": and_tags(on("sns:CreateTopic", _new, tags()), "sns:TagResource", _new),
    **same_name(
        "sns",
        "AddPermission ConfirmSubscription DeleteTopic GetTopicAttributes "
        "ListSubscriptionsByTopic RemovePermission SetTopicAttributes",
        _topic,
    ),
    **same_name(
        "sns",
        "GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe",
        _topic_of_subscription,
    ),
    **same_name("sns", "GetDataProtectionPolicy PutDataProtectionPolicy", given("ResourceArn")),
    **same_name(
        "sns",
        "CheckIfPhoneNumberIsOptedOut CreatePlatformApplication CreatePlatformEndpoint "
        "DeleteEndpoint DeletePlatformApplication GetEndpointAttributes "
        "GetPlatformApplicationAttributes GetSMSAttributes ListEndpointsByPlatformApplication "
        "ListPhoneNumbersOptedOut ListPlatformApplications ListSubscriptions ListTopics "
        "OptInPhoneNumber SetEndpointAttributes SetPlatformApplicationAttributes "
        "SetSMSAttributes",
    ),
    "ListTagsForResource": on("sns:ListTagsForResource", given("ResourceArn")),
    "TagResource": on("sns:TagResource", given("ResourceArn"), tags()),
    "UntagResource": on("sns:UntagResource", given("ResourceArn"), tag_keys()),
}
