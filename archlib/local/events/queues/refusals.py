"""What SQS refuses, in moto's exceptions: moto turns them into AWS's answers.

AWS: Amazon SQS API Reference, "SendMessage", "DeleteMessage", "ChangeMessageVisibility".
"""

from __future__ import annotations

from typing import Any


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
