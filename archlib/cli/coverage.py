"""``archlib coverage``: the page of what the local cloud honours and refuses."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from archlib.cli.common import emit_json, json_option, write
from archlib.errors import UsageError

PAGE = Path("docs") / "coverage.md"


@click.command("coverage")
@click.option("--write", "writing", is_flag=True, help=f"Write {PAGE}.")
@click.option("--check", "checking", is_flag=True, help=f"Exit 1 if {PAGE} is out of date.")
@json_option
def command(writing: bool, checking: bool, as_json: bool) -> None:
    """Print what the local cloud honours and what it refuses."""
    from archlib.coverage import gather, page

    if writing + checking + as_json > 1:
        raise click.UsageError("--write, --check and --json exclude each other")
    if (writing or checking) and not PAGE.parent.is_dir():
        raise UsageError(f"there is no {PAGE.parent} folder here", hint="run it in the project")
    facts = gather()
    if as_json:
        emit_json(_rows(dataclasses.asdict(facts)))
        return
    text = page(facts)
    if checking:
        current = PAGE.read_text(encoding="utf-8") if PAGE.exists() else None
        if current != text:
            click.echo(f"{PAGE} is out of date: archlib coverage --write")
            raise SystemExit(1)
        click.echo(f"{PAGE} is up to date")
    elif writing:
        write(str(PAGE), text)
        click.echo(str(PAGE))
    else:
        click.echo(text, nl=False)


def _rows(value: object) -> object:
    """Plain JSON: answers by their word."""
    from enum import Enum

    if isinstance(value, dict):
        return {key: _rows(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rows(inner) for inner in value]
    return value.value if isinstance(value, Enum) else value
