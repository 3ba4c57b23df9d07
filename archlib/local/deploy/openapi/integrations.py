"""``x-amazon-apigateway-integration`` as the ``Integration`` of a method.

Source: "x-amazon-apigateway-integration object", "…-integration.responses object" and
"…-integration.responseParameters object" in the API Gateway Developer Guide.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archlib.local.deploy.openapi.node import Node, keys
from archlib.local.deploy.resource_type import Properties

EXTENSION = "x-amazon-apigateway-integration"
_TYPES = ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK")
_CONVERSIONS = ("CONVERT_TO_TEXT", "CONVERT_TO_BINARY")
#: Credentials that stand for the caller's own.
_CALLER = "arn:aws:iam::*:user/*"
_Read = Callable[[Node], Any]


def _credentials(node: Node) -> Any:
    text = node.text()
    if text == _CALLER:
        node.refuse(
            "the local cloud does not call an integration with the caller's credentials",
            "let the function's permission allow apigateway.amazonaws.com; in SAM, say "
            "InvokeRole: NONE",
        )
    return text


def _upper(node: Node) -> Any:
    text = node.text()
    return text.upper() if isinstance(text, str) else text


#: Field of the extension -> property of ``Integration``, and how it is read.
_FIELDS: dict[str, tuple[str, _Read]] = {
    "type": ("Type", lambda node: node.choice(_TYPES)),
    "uri": ("Uri", Node.text),
    "httpMethod": ("IntegrationHttpMethod", _upper),
    "credentials": ("Credentials", _credentials),
    "cacheKeyParameters": ("CacheKeyParameters", Node.strings),
    "cacheNamespace": ("CacheNamespace", Node.text),
    "connectionType": ("ConnectionType", lambda node: node.choice(("INTERNET",))),
    "contentHandling": ("ContentHandling", lambda node: node.choice(_CONVERSIONS)),
    "passthroughBehavior": (
        "PassthroughBehavior",
        lambda node: node.choice(("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")),
    ),
    "requestParameters": ("RequestParameters", Node.texts),
    "requestTemplates": ("RequestTemplates", Node.texts),
    "timeoutInMillis": ("TimeoutInMillis", Node.integer),
}
_RESPONSE: dict[str, tuple[str, _Read]] = {
    "statusCode": ("StatusCode", Node.text),
    "contentHandling": ("ContentHandling", lambda node: node.choice(_CONVERSIONS)),
    "responseParameters": ("ResponseParameters", Node.texts),
    "responseTemplates": ("ResponseTemplates", Node.texts),
}
_KEYS = keys(" ".join((*_FIELDS, "responses")))
_RESPONSE_KEYS = keys(" ".join(_RESPONSE))


def integration(node: Node) -> Properties:
    """The ``Integration`` property of a method."""
    node.entries(_KEYS)
    if not node.get("type").there:
        node.refuse("required key [type] not found")
        return {}
    made = _read(node, _FIELDS)
    responses = [_response(key, entry) for key, entry in node.get("responses").entries()]
    if responses:
        made["IntegrationResponses"] = responses
    codes = [response.get("StatusCode") for response in responses]
    for code in {code for code in codes if codes.count(code) > 1}:
        node.get("responses").refuse(f"two responses have the status code {code}")
    return made


def _read(node: Node, fields: dict[str, tuple[str, _Read]]) -> dict[str, Any]:
    return {
        name: read(node.get(key)) for key, (name, read) in fields.items() if node.get(key).there
    }


def _response(pattern: str, node: Node) -> Properties:
    node.entries(_RESPONSE_KEYS)
    if not node.get("statusCode").there:
        node.refuse("required key [statusCode] not found")
    made = _read(node, _RESPONSE)
    if pattern != "default":
        made["SelectionPattern"] = pattern
    return made
