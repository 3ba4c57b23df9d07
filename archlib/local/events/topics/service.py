"""SNS over moto: moto keeps topics and subscriptions, messages go their way here.

AWS: Amazon SNS API Reference, "Publish", "Subscribe", "ConfirmSubscription"; Developer Guide,
"Amazon SNS FIFO topics", "Message deduplication for FIFO topics", "Subscribing endpoints".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Result
from archlib.local.events.carrier import Carrier, Undeliverable
from archlib.local.events.lineage import Lineage
from archlib.local.events.topics import filter_policy
from archlib.local.events.topics.delivery import (
    CONFIRMED,
    PROTOCOLS,
    Delivery,
    Subscription,
    post,
    redrive_target,
)
from archlib.local.events.topics.notification import (
    CERTIFICATE,
    Message,
    certificate,
    confirmation,
    dump,
)
from archlib.local.events.topics.retries import policy
from archlib.local.http import HttpRequest, HttpResponse
from archlib.local.outbox import Message as Mail
from archlib.local.patches import Patches
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: "the 5-minute deduplication interval", seconds.
DEDUPLICATION_SECONDS = 300.0
#: "valid for two days" (ConfirmSubscription).
TOKEN_SECONDS = 2 * 86_400.0
PENDING = "PendingConfirmation"


@dataclass
class Topics:
    """Publishing, subscriptions waiting for confirmation, and deliveries with their retries."""

    cloud: LocalCloud
    carrier: Carrier
    copies: Callable[[str], int] = lambda arn: 1
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    _seen: dict[tuple[str, str], tuple[float, str, str]] = field(default_factory=dict)
    _sequences: dict[str, int] = field(default_factory=dict)
    _sequence_of: dict[str, str] = field(default_factory=dict)

    def install(self, patches: Patches) -> None:
        """Take publishing over from moto."""
        from moto.sns.models import SNSBackend, Topic

        def publish(
            topic: Any, message: str, subject: str | None = None,
            message_attributes: dict[str, Any] | None = None, group_id: str | None = None,
            deduplication_id: str | None = None, message_structure: str | None = None,
        ) -> str:  # fmt: skip
            return self._publish(
                topic, message, subject, message_attributes or {}, group_id, deduplication_id,
                message_structure,
            )  # fmt: skip

        def validate(backend: Any, value: Any, scope: str | None) -> None:
            filter_policy.check(json.dumps(value), scope or filter_policy.ATTRIBUTES)

        patches.set(Topic, "publish", publish)
        patches.set(SNSBackend, "_validate_filter_policy", validate)
        api = self.cloud.api
        api.handle("sns", "Subscribe", self._subscribe)
        api.handle("sns", "SetSubscriptionAttributes", self._set_attributes)
        api.handle("sns", "ConfirmSubscription", self._confirm_call)
        api.handle("sns", "Publish", self._publish_call)
        api.after("sns", "PublishBatch", self._number_batch)
        for operation in ("ListSubscriptions", "ListSubscriptionsByTopic"):
            api.after("sns", operation, self._hide_pending)
        self.cloud.http.serve(r"sns\.[a-z0-9-]+\.amazonaws\.com", self._serve)

    # -- publishing ----------------------------------------------------------------------------

    def _publish_call(self, call: ApiCall) -> Result:
        given = call.params
        result = call.proceed()
        if given.get("PhoneNumber"):
            self.cloud.outbox.add(
                Mail("sms", given["PhoneNumber"], "", given["Message"], "sns",
                     self.cloud.clock.now())
            )  # fmt: skip
        if (sequence := self._sequence_of.get(result["MessageId"])) is not None:
            result["SequenceNumber"] = sequence
        return result

    def _number_batch(self, call: ApiCall, result: Result) -> None:
        for entry in result.get("Successful", ()):
            if (sequence := self._sequence_of.get(entry["MessageId"])) is not None:
                entry["SequenceNumber"] = sequence

    def _publish(
        self, topic: Any, body: str, subject: str | None, attributes: dict[str, Any],
        group: str | None, deduplication: str | None, structure: str | None,
    ) -> str:  # fmt: skip
        if structure == "json":
            _check_structure(body)
        now, message_id, sequence = self.cloud.clock.time(), self.cloud.new_uuid(), None
        if _true(topic.fifo_topic):
            deduplication = deduplication or hashlib.sha256(body.encode()).hexdigest()
            known = self._seen.get((topic.arn, deduplication))
            if known is not None and now - known[0] < DEDUPLICATION_SECONDS:
                return known[1]
            self._sequences[topic.arn] = self._sequences.get(topic.arn, 0) + 1
            sequence = f"{10**19 + self._sequences[topic.arn] * 1000:d}"
            self._seen[topic.arn, deduplication] = (now, message_id, sequence)
            self._sequence_of[message_id] = sequence
        message = Message(
            message_id, topic.arn, body, subject, _plain(attributes), now,
            str(getattr(topic, "signature_version", None) or "1"), structure, group,
            deduplication, sequence,
        )  # fmt: skip
        lineage = self.carrier.lineages.present()
        self.cloud.clock.soon(lambda: self._fan_out(message, lineage), f"message of {topic.arn}")
        return message_id

    def _fan_out(self, message: Message, lineage: Lineage) -> None:
        topic, subscriptions = self._stored(message.topic_arn)
        for stored in subscriptions:
            given = stored.attributes
            if _true(given.get(PENDING)):
                continue
            scope = given.get("FilterPolicyScope") or filter_policy.ATTRIBUTES
            wanted = given.get("FilterPolicy") or ""
            if not filter_policy.matches(wanted, scope, message.body, message.attributes):
                continue
            subscription = Subscription(
                stored.arn, message.topic_arn, stored.protocol, stored.endpoint,
                _true(given.get("RawMessageDelivery")), getattr(topic, "display_name", ""),
            )  # fmt: skip
            delivery = Delivery(self.carrier, subscription, message, lineage)
            for _ in range(self.copies(message.topic_arn)):
                self._soon(delivery, 0)

    def _soon(self, delivery: Delivery, tried: int) -> None:
        target = delivery.subscription
        self.cloud.clock.soon(
            lambda: self._attempt(delivery, tried),
            f"delivery of {target.topic_arn} to {target.endpoint}",
        )

    def _attempt(self, delivery: Delivery, tried: int) -> None:
        stored = self._subscription(delivery.subscription.arn)
        if stored is None:
            return  # Unsubscribed meanwhile.
        try:
            delivery.send()
        except Undeliverable as problem:
            rules = policy(
                delivery.subscription.protocol, stored.attributes.get("DeliveryPolicy"),
                stored.topic.delivery_policy,
            )  # fmt: skip
            wait = None if problem.permanent else rules.wait(tried + 1)
            if wait is None:
                self._give_up(delivery, stored)
            elif wait == 0:
                self._soon(delivery, tried + 1)
            else:
                self.cloud.clock.after(
                    wait, lambda: self._attempt(delivery, tried + 1),
                    f"retry to {delivery.subscription.endpoint}",
                )  # fmt: skip

    def _give_up(self, delivery: Delivery, stored: Any) -> None:
        target = redrive_target(stored.attributes.get("RedrivePolicy"))
        if target is None:
            return
        try:
            delivery.bury(target)
        except Undeliverable:
            return  # The hop tells; the message is lost, as on AWS.

    # -- subscriptions -------------------------------------------------------------------------

    def _subscribe(self, call: ApiCall) -> Result:
        given = call.params
        protocol, endpoint = given["Protocol"], given.get("Endpoint", "")
        if protocol in ("application", "firehose"):
            raise Unsupported(f"the local cloud has no SNS subscriptions of protocol {protocol}",
                              where=given["TopicArn"])  # fmt: skip
        if protocol not in PROTOCOLS:
            raise _invalid(f"Invalid parameter: Does not support this protocol string: {protocol}")
        check_endpoint(protocol, endpoint, _true_fifo(given["TopicArn"]))
        attributes = given.get("Attributes") or {}
        scope = attributes.get("FilterPolicyScope", filter_policy.ATTRIBUTES)
        if attributes.get("FilterPolicy"):
            filter_policy.check(attributes["FilterPolicy"], scope)
        self._check_redrive(attributes.get("RedrivePolicy"), protocol)
        before = {one.arn for one in self._stored(given["TopicArn"])[1]}
        result = call.proceed()
        arn = result["SubscriptionArn"]
        stored = self._subscription(arn)
        if arn not in before and protocol in CONFIRMED and stored is not None:
            stored.attributes[PENDING] = "true"
            self._ask(stored)
        if _true(stored.attributes.get(PENDING)) and not given.get("ReturnSubscriptionArn"):
            return {**result, "SubscriptionArn": "pending confirmation"}
        return result

    def _set_attributes(self, call: ApiCall) -> Result:
        given = call.params
        stored = self._subscription(given["SubscriptionArn"])
        value = given.get("AttributeValue") or ""
        if stored is not None and given["AttributeName"] == "FilterPolicy" and value:
            scope = stored.attributes.get("FilterPolicyScope") or filter_policy.ATTRIBUTES
            filter_policy.check(value, scope)
        if stored is not None and given["AttributeName"] == "RedrivePolicy":
            self._check_redrive(value, stored.protocol)
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
            raise _invalid(
                "Invalid parameter: RedrivePolicy: deadLetterTargetArn is an invalid arn"
            )

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
            raise _invalid("Invalid parameter: Invalid token")
        stored = self._subscription(found[0])
        if stored is None:
            raise _invalid("Invalid parameter: Invalid token")
        stored.attributes[PENDING] = "false"
        return found[0]

    def _hide_pending(self, call: ApiCall, result: Result) -> None:
        for entry in result.get("Subscriptions", ()):
            stored = self._subscription(entry["SubscriptionArn"])
            if stored is not None and _true(stored.attributes.get(PENDING)):
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

    # -- moto's state --------------------------------------------------------------------------

    def _stored(self, topic_arn: str) -> tuple[Any, list[Any]]:
        from moto.sns.models import sns_backends

        region, account = topic_arn.split(":")[3:5]
        backend = sns_backends[account][region]
        topic = backend.topics.get(topic_arn)
        return topic, [one for one in backend.subscriptions.values() if one.topic.arn == topic_arn]

    def _subscription(self, arn: str) -> Any:
        from moto.sns.models import sns_backends

        if arn.count(":") < 6:
            return None
        region, account = arn.split(":")[3:5]
        return sns_backends[account][region].subscriptions.get(arn)


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
        raise _invalid(f"Invalid parameter: {what}")
    if fifo and protocol != "sqs":
        raise _invalid(
            "Invalid parameter: Invalid parameter: Endpoint Reason: Please use SQS queues for "
            "subscriptions of FIFO topics"
        )


def _true_fifo(topic_arn: str) -> bool:
    return topic_arn.endswith(".fifo")


def _check_structure(body: str) -> None:
    try:
        bodies = json.loads(body)
    except ValueError:
        raise _invalid(
            "Invalid parameter: Message Structure - JSON message body failed to parse"
        ) from None
    if not isinstance(bodies, dict) or "default" not in bodies:
        raise _invalid(
            "Invalid parameter: Message Structure - No default entry in JSON message body"
        )


def _plain(attributes: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {
        name: {"Type": str(one["Type"]), "Value": str(one["Value"])}
        for name, one in attributes.items()
    }


def _true(value: Any) -> bool:
    return str(value).lower() == "true"


def _invalid(message: str) -> ApiRefusal:
    return ApiRefusal("InvalidParameter", message)
