"""What every AWS protocol does on the server's side: read a request, write a result, refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from archlib.local.http import HttpResponse
from archlib.local.protocols.message import Message
from archlib.local.protocols.refusing import Failure


class AwsProtocol(Protocol):
    """One protocol for one service, whose shapes it keeps compiled."""

    name: str

    def read(self, operation: Any, message: Message) -> dict[str, Any]:
        """The parameters as boto3 would have been given them; raises :class:`Malformed`."""

    def write(self, operation: Any, result: Mapping[str, Any], request_id: str) -> HttpResponse:
        """The answer for a result as a boto3 client would have got it."""

    def refuse(self, service: Any, failure: Failure, request_id: str) -> HttpResponse:
        """The answer for a refusal; ``service`` is the service's model."""

    def malformed(self, reason: str) -> Failure:
        """The refusal of a request that cannot be read."""
