"""Delivering to one subscription: one entry per protocol.

AWS: Amazon SNS Developer Guide, "Amazon SNS event destinations", "Amazon SNS raw message
delivery", "Amazon SNS dead-letter queues".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from archlib.local.events.carrier import Carrier, Service, Undeliverable
from archlib.local.events.lineage import Lineage
from archlib.local.events.topics.notification import Message, document, dump, function_record
from archlib.local.http import ConnectionRefused, HttpRequest
from archlib.local.outbox import Message as Mail
from archlib.local.trace import CLIENT

PRINCIPAL = "sns.amazonaws.com"

#: Statuses of an HTTP endpoint that are its mistake and not a passing trouble: "client-side
#: errors … 4xx, except 429"; they are not tried again.
_TOO_MANY = 429


@dataclass(frozen=True)
class Subscription:
    """What a delivery has to know of a subscription."""

    arn: str
    topic_arn: str
    protocol: str
    endpoint: str
    raw: bool
    display_name: str = ""


@dataclass(frozen=True)
class Delivery:
    """One message for one subscription."""

    carrier: Carrier
    subscription: Subscription
    message: Message
    lineage: Lineage

    @property
    def service(self) -> Service:
        """SNS, on behalf of the topic."""
        return Service(PRINCIPAL, self.message.topic_arn, self.message.topic_arn.split(":")[4])

    @property
    def text(self) -> str:
        """The bare message, or the notification's JSON."""
        protocol = self.subscription.protocol
        if self.subscription.raw:
            return self.message.text(protocol)
        return dump(document(self.message, protocol, self.subscription.arn))

    def send(self) -> None:
        """Deliver; raises :class:`Undeliverable`."""
        PROTOCOLS[self.subscription.protocol](self)

    def bury(self, queue_arn: str) -> None:
        """Send to the subscription's dead-letter queue; raises :class:`Undeliverable`."""
        self._to_queue(queue_arn)

    def _to_queue(self, arn: str) -> None:
        fifo = arn.endswith(".fifo")
        attributes = _queue_attributes(self.message) if self.subscription.raw else None
        self.carrier.to_queue(
            self.service, arn, self.text, self.lineage, attributes=attributes,
            group=self.message.group, deduplication=self.message.deduplication if fifo else None,
        )  # fmt: skip


def _to_queue(delivery: Delivery) -> None:
    delivery._to_queue(delivery.subscription.endpoint)


def _to_function(delivery: Delivery) -> None:
    payload = function_record(delivery.message, delivery.subscription.arn)
    delivery.carrier.to_function(
        delivery.service, delivery.subscription.endpoint, payload, delivery.lineage
    )


def _to_web(delivery: Delivery) -> None:
    headers = {
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": delivery.message.message_id,
        "x-amz-sns-topic-arn": delivery.message.topic_arn,
        "x-amz-sns-subscription-arn": delivery.subscription.arn,
    }
    if delivery.subscription.raw:
        headers["x-amz-sns-rawdelivery"] = "true"
    post(delivery.carrier, delivery.message.topic_arn, delivery.subscription.endpoint,
         headers, delivery.text)  # fmt: skip


def post(carrier: Carrier, topic: str, url: str, headers: dict[str, str], text: str) -> None:
    """POST to an HTTP/S endpoint; raises :class:`Undeliverable`."""
    cloud = carrier.cloud
    sent = {
        **headers,
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
    }
    request = HttpRequest.of("POST", url, sent.items(), text.encode())
    with cloud.trace.hop(
        source=topic, target=CLIENT, action="sns:HttpDelivery", principal=PRINCIPAL
    ) as hop:
        hop.detail["url"] = url
        try:
            answer = cloud.http.send(request)
        except ConnectionRefused as refused:
            hop.status, hop.error = 502, "ConnectionRefused"
            raise Undeliverable("ConnectionRefused", str(refused), permanent=False) from None
        hop.status = answer.status
        if answer.status >= 300:
            hop.error = "HttpError"
            permanent = 300 <= answer.status < 500 and answer.status != _TOO_MANY
            raise Undeliverable(
                f"HTTP {answer.status}", "the endpoint refused", permanent=permanent
            )


def _to_mail(delivery: Delivery) -> None:
    message, target = delivery.message, delivery.subscription
    subject = message.subject or "AWS Notification Message"
    if target.protocol == "email-json":
        body = delivery.text
    else:
        body = f"{message.text('email')}\n\n--\nIf you wish to stop receiving notifications from " \
               f"this topic, please click or visit the link below to unsubscribe:\n" \
               f"{document(message, 'email', target.arn)['UnsubscribeURL']}"  # fmt: skip
    _outbox(delivery, "email", subject, body)


def _to_phone(delivery: Delivery) -> None:
    sender = delivery.subscription.display_name
    text = delivery.message.text("sms")
    _outbox(delivery, "sms", "", f"{sender}> {text}" if sender else text)


def _outbox(delivery: Delivery, channel: Any, subject: str, body: str) -> None:
    cloud, target = delivery.carrier.cloud, delivery.subscription
    name = "sns:EmailDelivery" if channel == "email" else "sns:SmsDelivery"
    with cloud.trace.hop(
        source=delivery.message.topic_arn, target=CLIENT, action=name, principal=PRINCIPAL
    ) as hop:
        hop.detail["to"] = target.endpoint
        cloud.outbox.add(Mail(channel, target.endpoint, subject, body, "sns", cloud.clock.now()))


#: Protocol -> how it is delivered.
PROTOCOLS: dict[str, Callable[[Delivery], None]] = {
    "sqs": _to_queue,
    "lambda": _to_function,
    "http": _to_web,
    "https": _to_web,
    "email": _to_mail,
    "email-json": _to_mail,
    "sms": _to_phone,
}

#: Protocols whose endpoint has to agree before it gets anything.
CONFIRMED = ("http", "https", "email", "email-json")


def _queue_attributes(message: Message) -> dict[str, Any]:
    """Message attributes of a raw delivery; SQS takes up to ten, with more nothing arrives."""
    import base64

    if len(message.attributes) > 10:
        raise Undeliverable("InvalidParameterValue", "more than 10 message attributes")
    made: dict[str, Any] = {}
    for name, one in message.attributes.items():
        kind, value = one["Type"], one["Value"]
        if kind.startswith("Binary"):
            made[name] = {"DataType": kind, "BinaryValue": base64.b64decode(value)}
        else:
            made[name] = {"DataType": kind, "StringValue": str(value)}
    return made


def redrive_target(policy: str | None) -> str | None:
    """The dead-letter queue out of a RedrivePolicy."""
    target: str | None = json.loads(policy).get("deadLetterTargetArn") if policy else None
    return target
