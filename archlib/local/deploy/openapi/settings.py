"""What a document says of the API as a whole.

Source: "x-amazon-apigateway-api-key-source property", "…-binary-media-types property",
"…-endpoint-configuration object", "…-gateway-responses object", "…-minimum-compression-size
property", "…-policy" and "…-request-validators object" in the API Gateway Developer Guide.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archlib.local.deploy.openapi.node import Node, keys
from archlib.local.deploy.resource_type import Properties

INFO = keys("title description version", "termsOfService contact license summary")
_SERVER = keys("url variables x-amazon-apigateway-endpoint-configuration", "description")
_ENDPOINT = keys("disableExecuteApiEndpoint")
_ANSWER = keys("statusCode responseParameters responseTemplates")
_VALIDATOR = keys("validateRequestBody validateRequestParameters")

_API = "x-amazon-apigateway-"


def settings(root: Node) -> Properties:
    """Properties of ``AWS::ApiGateway::RestApi``."""
    info = root.get("info")
    info.entries(INFO)
    made: dict[str, Any] = {}
    for key, name in (("title", "Name"), ("description", "Description"), ("version", "Version")):
        if info.get(key).there:
            made[name] = info.get(key).text()
    for key, (name, read) in _SETTINGS.items():
        node = root.get(_API + key)
        if node.there:
            made[name] = read(node)
    if endpoint := _endpoint(root):
        made["DisableExecuteApiEndpoint"] = endpoint
    return made


def _policy(node: Node) -> Any:
    node.entries()
    return node.value


_SETTINGS: dict[str, tuple[str, Callable[[Node], Any]]] = {
    "api-key-source": ("ApiKeySourceType", lambda node: node.choice(("HEADER", "AUTHORIZER"))),
    "binary-media-types": ("BinaryMediaTypes", Node.strings),
    "minimum-compression-size": ("MinimumCompressionSize", Node.integer),
    "policy": ("Policy", _policy),
}


def _endpoint(root: Node) -> bool:
    disabled = False
    extension = f"{_API}endpoint-configuration"
    places = [root.get(extension)]
    for server in root.get("servers").items():
        server.entries(_SERVER)
        places.append(server.get(extension))
    for place in places:
        place.entries(_ENDPOINT)
        disabled = disabled or place.get("disableExecuteApiEndpoint").flag()
    return disabled


def base_path(root: Node) -> str:
    """The path below which the document says its paths are: ``/v1``, or nothing."""
    if root.document.swagger:
        node = root.get("basePath")
        return str(node.text()).rstrip("/") if node.there else ""
    servers = root.get("servers").items()
    if not servers:
        return ""
    default = servers[0].get("variables").get("basePath").get("default")
    return f"/{default.text().strip('/')}".rstrip("/") if default.there else ""


def gateway_responses(root: Node) -> tuple[Properties, ...]:
    """Properties of ``AWS::ApiGateway::GatewayResponse``."""
    made = []
    for kind, node in root.get(f"{_API}gateway-responses").entries():
        node.entries(_ANSWER)
        answer: dict[str, Any] = {"ResponseType": kind}
        if node.get("statusCode").there:
            answer["StatusCode"] = node.get("statusCode").text()
        answer["ResponseParameters"] = node.get("responseParameters").texts()
        answer["ResponseTemplates"] = node.get("responseTemplates").texts()
        made.append(answer)
    return tuple(made)


def validators(root: Node) -> dict[str, Properties]:
    """Properties of ``AWS::ApiGateway::RequestValidator`` by name."""
    made = {}
    for name, node in root.get(f"{_API}request-validators").entries():
        node.entries(_VALIDATOR)
        made[name] = {
            "Name": name,
            "ValidateRequestBody": node.get("validateRequestBody").flag(),
            "ValidateRequestParameters": node.get("validateRequestParameters").flag(),
        }
    return made
