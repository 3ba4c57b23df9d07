"""Security schemes: which are authorizers, which is the API key, what a method then requires.

API Gateway reads all requirements of an operation together, as SAM writes them. Source:
"x-amazon-apigateway-authorizer object" and "x-amazon-apigateway-authtype property" in the API
Gateway Developer Guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archlib.local.deploy.openapi.node import Node, keys
from archlib.local.deploy.resource_type import Properties

_AUTHORIZER = "x-amazon-apigateway-authorizer"
_AUTH_TYPE = "x-amazon-apigateway-authtype"
_SCHEME = keys(
    f"type name in {_AUTHORIZER} {_AUTH_TYPE}",
    "description flow flows authorizationUrl tokenUrl scopes scheme bearerFormat openIdConnectUrl",
)
_FIELDS = keys(
    "type authorizerUri authorizerCredentials identitySource identityValidationExpression "
    "authorizerResultTtlInSeconds providerARNs"
)
_TYPES = ("TOKEN", "REQUEST", "COGNITO_USER_POOLS")
_TEXTS = {
    "authorizerUri": "AuthorizerUri",
    "authorizerCredentials": "AuthorizerCredentials",
    "identitySource": "IdentitySource",
    "identityValidationExpression": "IdentityValidationExpression",
}
#: How SAM writes that an operation needs nobody's permission.
_OPEN = "NONE"
#: The authorization type that a method with an authorizer of some type has.
_OF_METHOD = {"COGNITO_USER_POOLS": "COGNITO_USER_POOLS", "TOKEN": "CUSTOM", "REQUEST": "CUSTOM"}


@dataclass(frozen=True)
class Guard:
    """What a method requires of a caller."""

    authorization: str = "NONE"
    authorizer: str | None = None
    scopes: tuple[str, ...] = ()
    key: bool = False


@dataclass(frozen=True)
class Schemes:
    """A document's security schemes by what they mean to API Gateway."""

    authorizers: Mapping[str, Properties] = field(default_factory=dict)
    signed: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    powerless: frozenset[str] = frozenset()

    def guard(self, requirements: Node) -> Guard:
        """The guard of an operation with these requirements."""
        wanted: dict[str, tuple[str, ...]] = {}
        for requirement in requirements.items():
            for name, scopes in requirement.entries():
                wanted[name] = tuple(scopes.strings())
                self._check(name, scopes)
        chosen = [name for name in wanted if name in self.authorizers or name in self.signed]
        key = any(name in self.keys for name in wanted)
        if len(chosen) > 1:
            requirements.refuse(f"a method has one authorizer, not {' and '.join(chosen)}")
        if not chosen:
            return Guard(key=key)
        if chosen[0] in self.signed:
            return Guard("AWS_IAM", key=key)
        kind = _OF_METHOD.get(self.authorizers[chosen[0]]["Type"], "CUSTOM")
        scopes_of = wanted[chosen[0]] if kind == "COGNITO_USER_POOLS" else ()
        return Guard(kind, chosen[0], scopes_of, key)

    def _check(self, name: str, at: Node) -> None:
        if name in self.powerless:
            at.refuse(
                f"API Gateway does nothing for the security scheme {name}",
                f"give it {_AUTHORIZER}, or the name x-api-key",
            )
        elif name not in {*self.authorizers, *self.signed, *self.keys, _OPEN}:
            at.refuse(f"there is no security scheme {name}")


def schemes(root: Node) -> Schemes:
    """The schemes of a document."""
    authorizers: dict[str, Properties] = {}
    sorts: dict[str, set[str]] = {"signed": set(), "keys": set(), "powerless": set()}
    section = root.get("securityDefinitions")
    if not root.document.swagger:
        section = root.get("components").get("securitySchemes")
    for name, node in section.entries():
        node.entries(_SCHEME)
        if node.get(_AUTHORIZER).there:
            authorizers[name] = _authorizer(name, node)
        else:
            sorts[_sort(node)].add(name)
    return Schemes(authorizers, **{sort: frozenset(names) for sort, names in sorts.items()})


def _sort(node: Node) -> str:
    if str(node.get(_AUTH_TYPE).value).lower() == "awssigv4":
        return "signed"
    api_key = node.get("type").value == "apiKey"
    named = str(node.get("name").value).lower() == "x-api-key"
    return "keys" if api_key and named and node.get("in").value == "header" else "powerless"


def _authorizer(name: str, scheme: Node) -> Properties:
    node = scheme.get(_AUTHORIZER)
    node.entries(_FIELDS)
    kind = node.get("type").choice(_TYPES)
    made: dict[str, Any] = {"Name": name, "Type": kind}
    for key, property_name in _TEXTS.items():
        if node.get(key).there:
            made[property_name] = node.get(key).text()
    if node.get("providerARNs").there:
        made["ProviderARNs"] = node.get("providerARNs").strings()
    if node.get("authorizerResultTtlInSeconds").there:
        made["AuthorizerResultTtlInSeconds"] = node.get("authorizerResultTtlInSeconds").integer()
    if scheme.get(_AUTH_TYPE).there:
        made["AuthType"] = scheme.get(_AUTH_TYPE).text()
    if kind != "REQUEST":
        header = scheme.get("name").text() if scheme.get("name").there else "Authorization"
        made.setdefault("IdentitySource", f"method.request.header.{header}")
    return made
