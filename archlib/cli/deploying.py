"""``archlib deploy``: into the local cloud, or, after a printed plan and a confirmation, to AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archlib.cli.common import assets_of, emit_json, json_option, progress, scenario_or_file
from archlib.errors import DeploymentError, UsageError

if TYPE_CHECKING:
    from archlib.template import Asset, Template


@click.command("deploy")
@click.argument("name", metavar="SCENARIO|FILE")
@click.option("--target", type=click.Choice(["local", "aws"]), default="local", show_default=True)
@click.option("--stack-name", help="Default: the scenario's name.")
@click.option("--parameter", "parameters", metavar="KEY=VALUE", multiple=True)
@click.option(
    "--assets-bucket", metavar="BUCKET", help="aws: an existing bucket for the code zips."
)
@click.option("--region", help="aws: where to deploy; default: your configuration's.")
@click.option(
    "--confirm", metavar="STACK", help="aws: confirm without being asked, by the stack's name."
)
@json_option
def command(
    name: str,
    target: str,
    stack_name: str | None,
    parameters: tuple[str, ...],
    assets_bucket: str | None,
    region: str | None,
    confirm: str | None,
    as_json: bool,
) -> None:
    """Deploy a scenario or a template file.

    The local target creates everything in this process, shows what came to be and forgets it.
    The aws target uses your own credentials: it prints what it would change and asks.
    """
    template, found = scenario_or_file(name)
    given = parameters_of(parameters)
    assets = assets_of(template, found)
    stack = stack_name or (found.name if found is not None else "archlib")
    if target == "aws":
        from archlib.cli.to_aws import deploy_to_aws

        deploy_to_aws(template, assets, stack, given, assets_bucket, region, confirm)
        return
    only_aws = {"--assets-bucket": assets_bucket, "--region": region, "--confirm": confirm}
    if unheard := [option for option, value in only_aws.items() if value is not None]:
        raise UsageError(f"{unheard[0]} says nothing to the local target", hint="--target aws")
    _deploy_locally(template, assets, stack, given, as_json)


def parameters_of(given: tuple[str, ...]) -> dict[str, str]:
    """Template parameters from ``KEY=VALUE`` options."""
    pairs = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals or not key:
            raise UsageError(f"--parameter {one!r} is not KEY=VALUE")
        pairs[key] = value
    return pairs


def _deploy_locally(
    template: Template,
    assets: tuple[Asset, ...],
    stack: str,
    parameters: dict[str, str],
    as_json: bool,
) -> None:
    from archlib.local import LocalCloud

    with LocalCloud() as cloud, progress(as_json) as tell:
        tell(f"deploy {stack}")
        try:
            made = cloud.deploy(template, stack_name=stack, parameters=parameters, assets=assets)
        except DeploymentError as error:
            raise _with_hint(error) from None
        rows = [
            {"logical_id": r.logical_id, "type": r.type, "physical_id": r.physical_id}
            for r in made.resources.values()
        ]
        outputs = dict(made.outputs)
    if as_json:
        emit_json({"stack": stack, "resources": rows, "outputs": outputs})
        return
    kind, name = (max(len(row[key]) for row in rows) for key in ("type", "logical_id"))
    for row in rows:
        click.echo(f"  {row['type']:<{kind}} {row['logical_id']:<{name}} {row['physical_id']}")
    created = "1 resource was" if len(rows) == 1 else f"{len(rows)} resources were"
    click.echo(f"{stack}: {created} created in the local cloud, and forgotten again")
    for key, value in outputs.items():
        click.echo(f"  {key} = {value}")


def _with_hint(error: DeploymentError) -> DeploymentError:
    """The same error; for a parameter without a value it says how to give one."""
    if error.hint is None and error.message.endswith("] must have values"):
        return DeploymentError(
            error.message, where=error.where, hint="say --parameter KEY=VALUE for each"
        )
    return error
