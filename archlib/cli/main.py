"""``archlib``: the commands, and how a user's mistake is told.

Exit codes: 0 all is well; 1 something is not met, not clean or not up to date; 2 the command
cannot do what was asked (a mistake in a name, a file, a template). A mistake is one message,
never a traceback; ``--traceback`` is for us.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

import archlib
from archlib.errors import ArchlibError

#: Command -> module that holds it as ``command``; loaded when it is called.
COMMANDS = {
    "list": "archlib.cli.listing",
    "show": "archlib.cli.showing",
    "diagram": "archlib.cli.drawing",
    "template": "archlib.cli.templating",
    "lint": "archlib.cli.linting",
    "deploy": "archlib.cli.deploying",
    "serve": "archlib.cli.serving",
    "verify": "archlib.cli.verifying",
    "build": "archlib.cli.building",
    "coverage": "archlib.cli.coverage",
    "lab": "archlib.cli.lab",
}


class Commands(click.Group):
    """Commands that are imported when they are called, so that ``--help`` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Load one command."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[name]).command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Say which commands there are when one is not known."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(
                f"there is no command {args[0]!r}; there are {', '.join(COMMANDS)}", ctx
            )
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(archlib.__version__, prog_name="archlib")
@click.option("--traceback", is_flag=True, help="Show where in archlib an error came from.")
def cli(traceback: bool) -> None:
    """AWS architectures that prove themselves: drawn, deployed locally, exercised and judged."""


def _open_streams() -> None:
    """Standard streams that the shell has closed lead nowhere; else a socket takes their number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            try:
                os.fstat(number)
            except OSError:
                os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - as long as the process


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    given = sys.argv[1:] if arguments is None else arguments
    _open_streams()
    try:
        code = cli.main(given, standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.ClickException as mistake:
        mistake.show()
        sys.exit(2)
    except ArchlibError as mistake:
        if "--traceback" in given:
            raise
        click.echo(f"error: {mistake}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)
