"""The Conditions section: every name used is there, no condition needs itself, and what holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archlib.local.deploy.anatomy import Anatomy, ResourceEntry
from archlib.local.deploy.errors import StackError
from archlib.local.deploy.intrinsics import Evaluator


def check_conditions(anatomy: Anatomy) -> None:
    """Refuse unknown names and circles; raises :class:`StackError`."""
    known = set(anatomy.section("Conditions"))
    used = {e.condition for e in anatomy.resources.values() if e.condition} | {
        o["Condition"] for o in anatomy.section("Outputs").values() if o.get("Condition")
    }
    for part in ("Resources", "Outputs", "Conditions"):
        used |= set(_condition_names(anatomy.section(part), part == "Conditions"))
    missing = sorted(used - known)
    if missing:
        raise StackError(
            f"Template format error: Unresolved condition dependency {missing[0]} in the "
            "Resources block of the template"
        )
    state: dict[str, int] = {}

    def visit(name: str) -> None:
        if state.get(name) == 1:
            raise StackError(f"Template format error: Circular dependency in condition {name}")
        if name not in state:
            state[name] = 1
            for other in _condition_names(anatomy.body["Conditions"][name], True):
                visit(other)
            state[name] = 2

    for name in known:
        visit(name)


def _condition_names(node: Any, inside: bool) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "Fn::If" and isinstance(value, list) and value:
                if isinstance(value[0], str):
                    yield value[0]
            elif key == "Condition" and inside and len(node) == 1 and isinstance(value, str):
                yield value
            yield from _condition_names(value, inside)
    elif isinstance(node, list):
        for item in node:
            yield from _condition_names(item, inside)


def live_resources(anatomy: Anatomy, scope: Evaluator) -> dict[str, ResourceEntry]:
    """The resources whose condition holds."""
    return {
        name: entry
        for name, entry in anatomy.resources.items()
        if entry.condition is None or scope.condition(entry.condition)
    }


def live_outputs(anatomy: Anatomy, scope: Evaluator) -> dict[str, dict[str, Any]]:
    """The outputs whose condition holds."""
    return {
        name: output
        for name, output in anatomy.section("Outputs").items()
        if not output.get("Condition") or scope.condition(output["Condition"])
    }
