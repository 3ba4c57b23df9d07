"""What a template must hold before anything can be said about its resources."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from archlib.errors import TemplateError
from archlib.template.yaml_read import Source

SECTIONS = (
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Globals",
    "Hooks",
    "Resources",
    "Outputs",
)
"""Top-level sections; Globals belongs to SAM. Source: AWS CloudFormation User Guide,
"CloudFormation template sections"."""

_MAPPINGS = tuple(
    name
    for name in SECTIONS
    if name not in ("AWSTemplateFormatVersion", "Description", "Transform")
)

_RESOURCE_TYPE_HINT = "e.g. Type: AWS::S3::Bucket"


def check(source: Source) -> dict[str, Any]:
    """The template's body; raises :class:`TemplateError` naming file and line."""
    body = source.data
    if body is None:
        raise TemplateError("is empty", where=_at(source))
    if not isinstance(body, dict):
        kind = "a list" if isinstance(body, list) else "a single value"
        raise TemplateError(
            f"a template is a mapping of sections, and this is {kind}", where=_at(source)
        )
    for name in body:
        if name not in SECTIONS:
            close = get_close_matches(name, SECTIONS, n=1) or get_close_matches(
                name.capitalize(), SECTIONS, n=1
            )
            raise TemplateError(
                f'unknown section "{name}"',
                where=_at(source, name),
                hint=f"did you mean {close[0]}?" if close else f"sections: {', '.join(SECTIONS)}",
            )
    for name in _MAPPINGS:
        if name in body and not isinstance(body[name], dict):
            raise TemplateError(f"{name} must be a mapping", where=_at(source, name))
    for name, defaults in body.get("Globals", {}).items():
        if not isinstance(defaults, dict):
            raise TemplateError(
                f"Globals.{name} must be a mapping", where=_at(source, "Globals", name)
            )
    resources = body.get("Resources")
    if not resources:
        raise TemplateError("has no Resources", where=_at(source))
    for logical_id, resource in resources.items():
        _check_resource(source, logical_id, resource)
    return body


def _check_resource(source: Source, logical_id: str, resource: object) -> None:
    where = f"{_at(source, 'Resources', logical_id)}: {logical_id}"
    if logical_id.startswith("Fn::ForEach"):
        return  # a loop of the language extensions; whoever expands them checks it
    if not isinstance(resource, dict):
        raise TemplateError("a resource must be a mapping", where=where)
    if "Type" not in resource:
        close = get_close_matches("Type", resource, n=1)
        raise TemplateError(
            "has no Type",
            where=where,
            hint=f'did "{close[0]}" mean Type?' if close else _RESOURCE_TYPE_HINT,
        )
    if not isinstance(resource["Type"], str):
        raise TemplateError("its Type must be text", where=where, hint=_RESOURCE_TYPE_HINT)


def _at(source: Source, *path: str) -> str:
    line = source.lines.get(path)
    return f"{source.name}:{line}" if line is not None else source.name
