"""What became of a message, told to SNS topics.

Sources: Amazon SES Developer Guide, "Contents of event data that Amazon SES publishes to Amazon
SNS" (configuration sets: ``eventType``) and "Amazon SNS notification contents for Amazon SES"
(identities: ``notificationType``), "Configuring Amazon SNS notifications for Amazon SES" (the
topic's policy must let ``ses.amazonaws.com`` publish).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from archlib.local.iam import IamEnforcement, ServicePrincipal
from archlib.local.ses.account import Account
from archlib.local.ses.addresses import bare
from archlib.local.ses.mail import Accepted

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

PRINCIPAL = "ses.amazonaws.com"

#: Event type -> its name in an event, and the member that holds its particulars.
_NAMES: Mapping[str, tuple[str, str]] = {
    "SEND": ("Send", "send"),
    "DELIVERY": ("Delivery", "delivery"),
    "BOUNCE": ("Bounce", "bounce"),
    "COMPLAINT": ("Complaint", "complaint"),
    "REJECT": ("Reject", "reject"),
    "RENDERING_FAILURE": ("Rendering Failure", "failure"),
}


@dataclass(frozen=True)
class Event:
    """One thing that happened to a message; ``particulars`` as SES writes them."""

    type: str
    mail: Accepted
    particulars: Mapping[str, Any]


class Events:
    """Publishes events to whoever wants them."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def publish(self, account: Account, event: Event) -> None:
        """Queue an event for every topic that asked for its type."""
        name, member = _NAMES[event.type]
        body = {"mail": _mail(account, event.mail), member: dict(event.particulars)}
        chosen = account.sets.get(event.mail.envelope.configuration_set or "")
        for destination in chosen.destinations.values() if chosen else ():
            if destination.enabled and event.type in destination.types:
                self._queue(event.mail, destination.topic, {"eventType": name, **body})
        identity = account.identity_for(event.mail.envelope.source)
        topic = None if identity is None else identity.topics.get(name)
        if topic is not None:
            self._queue(event.mail, topic, {"notificationType": name, **body})

    def _queue(self, mail: Accepted, topic: str, body: Mapping[str, Any]) -> None:
        self._cloud.clock.soon(
            lambda: self._send(mail, topic, json.dumps(body)), f"SES event of {mail.message_id}"
        )

    def _send(self, mail: Accepted, topic: str, body: str) -> None:
        region = topic.split(":")[3]
        with self._cloud.trace.hop(
            source=mail.identity_arn, target=topic, action="sns:Publish", principal=PRINCIPAL
        ) as hop:
            who = ServicePrincipal(
                PRINCIPAL, source_arn=mail.identity_arn, source_account=self._cloud.account
            )
            decision = self._cloud.plane(IamEnforcement).decide(
                who, "sns:Publish", topic, region=region, hop=hop
            )
            if not decision.allowed:
                # SES drops what it may not publish; nobody is told.
                hop.status, hop.error = 403, "AuthorizationError"
                return
            client = self._cloud.control("sns", region=region)
            try:
                client.publish(TopicArn=topic, Message=body)
            except client.exceptions.NotFoundException:
                hop.status, hop.error = 404, "NotFound"
                return
            hop.status = 200


def stamp(when: datetime) -> str:
    """ISO 8601 with milliseconds, as SES writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def _mail(account: Account, mail: Accepted) -> dict[str, Any]:
    envelope = mail.envelope
    common: dict[str, Any] = {
        "from": [envelope.source],
        "to": list(envelope.to),
        "messageId": mail.message_id,
        "subject": envelope.subject,
    }
    headers = [
        {"name": "From", "value": envelope.source},
        {"name": "To", "value": ", ".join(envelope.to)},
        {"name": "Subject", "value": envelope.subject},
    ]
    tags = {name: [value] for name, value in envelope.tags.items()}
    if envelope.configuration_set:
        tags["ses:configuration-set"] = [envelope.configuration_set]
    return {
        "timestamp": stamp(mail.sent_at),
        "source": bare(envelope.source),
        "sourceArn": mail.identity_arn,
        "sendingAccountId": account.id,
        "messageId": mail.message_id,
        "destination": [bare(one) for one in envelope.recipients],
        "headersTruncated": False,
        "headers": headers,
        "commonHeaders": common,
        "tags": tags,
    }
