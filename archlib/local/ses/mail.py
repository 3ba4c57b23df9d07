"""A message on its way in, and as it was accepted.

Source: Amazon SES Developer Guide, "Service quotas in Amazon SES" (50 recipients; 10 MB by the
first API, 40 MB by the second, attachments included and encoded), "Amazon SES unsupported
attachment types".
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any

MOST_RECIPIENTS = 50

#: The ones that are met in practice, of the page's long list.
FORBIDDEN = frozenset(
    {"ade", "adp", "app", "asp", "bat", "cer", "chm", "cmd", "com", "cpl", "crt", "csh", "dll",
     "exe", "gadget", "hta", "inf", "ins", "isp", "jar", "js", "jse", "ksh", "lib", "lnk", "mde",
     "msc", "msi", "msp", "mst", "ops", "pcd", "pif", "plg", "prf", "prg", "reg", "scf", "scr",
     "sct", "shb", "shs", "sys", "tmp", "url", "vb", "vbe", "vbs", "vxd", "ws", "wsc", "wsf",
     "wsh"}
)  # fmt: skip


@dataclass(frozen=True)
class Envelope:
    """A message as it was handed in. ``size`` is in bytes, attachments encoded."""

    source: str
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    size: int = 0
    files: tuple[str, ...] = ()
    configuration_set: str | None = None
    identity_arn: str | None = None
    template: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everybody it is for."""
        return (*self.to, *self.cc, *self.bcc)


@dataclass(frozen=True)
class Accepted:
    """A message that SES took. ``failed`` says why it could not be rendered."""

    message_id: str
    region: str
    identity_arn: str
    sent_at: datetime
    envelope: Envelope
    failed: str | None = None


def destinations(given: Mapping[str, Any]) -> dict[str, Any]:
    """``to``, ``cc`` and ``bcc`` out of the API's ``Destination``."""
    names = {"to": "ToAddresses", "cc": "CcAddresses", "bcc": "BccAddresses"}
    return {short: tuple(given.get(name) or ()) for short, name in names.items()}


def parts(body: Mapping[str, Any]) -> tuple[str, str]:
    """Text and HTML out of the API's ``Body``."""
    return (
        str(body.get("Text", {}).get("Data", "")),
        str(body.get("Html", {}).get("Data", "")),
    )


def weight(*texts: str, attachments: tuple[bytes, ...] = ()) -> int:
    """Bytes of texts as they are and of attachments encoded."""
    encoded = sum(4 * ((len(one) + 2) // 3) for one in attachments)
    return sum(len(text.encode()) for text in texts) + encoded


def raw_message(data: Any) -> EmailMessage:
    """Parse a raw message; the API takes bytes, and text from who does not know better."""
    content = data.encode() if isinstance(data, str) else bytes(data)
    message: EmailMessage = message_from_bytes(content, policy=policy.default)
    return message


def from_raw(data: Any, source: str | None, given: tuple[str, ...] | None) -> Envelope:
    """Read a raw message. Destinations given beside it replace those of its headers.

    Raises :class:`ValueError` for what is no message.
    """
    message = raw_message(data)
    sender = source or str(message.get("From", ""))
    if not sender:
        raise ValueError("Missing required header 'From'.")
    header = {name: _addresses(message, name) for name in ("To", "Cc", "Bcc")}
    if given:
        header = {"To": given, "Cc": (), "Bcc": ()}
    text, html = (_part(message, kind) for kind in ("plain", "html"))
    files = tuple(str(p.get_filename()) for p in message.iter_attachments() if p.get_filename())
    length = len(data.encode() if isinstance(data, str) else bytes(data))
    return Envelope(
        sender, header["To"], header["Cc"], header["Bcc"], str(message.get("Subject", "")), text,
        html, length, files,
    )  # fmt: skip


def _addresses(message: EmailMessage, name: str) -> tuple[str, ...]:
    values = [str(value) for value in message.get_all(name, [])]
    return tuple(address for _, address in getaddresses(values) if address)


def _part(message: EmailMessage, kind: str) -> str:
    found = message.get_body(preferencelist=(kind,))
    if found is None or found.get_content_subtype() != kind:
        return ""
    content = found.get_content()
    return content if isinstance(content, str) else base64.b64encode(content).decode()
