"""CloudFormation properties <-> botocore shapes, where only the casing of the names differs.

``RestApiId`` is sent as ``restApiId``, ``SseAlgorithm`` as ``SSEAlgorithm``; an object goes into
a string member as its JSON text; tags become a map or a list as the API wants them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from archlib.local.deploy.spec import (
    BOOLEAN,
    INTEGER,
    NUMBER,
    STRING,
    TAGS,
    Anything,
    ListOf,
    MapOf,
    Models,
    Record,
    Scalar,
    Shaped,
    Spec,
)

_SCALARS: dict[str, Spec] = {
    "string": STRING,
    "character": STRING,
    "timestamp": STRING,
    "blob": STRING,
    "integer": INTEGER,
    "long": INTEGER,
    "float": NUMBER,
    "double": NUMBER,
    "boolean": BOOLEAN,
}


def specification(models: Models, shaped: Shaped) -> Spec:
    """The specification a botocore input shape amounts to, cached on the shape."""
    shape = models(shaped.service).operation_model(shaped.operation).input_shape
    for name in shaped.path:
        shape = member(shape, name) if shape.type_name == "structure" else shape.member
    return _spec(shape, ())


def _spec(shape: Any, above: tuple[str, ...]) -> Spec:
    known: Spec | None = getattr(shape, "_archlib_spec", None)
    if known is None:
        known = shape._archlib_spec = _derive(shape, above)
    return known


def _derive(shape: Any, above: tuple[str, ...]) -> Spec:
    if shape.name in above:
        return Anything()
    above = (*above, shape.name)
    if shape.type_name == "structure":
        fields = {upper_first(name): _spec(item, above) for name, item in shape.members.items()}
        needed = frozenset(upper_first(name) for name in shape.required_members)
        return Record(fields, needed)
    if shape.type_name == "list":
        names = {name.lower() for name in getattr(shape.member, "members", {})}
        return TAGS if names == {"key", "value"} else ListOf(_spec(shape.member, above))
    if shape.type_name == "map":
        return MapOf(_spec(shape.value, above))
    values = tuple(getattr(shape, "enum", ()) or ())
    return Scalar("String", values) if values else _SCALARS[shape.type_name]


def upper_first(name: str) -> str:
    """``restApiId`` -> ``RestApiId``."""
    return name[:1].upper() + name[1:]


def member(shape: Any, name: str) -> Any:
    """The member of a structure by name, whatever its casing; raises :class:`KeyError`."""
    found = member_name(shape, name)
    if found is None:
        raise KeyError(f"{shape.name} has no member {name}")
    return shape.members[found]


def member_name(shape: Any, name: str) -> str | None:
    """How ``shape`` spells the member ``name``, or None."""
    if name in shape.members:
        return name
    index: dict[str, str] | None = getattr(shape, "_archlib_index", None)
    if index is None:
        index = shape._archlib_index = {item.lower(): item for item in shape.members}
    return index.get(name.lower())


def to_api(value: Any, shape: Any) -> Any:
    """A CloudFormation value as the API's input ``shape`` wants it."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        result = {}
        for name, item in value.items():
            spelled = member_name(shape, name)
            if spelled is None:
                raise KeyError(f"{shape.name} has no member {name}")
            result[spelled] = to_api(item, shape.members[spelled])
        return result
    if kind == "list":
        if isinstance(value, Mapping):
            names = sorted(shape.member.members)  # ("Key", "Value") in either casing
            value = [dict(zip(("Key", "Value"), pair, strict=True)) for pair in value.items()]
            assert len(names) == 2
        return [to_api(item, shape.member) for item in value]
    if kind == "map":
        if isinstance(value, list):
            value = {tag["Key"]: tag.get("Value", "") for tag in value}
        return {key: to_api(item, shape.value) for key, item in value.items()}
    if kind == "string" and isinstance(value, (dict, list)):
        return json.dumps(value, separators=(",", ":"))
    if kind == "blob" and isinstance(value, str):
        return value.encode()
    return value


def arguments(models: Models, service: str, operation: str, values: Mapping[str, Any]) -> Any:
    """Keyword arguments for an operation from CloudFormation-cased ``values``."""
    return to_api(values, models(service).operation_model(operation).input_shape)
