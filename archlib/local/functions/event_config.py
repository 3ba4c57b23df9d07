"""Settings of asynchronous invocations, which hang on a function's qualifiers.

AWS: "PutFunctionEventInvokeConfig" (API reference), "Configuring error handling settings for
Lambda asynchronous invocations".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall, Result
from archlib.local.functions.asynchronous import AsyncQueue, EventInvokeConfig
from archlib.local.functions.configuration import INVALID
from archlib.local.functions.destinations import DESTINATIONS
from archlib.local.functions.permissions import Permissions
from archlib.local.functions.registry import LATEST, Reference, Registry
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud


class EventInvokeControl:
    """Handlers of the FunctionEventInvokeConfig operations."""

    def __init__(
        self,
        cloud: LocalCloud,
        registry: Registry,
        queue: AsyncQueue,
        permissions: Permissions,
    ) -> None:
        self._cloud = cloud
        self._registry = registry
        self._queue = queue
        self._permissions = permissions

    def register(self) -> None:
        """Put the handlers in front of moto."""
        table: dict[str, Callable[[ApiCall], Result]] = {
            "PutFunctionEventInvokeConfig": self._put,
            "UpdateFunctionEventInvokeConfig": self._update,
            "GetFunctionEventInvokeConfig": self._get,
            "ListFunctionEventInvokeConfigs": self._list,
            "DeleteFunctionEventInvokeConfig": self._delete,
        }
        for operation, handler in table.items():
            self._cloud.api.handle("lambda", operation, handler)

    def _put(self, call: ApiCall) -> Result:
        return self._store(call, EventInvokeConfig())

    def _update(self, call: ApiCall) -> Result:
        _, old = self._existing(call)
        return self._store(call, old)

    def _store(self, call: ApiCall, old: EventInvokeConfig) -> Result:
        key, reference = self._key(call)
        role = self._registry.find(reference).function.role
        given = call.params
        targets = given.get("DestinationConfig", {})
        changes: dict[str, Any] = {"modified": self._cloud.clock.time()}
        for name, member, field in (
            ("MaximumRetryAttempts", "maximumRetryAttempts", "maximum_retry_attempts"),
            ("MaximumEventAgeInSeconds", "maximumEventAgeInSeconds", "maximum_event_age"),
        ):
            if name in given:
                _check_range(member, given[name], *_RANGES[name])
                changes[field] = given[name]
        for name, field in (("OnSuccess", "on_success"), ("OnFailure", "on_failure")):
            if name in targets:
                arn = targets[name].get("Destination") or None
                if arn:
                    self._check_destination(role, arn, name)
                changes[field] = arn
        self._queue.configs[key] = replace(old, **changes)
        return self._described(key)

    def _check_destination(self, role: str, arn: str, name: str) -> None:
        kind = DESTINATIONS.get(arn.split(":")[2]) if arn.count(":") >= 5 else None
        if kind is None or arn.endswith(".fifo") or (name == "OnSuccess" and not kind.on_success):
            raise ApiRefusal(
                INVALID, f"The provided destination config {name}(destination={arn}) is invalid."
            )
        if not self._permissions.role(role, kind.action, arn + kind.resource_suffix):
            action = kind.action.split(":")[1]
            raise ApiRefusal(
                INVALID,
                f"The function's execution role {role} does not have permissions to call {action} "
                f"on {arn}",
            )

    def _get(self, call: ApiCall) -> Result:
        key, _ = self._existing(call)
        return self._described(key)

    def _list(self, call: ApiCall) -> Result:
        key, _ = self._key(call)
        return {
            "FunctionEventInvokeConfigs": [
                self._described(other)
                for other in sorted(self._queue.configs)
                if other[0] == key[0]
            ]
        }

    def _delete(self, call: ApiCall) -> Result:
        key, _ = self._existing(call)
        del self._queue.configs[key]
        return {}

    def _existing(self, call: ApiCall) -> tuple[tuple[str, str], EventInvokeConfig]:
        key, _ = self._key(call)
        if key not in self._queue.configs:
            raise ApiRefusal(
                "ResourceNotFoundException",
                f"The function {key[0]}:{key[1]} doesn't have an EventInvokeConfig",
                404,
                Type="User",
            )
        return key, self._queue.configs[key]

    def _key(self, call: ApiCall) -> tuple[tuple[str, str], Reference]:
        reference = self._registry.reference(
            call.params["FunctionName"], call.params.get("Qualifier"), call.region
        )
        call.hop.target = reference.arn
        self._registry.find(reference)
        return (reference.arn, reference.qualifier or LATEST), reference

    def _described(self, key: tuple[str, str]) -> Result:
        config = self._queue.configs[key]
        answer: Result = {
            "FunctionArn": f"{key[0]}:{key[1]}",
            "LastModified": datetime.fromtimestamp(config.modified, UTC),
            "DestinationConfig": {
                name: {"Destination": arn} if arn else {}
                for name, arn in (
                    ("OnSuccess", config.on_success), ("OnFailure", config.on_failure)
                )
            },
        }  # fmt: skip
        if config.maximum_retry_attempts is not None:
            answer["MaximumRetryAttempts"] = config.maximum_retry_attempts
        if config.maximum_event_age is not None:
            answer["MaximumEventAgeInSeconds"] = config.maximum_event_age
        return answer


_RANGES = {"MaximumRetryAttempts": (0, 2), "MaximumEventAgeInSeconds": (60, 21_600)}


def _check_range(member: str, value: int, low: int, high: int) -> None:
    if low <= value <= high:
        return
    bound = f"greater than or equal to {low}" if value < low else f"less than or equal to {high}"
    raise ApiRefusal(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy "
        f"constraint: Member must have value {bound}",
    )
