"""Operations of a document as methods of the API.

Of a parameter API Gateway takes the place, the name and whether it is required; of a response
its status, its headers' names and its models. Parameters in cookies and forms it drops. Source:
"Amazon API Gateway important notes", "Notes and cautions for REST APIs", in the API Gateway
Developer Guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archlib.local.deploy.openapi import integrations
from archlib.local.deploy.openapi.definition import Route
from archlib.local.deploy.openapi.models import Models
from archlib.local.deploy.openapi.node import Node, keys
from archlib.local.deploy.openapi.security import Guard, Schemes

_ANY = "x-amazon-apigateway-any-method"
_VALIDATOR = "x-amazon-apigateway-request-validator"
_AUTH = "x-amazon-apigateway-auth"
METHODS = {
    name: name.upper() for name in ("get", "put", "post", "delete", "options", "head", "patch")
} | {_ANY: "ANY"}
_PATH_ITEM = keys(" ".join((*METHODS, "parameters")), "summary description servers")
_OPERATION = keys(
    f"operationId parameters requestBody responses security consumes produces "
    f"{integrations.EXTENSION} {_VALIDATOR} {_AUTH}",
    "tags summary description externalDocs deprecated schemes servers",
)
_PLACES = {"header": "header", "query": "querystring", "path": "path"}
_DROPPED = ("cookie", "formData")
_BODY = keys("content required", "description")
_MEDIA = keys("schema", "example examples encoding")
_RESPONSE = keys("headers content schema", "description examples links")


@dataclass(frozen=True)
class Operations:
    """Reads operations with what the document says elsewhere."""

    root: Node
    schemes: Schemes
    models: Models
    validators: frozenset[str]

    def routes(self, prefix: str) -> tuple[Route, ...]:
        """Every method of the document, its path below ``prefix``."""
        made = []
        for path, item in self.root.get("paths").entries():
            if not path.startswith("/"):
                item.refuse("a path begins with /")
            item.entries(_PATH_ITEM)
            for key, method in METHODS.items():
                if item.get(key).there:
                    route = self._route(f"{prefix}{path}", method, item, item.get(key))
                    made.append(route)
        return tuple(made)

    def _route(self, path: str, method: str, item: Node, operation: Node) -> Route:
        operation.entries(_OPERATION)
        guard = self._guard(operation)
        made: dict[str, Any] = {
            "HttpMethod": method,
            "AuthorizationType": guard.authorization,
            "ApiKeyRequired": guard.key,
        }
        if guard.scopes:
            made["AuthorizationScopes"] = list(guard.scopes)
        if operation.get("operationId").there:
            made["OperationName"] = operation.get("operationId").text()
        parameters, models = self._request(item, operation)
        responses = self._responses(operation)
        integration = operation.get(integrations.EXTENSION)
        for name, value in (
            ("RequestParameters", parameters),
            ("RequestModels", models),
            ("MethodResponses", responses),
            ("Integration", integration.there and integrations.integration(integration)),
        ):
            if value:
                made[name] = value
        return Route(path, made, guard.authorizer, self._validator(operation))

    def _guard(self, operation: Node) -> Guard:
        own = operation.get("security")
        guard = self.schemes.guard(own if own.there else self.root.get("security"))
        chosen = operation.get(_AUTH)
        if not chosen.there:
            return guard
        chosen.entries(keys("type"))
        kind = chosen.get("type").choice(("NONE", "AWS_IAM"))
        return Guard(kind, key=guard.key)

    def _validator(self, operation: Node) -> str | None:
        for node in (operation.get(_VALIDATOR), self.root.get(_VALIDATOR)):
            if node.there:
                name = str(node.text())
                if name not in self.validators:
                    node.refuse(f"there is no request validator {name}")
                return name
        return None

    def _request(self, item: Node, operation: Node) -> tuple[dict[str, bool], dict[str, str]]:
        named: dict[tuple[str, str], Node] = {}
        for written in (*item.get("parameters").items(), *operation.get("parameters").items()):
            node = written.followed()
            if node.there:
                named[str(node.get("in").value), str(node.get("name").value)] = node
        parameters: dict[str, bool] = {}
        models: dict[str, str] = {}
        for (place, name), node in named.items():
            if place in _PLACES:
                required = node.get("required").flag() or place == "path"
                parameters[f"method.request.{_PLACES[place]}.{name}"] = required
            elif place == "body" and node.get("schema").there:
                model = self.models.name(node.get("schema"))
                models |= dict.fromkeys(self._media(operation, "consumes"), model)
            elif place not in (*_DROPPED, "body"):
                node.refuse(f"a parameter in {place} is unknown")
        body = operation.get("requestBody").followed()
        body.entries(_BODY)
        return parameters, {**models, **self._content(body)}

    def _media(self, operation: Node, key: str) -> list[str]:
        own = operation.get(key)
        chosen = own if own.there else self.root.get(key)
        return chosen.strings() if chosen.there else ["application/json"]

    def _content(self, node: Node) -> dict[str, str]:
        made = {}
        for media, entry in node.get("content").entries():
            entry.entries(_MEDIA)
            if entry.get("schema").there:
                made[media] = self.models.name(entry.get("schema"))
        return made

    def _responses(self, operation: Node) -> list[dict[str, Any]]:
        made = []
        for status, written in operation.get("responses").entries():
            node = written.followed()
            node.entries(_RESPONSE)
            if not (status.isdigit() and len(status) == 3):
                continue  # "default" and "4XX" describe: a method response has one status
            response: dict[str, Any] = {"StatusCode": status}
            headers = [name for name, _ in node.get("headers").entries()]
            if headers:
                places = (f"method.response.header.{name}" for name in headers)
                response["ResponseParameters"] = dict.fromkeys(places, False)
            models = self._content(node)
            if node.get("schema").there:
                model = self.models.name(node.get("schema"))
                models |= dict.fromkeys(self._media(operation, "produces"), model)
            if models:
                response["ResponseModels"] = models
            made.append(response)
        return made
