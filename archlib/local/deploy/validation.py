"""Every resource of a design checked against its type before the first one is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlib.local.deploy import registry
from archlib.local.deploy.anatomy import ResourceEntry
from archlib.local.deploy.designing import source_line
from archlib.local.deploy.errors import StackError
from archlib.local.deploy.intrinsics import Evaluator
from archlib.local.deploy.resource_type import ResourceType
from archlib.local.deploy.shapes import specification
from archlib.local.deploy.spec import TAGS, MapOf, Models, Problem, Shaped, check, nearest
from archlib.local.deploy.stack import Design


def evaluated(
    entry: ResourceEntry,
    kind: ResourceType,
    scope: Evaluator,
    design: Design,
    models: Models,
) -> tuple[dict[str, Any], str | None]:
    """The resource's properties, normalised, and what is wrong with them (or None)."""
    source = design.request.source
    try:
        properties = scope.value(entry.properties)
    except StackError as problem:
        return {}, problem.message
    properties = _with_stack_tags(properties, kind, design, models)
    normal, problems = check(kind.properties, properties, models)
    if not problems and kind.check is not None:
        problems = tuple(
            found if isinstance(found, Problem) else Problem("#", found)
            for found in kind.check(normal)
        )
    if not problems:
        return normal, None
    words = "; ".join(
        _explained(entry, problem, source_line(source, entry.logical_id, problem.path))
        for problem in problems
    )
    return (
        normal,
        f"Properties validation failed for resource {entry.logical_id} with message: {words}",
    )


def _explained(entry: ResourceEntry, problem: Problem, line: int | None) -> str:
    text, hint = f"{problem.path}: {problem.text}", problem.hint
    if problem.text.startswith("extraneous key"):
        path = tuple(part for part in problem.path.removeprefix("#").split("/") if part)
        exists = registry.has_property(entry.type, path)
        if exists:
            hint = f"CloudFormation has {'.'.join(path)}; the local cloud does not honour it"
        elif exists is False and not hint and len(path) == 1:
            hint = nearest(path[0], registry.schema(entry.type).get("properties", ()))
    if line is not None:
        text += f" [template line {line}]"
    return f"{text} ({hint})" if hint else text


def _with_stack_tags(
    properties: dict[str, Any], kind: ResourceType, design: Design, models: Models
) -> dict[str, Any]:
    """Stack tags go to every resource that can be tagged; its own tags win."""
    if not design.request.tags or "Tags" not in kind.properties.fields:
        return properties
    spec = kind.properties.fields["Tags"]
    if isinstance(spec, Shaped):
        spec = specification(models, spec)
    own = properties.get("Tags")
    if isinstance(spec, MapOf):
        return {**properties, "Tags": {**dict(design.request.tags), **(own or {})}}
    if spec != TAGS or not isinstance(own, list | None):
        return properties
    keys = {tag.get("Key") for tag in own or () if isinstance(tag, dict)}
    more = [{"Key": k, "Value": v} for k, v in design.request.tags if k not in keys]
    return {**properties, "Tags": [*(own or ()), *more]}


def all_problems(
    live: Mapping[str, ResourceEntry],
    types: Mapping[str, ResourceType],
    scope: Evaluator,
    design: Design,
    models: Models,
) -> dict[str, str]:
    """What is wrong, by logical id; empty when every resource can be attempted."""
    found = {}
    for name, entry in live.items():
        _, problem = evaluated(entry, types[entry.type], scope, design, models)
        if problem is not None:
            found[name] = problem
    return found
