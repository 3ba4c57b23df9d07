"""``archlib diagram``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archlib.cli.common import chosen

FORMATS = ("svg", "png", "dot")


@click.command("diagram")
@click.argument("names", metavar="[SCENARIO]...", nargs=-1)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("diagrams"),
              show_default=True, help="Folder for the pictures.")  # fmt: skip
@click.option("--format", "formats", type=click.Choice(FORMATS), multiple=True,
              help="Only these formats (default: all three).")  # fmt: skip
@click.option("--stdout", is_flag=True, help="Print one format instead of writing files.")
def command(names: tuple[str, ...], out: Path, formats: tuple[str, ...], stdout: bool) -> None:
    """Draw scenarios: SVG, PNG and DOT."""
    from archlib.diagram import render

    drawn = [part for one in chosen(names) for part in one.architecture().pictures()]
    if stdout and (len(drawn) != 1 or len(formats) != 1):
        raise click.UsageError("--stdout needs one scenario of one picture, and one --format")
    for part in drawn:
        picture = render(part)
        for kind in formats or FORMATS:
            content: str | bytes = getattr(picture, kind)
            data = content.encode() if isinstance(content, str) else content
            if stdout:
                sys.stdout.buffer.write(data)
                continue
            out.mkdir(parents=True, exist_ok=True)
            path = out / f"{part.name}.{kind}"
            path.write_bytes(data)
            click.echo(str(path))
