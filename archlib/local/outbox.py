"""The outbox: every mail and text message the cloud would have sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from archlib.errors import VerificationError


@dataclass(frozen=True)
class Message:
    """One message. ``channel`` is ``email`` or ``sms``; ``kind`` says why it was sent."""

    channel: str
    to: str
    subject: str
    body: str
    kind: str
    sent_at: datetime
    code: str | None = None


class Outbox:
    """Messages in sending order."""

    def __init__(self) -> None:
        self._messages: list[Message] = []

    def __iter__(self) -> Iterator[Message]:
        return iter(tuple(self._messages))

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, message: Message) -> None:
        """File a message as sent."""
        self._messages.append(message)

    def to(self, address: str) -> tuple[Message, ...]:
        """The messages sent to ``address``, oldest first."""
        return tuple(m for m in self._messages if m.to == address)

    def latest_code(self, address: str) -> str:
        """The newest code sent to ``address``; raises :class:`VerificationError` without one."""
        for message in reversed(self.to(address)):
            if message.code is not None:
                return message.code
        raise VerificationError(f"no message with a code was sent to {address}")
