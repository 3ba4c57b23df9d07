"""A template: one CloudFormation document, wherever it came from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from archlib.template.yaml_write import to_yaml


@dataclass(frozen=True)
class Template:
    """A CloudFormation document as plain data with long-form intrinsics."""

    body: dict[str, Any]
    name: str = "template.yaml"

    def to_yaml(self) -> str:
        """The document as readable YAML with short-form intrinsics."""
        return to_yaml(self.body)

    def to_json(self) -> str:
        """The document as JSON, with long-form intrinsics."""
        return json.dumps(self.body, indent=2, ensure_ascii=False) + "\n"
