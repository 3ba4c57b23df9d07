"""What SNS sends: the JSON document of a notification, and its signature.

AWS: Amazon SNS Developer Guide, "Parsing message formats in Amazon SNS", "Verifying the
signatures of Amazon SNS messages". The key is the cloud's own; its certificate is served under
``SigningCertURL`` by the cloud, so that a receiver can really verify.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from archlib.local.functions.output import timestamp

#: Which of the cloud's deterministic keys signs; pools take theirs from the front.
_KEY_NUMBER = 23
CERTIFICATE = "SimpleNotificationService-7ff5318490ec183fbaddaa2a969abfda.pem"


@dataclass(frozen=True)
class Message:
    """A published message. ``attributes`` as in a notification (``Type``, ``Value``)."""

    message_id: str
    topic_arn: str
    body: str
    subject: str | None
    attributes: dict[str, dict[str, str]]
    at: float
    signature_version: str = "1"
    structure: str | None = None
    group: str | None = None
    deduplication: str | None = None
    sequence: str | None = None

    def text(self, protocol: str) -> str:
        """The body for a protocol: with ``MessageStructure=json`` each may have its own."""
        if self.structure != "json":
            return self.body
        bodies = json.loads(self.body)
        return str(bodies.get(protocol, bodies.get("default")))


def document(message: Message, protocol: str, subscription_arn: str) -> dict[str, Any]:
    """The notification's members in SNS's order."""
    made: dict[str, Any] = {"Type": "Notification", "MessageId": message.message_id}
    if message.sequence is not None:
        made["SequenceNumber"] = message.sequence
    made["TopicArn"] = message.topic_arn
    if message.subject is not None:
        made["Subject"] = message.subject
    made["Message"] = message.text(protocol)
    made["Timestamp"] = timestamp(message.at)
    sign(made, message.signature_version)
    region = message.topic_arn.split(":")[3]
    made["UnsubscribeURL"] = (
        f"https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription_arn}"
    )
    if message.attributes:
        made["MessageAttributes"] = message.attributes
    return made


def confirmation(topic_arn: str, message_id: str, token: str, at: float) -> dict[str, Any]:
    """What an endpoint gets that has to confirm its subscription."""
    region = topic_arn.split(":")[3]
    made: dict[str, Any] = {
        "Type": "SubscriptionConfirmation",
        "MessageId": message_id,
        "Token": token,
        "TopicArn": topic_arn,
        "Message": f"You have chosen to subscribe to the topic {topic_arn}.\nTo confirm the "
        "subscription, visit the SubscribeURL included in this message.",
        "SubscribeURL": f"https://sns.{region}.amazonaws.com/?Action=ConfirmSubscription"
        f"&TopicArn={topic_arn}&Token={token}",
        "Timestamp": timestamp(at),
    }
    sign(made, "1")
    return made


def dump(made: dict[str, Any]) -> str:
    """The document as SNS writes it."""
    return json.dumps(made, indent=2, separators=(",", " : "), ensure_ascii=False)


def function_record(message: Message, subscription_arn: str) -> bytes:
    """The event for a function (AWS Lambda Developer Guide, "Invoking Lambda functions with
    Amazon SNS notifications"): other spellings, and every member is there."""
    sns = document(message, "lambda", subscription_arn)
    sns["SigningCertUrl"] = sns.pop("SigningCertURL")
    sns["UnsubscribeUrl"] = sns.pop("UnsubscribeURL")
    sns.setdefault("Subject", None)
    sns.setdefault("MessageAttributes", {})
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription_arn,
        "Sns": sns,
    }
    return json.dumps({"Records": [record]}).encode()


#: Members that are signed, in this order, when they are there.
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
    ),
}  # fmt: skip


def sign(made: dict[str, Any], version: str) -> None:
    """Add ``SignatureVersion``, ``Signature`` and ``SigningCertURL``: SHA-1 in version 1,
    SHA-256 in version 2, both RSA with PKCS #1 v1.5 padding."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    from archlib.local.keys.rsa import private_key

    names = _SIGNED[made["Type"]]
    text = "".join(f"{name}\n{made[name]}\n" for name in names if name in made)
    digest = hashes.SHA256() if version == "2" else hashes.SHA1()
    signature = private_key(_KEY_NUMBER).sign(text.encode(), padding.PKCS1v15(), digest)
    region = made["TopicArn"].split(":")[3]
    made["SignatureVersion"] = version
    made["Signature"] = base64.b64encode(signature).decode()
    made["SigningCertURL"] = f"https://sns.{region}.amazonaws.com/{CERTIFICATE}"


@lru_cache(maxsize=4)
def certificate(since: datetime) -> bytes:
    """The certificate of the signing key, PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import NameOID

    from archlib.local.keys.rsa import private_key

    key = private_key(_KEY_NUMBER)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(since.astimezone(UTC))
        .not_valid_after(since.astimezone(UTC) + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)
