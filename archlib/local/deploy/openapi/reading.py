"""A document read from its outermost level inwards.

Source: "Develop REST APIs using OpenAPI in API Gateway" and "OpenAPI extensions for API Gateway"
in the API Gateway Developer Guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlib.local.deploy.openapi.definition import Definition
from archlib.local.deploy.openapi.models import Models
from archlib.local.deploy.openapi.node import Document, Node, keys
from archlib.local.deploy.openapi.operations import Operations
from archlib.local.deploy.openapi.security import schemes
from archlib.local.deploy.openapi.settings import (
    base_path,
    gateway_responses,
    settings,
    validators,
)
from archlib.local.deploy.spec import Problem

_API = "x-amazon-apigateway-"
_SHARED = (
    f"info paths security {_API}api-key-source {_API}binary-media-types "
    f"{_API}minimum-compression-size {_API}policy {_API}endpoint-configuration "
    f"{_API}gateway-responses {_API}request-validators {_API}request-validator"
)
_TOLD = f"tags externalDocs {_API}importexport-version"
_SWAGGER = keys(
    f"{_SHARED} swagger basePath consumes produces definitions parameters responses "
    "securityDefinitions",
    f"{_TOLD} host schemes",
)
_OPENAPI = keys(f"{_SHARED} openapi servers components", _TOLD)
_COMPONENTS = keys(
    "schemas securitySchemes parameters responses requestBodies",
    "headers examples links",
)
#: How the import may be told to treat the base path; "split" is not imitated.
BASE_PATHS = ("ignore", "prepend")


def read_definition(
    body: Any, parameters: Mapping[str, Any] | None = None
) -> tuple[Definition, tuple[Problem, ...]]:
    """The API that ``body`` defines, and everything in it that cannot be honoured."""
    if not isinstance(body, dict):
        return Definition(), (Problem("#/Body", "must be an OpenAPI document"),)
    document = Document(body)
    root = document.node
    _check_version(root)
    root.entries(_SWAGGER if document.swagger else _OPENAPI)
    if not document.swagger:
        root.get("components").entries(_COMPONENTS)
    models, found = Models(root), schemes(root)
    rules = validators(root)
    prefix = base_path(root) if (parameters or {}).get("basepath") == "prepend" else ""
    routes = Operations(root, found, models, frozenset(rules)).routes(prefix)
    definition = Definition(
        settings=settings(root),
        models=models.found,
        authorizers=found.authorizers,
        validators=rules,
        gateway_responses=gateway_responses(root),
        routes=routes,
    )
    return definition, tuple(document.problems)


def _check_version(root: Node) -> None:
    swagger, openapi = str(root.get("swagger").value), str(root.get("openapi").value)
    if swagger != "2.0" and not openapi.startswith("3.0"):
        root.refuse("must say swagger: '2.0' or openapi: 3.0.x")
    if not root.get("paths").there:
        root.refuse("required key [paths] not found")
