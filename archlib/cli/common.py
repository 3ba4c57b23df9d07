"""What commands share: naming a scenario or a file, progress, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archlib.errors import UsageError
from archlib.scenarios import SCENARIOS, scenario

if TYPE_CHECKING:
    from archlib.template import Asset, Template
    from archlib.verify import Scenario

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def emit_json(value: Any) -> None:
    """Print a value as JSON, the same bytes for the same value."""
    click.echo(json.dumps(value, indent=2, sort_keys=False, ensure_ascii=False, default=str))


def chosen(names: tuple[str, ...]) -> list[Scenario]:
    """The named scenarios, or all of them; :class:`UsageError` for an unknown name."""
    return [scenario(name) for name in names or SCENARIOS]


def scenario_or_file(name: str) -> tuple[Template, Scenario | None]:
    """A scenario's own template, or one read from a file."""
    from archlib.template import Template, emit

    if name in SCENARIOS:
        found = scenario(name)
        return emit(found.architecture()).template, found
    if Path(name).exists() or "/" in name or Path(name).suffix:
        return Template.read(Path(name)), None
    raise UsageError(
        f"{name!r} is neither a scenario nor a file", hint=f"scenarios: {', '.join(SCENARIOS)}"
    )


def assets_of(template: Template, found: Scenario | None) -> tuple[Asset, ...]:
    """The code zips of a scenario, or those a SAM file names by local folders."""
    from archlib.template import emit

    return template.assets if found is None else emit(found.architecture()).assets


@contextmanager
def progress(quiet: bool = False, steps: bool = False) -> Iterator[Callable[[str], None]]:
    """Tell what is being done: one line that is rewritten on a terminal, nothing elsewhere.

    With ``steps`` every step is a line of standard error, wherever that leads.
    """
    live = sys.stderr.isatty() and not quiet and not steps
    width = 0

    def tell(what: str) -> None:
        nonlocal width
        if steps:
            click.echo(what, err=True)
        elif live:
            click.echo(f"\r{what:<{width}}", nl=False, err=True)
            width = len(what)

    try:
        yield tell
    finally:
        if live and width:
            click.echo(f"\r{'':<{width}}\r", nl=False, err=True)


def write(path: str, text: str) -> None:
    """Write a report to a file, or to standard output for ``-``."""
    if path == "-":
        click.echo(text, nl=False)
        return
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
