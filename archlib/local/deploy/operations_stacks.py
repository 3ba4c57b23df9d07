"""CloudFormation operations on stacks, templates and exports."""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import Any

from archlib.errors import Unsupported
from archlib.local.deploy import answers
from archlib.local.deploy.answers import Answer
from archlib.local.deploy.engine import Engine
from archlib.local.deploy.errors import StackError
from archlib.local.deploy.operations_change_sets import find_change_set
from archlib.local.deploy.stack import Stack
from archlib.local.deploy.submission import anatomy_of, request_of, source_of


def validate_template(engine: Engine, params: dict[str, Any]) -> Answer:
    """Check a template's form and tell its parameters and capabilities."""
    source = source_of(engine, params)
    anatomy = anatomy_of(engine, source)
    return answers.without_none(
        {
            "Parameters": answers.declared_parameters(source.body.get("Parameters") or {}),
            "Description": source.body.get("Description"),
            **answers.capabilities(anatomy),
        }
    )


def get_template_summary(engine: Engine, params: dict[str, Any]) -> Answer:
    """Tell what a template, or a stack's template, consists of."""
    if "StackName" in params:
        stack = engine.find(params["StackName"], deleted=True)
        assert stack.request is not None
        source = stack.request.source
    else:
        source = source_of(engine, params)
    anatomy = anatomy_of(engine, source)
    declared = source.body.get("Parameters") or {}
    parameters = answers.declared_parameters(declared)
    for entry in parameters:
        written = declared[entry["ParameterKey"]]
        entry["ParameterType"] = written["Type"]
        entry["ParameterConstraints"] = (
            {"AllowedValues": [str(v) for v in written["AllowedValues"]]}
            if "AllowedValues" in written
            else {}
        )
    resources = source.body.get("Resources") or {}
    return answers.without_none(
        {
            "Parameters": parameters,
            "Description": source.body.get("Description"),
            "ResourceTypes": sorted({entry["Type"] for entry in resources.values()}),
            "Version": str(source.body.get("AWSTemplateFormatVersion", "2010-09-09")),
            "Metadata": json.dumps(source.body["Metadata"]) if "Metadata" in source.body else None,
            **answers.capabilities(anatomy),
        }
    )


def create_stack(engine: Engine, params: dict[str, Any]) -> Answer:
    """Create a stack; it is complete, or rolled back, on return."""
    stack = engine.create(params["StackName"], request_of(engine, params))
    stack.protected = bool(params.get("EnableTerminationProtection"))
    stack.timeout = params.get("TimeoutInMinutes")
    return {"StackId": stack.id}


def update_stack(engine: Engine, params: dict[str, Any]) -> Answer:
    """Update a stack; it is complete, or rolled back, on return."""
    if params.get("DisableRollback"):
        raise Unsupported("the local cloud does not honour DisableRollback of UpdateStack")
    stack = engine.find(params["StackName"])
    engine.update(stack, request_of(engine, params, stack))
    return {"StackId": stack.id}


def delete_stack(engine: Engine, params: dict[str, Any]) -> Answer:
    """Delete a stack; one that does not exist is fine."""
    try:
        stack = engine.find(params["StackName"])
    except StackError:
        return {}
    engine.delete(stack, params.get("RetainResources") or ())
    return {}


def describe_stacks(engine: Engine, params: dict[str, Any]) -> Answer:
    """Describe one stack, or all that are live."""
    if "StackName" in params:
        found = [engine.find(params["StackName"], deleted=True)]
    else:
        found = [stack for stack in reversed(engine.stacks) if stack.live]
    return {"Stacks": [answers.stack(stack) for stack in found]}


def list_stacks(engine: Engine, params: dict[str, Any]) -> Answer:
    """List stacks, deleted ones too."""
    wanted = params.get("StackStatusFilter")
    found = [s for s in reversed(engine.stacks) if not wanted or s.status in wanted]
    return {"StackSummaries": [answers.summary(stack) for stack in found]}


def stack_events(engine: Engine, params: dict[str, Any]) -> Answer:
    """Tell a stack's history, newest first."""
    name = params.get("StackName", "")
    try:
        stack = engine.find(name, deleted=True)
    except StackError:
        raise StackError(f"Stack [{name}] does not exist") from None
    return {"StackEvents": [answers.event(stack, one) for one in reversed(stack.events)]}


def _resources_of(stack: Stack) -> list[Any]:
    known = {**stack.gone, **stack.resources} if not stack.live else stack.resources
    return list(known.values())


def describe_resource(engine: Engine, params: dict[str, Any]) -> Answer:
    """Describe one resource of a stack."""
    stack = engine.find(params["StackName"], deleted=True)
    logical_id = params["LogicalResourceId"]
    for one in _resources_of(stack):
        if one.logical_id == logical_id:
            answer = answers.resource(stack, one, described=True)
            answer["LastUpdatedTimestamp"] = answer.pop("Timestamp")
            answer["Metadata"] = json.dumps(one.metadata or {})
            return {"StackResourceDetail": answer}
    raise StackError(f"Resource {logical_id} does not exist for stack {stack.name}")


def describe_resources(engine: Engine, params: dict[str, Any]) -> Answer:
    """Describe the resources of a stack, or the stack of a resource."""
    name, physical = params.get("StackName"), params.get("PhysicalResourceId")
    if (name is None) == (physical is None):
        raise StackError("You must specify either StackName or PhysicalResourceId, but not both.")
    if name is not None:
        stack = engine.find(name, deleted=True)
    else:
        owners = [
            s
            for s in engine.stacks
            if s.live and any(r.physical_id == physical for r in s.resources.values())
        ]
        if not owners:
            raise StackError(f"Stack for {physical} does not exist")
        stack = owners[0]
    wanted = params.get("LogicalResourceId")
    return {
        "StackResources": [
            answers.resource(stack, one, described=True)
            for one in _resources_of(stack)
            if wanted is None or one.logical_id == wanted
        ]
    }


def list_resources(engine: Engine, params: dict[str, Any]) -> Answer:
    """List the resources of a stack."""
    stack = engine.find(params["StackName"], deleted=True)
    return {
        "StackResourceSummaries": [answers.resource(stack, one) for one in _resources_of(stack)]
    }


def get_template(engine: Engine, params: dict[str, Any]) -> Answer:
    """Give a template back as it was given, or processed."""
    if "StackName" not in params:
        raise StackError("StackName must be specified.")
    stack = engine.find(params["StackName"], deleted=True)
    if "ChangeSetName" in params:
        chosen = find_change_set(engine, params)[1]
        assert chosen.design is not None
        request, anatomy = chosen.design.request, chosen.design.anatomy
    elif stack.request is None or stack.design is None:
        raise StackError(f"Template for stack {stack.name} does not exist")
    else:
        request, anatomy = stack.request, stack.design.anatomy
    text = request.source.text
    if params.get("TemplateStage") == "Processed" and anatomy.transforms:
        body: Any = OrderedDict(anatomy.body)
    elif text.lstrip().startswith("{"):
        body = json.loads(text, object_pairs_hook=OrderedDict)
    else:
        body = text
    return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}


def list_exports(engine: Engine, params: dict[str, Any]) -> Answer:
    """List the exports of the region."""
    return {
        "Exports": [
            {"ExportingStackId": stack.id, "Name": output.export, "Value": output.value}
            for stack in engine.stacks
            if stack.live
            for output in stack.outputs.values()
            if output.export
        ]
    }


def list_imports(engine: Engine, params: dict[str, Any]) -> Answer:
    """List the stacks that use an export."""
    name = params["ExportName"]
    if engine.exchange.exporter(name) is None:
        raise StackError(f"No export named {name} found.")
    importers = engine.exchange.importers(name)
    if not importers:
        raise StackError(f"Export '{name}' is not imported by any stack.")
    return {"Imports": importers}


def protection(engine: Engine, params: dict[str, Any]) -> Answer:
    """Switch termination protection."""
    stack = engine.find(params["StackName"])
    stack.protected = params["EnableTerminationProtection"]
    return {"StackId": stack.id}
