"""The control plane of Lambda: functions and their versions.

moto creates and deletes the objects; everything that it would lose, forget or share between
versions is done here. AWS: the Lambda API reference, "Lambda function versions",
"Lambda function states".
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Result
from archlib.local.functions import code, configuration, unsupported
from archlib.local.functions.asynchronous import AsyncQueue
from archlib.local.functions.fleet import Fleet
from archlib.local.functions.permissions import Permissions
from archlib.local.functions.registry import (
    LATEST,
    Reference,
    Registry,
    Target,
    change_settings,
    not_found,
    settings_of,
)
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: Operations of features that the local cloud does not have, in words.
UNSUPPORTED_OPERATIONS = {
    "CreateFunctionUrlConfig": "function URLs",
    "UpdateFunctionUrlConfig": "function URLs",
    "InvokeWithResponseStream": "response streaming",
    "PutProvisionedConcurrencyConfig": "provisioned concurrency",
    "CreateCodeSigningConfig": "code signing",
    "PutFunctionCodeSigningConfig": "code signing",
    "PutRuntimeManagementConfig": "runtime management",
    "PutFunctionRecursionConfig": "recursive loop detection",
    "PutFunctionScalingConfig": "managed instances",
    "CreateCapacityProvider": "managed instances",
}

#: Operations of the plane of event source mappings; a cloud made without it refuses them.
ELSEWHERE = {
    "CreateEventSourceMapping": "event source mappings",
    "UpdateEventSourceMapping": "event source mappings",
}


class FunctionControl:
    """Handlers of the operations on functions and their versions."""

    def __init__(
        self,
        cloud: LocalCloud,
        registry: Registry,
        fleet: Fleet,
        queue: AsyncQueue,
        permissions: Permissions,
    ) -> None:
        self._cloud = cloud
        self._registry = registry
        self._fleet = fleet
        self._queue = queue
        self._permissions = permissions

    def register(self) -> None:
        """Put the handlers in front of moto."""
        table: dict[str, Callable[[ApiCall], Result]] = {
            "CreateFunction": self._create,
            "UpdateFunctionCode": self._update_code,
            "UpdateFunctionConfiguration": self._update_configuration,
            "GetFunction": self._get,
            "GetFunctionConfiguration": self._get_configuration,
            "ListFunctions": self._list,
            "ListVersionsByFunction": self._list_versions,
            "PublishVersion": self._publish,
            "DeleteFunction": self._delete,
        }
        for operation, handler in table.items():
            self._cloud.api.handle("lambda", operation, handler)
        for operation, feature in {**UNSUPPORTED_OPERATIONS, **ELSEWHERE}.items():
            self._cloud.api.handle("lambda", operation, _refusing(operation, feature))

    # -- create and update -----------------------------------------------------------------

    def _create(self, call: ApiCall) -> Result:
        given = call.params
        unsupported.refuse(given)
        if not given.get("Runtime") or not given.get("Handler"):
            raise ApiRefusal(
                configuration.INVALID,
                "Runtime and Handler are mandatory parameters for functions created with "
                "deployment packages.",
            )
        reference = self._registry.reference(given["FunctionName"], region=call.region)
        call.hop.target = reference.arn
        configuration.check(given)
        configuration.check_layers(self._registry.backend(call.region), given)
        data = code.fetch(self._cloud, call.region, given["Code"])
        configuration.check_role(self._permissions, given["Role"], given)
        configuration.check_network(self._cloud, call.region, given)
        if reference.name in self._registry.backend(call.region)._lambdas._functions:
            raise ApiRefusal(
                "ResourceConflictException", f"Function already exist: {reference.name}", 409,
                Type="User",
            )  # fmt: skip
        self._proceed(call, data)
        function = self._registry.latest(reference)
        code.store(function, data)
        configuration.apply(function, given)
        self._touch(function)
        if given.get("Publish"):
            function = self._publish_latest(reference, given.get("Description", ""))
        return configuration.describe(
            self._cloud, function, str(function.function_arn), state="Pending"
        )

    @staticmethod
    def _proceed(call: ApiCall, data: bytes) -> None:
        """Let moto create its object from the bytes, without a version of its own."""
        given = dict(call.params)
        try:
            call.params.pop("Publish", None)
            call.params["Code"] = {"ZipFile": data}
            call.proceed()
        finally:
            call.params.update(given)

    def _update_code(self, call: ApiCall) -> Result:
        given = call.params
        unsupported.refuse(given)
        unsupported.refuse_code(given)
        configuration.check(given)
        reference, function = self._latest(call)
        self._check_revision(call, function)
        data = code.fetch(self._cloud, call.region, given)
        if given.get("DryRun"):
            shadow = copy.copy(function)
            code.store(shadow, data)
            return configuration.describe(self._cloud, shadow, reference.arn)
        code.store(function, data)
        configuration.apply(function, {k: given[k] for k in ("Architectures",) if k in given})
        self._touch(function)
        if given.get("Publish"):
            function = self._publish_latest(reference, "")
        return configuration.describe(
            self._cloud, function, str(function.function_arn), update="InProgress"
        )

    def _update_configuration(self, call: ApiCall) -> Result:
        given = call.params
        unsupported.refuse(given)
        configuration.check(given)
        configuration.check_layers(self._registry.backend(call.region), given)
        reference, function = self._latest(call)
        self._check_revision(call, function)
        role = given.get("Role", function.role)
        configuration.check_role(self._permissions, role, given)
        configuration.check_network(self._cloud, call.region, given)
        configuration.apply(function, given)
        self._touch(function)
        return configuration.describe(self._cloud, function, reference.arn, update="InProgress")

    def _check_revision(self, call: ApiCall, function: Any) -> None:
        expected = call.params.get("RevisionId")
        if expected and expected != settings_of(function).revision:
            raise ApiRefusal(
                "PreconditionFailedException",
                "The Revision Id provided does not match the latest Revision Id. Call the "
                "GetFunction/GetAlias API to retrieve the latest Revision Id",
                412,
                Type="User",
            )

    def _touch(self, function: Any) -> None:
        change_settings(function, revision=self._cloud.new_uuid())
        function.last_modified = configuration.modified(self._cloud.clock.time())
        function.code_or_config_updated = True

    # -- versions ---------------------------------------------------------------------------

    def _publish(self, call: ApiCall) -> Result:
        reference, function = self._latest(call)
        self._check_revision(call, function)
        expected = call.params.get("CodeSha256")
        if expected and expected != function.code_sha_256:
            raise ApiRefusal(
                configuration.INVALID,
                f"CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST "
                f"({function.code_sha_256}). Please try again with the CodeSHA256 in $LATEST.",
            )
        version = self._publish_latest(reference, call.params.get("Description", ""))
        return configuration.describe(self._cloud, version, str(version.function_arn))

    def _publish_latest(self, reference: Reference, description: str) -> Any:
        """Freeze ``$LATEST``: "Lambda doesn't publish a version if the function's configuration
        and code haven't changed since the last version".
        """
        entry = self._registry.versions(reference)
        latest, versions = entry["latest"], entry["versions"]
        settings = settings_of(latest)
        if versions and settings.published_revision == settings.revision:
            return versions[-1]
        number = settings.published + 1
        version = copy.copy(latest)
        version.set_version(number)
        version.last_modified = latest.last_modified
        if description:
            version.description = description
        change_settings(version, revision=self._cloud.new_uuid())
        change_settings(latest, published=number, published_revision=settings.revision)
        versions.append(version)
        self._registry.backend(reference.region)._lambdas._arns[version.function_arn] = version
        return version

    # -- read -----------------------------------------------------------------------------------

    def _get(self, call: ApiCall) -> Result:
        target = self._target(call)
        answer: Result = {
            "Configuration": self._described(target),
            "Code": {"RepositoryType": "S3"},
        }
        latest = self._registry.latest(target.reference)
        if latest.tags:
            answer["Tags"] = dict(latest.tags)
        if latest.reserved_concurrency is not None:
            answer["Concurrency"] = {
                "ReservedConcurrentExecutions": int(latest.reserved_concurrency)
            }
        return answer

    def _get_configuration(self, call: ApiCall) -> Result:
        return self._described(self._target(call))

    def _list(self, call: ApiCall) -> Result:
        found = []
        for function in self._registry.all(call.region):
            found.append(self._brief(function, str(function.function_arn)))
            if call.params.get("FunctionVersion") == "ALL":
                reference = self._registry.reference(function.function_name, region=call.region)
                found[-1]["FunctionArn"] += f":{LATEST}"
                found.extend(
                    self._brief(version, str(version.function_arn))
                    for version in self._registry.versions(reference)["versions"]
                )
        return {"Functions": found}

    def _list_versions(self, call: ApiCall) -> Result:
        reference, latest = self._latest(call)
        versions = self._registry.versions(reference)["versions"]
        return {
            "Versions": [
                self._brief(latest, f"{reference.arn}:{LATEST}"),
                *(self._brief(version, str(version.function_arn)) for version in versions),
            ]
        }

    def _brief(self, function: Any, arn: str) -> Result:
        """List operations leave the states out ("ListFunctions")."""
        answer = configuration.describe(self._cloud, function, arn)
        for name in ("State", "LastUpdateStatus"):
            del answer[name]
        return answer

    def _described(self, target: Target) -> Result:
        return configuration.describe(self._cloud, target.function, target.reference.invoked_arn)

    # -- delete -----------------------------------------------------------------------------------

    def _delete(self, call: ApiCall) -> Result:
        reference = self._reference(call)
        entry = self._registry.versions(reference)
        if reference.qualifier is None:
            call.proceed()
            self._registry.backend(reference.region)._lambdas._aliases.pop(reference.arn, None)
            for key in [key for key in self._queue.configs if key[0] == reference.arn]:
                del self._queue.configs[key]
            self._fleet.discard(reference.arn)
            return {}
        if reference.qualifier == LATEST:
            raise ApiRefusal(
                configuration.INVALID,
                "$LATEST version cannot be deleted without deleting the function.",
            )
        version = self._registry.find(reference).function
        if str(version.version) != reference.qualifier:
            raise not_found(reference)
        users = [
            alias.name
            for alias in self._registry.aliases(reference).values()
            if reference.qualifier
            in {
                str(alias.function_version),
                *((alias.routing_config or {}).get("AdditionalVersionWeights") or {}),
            }
        ]
        if users:
            raise ApiRefusal(
                "ResourceConflictException",
                f"Version {reference.qualifier} is currently referenced by alias(es): "
                f"{', '.join(users)}",
                409,
                Type="User",
            )
        entry["versions"].remove(version)
        return {}

    # -- who is meant ----------------------------------------------------------------------------

    def _reference(self, call: ApiCall) -> Reference:
        reference = self._registry.reference(
            call.params["FunctionName"], call.params.get("Qualifier"), call.region
        )
        call.hop.target = reference.arn
        return reference

    def _latest(self, call: ApiCall) -> tuple[Reference, Any]:
        reference = self._reference(call)
        return reference, self._registry.latest(reference)

    def _target(self, call: ApiCall) -> Target:
        return self._registry.find(self._reference(call))


def _refusing(operation: str, feature: str) -> Callable[[ApiCall], Result]:
    def refuse(call: ApiCall) -> Result:
        raise Unsupported(
            f"the local cloud has no {feature}", where=f"lambda:{operation}",
            hint="functions can be invoked through the API, by API Gateway and by events",
        )  # fmt: skip

    return refuse
