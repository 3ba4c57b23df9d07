"""What the engine deploys, as data for the coverage page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from archlib.local.deploy.providers import TYPES
from archlib.local.deploy.shapes import specification
from archlib.local.deploy.spec import ListOf, MapOf, Record, Shaped, Spec


@dataclass(frozen=True)
class TypeCoverage:
    """One resource type: its honoured property paths (``Rules[].Status``), attributes, notes."""

    type: str
    properties: tuple[str, ...]
    attributes: tuple[str, ...]
    notes: str


@cache
def _model(service: str) -> Any:
    from botocore.session import get_session

    return get_session().get_service_model(service)


def coverage() -> list[TypeCoverage]:
    """Every deployable type, sorted by name."""
    return [
        TypeCoverage(
            name,
            tuple(sorted(_paths(kind.properties, _model, ""))),
            kind.attributes + ((f"{kind.open_attributes}*",) if kind.open_attributes else ()),
            kind.notes,
        )
        for name, kind in sorted(TYPES.items())
    ]


def _paths(spec: Spec, models: Callable[[str], Any], prefix: str) -> Iterator[str]:
    if isinstance(spec, Shaped):
        spec = specification(models, spec)
    if isinstance(spec, Record):
        for name, inner in spec.fields.items():
            yield from _paths(inner, models, f"{prefix}.{name}" if prefix else name)
    elif isinstance(spec, ListOf):
        yield from _paths(spec.item, models, f"{prefix}[]")
    elif isinstance(spec, MapOf) and isinstance(spec.value, Record):
        yield from _paths(spec.value, models, f"{prefix}{{}}")
    else:
        yield prefix
