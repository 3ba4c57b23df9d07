"""Stack events: the history that DescribeStackEvents tells."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from archlib.local.deploy.anatomy import ResourceEntry
from archlib.local.deploy.stack import Event, Stack

STACK_TYPE = "AWS::CloudFormation::Stack"


class Journal:
    """Writes events at the virtual time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def announce(self, stack: Stack, status: str, why: str | None = None) -> None:
        """Put the stack into ``status`` and say so in its events."""
        stack.status = status
        stack.reason = why
        self.event(stack, stack.name, stack.id, STACK_TYPE, status, why)

    def of_resource(
        self,
        stack: Stack,
        entry: ResourceEntry,
        physical_id: str,
        status: str,
        why: str | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        """Note what happens to one resource."""
        self.event(stack, entry.logical_id, physical_id, entry.type, status, why, properties)

    def event(
        self,
        stack: Stack,
        logical_id: str,
        physical_id: str,
        kind: str,
        status: str,
        why: str | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        """Add one line to the history."""
        number = len(stack.events) + 1
        shown = None
        if properties is not None:
            shown = json.dumps(_masked(properties, stack.hidden), default=str)
        request = stack.request
        stack.events.append(
            Event(
                f"{logical_id}-{status}-{number:04d}",
                logical_id,
                physical_id,
                kind,
                status,
                why,
                self._now(),
                shown,
                request.token if request else None,
            )
        )


def _masked(value: Any, secrets: Collection[str]) -> Any:
    """``value`` with the values of NoEcho parameters as asterisks, wherever they stand."""
    if isinstance(value, Mapping):
        return {key: _masked(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, secrets) for item in value]
    if isinstance(value, str):
        for secret in sorted(secrets, key=len, reverse=True):
            value = value.replace(secret, "****")
        return value
    return "****" if str(value) in secrets else value
