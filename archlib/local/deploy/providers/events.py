"""EventBridge: rules with their targets, and event buses.

Source: "Amazon EventBridge resource type reference" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

import json
from typing import Any

from archlib.local.deploy.declared import ID, declared
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import ListOf, one_of, record

_EVENTS = "events"


def _rule(values: Properties, name: str) -> dict[str, Any]:
    sent: dict[str, Any] = {"Name": name}
    for key in ("Description", "EventBusName", "ScheduleExpression", "State"):
        if key in values:
            sent[key] = values[key]
    if "EventPattern" in values:
        pattern = values["EventPattern"]
        sent["EventPattern"] = pattern if isinstance(pattern, str) else json.dumps(pattern)
    return sent


def _bus(values: Properties) -> dict[str, str]:
    return {"EventBusName": values["EventBusName"]} if "EventBusName" in values else {}


def _create_rule(context: Context, values: Properties) -> Made:
    client, name = context.client(_EVENTS), values.get("Name") or context.name(64)
    arn = client.put_rule(**_rule(values, name))["RuleArn"]
    bus = values.get("EventBusName", "default").rpartition("/")[2]
    # "the event rule name"; on another bus than the default one "EventBusName|RuleName".
    ref = name if bus == "default" else f"{bus}|{name}"
    made = Made(name, {"Arn": arn}, ref)
    context.note(made)
    if values.get("Targets"):
        client.put_targets(Rule=name, Targets=values["Targets"], **_bus(values))
    return made


def _update_rule(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    client, name = context.client(_EVENTS), existing.physical_id
    if changed - {"Targets"}:
        client.put_rule(**_rule(new, name))
    if "Targets" in changed:
        kept = {target["Id"] for target in new.get("Targets", ())}
        before = {target["Id"] for target in existing.properties.get("Targets", ())}
        if gone := sorted(before - kept):
            client.remove_targets(Rule=name, Ids=gone, **_bus(new))
        if new.get("Targets"):
            client.put_targets(Rule=name, Targets=new["Targets"], **_bus(new))


def _delete_rule(context: Context, existing: Existing) -> None:
    client, bus = context.client(_EVENTS), _bus(existing.properties)
    name = existing.physical_id
    listed = client.list_targets_by_rule(Rule=name, **bus)["Targets"]
    if listed:
        client.remove_targets(Rule=name, Ids=[target["Id"] for target in listed], **bus)
    client.delete_rule(Name=name, **bus)


def _check_rule(values: Properties) -> tuple[str, ...]:
    if not {"EventPattern", "ScheduleExpression"} & set(values):
        return ("Parameter(s) EventPattern or ScheduleExpression must be specified.",)
    return ()


RULE = ResourceType(
    name="AWS::Events::Rule",
    properties=record(
        "Name Description EventBusName EventPattern:j ScheduleExpression",
        State=one_of("ENABLED", "DISABLED"),
        Targets=ListOf(
            record(
                "Arn! Id! Input InputPath",
                InputTransformer=record("InputTemplate! InputPathsMap:m"),
                SqsParameters=record("MessageGroupId!"),
                DeadLetterConfig=record("Arn"),
                RetryPolicy=record("MaximumRetryAttempts:i MaximumEventAgeInSeconds:i"),
            )
        ),
    ),
    create=_create_rule,
    update=_update_rule,
    delete=_delete_rule,
    replacement=frozenset({"Name", "EventBusName"}),
    attributes=("Arn",),
    name_property="Name",
    arn="arn:{partition}:events:{region}:{account}:rule/{id}",
    check=_check_rule,
    notes="Targets are functions, queues and topics, by their own policies; roles are refused.",
)

BUS = declared(
    "AWS::Events::EventBus",
    _EVENTS,
    create="CreateEventBus",
    delete="DeleteEventBus",
    delete_with={"Name": ID},
    properties="Name Description",
    required="Name",
    identity="=Name",
    attributes={"Arn": "EventBusArn", "Name": "=Name"},
    name_property="Name",
    arn="arn:{partition}:events:{region}:{account}:event-bus/{id}",
    notes="Policies, partner sources, dead-letter queues and KMS keys of buses are refused.",
)

TYPES = (RULE, BUS)
