"""Listening in: what an app really sends to a service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Overheard:
    """A boto3 client that writes down every call before it makes it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found):
            return found
        return self._listening(name, found)

    def _listening(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def passed_on(**parameters: Any) -> Any:
            self.sent.append((name, parameters))
            return call(**parameters)

        return passed_on

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of what was sent in sign-in calls, in order, each once."""
        return tuple(
            dict.fromkeys(
                field
                for _, parameters in self.sent
                for part in ("AuthParameters", "ChallengeResponses")
                for field in parameters.get(part, {})
            )
        )

    def said(self, secret: str) -> bool:
        """Whether ``secret`` stood in anything that was sent."""
        return any(secret in str(parameters) for _, parameters in self.sent)


def overhear(client: Any) -> Overheard:
    """Listen to a client: ``overhear(boto3.client("cognito-idp"))``."""
    return Overheard(client)
