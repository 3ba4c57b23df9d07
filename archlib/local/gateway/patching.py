"""Patch operations on the control plane's resources, by table.

AWS: "PatchOperation" and "Patch operations" (API reference): ``op``, ``path``, ``value``; a
slash inside a path element is written ``~1``. What moto ignores or gets wrong is applied here
to moto's own objects, so that its reads return it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archlib.local.refusal import ApiRefusal

Operation = Mapping[str, str]
Convert = Callable[[str], Any]


def boolean(text: str) -> bool:
    """``true`` or ``false``, in any case."""
    return text.lower() == "true"


def text(value: str) -> str:
    """A string as it is."""
    return value


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value; removing it leaves ``empty``."""

    attribute: str
    convert: Convert = text
    empty: Any = None

    def apply(self, target: Any, op: str, rest: Sequence[str], value: str) -> None:
        """Set or clear the value."""
        setattr(target, self.attribute, self.empty if op == "remove" else self.convert(value))


@dataclass(frozen=True, slots=True)
class Table:
    """A map; the path's next element is the key."""

    attribute: str
    convert: Convert = text

    def apply(self, target: Any, op: str, rest: Sequence[str], value: str) -> None:
        """Set or remove one entry, or remove all of them."""
        entries = dict(getattr(target, self.attribute) or {})
        if not rest:
            if op != "remove":
                raise _invalid("a map needs a key in the path")
            entries.clear()
        elif op == "remove":
            entries.pop(rest[0], None)
        else:
            entries[rest[0]] = self.convert(value)
        setattr(target, self.attribute, entries)


@dataclass(frozen=True, slots=True)
class Collection:
    """A list of strings; the path's next element or the value is the member."""

    attribute: str

    def apply(self, target: Any, op: str, rest: Sequence[str], value: str) -> None:
        """Add, remove or exchange a member."""
        members = list(getattr(target, self.attribute) or [])
        subject = rest[0] if rest else value
        if op in ("remove", "replace") and subject in members:
            members.remove(subject)
        if op == "add" and subject not in members:
            members.append(subject)
        if op == "replace":
            members = [value] if not rest else [*members, value]
        setattr(target, self.attribute, members)


Field = Scalar | Table | Collection


def elements(path: str) -> list[str]:
    """A patch path's elements, decoded."""
    return [part.replace("~1", "/").replace("~0", "~") for part in path.strip("/").split("/")]


def apply(target: Any, fields: Mapping[str, Field], operations: Sequence[Operation]) -> None:
    """Apply operations to ``target``; raises :class:`ApiRefusal` for an unknown path or op."""
    for operation in operations:
        op, path = operation["op"], operation.get("path", "")
        name, *rest = elements(path)
        found = fields.get(name)
        if found is None or op not in ("add", "replace", "remove"):
            allowed = ", ".join(f"/{field}" for field in sorted(fields))
            raise _invalid(f"Invalid patch path '{path}' specified for op '{op}'. "
                           f"Must be one of: [{allowed}]")  # fmt: skip
        found.apply(target, op, rest, operation.get("value", ""))


def _invalid(message: str) -> ApiRefusal:
    return ApiRefusal("BadRequestException", message, 400)


REST_API: Mapping[str, Field] = {
    "name": Scalar("name"),
    "description": Scalar("description", empty=""),
    "apiKeySource": Scalar("api_key_source", empty="HEADER"),
    "binaryMediaTypes": Collection("binaryMediaTypes"),
    "disableExecuteApiEndpoint": Scalar("disableExecuteApiEndpoint", boolean, False),
    "minimumCompressionSize": Scalar("minimum_compression_size", int),
    "policy": Scalar("policy"),
}

METHOD: Mapping[str, Field] = {
    "authorizationType": Scalar("authorization_type", empty="NONE"),
    "authorizerId": Scalar("authorizer_id"),
    "authorizationScopes": Collection("authorization_scopes"),
    "apiKeyRequired": Scalar("api_key_required", boolean, False),
    "operationName": Scalar("operation_name"),
    "requestParameters": Table("request_parameters", boolean),
    "requestModels": Table("request_models"),
    "requestValidatorId": Scalar("request_validator_id"),
}

METHOD_RESPONSE: Mapping[str, Field] = {
    "responseParameters": Table("response_parameters", boolean),
    "responseModels": Table("response_models"),
}

INTEGRATION: Mapping[str, Field] = {
    "type": Scalar("integration_type"),
    "uri": Scalar("uri"),
    "httpMethod": Scalar("http_method"),
    "credentials": Scalar("credentials"),
    "passthroughBehavior": Scalar("passthrough_behaviour", empty="WHEN_NO_MATCH"),
    "requestParameters": Table("request_parameters"),
    "requestTemplates": Table("request_templates"),
    "cacheNamespace": Scalar("cache_namespace"),
    "cacheKeyParameters": Collection("cache_key_parameters"),
    "contentHandling": Scalar("content_handling"),
    "timeoutInMillis": Scalar("timeout_in_millis", int),
    "connectionType": Scalar("connection_type"),
}

INTEGRATION_RESPONSE: Mapping[str, Field] = {
    "selectionPattern": Scalar("selection_pattern"),
    "responseParameters": Table("response_parameters"),
    "responseTemplates": Table("response_templates"),
    "contentHandling": Scalar("content_handling"),
}

AUTHORIZER: Mapping[str, Field] = {
    "name": Scalar("name"),
    "type": Scalar("type"),
    "providerARNs": Collection("provider_arns"),
    "authType": Scalar("auth_type"),
    "authorizerUri": Scalar("authorizer_uri"),
    "authorizerCredentials": Scalar("authorizer_credentials"),
    "authorizerResultTtlInSeconds": Scalar("authorizer_result_ttl", int, 300),
    "identitySource": Scalar("identity_source"),
    "identityValidationExpression": Scalar("identity_validation_expression"),
}

MODEL: Mapping[str, Field] = {"schema": Scalar("schema"), "description": Scalar("description")}

DEPLOYMENT: Mapping[str, Field] = {"description": Scalar("description", empty="")}
