"""All CloudFormation resource types, from the registry schemas that cfn-lint carries.

Consulted only to word an error (and for the coverage page): it tells "CloudFormation has no such
property" from "the local cloud does not honour it". No part of cfn-lint is imported.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from pathlib import Path
from typing import Any

#: The schemas of one region stand for all; the differences are of no use in an error's hint.
_REGION = "us-east-1"


@functools.cache
def _folder() -> Path | None:
    found = importlib.util.find_spec("cfnlint")
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / "data" / "schemas"


@functools.cache
def _index() -> dict[str, str]:
    folder = _folder()
    path = folder / "providers" / f"{_REGION}.json" if folder else None
    if path is None or not path.exists():
        return {}
    index: dict[str, str] = json.loads(path.read_text("utf-8"))
    return index


def types() -> frozenset[str]:
    """The names of all public resource types."""
    return frozenset(_index())


@functools.cache
def schema(type_name: str) -> dict[str, Any]:
    """A type's registry schema, empty when it is not known."""
    folder, name = _folder(), _index().get(type_name)
    if folder is None or name is None:
        return {}
    document: dict[str, Any] = json.loads(
        (folder / "resources" / f"{name}.json").read_text("utf-8")
    )
    return document


def has_property(type_name: str, path: tuple[str, ...]) -> bool | None:
    """Whether CloudFormation has the property; None when the schemas cannot tell."""
    document = schema(type_name)
    if not document:
        return None
    return _walk(document, document, path)


def _walk(document: dict[str, Any], node: dict[str, Any], path: tuple[str, ...]) -> bool | None:
    while "$ref" in node:
        node = document.get("definitions", {}).get(node["$ref"].rsplit("/", 1)[-1], {})
    if not path:
        return True
    if path[0].isdigit() and "items" in node:
        return _walk(document, node["items"], path[1:])
    if "properties" not in node:
        return None
    if path[0] not in node["properties"]:
        return False
    return _walk(document, node["properties"][path[0]], path[1:])


def attributes(type_name: str) -> frozenset[str]:
    """The GetAtt names that the registry gives a type."""
    found = schema(type_name).get("readOnlyProperties", ())
    return frozenset(item.removeprefix("/properties/").replace("/", ".") for item in found)
