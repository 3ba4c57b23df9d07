"""A deployed REST API as frozen data: what one ``CreateDeployment`` froze.

AWS: "Set up REST API deployments" — a deployment is a point-in-time snapshot of resources,
methods, integrations, models, authorizers and gateway responses; later changes have no
effect until the API is deployed again. Stage settings are not part of it
(:mod:`archlib.local.gateway.stages`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archlib.local.gateway.routing import Router

#: A parameter's place and name, e.g. ``("header", "Authorization")``.
Parameter = tuple[str, str]


@dataclass(frozen=True, slots=True)
class IntegrationResponse:
    """How one outcome of a non-proxy integration becomes a method response."""

    status: int
    pattern: re.Pattern[str] | None
    parameters: Mapping[str, str]
    templates: Mapping[str, str]
    content_handling: str | None


@dataclass(frozen=True, slots=True)
class Integration:
    """The back end of a method. ``timeout`` is in seconds."""

    type: str
    uri: str
    http_method: str
    parameters: Mapping[str, str]
    templates: Mapping[str, str]
    passthrough: str
    timeout: float
    content_handling: str | None
    cache_namespace: str
    cache_key: tuple[Parameter, ...]
    responses: tuple[IntegrationResponse, ...]


@dataclass(frozen=True, slots=True)
class Authorizer:
    """A Cognito or Lambda authorizer. ``ttl`` is in seconds, 0 for no caching of its result."""

    id: str
    type: str
    name: str
    sources: tuple[Parameter, ...]
    expression: re.Pattern[str] | None
    provider_arns: tuple[str, ...]
    function_arn: str | None
    ttl: int


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a resource; ``http_method`` may be ``ANY``.

    ``models`` maps content types to a check of a parsed body that returns what is wrong.
    """

    http_method: str
    authorization: str
    authorizer: Authorizer | None
    scopes: frozenset[str]
    api_key_required: bool
    required: tuple[Parameter, ...]
    validate_parameters: bool
    validate_body: bool
    models: Mapping[str, Callable[[Any], str | None]]
    operation_name: str | None
    integration: Integration


@dataclass(frozen=True, slots=True)
class Resource:
    """A node of the path tree, e.g. ``/todos/{id}``."""

    id: str
    path: str
    methods: Mapping[str, Method]


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """A customised error response; ``status`` None keeps the status of the error."""

    status: int | None
    parameters: Mapping[str, str]
    templates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ApiSnapshot:
    """Everything a stage serves from, frozen at deployment."""

    id: str
    deployment_id: str
    name: str
    region: str
    account: str
    router: Router
    gateway_responses: Mapping[str, GatewayResponse]
    binary_media_types: tuple[str, ...]
    policy: str | None
    key_source: str
    minimum_compression: int | None
    disabled: bool

    @property
    def arn(self) -> str:
        """The API's ARN: its name in a trace."""
        return f"arn:aws:apigateway:{self.region}::/restapis/{self.id}"

    def execute_arn(self, stage: str, method: str, path: str) -> str:
        """The ARN that policies name: ``…:{api}/{stage}/{METHOD}/{path}``."""
        return (
            f"arn:aws:execute-api:{self.region}:{self.account}:"
            f"{self.id}/{stage}/{method}/{path.lstrip('/')}"
        )
