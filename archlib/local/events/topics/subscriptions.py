"""Subscriptions: what may subscribe, who has to confirm, and the links in messages.

AWS: Amazon SNS API Reference, "Subscribe", "ConfirmSubscription", "SetSubscriptionAttributes";
Developer Guide, "Subscribing endpoints", "Fanout to HTTP/S endpoints".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Result
from archlib.local.events.carrier import Carrier, Undeliverable
from archlib.local.events.topics import filter_policy
from archlib.local.events.topics.delivery import CONFIRMED, PROTOCOLS, post
from archlib.local.events.topics.notification import (
    CERTIFICATE,
    certificate,
    confirmation,
    dump,
)
from archlib.local.events.topics.stored import (
    PENDING,
    invalid,
    is_true,
    subscription,
    topic_with_subscriptions,
)
from archlib.local.http import HttpRequest, HttpResponse
from archlib.local.outbox import Message as Mail
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: "valid for two days" (ConfirmSubscription).
TOKEN_SECONDS = 2 * 86_400.0


@dataclass
class Subscriptions:
    """Handlers of the operations on subscriptions, and the tokens that wait for an answer."""

    cloud: LocalCloud
    carrier: Carrier
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict)

    def register(self) -> None:
        """Put the handlers in front of moto, and serve the links."""
        api = self.cloud.api
        api.handle("sns", "Subscribe", self._subscribe)
        api.handle("sns", "SetSubscriptionAttributes", self._set_attributes)
        api.handle("sns", "ConfirmSubscription", self._confirm_call)
        for operation in ("ListSubscriptions", "ListSubscriptionsByTopic"):
            api.after("sns", operation, self._hide_pending)
        self.cloud.http.serve(r"sns\.[a-z0-9-]+\.amazonaws\.com", self._serve)

    def _subscribe(self, call: ApiCall) -> Result:
        given = call.params
        protocol, endpoint = given["Protocol"], given.get("Endpoint", "")
        if protocol in ("application", "firehose"):
            raise Unsupported(f"the local cloud has no SNS subscriptions of protocol {protocol}",
                              where=given["TopicArn"])  # fmt: skip
        if protocol not in PROTOCOLS:
            raise invalid(f"Invalid parameter: Does not support this protocol string: {protocol}")
        check_endpoint(protocol, endpoint, given["TopicArn"].endswith(".fifo"))
        attributes = given.get("Attributes") or {}
        scope = attributes.get("FilterPolicyScope", filter_policy.ATTRIBUTES)
        if attributes.get("FilterPolicy"):
            filter_policy.check(attributes["FilterPolicy"], scope)
        self._check_redrive(attributes.get("RedrivePolicy"), protocol)
        check_raw(attributes.get("RawMessageDelivery"), protocol)
        before = {one.arn for one in topic_with_subscriptions(given["TopicArn"])[1]}
        result = call.proceed()
        arn = result["SubscriptionArn"]
        stored = subscription(arn)
        if arn not in before and protocol in CONFIRMED and stored is not None:
            stored.attributes[PENDING] = "true"
            self._ask(stored)
        if is_true(stored.attributes.get(PENDING)) and not given.get("ReturnSubscriptionArn"):
            return {**result, "SubscriptionArn": "pending confirmation"}
        return result

    def _set_attributes(self, call: ApiCall) -> Result:
        given = call.params
        stored = subscription(given["SubscriptionArn"])
        value = given.get("AttributeValue") or ""
        if stored is not None and given["AttributeName"] == "FilterPolicy" and value:
            scope = stored.attributes.get("FilterPolicyScope") or filter_policy.ATTRIBUTES
            filter_policy.check(value, scope)
        if stored is not None and given["AttributeName"] == "RedrivePolicy":
            self._check_redrive(value, stored.protocol)
        if stored is not None and given["AttributeName"] == "RawMessageDelivery":
            check_raw(value, stored.protocol)
        return call.proceed()

    def _check_redrive(self, text: str | None, protocol: str) -> None:
        if not text or text == "{}":
            return
        try:
            target = json.loads(text)["deadLetterTargetArn"]
            fine = target.split(":")[2] == "sqs"
        except (ValueError, KeyError, TypeError, IndexError):
            fine = False
        if not fine:
            raise invalid("Invalid parameter: RedrivePolicy: deadLetterTargetArn is an invalid arn")

    def _ask(self, stored: Any) -> None:
        token = "".join(self.cloud.new_uuid().replace("-", "") for _ in range(4))
        self._tokens[token] = (stored.arn, self.cloud.clock.time())
        made = confirmation(stored.topic.arn, self.cloud.new_uuid(), token, self.cloud.clock.time())
        if stored.protocol.startswith("email"):
            body = dump(made) if stored.protocol == "email-json" else (
                f"{made['Message'].splitlines()[0]}\n\nTo confirm this subscription, visit:\n"
                f"{made['SubscribeURL']}"
            )  # fmt: skip
            self.cloud.outbox.add(
                Mail("email", stored.endpoint, "AWS Notification - Subscription Confirmation",
                     body, "sns-confirmation", self.cloud.clock.now(), token)
            )  # fmt: skip
            return
        headers = {
            "x-amz-sns-message-type": "SubscriptionConfirmation",
            "x-amz-sns-message-id": made["MessageId"],
            "x-amz-sns-topic-arn": stored.topic.arn,
        }
        self.cloud.clock.soon(
            lambda: self._ask_web(stored.topic.arn, stored.endpoint, headers, dump(made)),
            f"subscription confirmation for {stored.endpoint}",
        )

    def _ask_web(self, topic: str, url: str, headers: dict[str, str], text: str) -> None:
        try:
            post(self.carrier, topic, url, headers, text)
        except Undeliverable:
            return  # The subscription stays pending.

    def _confirm_call(self, call: ApiCall) -> Result:
        return {"SubscriptionArn": self._confirm(call.params["Token"])}

    def _confirm(self, token: str) -> str:
        found = self._tokens.get(token)
        if found is None or self.cloud.clock.time() - found[1] > TOKEN_SECONDS:
            raise invalid("Invalid parameter: Invalid token")
        stored = subscription(found[0])
        if stored is None:
            raise invalid("Invalid parameter: Invalid token")
        stored.attributes[PENDING] = "false"
        return found[0]

    def _hide_pending(self, call: ApiCall, result: Result) -> None:
        for entry in result.get("Subscriptions", ()):
            stored = subscription(entry["SubscriptionArn"])
            if stored is not None and is_true(stored.attributes.get(PENDING)):
                entry["SubscriptionArn"] = PENDING

    def _serve(self, request: HttpRequest) -> HttpResponse:
        """The links in messages: confirm, unsubscribe, the signing certificate."""
        if request.path == f"/{CERTIFICATE}":
            return HttpResponse(200, (), certificate(self.cloud.clock.now()))
        asked = {name: values[0] for name, values in parse_qs(request.query).items()}
        if asked.get("Action") == "ConfirmSubscription" and "Token" in asked:
            try:
                arn = self._confirm(asked["Token"])
            except ApiRefusal as refusal:
                return HttpResponse(400, (), refusal.message.encode())
            text = (
                "<ConfirmSubscriptionResponse><ConfirmSubscriptionResult><SubscriptionArn>"
                f"{arn}</SubscriptionArn></ConfirmSubscriptionResult></ConfirmSubscriptionResponse>"
            )
            return HttpResponse(200, (("Content-Type", "text/xml"),), text.encode())
        if asked.get("Action") == "Unsubscribe" and "SubscriptionArn" in asked:
            region = asked["SubscriptionArn"].split(":")[3]
            self.cloud.control("sns", region=region).unsubscribe(
                SubscriptionArn=asked["SubscriptionArn"]
            )
            return HttpResponse(200)
        raise Unsupported(
            "the local SNS answers the links of its messages only over plain HTTP",
            where=request.url, hint="use a boto3 client",
        )  # fmt: skip


def check_raw(value: str | None, protocol: str) -> None:
    """Whether a protocol may deliver as ``value`` says; raises :class:`ApiRefusal`.

    AWS: Amazon SNS Developer Guide, "Amazon SNS raw message delivery" (to queues, HTTP endpoints
    and Firehose).
    """
    if value is None:
        return
    if value.lower() not in ("true", "false"):
        raise invalid(
            f"Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [{value}]. "
            "Must be true or false."
        )
    if value.lower() == "true" and protocol not in ("sqs", "http", "https"):
        raise invalid(
            f"Invalid parameter: Attributes Reason: Delivery protocol [{protocol}] does not "
            "support raw message delivery."
        )


def check_endpoint(protocol: str, endpoint: str, fifo: bool) -> None:
    """Whether an endpoint fits its protocol; raises :class:`ApiRefusal` ``InvalidParameter``."""
    fits = {
        "sqs": endpoint.startswith("arn:aws:sqs:"),
        "lambda": endpoint.startswith("arn:aws:lambda:"),
        "http": endpoint.startswith("http://"),
        "https": endpoint.startswith("https://"),
        "email": "@" in endpoint,
        "email-json": "@" in endpoint,
        "sms": bool(endpoint),
    }[protocol]
    names = {"sqs": "SQS endpoint ARN", "lambda": "Lambda endpoint ARN", "email": "Email address",
             "email-json": "Email address"}  # fmt: skip
    if not fits:
        what = names.get(protocol, "Endpoint must match the specified protocol")
        raise invalid(f"Invalid parameter: {what}")
    if fifo and protocol != "sqs":
        raise invalid(
            "Invalid parameter: Invalid parameter: Endpoint Reason: Please use SQS queues for "
            "subscriptions of FIFO topics"
        )
