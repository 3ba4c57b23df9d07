"""The attributes a DynamoDB request touches, for ``dynamodb:Attributes`` and its like.

AWS: "Using IAM policy conditions for fine-grained access control" (DynamoDB Developer Guide).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_EXPRESSIONS = (
    "ProjectionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ConditionExpression",
    "UpdateExpression",
)
_LEGACY_MAPS = (
    "Key", "Item", "Expected", "AttributeUpdates", "KeyConditions", "QueryFilter", "ScanFilter",
)  # fmt: skip
_TOKEN = re.compile(r"(?P<path>(?:#\w+|[A-Za-z_][\w-]*)(?:\[\d+\]|\.(?:#\w+|[A-Za-z_]\w*))*)|:\w+")
_KEYWORDS = {"and", "or", "not", "between", "in", "set", "remove", "add", "delete"}
_FUNCTIONS = {
    "attribute_exists",
    "attribute_not_exists",
    "attribute_type",
    "begins_with",
    "contains",
    "if_not_exists",
    "list_append",
    "size",
}
_WORDS = frozenset(_KEYWORDS | _FUNCTIONS)


def attributes(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Top-level names of all attributes in a request's keys, items and expressions."""
    names = dict.fromkeys(params.get("AttributesToGet") or ())
    for member in _LEGACY_MAPS:
        names.update(dict.fromkeys(params.get(member) or ()))
    aliases = params.get("ExpressionAttributeNames") or {}
    for member in _EXPRESSIONS:
        names.update(dict.fromkeys(_top_level(params.get(member) or "", aliases)))
    return tuple(names)


def _top_level(expression: str, aliases: Mapping[str, str]) -> Iterator[str]:
    for found in _TOKEN.finditer(expression):
        if found["path"] is None:
            continue
        name = re.split(r"[.\[]", found["path"], maxsplit=1)[0]
        if name.startswith("#"):
            yield aliases.get(name, name)
        elif name.lower() not in _WORDS:
            yield name


def key_text(value: Any) -> str:
    """A key's value as text, in the client's wire form or a resource's Python form."""
    if isinstance(value, Mapping) and len(value) == 1:
        value = next(iter(value.values()))
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


_EQUALITY = re.compile(r"(#\w+|[A-Za-z_]\w*)\s*=\s*(:\w+)")


def queried_key(params: Mapping[str, Any], key: str) -> str | None:
    """The partition key value that a Query asks for."""
    legacy = (params.get("KeyConditions") or {}).get(key)
    if legacy is not None:
        return key_text(legacy["AttributeValueList"][0])
    aliases = params.get("ExpressionAttributeNames") or {}
    values = params.get("ExpressionAttributeValues") or {}
    for name, placeholder in _EQUALITY.findall(params.get("KeyConditionExpression") or ""):
        if aliases.get(name, name) == key and placeholder in values:
            return key_text(values[placeholder])
    return None
