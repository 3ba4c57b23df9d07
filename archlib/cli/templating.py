"""``archlib template``."""

from __future__ import annotations

from pathlib import Path

import click

from archlib.cli.common import emit_json, scenario_or_file, write


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
        if found is None:
            raise click.UsageError("only a scenario has code zips")
        _write_assets(found, Path(assets))
    write(out, template.to_json() if as_json else template.to_yaml())


def _write_assets(found: object, folder: Path) -> None:
    from archlib.template import emit
    from archlib.verify import Scenario

    assert isinstance(found, Scenario)
    folder.mkdir(parents=True, exist_ok=True)
    for asset in emit(found.architecture()).assets:
        (folder / asset.key).write_bytes(asset.data)
        click.echo(f"{folder / asset.key}  (parameter {asset.parameter})", err=True)
