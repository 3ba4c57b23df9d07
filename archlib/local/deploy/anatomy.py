"""A template taken apart: its sections and resources as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ResourceEntry:
    """One resource of a template, as written."""

    logical_id: str
    type: str
    properties: dict[str, Any]
    depends_on: tuple[str, ...] = ()
    condition: str | None = None
    metadata: Any = None
    deletion_policy: Any = "Delete"
    replace_policy: Any = "Delete"


@dataclass(frozen=True)
class Anatomy:
    """A template taken apart; ``body`` has no transforms and no loops left."""

    body: dict[str, Any]
    resources: Mapping[str, ResourceEntry]
    transforms: tuple[str, ...] = ()
    declared: Mapping[str, Any] = field(default_factory=dict)

    def section(self, name: str) -> dict[str, Any]:
        """A section's content, empty when it is not there."""
        return dict(self.body.get(name) or {})


def transforms(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The macros that a template names at its top."""
    named = body.get("Transform") or []
    named = named if isinstance(named, list) else [named]
    return tuple(item.get("Name", "") if isinstance(item, dict) else str(item) for item in named)
