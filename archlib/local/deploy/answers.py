"""Engine records -> the answers of the CloudFormation API, as botocore would have parsed them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlib.local.deploy.capabilities import required_capabilities
from archlib.local.deploy.parameters import Value
from archlib.local.deploy.stack import Change, ChangeSet, Deployed, Design, Event, Stack

Answer = dict[str, Any]
HIDDEN = "****"


def without_none(answer: Mapping[str, Any]) -> Answer:
    """The members that are there."""
    return {key: value for key, value in answer.items() if value is not None}


def parameters(values: Mapping[str, Value]) -> list[Answer]:
    """Parameters with their values; NoEcho ones masked."""
    return [
        without_none(
            {
                "ParameterKey": name,
                "ParameterValue": HIDDEN if value.hidden else value.given,
                "ResolvedValue": _plain(value.resolved) if value.from_ssm else None,
            }
        )
        for name, value in values.items()
    ]


def _plain(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def stack(found: Stack) -> Answer:
    """``Stack`` of DescribeStacks."""
    design = found.design
    values = design.values if design else {}
    return without_none(
        {
            "StackId": found.id,
            "StackName": found.name,
            "Description": design.description if design else None,
            "Parameters": parameters(values) if values else None,
            "CreationTime": found.created,
            "LastUpdatedTime": found.updated,
            "DeletionTime": found.deleted,
            "RollbackConfiguration": {},
            "StackStatus": found.status,
            "StackStatusReason": found.reason,
            "DisableRollback": found.on_failure == "DO_NOTHING",
            "NotificationARNs": [],
            "TimeoutInMinutes": found.timeout,
            "Capabilities": list(found.request.capabilities) if found.request else [],
            "Outputs": [
                without_none(
                    {
                        "OutputKey": output.name,
                        "OutputValue": output.value,
                        "Description": output.description,
                        "ExportName": output.export,
                    }
                )
                for output in found.outputs.values()
            ]
            or None,
            "Tags": [{"Key": k, "Value": v} for k, v in found.request.tags]
            if found.request
            else [],
            "EnableTerminationProtection": found.protected,
            "ParentId": found.parent,
            "RootId": found.parent,
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }
    )


def summary(found: Stack) -> Answer:
    """``StackSummary`` of ListStacks."""
    return without_none(
        {
            "StackId": found.id,
            "StackName": found.name,
            "TemplateDescription": found.design.description if found.design else None,
            "CreationTime": found.created,
            "LastUpdatedTime": found.updated,
            "DeletionTime": found.deleted,
            "StackStatus": found.status,
            "StackStatusReason": found.reason,
            "ParentId": found.parent,
            "RootId": found.parent,
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }
    )


def event(found: Stack, one: Event) -> Answer:
    """``StackEvent``."""
    return without_none(
        {
            "StackId": found.id,
            "EventId": one.id,
            "StackName": found.name,
            "LogicalResourceId": one.logical_id,
            "PhysicalResourceId": one.physical_id,
            "ResourceType": one.type,
            "Timestamp": one.at,
            "ResourceStatus": one.status,
            "ResourceStatusReason": one.reason,
            "ResourceProperties": one.properties,
            "ClientRequestToken": one.token,
        }
    )


def resource(found: Stack, one: Deployed, *, described: bool = False) -> Answer:
    """``StackResource``; ``StackResourceSummary`` has no stack in it."""
    answer: Answer = {
        "LogicalResourceId": one.logical_id,
        "PhysicalResourceId": one.physical_id,
        "ResourceType": one.type,
        "ResourceStatus": one.status,
        "ResourceStatusReason": one.reason,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }
    if described:
        answer.update(StackId=found.id, StackName=found.name, Timestamp=one.changed)
    else:
        answer["LastUpdatedTimestamp"] = one.changed
    return without_none(answer)


def declared_parameters(design_or_section: Mapping[str, Any]) -> list[Answer]:
    """``ParameterDeclaration`` members shared by ValidateTemplate and GetTemplateSummary."""
    return [
        without_none(
            {
                "ParameterKey": name,
                "DefaultValue": None if "Default" not in p else str(p["Default"]),
                "NoEcho": str(p.get("NoEcho", "")).lower() == "true",
                "Description": p.get("Description"),
            }
        )
        for name, p in design_or_section.items()
    ]


def capabilities(anatomy: Any) -> Answer:
    """``Capabilities`` and their reason."""
    needed, types = required_capabilities(anatomy)
    reason = f"The following resource(s) require capabilities: [{', '.join(types)}]"
    answer: Answer = {}
    if anatomy.transforms:
        needed = [*needed, "CAPABILITY_AUTO_EXPAND"]
    if needed:
        answer["Capabilities"] = needed
    if types:
        answer["CapabilitiesReason"] = reason
    if anatomy.transforms:
        answer["DeclaredTransforms"] = list(anatomy.transforms)
    return answer


def change_set_summary(found: Stack, one: ChangeSet) -> Answer:
    """``ChangeSetSummary``."""
    return without_none(
        {
            "StackId": found.id,
            "StackName": found.name,
            "ChangeSetId": one.id,
            "ChangeSetName": one.name,
            "ExecutionStatus": one.execution,
            "Status": one.status,
            "StatusReason": one.reason,
            "CreationTime": one.created,
            "Description": one.description,
            "IncludeNestedStacks": False,
        }
    )


def change_set(found: Stack, one: ChangeSet) -> Answer:
    """DescribeChangeSet."""
    design: Design | None = one.design
    answer = {
        **change_set_summary(found, one),
        "NotificationARNs": [],
        "RollbackConfiguration": {},
        "Changes": [{"Type": "Resource", "ResourceChange": _change(c)} for c in one.changes],
    }
    answer.pop("IncludeNestedStacks")
    if design is not None:
        answer["Parameters"] = parameters(design.values)
        answer["Capabilities"] = list(design.request.capabilities)
        answer["Tags"] = [{"Key": k, "Value": v} for k, v in design.request.tags]
    return answer


def _change(one: Change) -> Answer:
    details = [
        without_none(
            {
                "Target": without_none(
                    {
                        "Attribute": detail.target,
                        "Name": detail.name,
                        "RequiresRecreation": detail.recreation,
                    }
                ),
                "Evaluation": detail.evaluation,
                "ChangeSource": detail.source,
                "CausingEntity": detail.cause,
            }
        )
        for detail in one.details
    ]
    return without_none(
        {
            "Action": one.action,
            "LogicalResourceId": one.logical_id,
            "PhysicalResourceId": one.physical_id,
            "ResourceType": one.type,
            "Replacement": one.replacement,
            "Scope": list(one.scope),
            "Details": details,
        }
    )
