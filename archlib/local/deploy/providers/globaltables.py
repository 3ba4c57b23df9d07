"""DynamoDB global tables.

Source: "AWS::DynamoDB::GlobalTable" in the AWS CloudFormation User Guide: ``Replicas`` must name
the stack's own region, a stream must be declared where there is more than one replica, and one
replica may be added or removed per update. The stack's own table is made as an
``AWS::DynamoDB::Table`` is; the others follow by UpdateTable.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from archlib.local.deploy.declared import shaped
from archlib.local.deploy.errors import ResourceFailure
from archlib.local.deploy.providers.dynamodb import TABLE
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import TAGS, ListOf, Record, Shaped, one_of, record

_DB = "dynamodb"

#: Properties that the stack's own table has, too.
_COMMON = ("TableName", "AttributeDefinitions", "KeySchema", "BillingMode",
           "LocalSecondaryIndexes", "GlobalSecondaryIndexes", "SSESpecification",
           "StreamSpecification", "TimeToLiveSpecification")  # fmt: skip
#: What a replica may have of its own in the stack's region, and in the others.
_OWN = ("DeletionProtectionEnabled", "PointInTimeRecoverySpecification", "TableClass", "Tags")
_ELSEWHERE = frozenset({"Region", "TableClass"})


def _check(values: Properties) -> tuple[str, ...]:
    problems = []
    regions = [one.get("Region") for one in values.get("Replicas", ())]
    if len(set(regions)) < len(regions):
        problems.append("Replicas must not name a region twice")
    if values.get("BillingMode", "PROVISIONED") != "PAY_PER_REQUEST":
        problems.append(
            "BillingMode PROVISIONED (the default) needs WriteProvisionedThroughputSettings with "
            "auto scaling, which the local cloud does not deploy; use PAY_PER_REQUEST"
        )
    stream = values.get("StreamSpecification", {}).get("StreamViewType")
    if len(regions) > 1 and stream != "NEW_AND_OLD_IMAGES":
        problems.append(
            "StreamSpecification with StreamViewType NEW_AND_OLD_IMAGES must be specified for a "
            "global table with more than one entry in Replicas"
        )
    return tuple(problems)


def _table(context: Context, values: Properties) -> Properties:
    """The properties of the table in the stack's region."""
    own = _replicas(values).get(context.region)
    if own is None:
        raise ResourceFailure(
            f"Replicas must contain the region in which the stack is deployed, {context.region}"
        )
    found = {name: values[name] for name in _COMMON if name in values}
    return {**found, **{name: own[name] for name in _OWN if name in own}}


def _replicas(values: Properties) -> dict[str, dict[str, Any]]:
    return {one["Region"]: one for one in values["Replicas"]}


def _elsewhere(context: Context, values: Properties) -> dict[str, dict[str, Any]]:
    others = _replicas(values)
    others.pop(context.region, None)
    for region, own in others.items():
        more = sorted(set(own) - _ELSEWHERE)
        if more:
            raise ResourceFailure(
                f"{more[0]} of a replica outside the stack's region ({region}) is not supported "
                "by the local cloud"
            )
    return others


def _create(context: Context, values: Properties) -> Made:
    own, others = _table(context, values), _elsewhere(context, values)
    made = TABLE.create(context, own)
    context.note(made)
    for region, own in others.items():
        _add(context, made.physical_id, region, own)
    return made


def _add(context: Context, name: str, region: str, own: dict[str, Any]) -> None:
    action = {"RegionName": region}
    if "TableClass" in own:
        action["TableClassOverride"] = own["TableClass"]
    _change(context, name, {"Create": action})


def _change(context: Context, name: str, action: dict[str, Any]) -> None:
    context.client(_DB).update_table(TableName=name, ReplicaUpdates=[action])


def _update(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> Made | None:
    name, old = existing.physical_id, existing.properties
    before, after = _elsewhere(context, old), _elsewhere(context, new)
    # What stands counts, not what was declared: a failed update is rolled back through here.
    standing = _standing(context, name)
    added, gone = sorted(set(after) - standing), sorted(standing - set(after))
    if len(added) + len(gone) > 1:
        raise ResourceFailure("You can only add or remove a single replica in each update")
    for region in gone:
        _change(context, name, {"Delete": {"RegionName": region}})
    for region in set(after) & standing:
        if after[region] != before.get(region, after[region]):
            table_class = after[region].get("TableClass", "STANDARD")
            override = {"RegionName": region, "TableClassOverride": table_class}
            _change(context, name, {"Update": override})
    table, was = _table(context, new), _table(context, old)
    differing = frozenset(k for k in {*table, *was} if table.get(k) != was.get(k))
    made = None
    if differing and TABLE.update is not None:
        made = TABLE.update(context, replace(existing, properties=was), table, differing)
    for region in added:
        _add(context, name, region, after[region])
    return made


def _standing(context: Context, name: str) -> set[str]:
    described = context.client(_DB).describe_table(TableName=name)["Table"]
    return {replica["RegionName"] for replica in described.get("Replicas", [])}


def _delete(context: Context, existing: Existing) -> None:
    client = context.client(_DB)
    described = client.describe_table(TableName=existing.physical_id)["Table"]
    # A replica's source may not go before it: the youngest goes first.
    for replica in reversed(described.get("Replicas", [])):
        _change(context, existing.physical_id, {"Delete": {"RegionName": replica["RegionName"]}})
    TABLE.delete(context, existing)


GLOBAL_TABLE = ResourceType(
    name="AWS::DynamoDB::GlobalTable",
    properties=Record(
        {
            **shaped(
                _DB,
                "CreateTable",
                "TableName AttributeDefinitions KeySchema LocalSecondaryIndexes",
            ),
            "BillingMode": one_of("PAY_PER_REQUEST", "PROVISIONED"),
            "GlobalSecondaryIndexes": ListOf(
                Record(
                    {
                        "KeySchema": Shaped(_DB, "CreateTable", ("KeySchema",)),
                        **record(
                            "IndexName!",
                            Projection=record("ProjectionType NonKeyAttributes:[]"),
                        ).fields,
                    },
                    frozenset({"IndexName", "KeySchema", "Projection"}),
                )
            ),
            "Replicas": ListOf(
                record(
                    "Region! DeletionProtectionEnabled:b TableClass",
                    PointInTimeRecoverySpecification=record(
                        "PointInTimeRecoveryEnabled:b RecoveryPeriodInDays:i"
                    ),
                    Tags=TAGS,
                )
            ),
            "SSESpecification": record("SSEEnabled:b! SSEType"),
            "StreamSpecification": record("StreamViewType!"),
            "TimeToLiveSpecification": record("AttributeName Enabled:b!"),
        },
        frozenset({"KeySchema", "Replicas"}),
    ),
    create=_create,
    update=_update,
    delete=_delete,
    replacement=frozenset({"TableName", "KeySchema", "LocalSecondaryIndexes"}),
    attributes=("Arn", "StreamArn"),
    name_property="TableName",
    arn="arn:{partition}:dynamodb:{region}:{account}:table/{id}",
    check=_check,
    notes="Only on-demand. Provisioned capacity with auto scaling, strong consistency between "
    "regions, witnesses, keys of replicas, and settings of replicas in other regions except their "
    "table class are refused.",
)

TYPES = (GLOBAL_TABLE,)
