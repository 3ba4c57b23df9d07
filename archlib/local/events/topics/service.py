"""SNS over moto: moto keeps topics and subscriptions, messages go their way here.

AWS: Amazon SNS API Reference, "Publish", "PublishBatch"; Developer Guide, "Amazon SNS FIFO
topics", "Message deduplication for FIFO topics".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall, Result
from archlib.local.events.carrier import Carrier, Undeliverable
from archlib.local.events.lineage import Lineage
from archlib.local.events.topics import filter_policy
from archlib.local.events.topics.delivery import Delivery, Subscription, redrive_target
from archlib.local.events.topics.notification import Message
from archlib.local.events.topics.retries import policy
from archlib.local.events.topics.stored import (
    PENDING,
    invalid,
    is_true,
    subscription,
    topic_with_subscriptions,
)
from archlib.local.events.topics.subscriptions import Subscriptions
from archlib.local.outbox import Message as Mail
from archlib.local.patches import Patches

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: "the 5-minute deduplication interval", seconds.
DEDUPLICATION_SECONDS = 300.0


@dataclass
class Topics:
    """Publishing, subscriptions waiting for confirmation, and deliveries with their retries."""

    cloud: LocalCloud
    carrier: Carrier
    copies: Callable[[str], int] = lambda arn: 1
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
        api.handle("sns", "Publish", self._publish_call)
        api.after("sns", "PublishBatch", self._number_batch)
        Subscriptions(self.cloud, self.carrier).register()

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
            check_structure(body)
        now, message_id, sequence = self.cloud.clock.time(), self.cloud.new_uuid(), None
        if is_true(topic.fifo_topic):
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
        topic, subscriptions = topic_with_subscriptions(message.topic_arn)
        for stored in subscriptions:
            given = stored.attributes
            if is_true(given.get(PENDING)):
                continue
            scope = given.get("FilterPolicyScope") or filter_policy.ATTRIBUTES
            wanted = given.get("FilterPolicy") or ""
            if not filter_policy.matches(wanted, scope, message.body, message.attributes):
                continue
            subscription = Subscription(
                stored.arn, message.topic_arn, stored.protocol, stored.endpoint,
                is_true(given.get("RawMessageDelivery")), getattr(topic, "display_name", ""),
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
        stored = subscription(delivery.subscription.arn)
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


def check_structure(body: str) -> None:
    """Refuse a body that ``MessageStructure=json`` cannot take apart."""
    try:
        bodies = json.loads(body)
    except ValueError:
        raise invalid(
            "Invalid parameter: Message Structure - JSON message body failed to parse"
        ) from None
    if not isinstance(bodies, dict) or "default" not in bodies:
        raise invalid(
            "Invalid parameter: Message Structure - No default entry in JSON message body"
        )


def _plain(attributes: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {
        name: {"Type": str(one["Type"]), "Value": str(one["Value"])}
        for name, one in attributes.items()
    }
