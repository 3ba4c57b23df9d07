"""A REST API as a document describes it, in the properties of CloudFormation's resource types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from archlib.local.deploy.resource_type import Properties


@dataclass(frozen=True)
class Route:
    """One method: ``properties`` of ``AWS::ApiGateway::Method`` without the ids.

    ``authorizer`` and ``validator`` are names within the document.
    """

    path: str
    properties: Properties
    authorizer: str | None = None
    validator: str | None = None


@dataclass(frozen=True)
class Definition:
    """Everything of one API; ``settings`` are properties of ``AWS::ApiGateway::RestApi``."""

    settings: Properties = field(default_factory=dict)
    models: Mapping[str, Properties] = field(default_factory=dict)
    authorizers: Mapping[str, Properties] = field(default_factory=dict)
    validators: Mapping[str, Properties] = field(default_factory=dict)
    gateway_responses: tuple[Properties, ...] = ()
    routes: tuple[Route, ...] = ()
