"""Aliases and the settings of asynchronous invocations, which hang on function qualifiers.

AWS: "Create an alias for a Lambda function", "Implement Lambda canary deployments using a
weighted alias", "PutFunctionEventInvokeConfig" (API reference).
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


class AliasControl:
    """Handlers of the alias operations."""

    def __init__(self, cloud: LocalCloud, registry: Registry) -> None:
        self._cloud = cloud
        self._registry = registry

    def register(self) -> None:
        """Put the handlers in front of moto."""
        table: dict[str, Callable[[ApiCall], Result]] = {
            "CreateAlias": self._create,
            "UpdateAlias": self._update,
            "GetAlias": self._get,
            "ListAliases": self._list,
            "DeleteAlias": self._delete,
        }
        for operation, handler in table.items():
            self._cloud.api.handle("lambda", operation, handler)

    def _create(self, call: ApiCall) -> Result:
        from moto.awslambda.models import LambdaAlias

        reference, name = self._reference(call), call.params["Name"]
        aliases = self._registry.aliases(reference)
        if name in aliases:
            raise ApiRefusal(
                "ResourceConflictException", f"Alias already exists: {reference.arn}:{name}", 409,
                Type="User",
            )  # fmt: skip
        version = call.params["FunctionVersion"]
        routing = call.params.get("RoutingConfig") or {}
        self._check_versions(reference, version, routing)
        alias = LambdaAlias(
            account_id=reference.account,
            region=reference.region,
            name=name,
            function_name=reference.name,
            function_version=version,
            description=call.params.get("Description", ""),
            routing_config=routing,  # type: ignore[arg-type]
        )
        alias.revision_id = self._cloud.new_uuid()
        aliases[name] = alias
        return _described(alias)

    def _update(self, call: ApiCall) -> Result:
        reference, given = self._reference(call), call.params
        alias = self._find(reference, given["Name"])
        expected = given.get("RevisionId")
        if expected and expected != alias.revision_id:
            raise ApiRefusal(
                "PreconditionFailedException",
                "The Revision Id provided does not match the latest Revision Id. Call the "
                "GetFunction/GetAlias API to retrieve the latest Revision Id",
                412,
                Type="User",
            )
        version = given.get("FunctionVersion", alias.function_version)
        routing = given.get("RoutingConfig", alias.routing_config) or {}
        self._check_versions(reference, version, routing)
        alias.function_version, alias.routing_config = version, routing
        alias.description = given.get("Description", alias.description)
        alias.revision_id = self._cloud.new_uuid()
        return _described(alias)

    def _get(self, call: ApiCall) -> Result:
        return _described(self._find(self._reference(call), call.params["Name"]))

    def _list(self, call: ApiCall) -> Result:
        aliases = self._registry.aliases(self._reference(call))
        wanted = call.params.get("FunctionVersion")
        return {
            "Aliases": [
                _described(alias)
                for _, alias in sorted(aliases.items())
                if wanted in (None, str(alias.function_version))
            ]
        }

    def _delete(self, call: ApiCall) -> Result:
        self._registry.aliases(self._reference(call)).pop(call.params["Name"], None)
        return {}

    def _check_versions(self, reference: Reference, version: str, routing: Any) -> None:
        weights = routing.get("AdditionalVersionWeights") or {}
        entry = self._registry.versions(reference)
        published = {str(function.version) for function in entry["versions"]}
        for wanted in (version, *weights):
            if wanted not in published and wanted != LATEST:
                raise ApiRefusal(
                    "ResourceNotFoundException", f"Function not found: {reference.arn}:{wanted}",
                    404, Type="User",
                )  # fmt: skip
        if weights and LATEST in (version, *weights):
            raise ApiRefusal(
                INVALID, "$LATEST is not supported for an alias pointing to more than 1 version"
            )
        if len(weights) > 1 or version in weights:
            raise ApiRefusal(
                INVALID, "Number of items in AdditionalVersionWeights cannot be greater than 1"
            )
        for weight in weights.values():
            if not 0.0 <= weight <= 1.0:
                raise ApiRefusal(INVALID, "Alias routing weights must be between 0.0 and 1.0")

    def _find(self, reference: Reference, name: str) -> Any:
        alias = self._registry.aliases(reference).get(name)
        if alias is None:
            raise ApiRefusal(
                "ResourceNotFoundException", f"Cannot find alias arn: {reference.arn}:{name}", 404,
                Type="User",
            )  # fmt: skip
        return alias

    def _reference(self, call: ApiCall) -> Reference:
        reference = self._registry.reference(call.params["FunctionName"], region=call.region)
        call.hop.target = reference.arn
        return reference


def _described(alias: Any) -> Result:
    answer: Result = {
        "AliasArn": alias.arn,
        "Name": alias.name,
        "FunctionVersion": str(alias.function_version),
        "Description": alias.description or "",
        "RevisionId": alias.revision_id,
    }
    if weights := (alias.routing_config or {}).get("AdditionalVersionWeights"):
        answer["RoutingConfig"] = {"AdditionalVersionWeights": dict(weights)}
    return answer


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
