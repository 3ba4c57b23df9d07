"""``archlib list``."""

from __future__ import annotations

import click

from archlib.cli.common import chosen, emit_json, json_option


@click.command("list")
@json_option
def command(as_json: bool) -> None:
    """List the scenarios."""
    rows = []
    for one in chosen(()):
        architecture = one.architecture()
        rows.append(
            {
                "name": one.name,
                "title": architecture.title,
                "description": architecture.description,
                "requirements": len(architecture.requirements),
                "flows": len(one.flows),
                "faults": len(one.faults),
            }
        )
    if as_json:
        emit_json(rows)
        return
    for row in rows:
        click.echo(
            f"{row['name']:<16} {row['title']}: {row['description']}\n{'':<16} "
            f"{row['requirements']} requirements, {row['flows']} flows, {row['faults']} faults"
        )
