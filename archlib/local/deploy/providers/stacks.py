"""CloudFormation's own resources: nested stacks and wait condition handles."""

from __future__ import annotations

from archlib.local.deploy.errors import ResourceFailure, StackError
from archlib.local.deploy.resource_type import (
    Context,
    Existing,
    Made,
    Properties,
    ResourceType,
    leave,
)
from archlib.local.deploy.spec import STRING_MAP, record
from archlib.local.deploy.stack import Request, Stack


def _request(context: Context, values: Properties) -> Request:
    from archlib.local.deploy.reading import read_template
    from archlib.local.deploy.submission import fetch

    tags = tuple((tag["Key"], tag["Value"]) for tag in values.get("Tags", ()))
    return Request(
        source=read_template(fetch(context.engine, values["TemplateURL"])),
        parameters=values.get("Parameters", {}),
        # the parent's caller has acknowledged what the whole tree may do
        capabilities=("CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"),
        tags=tags,
    )


def _outputs(stack: Stack) -> dict[str, str]:
    return {f"Outputs.{name}": output.value for name, output in stack.outputs.items()}


def _create(context: Context, values: Properties) -> Made:
    stack = context.engine.create(
        context.name(128), _request(context, values), parent=context.stack_id
    )
    made = Made(stack.id, _outputs(stack))
    context.note(made)
    if stack.status != "CREATE_COMPLETE":
        why = next(
            (e.reason for e in stack.events if e.status == "CREATE_FAILED" and e.reason),
            stack.reason,
        )
        raise ResourceFailure(f"Embedded stack {stack.id} was not successfully created: {why}")
    return made


def _update(context: Context, existing: Existing, new: Properties, changed: frozenset[str]) -> Made:
    stack = context.engine.find(existing.physical_id)
    try:
        context.engine.update(stack, _request(context, new))
    except StackError as refusal:
        if refusal.message != "No updates are to be performed.":
            raise
    else:
        if stack.status != "UPDATE_COMPLETE":
            raise ResourceFailure(
                f"Embedded stack {stack.id} was not successfully updated: {stack.reason}"
            )
    return Made(stack.id, _outputs(stack))


def _delete(context: Context, existing: Existing) -> None:
    try:
        stack = context.engine.find(existing.physical_id)
    except StackError:
        return
    context.engine.delete(stack)
    if stack.live:
        raise ResourceFailure(
            f"Embedded stack {stack.id} was not successfully deleted: {stack.reason}"
        )


NESTED_STACK = ResourceType(
    name="AWS::CloudFormation::Stack",
    properties=record("TemplateURL! TimeoutInMinutes:i Tags:tags", Parameters=STRING_MAP),
    create=_create,
    update=_update,
    delete=_delete,
    open_attributes="Outputs.",
    arn="{id}",
    notes="An update of the parent looks into a nested stack only when its properties changed.",
)


def _handle(context: Context, values: Properties) -> Made:
    bucket = f"cloudformation-waitcondition-{context.region}"
    return Made(f"https://{bucket}.s3.amazonaws.com/{context.stack_id}/{context.logical_id}")


WAIT_CONDITION_HANDLE = ResourceType(
    name="AWS::CloudFormation::WaitConditionHandle",
    properties=record(),
    create=_handle,
    delete=leave,
    notes="Nothing listens at the URL.",
)

TYPES = (NESTED_STACK, WAIT_CONDITION_HANDLE)
