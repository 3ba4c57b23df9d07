"""What SQS refuses, in moto's exceptions: moto turns them into AWS's answers.

AWS: Amazon SQS API Reference, "SendMessage", "ReceiveMessage", "DeleteMessage",
"ChangeMessageVisibility".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlib.local.api import ApiCall
from archlib.local.refusal import ApiRefusal

#: What ReceiveMessage may be asked for, and how SQS says it.
_RECEIVE: Mapping[str, tuple[int, int, str]] = {
    "MaxNumberOfMessages": (1, 10, "Must be between 1 and 10, if provided."),
    "WaitTimeSeconds": (0, 20, "Must be >= 0 and <= 20, if provided."),
    "VisibilityTimeout": (0, 43_200, "Must be between 0 and 43200, if provided."),
}
_SYSTEM_ATTRIBUTES = frozenset({
    "All", "AWSTraceHeader", "ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount",
    "DeadLetterQueueSourceArn", "MessageDeduplicationId", "MessageGroupId", "SenderId",
    "SentTimestamp", "SequenceNumber",
})  # fmt: skip


def check_receive(call: ApiCall) -> None:
    """What ReceiveMessage refuses; moto words it in its own way, or takes it."""
    for name, (least, most, reason) in _RECEIVE.items():
        value = call.params.get(name)
        if value is not None and not least <= value <= most:
            raise ApiRefusal(
                "InvalidParameterValue",
                f"Value {value} for parameter {name} is invalid. Reason: {reason}",
            )
    for parameter in ("AttributeNames", "MessageSystemAttributeNames"):
        for name in call.params.get(parameter) or ():
            if name not in _SYSTEM_ATTRIBUTES:
                raise ApiRefusal("InvalidAttributeName", f"Unknown Attribute {name}.")


def check(queue: Any, body: str, delay: int, deduplication: str | None, group: str | None) -> None:
    """What SendMessage refuses; raises moto's exceptions."""
    from moto.sqs.exceptions import InvalidParameterValue, MissingParameter

    if queue.fifo_queue:
        if not group:
            raise MissingParameter("MessageGroupId")
        if not deduplication and not queue.content_based_deduplication:
            raise InvalidParameterValue(
                "The queue should either have ContentBasedDeduplication enabled or "
                "MessageDeduplicationId provided explicitly"
            )
        if delay > 0:
            raise InvalidParameterValue(
                f"Value {delay} for parameter DelaySeconds is invalid. Reason: The request include "
                "parameter that is not valid for this queue type."
            )
    elif deduplication:
        raise InvalidParameterValue(
            f"Value {deduplication} for parameter MessageDeduplicationId is invalid. Reason: The "
            "request includes a parameter that is not valid for this queue type."
        )
    if not 0 <= delay <= 900:
        raise InvalidParameterValue(
            f"Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be "
            ">= 0 and <= 900."
        )
    if len(body.encode()) > int(queue.maximum_message_size):
        raise InvalidParameterValue(
            "One or more parameters are invalid. Reason: Message must be shorter than "
            f"{queue.maximum_message_size} bytes."
        )


def invalid(message: str) -> Exception:
    """``InvalidParameterValue``."""
    from moto.sqs.exceptions import InvalidParameterValue

    made: Exception = InvalidParameterValue(message)
    return made


def expired(handle: str) -> Exception:
    """A receipt handle of a FIFO queue whose visibility timeout is over."""
    return invalid(
        f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has "
        "expired."
    )
