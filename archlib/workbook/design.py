"""The design as a reader sees it: requirements, connections, template, lint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from archlib.architecture import Architecture
from archlib.workbook.cells import Cell, Code
from archlib.workbook.table import Table, table

if TYPE_CHECKING:
    from archlib.template import Template


def requirements(architecture: Architecture) -> Table:
    """What the design must do."""
    return table(
        f"{architecture.title}: requirements",
        ("id", "requirement", "in other words"),
        ((r.id, r.title, r.statement) for r in architecture.requirements),
    )


def connections(architecture: Architecture) -> Table:
    """Every arrow, with the verb that made it; for one that no call can take, why it cannot."""
    titles = {c.name: " ".join(c.title.split()) for c in architecture.components}
    untaken = [
        f"{titles[c.source]} → {titles[c.target]}: {c.off_trace}."
        for c in architecture.connections
        if c.off_trace is not None
    ]
    return table(
        f"{len(architecture.connections)} arrows",
        ("from", "verb", "to", "on the picture"),
        (
            (titles[c.source], Code(c.verb), titles[c.target], c.label)
            for c in architecture.connections
        ),
        f"No call takes these: {' '.join(untaken)}" if untaken else "",
        folded="All arrows, and the verbs that made them",
    )


def excerpt(template: Template, names: Iterable[str], metadata: bool) -> str:
    """Resources as YAML, by logical id or by component; :class:`KeyError` for another name."""
    from archlib.template.yaml_write import to_yaml

    chosen = {
        logical_id: resource
        for name in names
        for logical_id, resource in _called(template, name).items()
    }
    if not metadata:
        chosen = {
            logical_id: {key: value for key, value in resource.items() if key != "Metadata"}
            for logical_id, resource in chosen.items()
        }
    return to_yaml(chosen)


def _called(template: Template, name: str) -> dict[str, Any]:
    resources = template.body["Resources"]
    if name in resources:
        return {name: resources[name]}
    of = {
        logical_id: resource
        for logical_id, resource in resources.items()
        if _component(resource) == name
    }
    if not of:
        raise KeyError(name)
    return of


def _component(resource: dict[str, Any]) -> str:
    return str(resource.get("Metadata", {}).get("archlib", {}).get("component", ""))


def resources(template: Template) -> Table:
    """What the template holds: for each component, its resources and why they are there."""
    from archlib.template.emission import CONTEXT

    of: dict[str, list[tuple[str, str, str]]] = {}
    for logical_id, resource in template.body["Resources"].items():
        why = resource.get("Metadata", {}).get(CONTEXT, {}).get("why", "")
        of.setdefault(_component(resource), []).append((logical_id, resource["Type"], why))
    count = sum(map(len, of.values()))
    return table(
        f"{count} resources of {len(of)} components",
        ("resource", "type", "component", "why it is there"),
        (
            (logical_id, Code(kind), component, why)
            for component, made in of.items()
            for logical_id, kind, why in made
        ),
        folded="All resources, and why each is there",
    )


def linted(template: Template) -> Table:
    """What cfn-lint says with all its rules, and what was silenced for which reason."""
    from archlib.template import lint, suppressions

    found, silenced = lint(template), suppressions(template)
    rows: list[tuple[Cell | str, ...]] = [
        (Code(f.rule), f.level, f.message, f"line {f.line}") for f in found
    ]
    rows += [
        (Code(s.rule), "silenced", s.reason or "no reason given", s.logical_id or "template")
        for s in silenced
    ]
    if not rows:
        rows = [("every rule", "clean", "no error, no warning, no hint", template.name)]
    return table(
        f"cfn-lint on {template.name}: {len(found)} finding{'s' * (len(found) != 1)}",
        ("rule", "level", "what it says", "where"),
        rows,
    )
