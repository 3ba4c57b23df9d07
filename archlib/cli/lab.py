"""``archlib lab``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from archlib.errors import UsageError


@click.command("lab", context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[JUPYTER OPTIONS]")
def command(options: tuple[str, ...]) -> None:
    """Open JupyterLab on the notebooks."""
    folder = Path("notebooks")
    if not folder.is_dir():
        raise UsageError(
            "there is no notebooks folder here", hint="run it in the project's own folder"
        )
    os.execv(
        sys.executable,
        [sys.executable, "-m", "jupyterlab", "--notebook-dir", str(folder), *options],
    )
