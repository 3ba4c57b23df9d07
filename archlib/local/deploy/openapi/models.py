"""Schemas of a document as models of the API.

A reference to another schema becomes the address by which API Gateway knows a model; a schema
written where it is used becomes a model named after its content. Source: "Data models for REST
APIs" in the API Gateway Developer Guide.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from archlib.local.deploy.openapi.node import Node
from archlib.local.deploy.resource_type import Properties

#: Stands for the API's id until there is one.
API_ID = "{restapi-id}"
_ADDRESS = f"https://apigateway.amazonaws.com/restapis/{API_ID}/models/"
_REFERENCE = re.compile(r"#/(?:definitions|components/schemas)/([^/]+)")


class Models:
    """The models of one document; those of inline schemas join as they are met."""

    def __init__(self, root: Node) -> None:
        self.found: dict[str, Properties] = {}
        section = root.get("definitions")
        if not root.document.swagger:
            section = root.get("components").get("schemas")
        self._declared = section
        for name, node in section.entries():
            if not re.fullmatch(r"[A-Za-z0-9]+", name):
                node.refuse(f"{name} is no name for a model: letters and digits only")
            self._add(name, node)

    def name(self, schema: Node) -> str:
        """The model that stands for a schema."""
        if isinstance(schema.value, dict) and isinstance(schema.value.get("$ref"), str):
            match = _REFERENCE.fullmatch(schema.value["$ref"])
            if match is not None and self._declared.get(match.group(1)).there:
                return match.group(1)
            schema.refuse(f"$ref {schema.value['$ref']} names no schema of this document")
            return ""
        text = json.dumps(schema.value, sort_keys=True, default=str)
        name = f"Inline{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        if name not in self.found:
            self._add(name, schema)
        return name

    def _add(self, name: str, schema: Node) -> None:
        schema.entries()
        self.found[name] = {
            "Name": name,
            "ContentType": "application/json",
            "Schema": self._addressed(schema),
        }

    def _addressed(self, node: Node) -> Any:
        value = node.value
        if isinstance(value, dict):
            made = {key: self._addressed(node.get(key)) for key in value}
            if isinstance(value.get("$ref"), str):
                made["$ref"] = _ADDRESS + self.name(node)
            return made
        if isinstance(value, list):
            return [self._addressed(item) for item in node.items()]
        return value
