"""``archlib template``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archlib.cli.common import assets_of, emit_json, scenario_or_file, write
from archlib.errors import UsageError

if TYPE_CHECKING:
    from archlib.template import Asset


@click.command("template")
@click.argument("name", metavar="SCENARIO|FILE")
@click.option("--out", metavar="PATH", default="-", help="Write there instead of printing.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of YAML.")
@click.option(
    "--diff", "other", metavar="SCENARIO|FILE", help="Show what changes from here to there."
)
@click.option("--assets", metavar="DIR", help="Write the code zips there, to be uploaded.")
def command(name: str, out: str, as_json: bool, other: str | None, assets: str | None) -> None:
    """Print a template (a SAM file comes out expanded), or compare two of them."""
    template, found = scenario_or_file(name)
    if other is not None:
        second, _ = scenario_or_file(other)
        changes = template.diff(second)
        if as_json:
            emit_json([str(change) for change in changes])
        else:
            for change in changes:
                click.echo(str(change))
        raise SystemExit(1 if changes else 0)
    if assets is not None:
        _write_assets(assets_of(template, found), Path(assets))
    write(out, template.to_json() if as_json else template.to_yaml())


def _write_assets(assets: tuple[Asset, ...], folder: Path) -> None:
    from archlib.template.wheels import for_aws

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for asset in assets:
            (folder / asset.key).write_bytes(for_aws(asset).data)
            click.echo(f"{folder / asset.key}  (parameter {asset.parameter})", err=True)
    except OSError as error:
        raise UsageError(f"cannot write code zips to {folder}: {error.strerror}") from None
    if not assets:
        click.echo("the template names no code of its own: nothing to write", err=True)
