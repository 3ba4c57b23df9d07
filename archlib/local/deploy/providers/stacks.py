"""CloudFormation's own resources: nested stacks and wait condition handles."""

from __future__ import annotations

from typing import Any

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


def _request(engine: Any, values: Properties) -> Request:
    from archlib.local.deploy.reading import read_template
    from archlib.local.deploy.submission import fetch

    tags = tuple((tag["Key"], tag["Value"]) for tag in values.get("Tags", ()))
    return Request(
        source=read_template(fetch(engine, values["TemplateURL"])),
        parameters=values.get("Parameters", {}),
        # the parent's caller has acknowledged what the whole tree may do
        capabilities=("CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"),
        tags=tags,
    )


#: Under this no ``Fn::GetAtt`` reaches: what the nested stack was asked to be, for going back.
_REQUEST = "request"


def _made(stack: Stack) -> Made:
    outputs = {f"Outputs.{name}": output.value for name, output in stack.outputs.items()}
    return Made(stack.id, {**outputs, _REQUEST: stack.request})


def _create(context: Context, values: Properties) -> Made:
    stack = context.engine.create(
        context.name(128), _request(context.engine, values), parent=context.stack_id
    )
    made = _made(stack)
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
    wanted = _request(context.engine, new)
    if context.undoing:
        wanted = existing.attributes[_REQUEST]
    try:
        context.engine.update(stack, wanted)
    except StackError as refusal:
        if refusal.message != "No updates are to be performed.":
            raise
    else:
        if stack.status != "UPDATE_COMPLETE":
            raise ResourceFailure(
                f"Embedded stack {stack.id} was not successfully updated: {stack.reason}"
            )
    return _made(stack)


def _stale(engine: Any, physical_id: str, values: Properties) -> frozenset[str]:
    stack = engine.find(physical_id)
    design = engine.designer.design(_request(engine, values), stack.name, stack.id)
    return frozenset() if engine.plan(stack, design).empty else frozenset({"TemplateURL"})


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
    stale=_stale,
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
