"""The deployed functions: finding one by whatever name a caller uses.

moto holds the functions; what moto has no place for (dead-letter target, logging
configuration, revision) lies in :class:`Settings`, on moto's own object, so that it is copied
with a published version and goes away with the function. AWS: "Lambda function versions",
"Create an alias for a Lambda function", "Invoke" (the forms of ``FunctionName``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from archlib.local.functions.spec import FunctionSpec
from archlib.local.refusal import ApiRefusal

LATEST = "$LATEST"

_REFERENCE = re.compile(
    r"(?:arn:aws[\w-]*:lambda:(?P<region>[a-z0-9-]+):)?(?:(?P<account>\d{12}):)?"
    r"(?:function:)?(?P<name>[A-Za-z0-9_-]{1,64})(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]{1,128}))?"
)
_FIELD = "archlib_settings"


@dataclass(frozen=True)
class Settings:
    """What moto does not keep of a function's configuration.

    ``published`` is the number of the last published version, ``published_revision`` the
    revision that it was made from.
    """

    revision: str = ""
    dead_letter_arn: str | None = None
    log_group: str | None = None
    log_format: str = "Text"
    application_log_level: str | None = None
    published: int = 0
    published_revision: str = ""

    @property
    def logging_config(self) -> dict[str, str]:
        """``LoggingConfig`` without the log group."""
        found = {"LogFormat": self.log_format}
        if self.log_format == "JSON":
            found["ApplicationLogLevel"] = self.application_log_level or "INFO"
            found["SystemLogLevel"] = "INFO"
        return found


def settings_of(function: Any) -> Settings:
    """The settings of moto's function object."""
    found: Settings = vars(function).get(_FIELD) or Settings()
    return found


def change_settings(function: Any, **changes: Any) -> None:
    """Replace some of the settings of moto's function object."""
    vars(function)[_FIELD] = replace(settings_of(function), **changes)


@dataclass(frozen=True)
class Reference:
    """A function as a caller names it: region, name and an optional version or alias."""

    region: str
    account: str
    name: str
    qualifier: str | None

    @property
    def arn(self) -> str:
        """The unqualified ARN."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"

    @property
    def invoked_arn(self) -> str:
        """The ARN with the qualifier that was used, if any: ``context.invoked_function_arn``."""
        return f"{self.arn}:{self.qualifier}" if self.qualifier else self.arn


@dataclass(frozen=True)
class Target:
    """A reference and moto's function object behind it."""

    reference: Reference
    function: Any

    @property
    def version(self) -> str:
        """The version that would run: ``$LATEST`` or a number."""
        return str(self.function.version)


class Registry:
    """Looks functions up in moto's state."""

    def __init__(self, account: str, region: str) -> None:
        self._account = account
        self._region = region

    def reference(
        self, name: str, qualifier: str | None = None, region: str | None = None
    ) -> Reference:
        """Parse a name, a partial or a full ARN, with or without qualifier.

        Raises:
            ApiRefusal: the text is no function name, or names another qualifier than
                ``qualifier``.
        """
        found = _REFERENCE.fullmatch(name)
        if found is None:
            raise ApiRefusal(
                "ValidationException",
                f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy "
                f"constraint: Member must satisfy regular expression pattern: {_PATTERN}",
            )
        inside = found["qualifier"]
        if inside and qualifier and inside != qualifier:
            raise ApiRefusal(
                "InvalidParameterValueException",
                "The derived qualifier from the function name does not match the specified "
                "qualifier.",
            )
        return Reference(
            found["region"] or region or self._region,
            found["account"] or self._account,
            found["name"],
            inside or qualifier,
        )

    def backend(self, region: str) -> Any:
        """moto's Lambda backend of a region."""
        from moto.awslambda.models import lambda_backends

        return lambda_backends[self._account][region]

    def versions(self, reference: Reference) -> dict[str, Any]:
        """moto's record of a function: ``latest`` and the list of ``versions``.

        Raises:
            ApiRefusal: ``ResourceNotFoundException``.
        """
        entry = self.backend(reference.region)._lambdas._functions.get(reference.name)
        if entry is None or reference.account != self._account:
            raise not_found(reference)
        found: dict[str, Any] = entry
        return found

    def latest(self, reference: Reference) -> Any:
        """moto's object of the unpublished version."""
        return self.versions(reference)["latest"]

    def aliases(self, reference: Reference) -> dict[str, Any]:
        """moto's aliases of a function by name."""
        self.versions(reference)
        found: dict[str, Any] = self.backend(reference.region)._lambdas._aliases[reference.arn]
        return found

    def find(self, reference: Reference, chance: Callable[[], float] = lambda: 1.0) -> Target:
        """The version behind a reference.

        ``chance`` (a number from 0 up to 1) picks the version of a weighted alias: AWS, "Implement
        Lambda canary deployments using a weighted alias".

        Raises:
            ApiRefusal: ``ResourceNotFoundException``.
        """
        entry = self.versions(reference)
        wanted = reference.qualifier
        if wanted is not None and (alias := self.aliases(reference).get(wanted)) is not None:
            wanted = _routed(alias, chance)
        if wanted is None or wanted == LATEST:
            return Target(reference, entry["latest"])
        for function in entry["versions"]:
            if str(function.version) == wanted:
                return Target(reference, function)
        raise not_found(reference)

    def all(self, region: str) -> Iterator[Any]:
        """moto's objects of all unpublished versions in a region, by name."""
        functions = self.backend(region)._lambdas._functions
        for name in sorted(functions):
            yield functions[name]["latest"]

    def spec(self, target: Target) -> FunctionSpec:
        """Freeze a function version into what an environment needs."""
        function, settings = target.function, settings_of(target.function)
        backend = self.backend(target.reference.region)
        layers = tuple(
            bytes(backend._layers.get_layer_version_by_arn(layer["Arn"]).code_bytes)
            for layer in function.layers
        )
        return FunctionSpec(
            name=function.function_name,
            arn=target.reference.arn,
            version=target.version,
            revision=fingerprint(target),
            account=self._account,
            region=target.reference.region,
            handler=function.handler or "",
            runtime=function.run_time,
            role=function.role,
            timeout=int(function.timeout),
            memory=int(function.memory_size),
            storage=int(function.ephemeral_storage),
            log_group=settings.log_group or f"/aws/lambda/{function.function_name}",
            variables=dict(function.environment_vars or {}),
            code=bytes(function.code_bytes),
            layers=layers,
            tracing=(function.tracing_config or {}).get("Mode") == "Active",
            json_logs=settings.log_format == "JSON",
            log_level=(
                settings.logging_config["ApplicationLogLevel"]
                if settings.log_format == "JSON"
                else None
            ),
        )


def fingerprint(target: Target) -> str:
    """Changes with every update of code or configuration, whoever made it."""
    function = target.function
    return f"{settings_of(function).revision}/{function.code_sha_256}/{id(function)}"


def not_found(reference: Reference) -> ApiRefusal:
    """``ResourceNotFoundException`` as Lambda words it."""
    return ApiRefusal(
        "ResourceNotFoundException",
        f"Function not found: {reference.invoked_arn}",
        404,
        Type="User",
    )


def _routed(alias: Any, chance: Callable[[], float]) -> str:
    weights = (alias.routing_config or {}).get("AdditionalVersionWeights") or {}
    drawn = chance() if weights else 1.0
    for version, weight in weights.items():
        if drawn < weight:
            return str(version)
        drawn -= weight
    return str(alias.function_version)


_PATTERN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?"
    r"(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
)
