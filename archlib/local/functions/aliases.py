"""Aliases. AWS: "Create an alias for a Lambda function", "Implement Lambda canary deployments
using a weighted alias".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall, Result
from archlib.local.functions.configuration import INVALID
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
