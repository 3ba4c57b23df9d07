"""What refers to what in a template, and names that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from archlib.local.deploy.anatomy import Anatomy, ResourceEntry
from archlib.local.deploy.conditions import live_outputs
from archlib.local.deploy.errors import StackError
from archlib.local.deploy.intrinsics import VARIABLE, Evaluator, sub_variables

PSEUDO = (
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::NoValue",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
)


@dataclass(frozen=True)
class Reference:
    """One mention of another resource or parameter; ``attribute`` for ``Fn::GetAtt``."""

    name: str
    attribute: str | None = None


def references(node: Any, scope: Evaluator | None = None) -> Iterator[Reference]:
    """Every reference below ``node``; with ``scope``, branches not taken are left out."""
    if isinstance(node, list):
        for item in node:
            yield from references(item, scope)
        return
    if not isinstance(node, dict):
        return
    if len(node) == 1:
        key, value = next(iter(node.items()))
        if key == "Ref" and isinstance(value, str):
            yield Reference(value)
            return
        if key == "Fn::GetAtt":
            yield from _attribute_reference(value, scope)
            return
        if key == "Fn::Sub":
            yield from _sub_references(value, scope)
            return
        if key == "Fn::If" and scope is not None and isinstance(value, list) and len(value) == 3:
            taken = value[1] if scope.condition(value[0]) else value[2]
            yield from references(taken, scope)
            return
    for value in node.values():
        yield from references(value, scope)


def _attribute_reference(value: Any, scope: Evaluator | None) -> Iterator[Reference]:
    parts = value.split(".", 1) if isinstance(value, str) else value
    if isinstance(parts, list) and len(parts) >= 2 and isinstance(parts[0], str):
        names = parts[1:]
        if all(isinstance(name, str) for name in names):
            yield Reference(parts[0], ".".join(names))
            return
        yield Reference(parts[0])
        yield from references(names, scope)


def _sub_references(value: Any, scope: Evaluator | None) -> Iterator[Reference]:
    text, local = sub_variables(value)
    yield from references(local, scope)
    for match in VARIABLE.finditer(text):
        name = match.group(2).strip()
        if not match.group(1) and name not in local:
            head, _, tail = name.partition(".")
            yield Reference(head, tail) if tail else Reference(name)


def check_references(anatomy: Anatomy, scope: Evaluator, live: Mapping[str, ResourceEntry]) -> None:
    """Names that lead nowhere, in the branches taken; raises :class:`StackError`."""
    known = set(live) | set(anatomy.declared) | set(PSEUDO)
    missing: dict[str, None] = {}
    for entry in live.values():
        for reference in references(entry.properties, scope):
            if reference.name not in known:
                missing[reference.name] = None
        for name in entry.depends_on:
            if name not in anatomy.resources:
                missing[name] = None
    _refuse(missing, "Resources")
    for output in live_outputs(anatomy, scope).values():
        for reference in references(output, scope):
            if reference.name not in known:
                missing[reference.name] = None
    _refuse(missing, "Outputs")
    for reference in references(anatomy.section("Conditions")):
        if reference.name not in set(anatomy.declared) | set(PSEUDO):
            missing[reference.name] = None
    if missing:
        raise StackError(
            f"Template format error: Unresolved dependencies [{', '.join(missing)}]. Cannot "
            "reference resources in the Conditions block of the template"
        )


def _refuse(missing: Mapping[str, None], block: str) -> None:
    if missing:
        raise StackError(
            f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] in "
            f"the {block} block of the template"
        )
