"""``archlib show``."""

from __future__ import annotations

import click

from archlib.cli.common import emit_json, json_option
from archlib.scenarios import scenario


@click.command("show")
@click.argument("name", metavar="SCENARIO")
@json_option
def command(name: str, as_json: bool) -> None:
    """Show a scenario: requirements, components, connections, checks and faults."""
    one = scenario(name)
    architecture = one.architecture()
    checks: dict[str, list[str]] = {}
    for check in one.checks:
        checks.setdefault(check.requirement, []).append(check.id)
    shown = {
        "name": one.name,
        "title": architecture.title,
        "description": architecture.description,
        "requirements": [
            {
                "id": r.id,
                "title": r.title,
                "statement": r.statement,
                "checks": checks.get(r.id, []),
            }
            for r in architecture.requirements
        ],
        "components": [
            {"name": c.name, "kind": type(c).__name__, "boundary": c.boundary}
            for c in architecture.components
        ],
        "connections": [
            {
                "source": c.source,
                "arrow": c.arrow.value,
                "target": c.target,
                "verb": c.verb,
                "label": c.label,
            }
            for c in architecture.connections
        ],
        "faults": [
            {"name": f.name, "title": f.title, "caught_by": f.caught_by} for f in one.faults
        ],
    }
    if as_json:
        emit_json(shown)
        return
    click.echo(f"{architecture.title}: {architecture.description}\n\nRequirements")
    for requirement in architecture.requirements:
        click.echo(f"  {requirement.id}  {requirement.title}")
        click.echo(f"           checks: {', '.join(checks.get(requirement.id, ()))}")
    width = max(len(component.name) for component in architecture.components)
    click.echo("\nComponents")
    for component in architecture.components:
        where = f" in {component.boundary}" if component.boundary else ""
        click.echo(f"  {component.name:<{width}} {type(component).__name__}{where}")
    click.echo("\nConnections")
    for c in architecture.connections:
        label = f"  “{c.label}”" if c.label else ""
        click.echo(f"  {c.source} {c.arrow.value} {c.target}  ({c.verb}){label}")
    click.echo("\nFaults, each with the check that must notice it")
    for fault in one.faults:
        of = f" (variant {fault.variant})" if fault.variant else ""
        click.echo(f"  {fault.name:<26} {fault.title}{of}  [{fault.caught_by}]")
