"""Patch operations on usage plans.

AWS: API reference of ``UpdateUsagePlan``: ``/apiStages`` adds and removes
``{api}:{stage}``; ``/apiStages/{api}:{stage}/throttle/{path}/{METHOD}/rateLimit`` sets a
method's own limit; ``/throttle/…`` and ``/quota/…`` set the plan's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from archlib.local.gateway.patching import Operation
from archlib.local.refusal import ApiRefusal

_LIMITS: Mapping[str, Callable[[str], Any]] = {"rateLimit": float, "burstLimit": int}
_QUOTA: Mapping[str, Callable[[str], Any]] = {"limit": int, "offset": int, "period": str}


def apply(plan: Any, operations: Sequence[Operation]) -> None:
    """Apply operations to moto's ``UsagePlan``; raises :class:`ApiRefusal` for unknown paths."""
    for operation in operations:
        op, path, value = operation["op"], operation.get("path", ""), operation.get("value", "")
        head, *rest = path.strip("/").split("/")
        if head not in _FIELDS:
            raise _invalid(path)
        _FIELDS[head](plan, op, rest, value)


def _stages(plan: Any, op: str, rest: list[str], value: str) -> None:
    if not rest:
        api, _, stage = value.partition(":")
        plan.api_stages = [
            entry for entry in plan.api_stages if (entry["apiId"], entry["stage"]) != (api, stage)
        ]
        if op != "remove":
            plan.api_stages.append({"apiId": api, "stage": stage})
        return
    api, _, stage = rest[0].partition(":")
    entry = next((e for e in plan.api_stages if (e["apiId"], e["stage"]) == (api, stage)), None)
    if entry is None or len(rest) < 2 or rest[1] != "throttle":
        raise _invalid("/".join(rest))
    throttle = entry.setdefault("throttle", {})
    if len(rest) == 2:
        throttle.clear()
        return
    named = rest[-1] in _LIMITS
    parts = [p.replace("~1", "/").replace("~0", "~") for p in (rest[2:-1] if named else rest[2:])]
    key = "/" + "/".join(parts).lstrip("/")
    if op == "remove":
        throttle.pop(key, None)
    elif named:
        throttle.setdefault(key, {})[rest[-1]] = _LIMITS[rest[-1]](value)
    else:
        raise _invalid("/".join(rest))


def _group(
    attribute: str, members: Mapping[str, Callable[[str], Any]]
) -> Callable[[Any, str, list[str], str], None]:
    def change(plan: Any, op: str, rest: list[str], value: str) -> None:
        found = dict(getattr(plan, attribute) or {})
        if op == "remove":
            found = {} if not rest else {k: v for k, v in found.items() if k != rest[0]}
        elif len(rest) == 1 and rest[0] in members:
            found[rest[0]] = members[rest[0]](value)
        else:
            raise _invalid(f"{attribute}/{'/'.join(rest)}")
        setattr(plan, attribute, found)

    return change


def _attribute(name: str) -> Callable[[Any, str, list[str], str], None]:
    return lambda plan, op, rest, value: setattr(plan, name, None if op == "remove" else value)


_FIELDS: Mapping[str, Callable[[Any, str, list[str], str], None]] = {
    "apiStages": _stages,
    "throttle": _group("throttle", _LIMITS),
    "quota": _group("quota", _QUOTA),
    "name": _attribute("name"),
    "description": _attribute("description"),
    "productCode": _attribute("product_code"),
}


def _invalid(path: str) -> ApiRefusal:
    return ApiRefusal("BadRequestException", f"Invalid patch path {path}", 400)
