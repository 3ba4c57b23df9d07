"""Updates of API Gateway's resources: differences of properties as patch operations.

Source: "PatchOperation" in the API Gateway API Reference.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from archlib.local.deploy.declared import From, invoke
from archlib.local.deploy.resource_type import (
    Context,
    Existing,
    Properties,
    ResourceType,
)

_API = "apigateway"


def paths(names: str) -> dict[str, str]:
    """Blank-separated properties with their patch paths, which differ by the first letter."""
    return {name: f"/{name[0].lower()}{name[1:]}" for name in names.split()}


def escaped(text: str) -> str:
    """A patch path element: ``~`` and ``/`` as JSON Pointer writes them."""
    return text.replace("~", "~0").replace("/", "~1")


def patch_text(value: Any) -> str:
    """A patch operation's value: always text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict) else str(value)


def patches(path: str, old: Any, new: Any) -> list[dict[str, str]]:
    """The operations that turn ``old`` into ``new`` at ``path``."""
    if isinstance(old, dict) or isinstance(new, dict):
        before, after = old or {}, new or {}
        made = [{"op": "remove", "path": f"{path}/{escaped(k)}"} for k in before if k not in after]
        for key, value in after.items():
            if before.get(key) != value:
                op = "replace" if key in before else "add"
                made.append(
                    {"op": op, "path": f"{path}/{escaped(key)}", "value": patch_text(value)}
                )
        return made
    if isinstance(old, list) or isinstance(new, list):
        before, after = old or [], new or []
        gone = [{"op": "remove", "path": path, "value": v} for v in before if v not in after]
        return gone + [{"op": "add", "path": path, "value": v} for v in after if v not in before]
    if new is None:
        return [{"op": "remove", "path": path}]
    return [{"op": "replace", "path": path, "value": patch_text(new)}]


def patch(
    context: Context,
    operation: str,
    keys: Mapping[str, str],
    paths: Mapping[str, str],
    existing: Existing,
    new: Properties,
    changed: frozenset[str],
) -> None:
    """Send the patches for the changed properties; ``paths`` maps property to patch path."""
    made: list[dict[str, str]] = []
    for name in sorted(changed & set(paths)):
        old, now = existing.properties.get(name), new.get(name)
        made += patches(paths[name], _text_if_document(name, old), _text_if_document(name, now))
    if made:
        invoke(context, _API, operation, {**keys, "PatchOperations": made})


def _text_if_document(name: str, value: Any) -> Any:
    if name in ("Policy", "Schema") and isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"))
    return value


def patched(
    base: ResourceType, operation: str, keys: Mapping[str, From], paths: Mapping[str, str]
) -> ResourceType:
    """``base`` with an update that sends patches."""

    def update(
        context: Context, existing: Existing, new: Properties, changed: frozenset[str]
    ) -> None:
        found = {key: source.of(existing) for key, source in keys.items()}
        patch(context, operation, found, paths, existing, new, changed)

    return replace(base, update=update)
