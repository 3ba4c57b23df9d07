"""Looking into a template: resources by type, and the policy statements they carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Body = Mapping[str, Any]


def of_type(body: Body, *types: str) -> dict[str, dict[str, Any]]:
    """Resources whose type is one of ``types``, or begins with one that ends in ``::``."""
    return {
        name: resource
        for name, resource in body.get("Resources", {}).items()
        if any(_is(str(resource.get("Type")), wanted) for wanted in types)
    }


def _is(kind: str, wanted: str) -> bool:
    return kind.startswith(wanted) if wanted.endswith("::") else kind == wanted


def properties(resource: Mapping[str, Any]) -> dict[str, Any]:
    """A resource's properties, possibly none."""
    found: dict[str, Any] = resource.get("Properties") or {}
    return found


@dataclass(frozen=True)
class Granted:
    """One statement of an identity policy in a template, with where it stands."""

    logical_id: str
    path: str
    statement: Mapping[str, Any]

    @property
    def actions(self) -> tuple[str, ...]:
        """Its actions, always as a tuple."""
        return listed(self.statement.get("Action"))

    @property
    def label(self) -> str:
        """How evidence calls it: the logical id and the statement's id or place."""
        return f"{self.logical_id} {self.statement.get('Sid') or self.path}"


def statements(body: Body) -> Iterator[Granted]:
    """Every statement of every policy document in a template, wherever it stands."""
    for name, resource in body.get("Resources", {}).items():
        yield from _statements(name, "Properties", properties(resource))


def identity_statements(body: Body) -> Iterator[Granted]:
    """The statements that grant something to a principal of ours (not trust or bucket policies)."""
    for granted in statements(body):
        if "Principal" not in granted.statement and "NotPrincipal" not in granted.statement:
            yield granted


def _statements(name: str, path: str, value: Any) -> Iterator[Granted]:
    if isinstance(value, Mapping):
        if "Statement" in value:
            for index, statement in enumerate(_list(value["Statement"])):
                yield Granted(name, f"{path}.Statement[{index}]", statement)
            return
        for key, inner in value.items():
            yield from _statements(name, f"{path}.{key}", inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _statements(name, f"{path}[{index}]", inner)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def listed(value: Any) -> tuple[str, ...]:
    """A policy element that may be one string or a list of them."""
    return () if value is None else tuple(str(item) for item in _list(value))
