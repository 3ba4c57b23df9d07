"""A template's anatomy: sections, resources, what refers to what, and the order of creation.

Source: "Template sections" and "Resource attribute reference" in the AWS CloudFormation User
Guide; the sentences are those of its error messages.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from archlib.local.deploy.errors import StackError
from archlib.local.deploy.extensions import EXTENSIONS
from archlib.local.deploy.intrinsics import VARIABLE, Evaluator, sub_variables

_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Mappings",
    "Conditions",
    "Transform",
    "Resources",
    "Outputs",
    "Rules",
    "Hooks",
    "Globals",
}
_OBJECTS = ("Parameters", "Mappings", "Conditions", "Outputs", "Rules", "Hooks")
REFUSED_SECTIONS = ("Rules", "Hooks")
_ATTRIBUTES = {
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "Metadata",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "CreationPolicy",
    "UpdatePolicy",
}
REFUSED_ATTRIBUTES = ("CreationPolicy", "UpdatePolicy")
_DELETION_POLICIES = ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot")
_REPLACE_POLICIES = ("Delete", "Retain", "Snapshot")
_OUTPUT_FIELDS = {"Value", "Description", "Export", "Condition"}
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
_IAM_NAMES = {
    "AWS::IAM::AccessKey": None,
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": None,
}


@dataclass(frozen=True)
class ResourceEntry:
    """One resource of a template, as written."""

    logical_id: str
    type: str
    properties: dict[str, Any]
    depends_on: tuple[str, ...] = ()
    condition: str | None = None
    metadata: Any = None
    deletion_policy: Any = "Delete"
    replace_policy: Any = "Delete"


@dataclass(frozen=True)
class Anatomy:
    """A template taken apart; ``body`` has no transforms and no loops left."""

    body: dict[str, Any]
    resources: Mapping[str, ResourceEntry]
    transforms: tuple[str, ...] = ()
    declared: Mapping[str, Any] = field(default_factory=dict)

    def section(self, name: str) -> dict[str, Any]:
        """A section's content, empty when it is not there."""
        return dict(self.body.get(name) or {})


def transforms(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The macros that a template names at its top."""
    named = body.get("Transform") or []
    named = named if isinstance(named, list) else [named]
    return tuple(item.get("Name", "") if isinstance(item, dict) else str(item) for item in named)


def check_sections(body: Mapping[str, Any]) -> None:
    """The template's outermost level; raises :class:`StackError`."""
    strange = sorted(set(body) - _SECTIONS)
    if strange:
        raise StackError(f"Invalid template property or properties [{', '.join(strange)}]")
    version = body.get("AWSTemplateFormatVersion", "2010-09-09")
    if str(version) != "2010-09-09":
        raise StackError(
            f"Template format error: {version} is not a supported value for "
            "AWSTemplateFormatVersion."
        )
    for name in REFUSED_SECTIONS:
        if body.get(name):
            raise StackError(f"The local cloud does not support the template section {name}")
    for name in _OBJECTS:
        if not isinstance(body.get(name) or {}, dict):
            raise StackError(f"Template format error: {name} must be an object.")
    description = body.get("Description", "")
    if not isinstance(description, str):
        raise StackError("Template format error: Description must be a string.")
    if len(description.encode()) > 1024:
        raise StackError("Template format error: 'Description' length is greater than 1024.")
    if not isinstance(body.get("Resources"), dict) or not body["Resources"]:
        raise StackError("Template format error: At least one Resources member must be defined.")


def take_apart(body: dict[str, Any], named: tuple[str, ...] = ()) -> Anatomy:
    """The anatomy of a template whose transforms have run; raises :class:`StackError`."""
    check_sections(body)
    for section in ("Mappings", "Conditions", "Resources", "Outputs"):
        _refuse_nulls(body.get(section), f"/{section}")
    resources = {
        name: _resource(name, entry, EXTENSIONS in named)
        for name, entry in body["Resources"].items()
    }
    for name, output in (body.get("Outputs") or {}).items():
        if not isinstance(output, dict) or "Value" not in output:
            raise StackError(
                f"Template format error: [/Outputs/{name}] Every Outputs object must contain a "
                "Value member."
            )
        strange = sorted(set(output) - _OUTPUT_FIELDS)
        if strange:
            raise StackError(f"Invalid template output property '{strange[0]}' [/Outputs/{name}]")
    _check_mappings(body.get("Mappings") or {})
    anatomy = Anatomy(body, resources, named, body.get("Parameters") or {})
    _check_conditions(anatomy)
    return anatomy


def _refuse_nulls(node: Any, path: str) -> None:
    entries = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in entries:
        if value is None:
            raise StackError(
                f"Template format error: [{path}/{key}] 'null' values are not allowed in templates"
            )
        _refuse_nulls(value, f"{path}/{key}")


def _resource(name: str, entry: Any, extended: bool) -> ResourceEntry:
    where = f"[/Resources/{name}]"
    if not re.fullmatch(r"[A-Za-z0-9]{1,255}", name):
        raise StackError(f"Template format error: Resource name {name} is non alphanumeric.")
    if not isinstance(entry, dict):
        raise StackError(f"Template format error: {where} resource definition is malformed")
    if not isinstance(entry.get("Type"), str):
        raise StackError(
            f"Template format error: {where} Every Resources object must contain a Type member."
        )
    strange = sorted(set(entry) - _ATTRIBUTES)
    if strange:
        raise StackError(f"Invalid template resource property '{strange[0]}' {where}")
    for attribute in REFUSED_ATTRIBUTES:
        if entry.get(attribute):
            raise StackError(f"{where} The local cloud does not support {attribute}")
    properties = entry.get("Properties") or {}
    if not isinstance(properties, dict):
        raise StackError(f"Template format error: {where} Properties must be an object")
    depends = entry.get("DependsOn") or []
    depends = [depends] if isinstance(depends, str) else depends
    if not isinstance(depends, list) or not all(isinstance(item, str) for item in depends):
        raise StackError(f"Template format error: {where} Every DependsOn value must be a string.")
    policies = {}
    for key, allowed in (
        ("DeletionPolicy", _DELETION_POLICIES),
        ("UpdateReplacePolicy", _REPLACE_POLICIES),
    ):
        chosen = entry.get(key, "Delete")
        if chosen not in allowed and not (extended and isinstance(chosen, dict)):
            raise StackError(f"Template error: Unrecognized {key} {chosen} for resource {name}")
        policies[key] = chosen
    condition = entry.get("Condition")
    if condition is not None and not isinstance(condition, str):
        raise StackError(f"Template format error: {where} Every Condition member must be a string.")
    return ResourceEntry(
        name,
        entry["Type"],
        properties,
        tuple(depends),
        condition,
        entry.get("Metadata"),
        policies["DeletionPolicy"],
        policies["UpdateReplacePolicy"],
    )


def _check_mappings(mappings: Mapping[str, Any]) -> None:
    for name, first in mappings.items():
        if not isinstance(first, dict) or not all(isinstance(v, dict) for v in first.values()):
            raise StackError(
                f"Template format error: Every Mappings member {name} must be a map of maps"
            )


def _check_conditions(anatomy: Anatomy) -> None:
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


def dependencies(live: Mapping[str, ResourceEntry], scope: Evaluator) -> dict[str, frozenset[str]]:
    """For each resource, the resources that must exist before it."""
    result = {}
    for name, entry in live.items():
        needed = {r.name for r in references(entry.properties, scope)} | set(entry.depends_on)
        result[name] = frozenset(needed & set(live))
    return result


def creation_order(needs: Mapping[str, frozenset[str]]) -> list[str]:
    """Dependencies first, otherwise as written; raises :class:`StackError` for a circle."""
    place = {name: index for index, name in enumerate(needs)}
    waiting = {name: set(needed) for name, needed in needs.items()}
    dependants: dict[str, list[str]] = {name: [] for name in needs}
    for name, needed in needs.items():
        for other in needed:
            dependants[other].append(name)
    ready = [place[name] for name, needed in waiting.items() if not needed]
    heapq.heapify(ready)
    names = list(needs)
    order: list[str] = []
    while ready:
        name = names[heapq.heappop(ready)]
        order.append(name)
        for dependant in dependants[name]:
            waiting[dependant].discard(name)
            if not waiting[dependant]:
                heapq.heappush(ready, place[dependant])
    if len(order) < len(names):
        circle = _circle({name: waiting[name] for name in names if name not in set(order)})
        raise StackError(f"Circular dependency between resources: [{', '.join(circle)}]")
    return order


def _circle(waiting: Mapping[str, set[str]]) -> list[str]:
    """The members of one circle, sorted: what waits only for a circle is not named."""
    trail: list[str] = []
    name = sorted(waiting)[0]
    while name not in trail:
        trail.append(name)
        name = sorted(other for other in waiting[name] if other in waiting)[0]
    return sorted(trail[trail.index(name) :])


def required_capabilities(anatomy: Anatomy) -> tuple[list[str], list[str]]:
    """The capabilities a template needs and the types that need them.

    Source: CreateStack, "Capabilities", in the AWS CloudFormation API Reference.
    """
    iam = [entry for entry in anatomy.resources.values() if entry.type in _IAM_NAMES]
    named = [e for e in iam if _IAM_NAMES[e.type] and _IAM_NAMES[e.type] in e.properties]
    needed = ["CAPABILITY_NAMED_IAM"] if named else ["CAPABILITY_IAM"] if iam else []
    return needed, sorted({entry.type for entry in (named or iam)})
