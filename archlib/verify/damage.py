"""Finding what a fault damages: by type and content, so that it fits foreign templates, too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archlib.verify.resources import of_type

Body = dict[str, Any]


def resources(body: Body, kind: str) -> list[dict[str, Any]]:
    """The properties of every resource of a type; there must be one."""
    found = [r.setdefault("Properties", {}) for r in of_type(body, kind).values()]
    if not found:
        raise KeyError(kind)
    return found


def remove(body: Body, kind: str) -> None:
    """Take every resource of a type out of a template, and out of what depends on it."""
    gone = set(need(of_type(body, kind), kind))
    for name in gone:
        del body["Resources"][name]
    for resource in body["Resources"].values():
        if "DependsOn" in resource:
            resource["DependsOn"] = [n for n in listed(resource["DependsOn"]) if n not in gone]


def need(found: Any, what: str) -> list[Any]:
    """``found`` as a list; :class:`KeyError` when there is nothing to damage."""
    if not found:
        raise KeyError(what)
    return list(found)


def role_statements(body: Body) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each role with the list of statements of each of its inline policies."""
    for role in resources(body, "AWS::IAM::Role"):
        for policy in role.get("Policies", ()):
            statements = policy["PolicyDocument"]["Statement"]
            yield role, statements


def drop_statement(body: Body, action: str) -> None:
    """Take every statement out that allows an action."""
    dropped = 0
    for _, statements in role_statements(body):
        for one in list(statements):
            if action in listed(one["Action"]) and one["Effect"] == "Allow":
                statements.remove(one)
                dropped += 1
    if not dropped:
        raise KeyError(action)


def statement_allowing(body: Body, action: str) -> dict[str, Any]:
    """The first statement of a role that allows an action."""
    for _, statements in role_statements(body):
        for one in statements:
            if action in listed(one["Action"]) and one["Effect"] == "Allow":
                found: dict[str, Any] = one
                return found
    raise KeyError(action)


def listed(value: Any) -> list[Any]:
    """A value that may stand alone, as a list."""
    return value if isinstance(value, list) else [value]
