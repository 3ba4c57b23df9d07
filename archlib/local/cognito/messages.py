"""Mails and text messages of a pool: templates, the CustomMessage trigger, the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archlib.local.cognito import triggers
from archlib.local.cognito.directory import Directory, User, UserPool
from archlib.local.outbox import Message

_CODE = "{####}"
_NAME = "{username}"

#: Attribute that names the receiver -> channel of the outbox, medium in API answers.
_CHANNELS: Mapping[str, tuple[str, str]] = {
    "email": ("email", "EMAIL"),
    "phone_number": ("sms", "SMS"),
}


@dataclass(frozen=True)
class Delivery:
    """A message to send: why, to which attribute of the user, and with which secret."""

    kind: str
    attribute: str
    to: str
    secret: str


def send(
    directory: Directory,
    pool: UserPool,
    user: User,
    delivery: Delivery,
    *,
    client_id: str = "CLIENT_ID_NOT_APPLICABLE",
    metadata: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Send a code or a temporary password; returns CodeDeliveryDetails.

    ``delivery.kind`` is the CustomMessage trigger's source without its prefix (``SignUp``).
    """
    channel, medium = _CHANNELS[delivery.attribute]
    invitation = delivery.kind == "AdminCreateUser"
    request: dict[str, Any] = {
        "codeParameter": _CODE,
        "usernameParameter": _NAME if invitation else None,
        "clientMetadata": dict(metadata or {}),
    }
    answer = triggers.fire(
        directory, pool, "CustomMessage", f"CustomMessage_{delivery.kind}", user.username,
        user.attributes, client_id, request,
        {"smsMessage": None, "emailMessage": None, "emailSubject": None},
    )  # fmt: skip
    subject, body = _template(pool, channel, invitation)
    custom = answer.get("smsMessage" if channel == "sms" else "emailMessage")
    if custom:
        triggers.require_placeholder(custom, _CODE)
        body = custom
    if channel == "email" and answer.get("emailSubject"):
        subject = answer["emailSubject"]
    directory.cloud.outbox.add(
        Message(
            channel=channel,
            to=delivery.to,
            subject=subject if channel == "email" else "",
            body=body.replace(_CODE, delivery.secret).replace(_NAME, user.username),
            kind=f"cognito {delivery.kind}",
            sent_at=directory.cloud.clock.now(),
            code=delivery.secret,
        )
    )
    return {
        "Destination": masked(delivery.attribute, delivery.to),
        "DeliveryMedium": medium,
        "AttributeName": delivery.attribute,
    }


def masked(attribute: str, value: str) -> str:
    """An address as API answers show it: ``a***@e***``, or the last four digits."""
    if attribute == "email":
        name, _, domain = value.partition("@")
        return f"{name[:1]}***@{domain[:1]}***"
    return "+" + "*" * max(len(value) - 5, 0) + value[-4:]


def _template(pool: UserPool, channel: str, invitation: bool) -> tuple[str, str]:
    settings = pool.settings
    if invitation:
        invite = settings["AdminCreateUserConfig"].get("InviteMessageTemplate", {})
        text = f"Your username is {_NAME} and temporary password is {_CODE}."
        body = invite.get("SMSMessage" if channel == "sms" else "EmailMessage", text)
        return invite.get("EmailSubject", "Your temporary password"), body
    template = settings.get("VerificationMessageTemplate", {})
    text = f"Your confirmation code is {_CODE}"
    if channel == "sms":
        return "", template.get("SmsMessage") or settings.get("SmsVerificationMessage") or text
    subject = template.get("EmailSubject") or settings.get("EmailVerificationSubject")
    body = template.get("EmailMessage") or settings.get("EmailVerificationMessage")
    return subject or "Your verification code", body or text
