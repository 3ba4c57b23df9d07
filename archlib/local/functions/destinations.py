"""Where records of asynchronous invocations go: destinations and dead-letter queues.

AWS: "Capturing records of Lambda asynchronous invocations" (the record, the permissions of
the execution role, the S3 key), "Adding a dead-letter queue" in the same page (the message
attributes). Everything is sent by the function's own role through the ordinary API, so IAM
decides and the trace shows it; what cannot be delivered is dropped and counted in a metric.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archlib.local.functions.output import timestamp

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud


@dataclass(frozen=True)
class Record:
    """What became of an event. ``condition`` is ``Success``, ``RetriesExhausted``,
    ``EventAgeExceeded`` or ``ZeroReservedConcurrency``; ``response`` is None when the function
    was not run (then there is no response to report either).
    """

    request_id: str
    function_arn: str
    version: str
    condition: str
    invocations: int
    request: bytes
    response: bytes | None
    function_error: str | None
    at: float

    @property
    def succeeded(self) -> bool:
        """Whether this goes to the on-success destination."""
        return self.condition == "Success"

    def document(self) -> dict[str, Any]:
        """The invocation record, version 1.0."""
        document: dict[str, Any] = {
            "version": "1.0",
            "timestamp": timestamp(self.at),
            "requestContext": {
                "requestId": self.request_id,
                "functionArn": f"{self.function_arn}:{self.version}",
                "condition": self.condition,
                "approximateInvokeCount": self.invocations,
            },
            "requestPayload": json.loads(self.request) if self.request else {},
        }
        if self.response is not None:
            context: dict[str, Any] = {"statusCode": 200, "executedVersion": self.version}
            if self.function_error:
                context["functionError"] = self.function_error
            document["responseContext"] = context
            document["responsePayload"] = _loads(self.response)
        return document

    def error_message(self) -> str:
        """``ErrorMessage`` of a dead letter: "the first 1 KB of the error message"."""
        if self.response is None:
            return self.condition
        body = _loads(self.response)
        text = body.get("errorMessage", "") if isinstance(body, dict) else ""
        return str(text).encode()[:1024].decode("utf-8", "ignore")


def _loads(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode("utf-8", "replace")


@dataclass(frozen=True)
class Sender:
    """The function's role at work on one target."""

    cloud: LocalCloud
    client: Any
    arn: str

    def to_queue(self, body: str, attributes: dict[str, Any]) -> None:
        """SQS SendMessage."""
        region, account, name = self.arn.split(":")[3:6]
        url = self.cloud.raw("sqs", region=region).get_queue_url(
            QueueName=name, QueueOwnerAWSAccountId=account
        )["QueueUrl"]
        self.client.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)

    def to_topic(self, body: str, attributes: dict[str, Any]) -> None:
        """SNS Publish."""
        self.client.publish(TopicArn=self.arn, Message=body, MessageAttributes=attributes)


def _record_to_queue(sender: Sender, record: Record) -> None:
    sender.to_queue(json.dumps(record.document()), {})


def _record_to_topic(sender: Sender, record: Record) -> None:
    sender.to_topic(json.dumps(record.document()), {})


def _record_to_function(sender: Sender, record: Record) -> None:
    sender.client.invoke(
        FunctionName=sender.arn,
        InvocationType="Event",
        Payload=json.dumps(record.document()).encode(),
    )


def _record_to_bus(sender: Sender, record: Record) -> None:
    result = "Success" if record.succeeded else "Failure"
    sender.client.put_events(
        Entries=[
            {
                "EventBusName": sender.arn,
                "Source": "lambda",
                "DetailType": f"Lambda Function Invocation Result - {result}",
                "Resources": [f"{record.function_arn}:{record.version}", sender.arn],
                "Detail": json.dumps(record.document()),
            }
        ]
    )


def _record_to_bucket(sender: Sender, record: Record) -> None:
    day, clock = timestamp(record.at)[:10], timestamp(record.at)[:19].replace(":", ".")
    name = record.function_arn.rsplit(":", 1)[-1]
    key = f"aws/lambda/async/{name}/{day.replace('-', '/')}/{clock}-{sender.cloud.new_uuid()}"
    sender.client.put_object(
        Bucket=sender.arn.split(":")[-1], Key=key, Body=json.dumps(record.document()).encode()
    )


@dataclass(frozen=True)
class Destination:
    """A kind of destination: the action its use needs, and how a record is sent there."""

    action: str
    send: Callable[[Sender, Record], None]
    on_success: bool = True
    resource_suffix: str = ""


#: By the service in the destination's ARN.
DESTINATIONS: dict[str, Destination] = {
    "sqs": Destination("sqs:SendMessage", _record_to_queue),
    "sns": Destination("sns:Publish", _record_to_topic),
    "lambda": Destination("lambda:InvokeFunction", _record_to_function),
    "events": Destination("events:PutEvents", _record_to_bus),
    "s3": Destination("s3:PutObject", _record_to_bucket, on_success=False, resource_suffix="/*"),
}

#: Dead-letter targets: "a standard Amazon SQS queue or standard Amazon SNS topic".
DEAD_LETTER: dict[str, Callable[[Sender, str, dict[str, Any]], None]] = {
    "sqs": Sender.to_queue,
    "sns": Sender.to_topic,
}


def dead_letter_attributes(record: Record) -> dict[str, Any]:
    """``RequestID``, ``ErrorCode`` (the HTTP status) and ``ErrorMessage``."""
    code = "200" if record.response is not None else "429"
    values = (
        ("RequestID", "String", record.request_id),
        ("ErrorCode", "Number", code),
        ("ErrorMessage", "String", record.error_message()),
    )
    return {name: {"DataType": kind, "StringValue": value} for name, kind, value in values if value}
