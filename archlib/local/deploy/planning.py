"""What a new design changes: the differences, and which of them need a new resource.

Source: "Update behaviors of stack resources" in the AWS CloudFormation User Guide and
"ResourceChangeDetail", "ResourceTargetDefinition" in the API Reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archlib.local.deploy.anatomy import ResourceEntry
from archlib.local.deploy.conditions import live_outputs, live_resources
from archlib.local.deploy.errors import StackError
from archlib.local.deploy.intrinsics import unknowns
from archlib.local.deploy.ordering import creation_order, dependencies
from archlib.local.deploy.references import Reference, references
from archlib.local.deploy.resource_type import Properties, ResourceType
from archlib.local.deploy.scope import Surroundings
from archlib.local.deploy.stack import Change, Deployed, Design, PropertyChange, Stack
from archlib.local.deploy.validation import evaluated

if TYPE_CHECKING:
    from archlib.local.deploy.engine import Engine


def changed_properties(old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
    """The names of the properties that differ."""
    return frozenset(name for name in {*old, *new} if old.get(name) != new.get(name))


def due_changes(
    kind: ResourceType, deployed: Deployed, new: Properties, engine: Engine
) -> frozenset[str]:
    """The properties to update: those that differ, or those behind which something else does."""
    changed = changed_properties(deployed.properties, new)
    if changed or kind.stale is None:
        return changed
    return kind.stale(engine, deployed.physical_id, new)


def replacing(
    kind: ResourceType, old: Properties, new: Properties, changed: frozenset[str]
) -> frozenset[str]:
    """Which of the changed properties need a new resource."""
    if kind.update is None:
        return changed
    needed = changed & kind.replacement
    return needed | (kind.replaces(old, new) & changed) if kind.replaces else needed


@dataclass(frozen=True)
class Plan:
    """The changes of a design against a stack, in order; ``outputs`` tells whether they differ."""

    changes: tuple[Change, ...]
    outputs: bool

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes and not self.outputs


def make_plan(
    stack: Stack,
    design: Design,
    engine: Engine,
) -> Plan:
    """The plan for turning ``stack`` into ``design``; raises :class:`StackError`."""
    types, surroundings, models = engine.types, engine.surroundings, engine.models
    standing = dict(stack.resources)
    scope = surroundings.evaluator(design, standing)
    live = live_resources(design.anatomy, scope)
    check_types_kept(stack, live)
    new_parameters = _changed_parameters(stack, design)
    changes: list[Change] = []
    for name in creation_order(dependencies(live, scope)):
        entry = live[name]
        deployed = stack.resources.get(name)
        if deployed is None:
            changes.append(Change("Add", name, None, entry.type))
            continue
        new, _ = evaluated(entry, types[entry.type], scope, design, models)
        change = _modification(deployed, entry, new, engine, new_parameters, stack)
        if change is not None:
            changes.append(change)
            if change.replacement != "False":
                del standing[name]
    for name, deployed in reversed(stack.resources.items()):
        if name not in live:
            changes.append(Change("Remove", name, deployed.physical_id, deployed.type))
    return Plan(tuple(changes), _outputs_differ(stack, design, surroundings, standing))


def check_types_kept(stack: Stack, live: Mapping[str, ResourceEntry]) -> None:
    """A logical id keeps its type; raises :class:`StackError`."""
    moved = [
        name
        for name, entry in live.items()
        if name in stack.resources and stack.resources[name].type != entry.type
    ]
    if moved:
        raise StackError(
            "Update of resource type is not permitted. The new template modifies resource type "
            f"of the following resources: [{', '.join(moved)}]"
        )


def _changed_parameters(stack: Stack, design: Design) -> frozenset[str]:
    old = stack.design.names if stack.design else {}
    return frozenset(n for n in design.values if old.get(n) != design.names[n])


def _modification(
    deployed: Deployed,
    entry: ResourceEntry,
    new: Properties,
    engine: Engine,
    parameters: frozenset[str],
    stack: Stack,
) -> Change | None:
    kind = engine.types[entry.type]
    details: list[PropertyChange] = []
    needs: set[str] = set()
    changed = due_changes(kind, deployed, new, engine)
    recreated = replacing(kind, deployed.properties, new, changed)
    for name in sorted(changed):
        waits = bool(unknowns(new.get(name)))
        recreation = "Never"
        if name in recreated:
            recreation = "Conditionally" if waits else "Always"
        needs.add(recreation)
        details.extend(_causes(entry, name, recreation, waits, parameters, stack))
    scope = ["Properties"] if changed else []
    for label, old, now in (
        ("Metadata", deployed.metadata, entry.metadata),
        ("DeletionPolicy", deployed.deletion_policy, entry.deletion_policy),
        ("UpdateReplacePolicy", deployed.replace_policy, entry.replace_policy),
    ):
        if old != now:
            scope.append(label)
            details.append(PropertyChange(label, None, "Never", "Static", "DirectModification"))
    if not scope:
        return None
    replacement = "False"
    if "Always" in needs:
        replacement = "True"
    elif "Conditionally" in needs:
        replacement = "Conditional"
    return Change(
        "Modify",
        entry.logical_id,
        deployed.physical_id,
        entry.type,
        replacement,
        tuple(scope),
        tuple(details),
    )


def _causes(
    entry: ResourceEntry,
    name: str,
    recreation: str,
    waits: bool,
    parameters: frozenset[str],
    stack: Stack,
) -> list[PropertyChange]:
    found: list[PropertyChange] = []
    mentioned: list[Reference] = list(references(entry.properties.get(name)))
    for reference in mentioned:
        if reference.name in parameters:
            found.append(
                PropertyChange(
                    "Properties", name, recreation, "Static", "ParameterReference", reference.name
                )
            )
        elif waits and reference.name in stack.resources and reference.attribute:
            cause = f"{reference.name}.{reference.attribute}"
            found.append(
                PropertyChange(
                    "Properties", name, recreation, "Dynamic", "ResourceAttribute", cause
                )
            )
        elif waits and reference.name in stack.resources:
            found.append(
                PropertyChange(
                    "Properties", name, recreation, "Dynamic", "ResourceReference", reference.name
                )
            )
    if found:
        return found
    evaluation = "Dynamic" if waits else "Static"
    return [PropertyChange("Properties", name, recreation, evaluation, "DirectModification")]


def _outputs_differ(
    stack: Stack, design: Design, surroundings: Surroundings, standing: Mapping[str, Deployed]
) -> bool:
    scope = surroundings.evaluator(design, standing)
    wanted = live_outputs(design.anatomy, scope)
    if set(wanted) != set(stack.outputs):
        return True
    for name, output in wanted.items():
        old = stack.outputs[name]
        export = scope.value((output.get("Export") or {}).get("Name"))
        now = (scope.value(output["Value"]), output.get("Description"), export)
        if unknowns(list(now)):
            continue
        if (str(now[0]), now[1], now[2]) != (old.value, old.description, old.export):
            return True
    return False
