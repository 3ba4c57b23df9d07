"""Deploying to real AWS: a change set is made, printed, and executed only when it is confirmed.

The template is the one that the local cloud runs. Nothing is uploaded or created before the
confirmation, except the change set itself, which is deleted again when it is declined.
Source: AWS CloudFormation User Guide, "Update CloudFormation stacks using change sets".
"""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

import click

from archlib.errors import DeploymentError, UsageError
from archlib.template.key_pairs import made_for, new_key, physical_ids, standing_parameters

if TYPE_CHECKING:
    from archlib.template import Asset, Template

#: CloudFormation takes a template of this many bytes in the request itself.
INLINE_BYTES = 51_200

_CHANGE_SET = "archlib-plan"


class NoChanges(Exception):
    """The stack is already what the template says."""


def deploy_to_aws(
    template: Template,
    assets: tuple[Asset, ...],
    stack: str,
    parameters: dict[str, str],
    bucket: str | None,
    region: str | None,
    confirm: str | None,
) -> None:
    """Plan, ask, upload, execute. Raises :class:`UsageError` or :class:`DeploymentError`."""
    from botocore.exceptions import BotoCoreError, ClientError

    from archlib.template.wheels import for_aws

    if assets and bucket is None:
        raise UsageError(
            "the function's code must be uploaded somewhere",
            hint="name an existing bucket of yours: --assets-bucket BUCKET",
        )
    if confirm is not None and confirm != stack:
        raise UsageError(f"--confirm says {confirm!r}, but the stack is {stack!r}")
    chosen = {**parameters, **({"AssetsBucket": bucket} if assets and bucket else {})}
    try:
        ready = tuple(for_aws(asset) for asset in assets)
        _deploy(_session(region), template, ready, stack, chosen, bucket, confirm is not None)
    except ClientError as error:
        found = error.response["Error"]
        message = f"{error.operation_name}: {found.get('Message') or found['Code']}"
        raise DeploymentError(message, where=stack) from None
    except BotoCoreError as error:
        raise DeploymentError(str(error), where=stack) from None


def _deploy(
    session: Any,
    template: Template,
    assets: tuple[Asset, ...],
    stack: str,
    parameters: dict[str, str],
    bucket: str | None,
    confirmed: bool,
) -> None:
    cloudformation, s3 = session.client("cloudformation"), session.client("s3")
    who = session.client("sts").get_caller_identity()
    click.echo(f"Account {who['Account']} as {who['Arn']}, region {session.region_name}")
    standing = standing_parameters(cloudformation, stack)
    public, pairs = made_for(template.body, parameters, standing, lambda _: new_key())
    parameters = {**parameters, **public}
    try:
        changes = _plan(cloudformation, template, stack, parameters)
    except NoChanges:
        click.echo(f"Stack {stack}: nothing to change.")
        return
    try:
        click.echo(f"Stack {stack}:")
        for change in changes:
            click.echo(f"  {change}")
        for asset in assets:
            click.echo(f"  Upload   s3://{bucket}/{asset.key} ({len(asset.data)} bytes)")
        for one in pairs:
            click.echo(
                f"  Key pair {one.pair.parameter} is the public half; the private half goes into "
                f"{one.pair.describe(stack)} once the stack stands"
            )
        if not (confirmed or _confirmed(stack)):
            click.echo("Nothing was changed.")
            raise SystemExit(1)
        for asset in assets:
            s3.put_object(Bucket=bucket, Key=asset.key, Body=asset.data)
    except BaseException:
        _forget(cloudformation, stack)
        raise
    existed = _exists(cloudformation, stack)
    cloudformation.execute_change_set(StackName=stack, ChangeSetName=_CHANGE_SET)
    _wait(cloudformation, stack, "stack_update_complete" if existed else "stack_create_complete")
    physical = physical_ids(cloudformation, stack) if pairs else {}
    for one in pairs:
        one.pair.store(session.client, stack, physical, one.private)
    for output in cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", ()):
        click.echo(f"  {output['OutputKey']} = {output['OutputValue']}")


def _session(region: str | None) -> Any:
    boto3: Any = importlib.import_module("boto3")
    session = boto3.Session(region_name=region)
    _check_session(session)
    return session


def _check_session(session: Any) -> None:
    if session.get_credentials() is None:
        raise UsageError(
            "there are no AWS credentials", hint="configure them as for the AWS CLI, then again"
        )
    if session.region_name is None:
        raise UsageError("no region is configured", hint="say --region REGION")


def _exists(cloudformation: Any, stack: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError:
        return False
    return bool(found["StackStatus"] != "REVIEW_IN_PROGRESS")


def _plan(
    cloudformation: Any, template: Template, stack: str, parameters: dict[str, str]
) -> list[str]:
    from botocore.exceptions import ClientError, WaiterError

    body = template.to_yaml()
    if len(body.encode()) > INLINE_BYTES:
        body = json.dumps(template.body, separators=(",", ":"), ensure_ascii=False)
    if len(body.encode()) > INLINE_BYTES:
        raise DeploymentError(
            f"the template is larger than the {INLINE_BYTES} bytes that fit into a request",
            hint="upload it to S3 and deploy it with the AWS CLI",
        )
    try:
        cloudformation.create_change_set(
            StackName=stack,
            ChangeSetName=_CHANGE_SET,
            ChangeSetType="UPDATE" if _exists(cloudformation, stack) else "CREATE",
            TemplateBody=body,
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        )
        cloudformation.get_waiter("change_set_create_complete").wait(
            StackName=stack, ChangeSetName=_CHANGE_SET
        )
    except ClientError as error:
        raise DeploymentError(error.response["Error"]["Message"], where=stack) from None
    except WaiterError as error:
        reason = error.last_response.get("StatusReason", str(error))
        _forget(cloudformation, stack)
        if "didn't contain changes" in reason or "No updates are to be performed" in reason:
            raise NoChanges from None
        raise DeploymentError(f"AWS made no plan: {reason}", where=stack) from None
    pages = cloudformation.get_paginator("describe_change_set").paginate(
        StackName=stack, ChangeSetName=_CHANGE_SET
    )
    return [_line(c["ResourceChange"]) for page in pages for c in page["Changes"]]


def _line(change: dict[str, Any]) -> str:
    replaced = change.get("Replacement")
    extra = f" (replacement: {replaced})" if replaced and replaced != "False" else ""
    return (
        f"{change['Action']:<8} {change['ResourceType']:<40} {change['LogicalResourceId']}{extra}"
    )


def _confirmed(stack: str) -> bool:
    answer: str = click.prompt(
        "This costs money. Type the stack's name to go on", default="", show_default=False
    )
    return answer == stack


def _forget(cloudformation: Any, stack: str) -> None:
    fresh = not _exists(cloudformation, stack)
    cloudformation.delete_change_set(StackName=stack, ChangeSetName=_CHANGE_SET)
    if fresh:
        cloudformation.delete_stack(StackName=stack)


def _wait(cloudformation: Any, stack: str, waiter: str) -> None:
    from botocore.exceptions import WaiterError

    try:
        cloudformation.get_waiter(waiter).wait(StackName=stack)
    except WaiterError:
        events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        failed = [e for e in events if e["ResourceStatus"].endswith("_FAILED")]
        first = failed[-1] if failed else events[0]
        raise DeploymentError(
            first.get("ResourceStatusReason", "the stack failed"), where=first["LogicalResourceId"]
        ) from None
