"""SQS. Batch operations need the single operation's permission.

AWS: "Actions, resources, and condition keys for Amazon SQS".
"""

from __future__ import annotations

from archlib.local.iam.authorization import (
    Call,
    Table,
    and_tags,
    given,
    named,
    on,
    same_name,
    tag_keys,
    tags,
)


def queue_arn(call: Call) -> str:
    """The queue's ARN, from its URL ``https://sqs.{region}.amazonaws.com/{account}/{name}``."""
    url = call.params["QueueUrl"].rstrip("/")
    owner, name = url.split("/")[-2:]
    return f"arn:{call.partition}:sqs:{call.region}:{owner}:{name}"


_new = named("sqs", "{}", "QueueName")

SQS: Table = {
    **same_name(
        "sqs",
        "AddPermission ChangeMessageVisibility DeleteMessage DeleteQueue GetQueueAttributes "
        "ListDeadLetterSourceQueues ListQueueTags PurgeQueue ReceiveMessage RemovePermission "
        "SendMessage SetQueueAttributes",
        queue_arn,
    ),
    "ChangeMessageVisibilityBatch": on("sqs:ChangeMessageVisibility", queue_arn),
    "DeleteMessageBatch": on("sqs:DeleteMessage", queue_arn),
    "SendMessageBatch": on("sqs:SendMessage", queue_arn),
    "TagQueue": on("sqs:TagQueue", queue_arn, tags()),
    "UntagQueue": on("sqs:UntagQueue", queue_arn, tag_keys()),
    "CreateQueue": and_tags(
        on("sqs:CreateQueue", _new, tags("tags")), "sqs:TagQueue", _new, "tags"
    ),
    "GetQueueUrl": on("sqs:GetQueueUrl", _new),
    "ListQueues": on("sqs:ListQueues"),
    **same_name("sqs", "ListMessageMoveTasks StartMessageMoveTask", given("SourceArn")),
}
