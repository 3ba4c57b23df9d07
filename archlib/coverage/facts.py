"""The facts of the coverage page, gathered from the tables and from a started cloud."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archlib.local.behaviour import Coverage

if TYPE_CHECKING:
    from archlib.local import LocalCloud

#: Services of which an engine refuses by name whatever is not in its own table.
_CLOSED = {
    "cloudfront": ("archlib.local.edge.control", "OPERATIONS"),
    "cloudformation": ("archlib.local.deploy.cloudformation", "OPERATIONS"),
    "cognito-idp": ("archlib.local.cognito.plane", "USER_POOLS"),
    "cognito-identity": ("archlib.local.cognito.plane", "IDENTITY_POOLS"),
}


@dataclass(frozen=True)
class DeployableType:
    """A resource type: property paths it honours, properties it refuses, its attributes."""

    name: str
    honoured: tuple[str, ...]
    refused: tuple[str, ...]
    attributes: tuple[str, ...]
    notes: str


@dataclass(frozen=True)
class Service:
    """The API operations of one service: ours, refused, and those IAM knows the permissions of."""

    name: str
    ours: tuple[str, ...]
    refused: tuple[str, ...]
    permissions: tuple[str, ...]
    every_permission: bool


@dataclass(frozen=True)
class Facts:
    """Everything on the page."""

    parts: tuple[Coverage, ...]
    types: tuple[DeployableType, ...]
    services: tuple[Service, ...]


def gather() -> Facts:
    """Read all tables; starts a cloud to see which operations are handled."""
    from archlib.local import LocalCloud

    parts = tuple(_parts())
    with LocalCloud() as cloud:
        handled = _handled(cloud)
    return Facts(parts, tuple(_types()), tuple(_services(parts, handled)))


def _parts() -> Iterator[Coverage]:
    """The kernel's own coverage, that of every plane that is a package, and the server's."""
    from archlib.local.plane import PLANES

    planes = dict.fromkeys(entry.partition(":")[0] for entry in PLANES)
    modules = ["archlib.local", *planes, "archlib.local.served"]
    for module in modules:
        package = importlib.util.find_spec(module)
        if package is None or not package.submodule_search_locations:
            continue
        if importlib.util.find_spec(f"{module}.coverage") is not None:
            part: Coverage = importlib.import_module(f"{module}.coverage").COVERAGE
            yield part


def _handled(cloud: LocalCloud) -> dict[str, set[str]]:
    handled: dict[str, set[str]] = {}
    for service, operation in cloud.api.handled:
        handled.setdefault(service, set()).add(operation)
    return handled


def _types() -> Iterator[DeployableType]:
    from archlib.local.deploy import registry
    from archlib.local.deploy.honoured import coverage

    for one in coverage():
        schema = registry.schema(one.type)
        readable = {p.removeprefix("/properties/") for p in schema.get("readOnlyProperties", ())}
        known = {
            path.split(".")[0].removesuffix("[]").removesuffix("{}") for path in one.properties
        }
        refused = set(schema.get("properties", ())) - readable - known
        yield DeployableType(
            one.type, one.properties, tuple(sorted(refused)), one.attributes, one.notes
        )


def _services(parts: tuple[Coverage, ...], handled: Mapping[str, set[str]]) -> Iterator[Service]:
    from archlib.local.iam.operations import TABLES, UNIFORM

    declared: dict[str, set[str]] = {}
    for part in parts:
        for service, operations in part.refused.items():
            declared.setdefault(service, set()).update(operations)
    for name in sorted({*handled, *TABLES, *UNIFORM}):
        ours = handled.get(name, set())
        refused = declared.get(name, set()) & ours
        if name in _CLOSED:
            module, table = _CLOSED[name]
            refused |= ours - set(getattr(importlib.import_module(module), table))
        yield Service(
            name,
            tuple(sorted(ours - refused)),
            tuple(sorted(refused)),
            tuple(sorted(TABLES.get(name, ()))),
            name in UNIFORM,
        )


__all__ = ["DeployableType", "Facts", "Service", "gather"]
