"""DynamoDB tables.

Source: "AWS::DynamoDB::Table" in the AWS CloudFormation User Guide. Indexes are created and
deleted one per UpdateTable call, as the API demands.
"""

from __future__ import annotations

from typing import Any

from archlib.local.deploy.declared import invoke, shaped
from archlib.local.deploy.providers.moto_state import forget_stream
from archlib.local.deploy.providers.tagging import Tagging
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import TAGS, ListOf, Record, Shaped, record

_DB = "dynamodb"
_TAGS = Tagging(_DB, "ResourceArn", appends=True)
_AFTER = ("TimeToLiveSpecification", "PointInTimeRecoverySpecification")
_SETTINGS = (
    "BillingMode",
    "ProvisionedThroughput",
    "OnDemandThroughput",
    "TableClass",
    "DeletionProtectionEnabled",
)
_DEFAULTS = {
    "BillingMode": "PROVISIONED",
    "TableClass": "STANDARD",
    "DeletionProtectionEnabled": False,
}


def _encryption(value: Any) -> dict[str, Any]:
    sent = dict(value or {"SSEEnabled": False})
    sent["Enabled"] = sent.pop("SSEEnabled")
    return sent


def _stream(value: Any) -> dict[str, Any]:
    return {"StreamEnabled": True, **value} if value else {"StreamEnabled": False}


def _create(context: Context, values: Properties) -> Made:
    own = {k: v for k, v in values.items() if k not in _AFTER}
    name = own.setdefault("TableName", context.name(255))
    if "SSESpecification" in own:
        own["SSESpecification"] = _encryption(own["SSESpecification"])
    if "StreamSpecification" in own:
        own["StreamSpecification"] = _stream(own["StreamSpecification"])
    table = invoke(context, _DB, "CreateTable", own)["TableDescription"]
    made = _made(name, table)
    context.note(made)
    _extras(context, name, {}, values)
    return made


def _made(name: str, table: dict[str, Any]) -> Made:
    attributes = {"Arn": table["TableArn"]}
    if table.get("LatestStreamArn"):
        attributes["StreamArn"] = table["LatestStreamArn"]
    return Made(name, attributes)


def _extras(context: Context, name: str, old: Properties, new: Properties) -> None:
    lives = new.get("TimeToLiveSpecification")
    before = old.get("TimeToLiveSpecification")
    if lives != before and (lives or before):
        sent = lives or {**(before or {}), "Enabled": False}
        if sent["Enabled"] or (before or {}).get("Enabled"):
            sent = {**(before or {}), **sent}
            keys = {"TableName": name, "TimeToLiveSpecification": sent}
            invoke(context, _DB, "UpdateTimeToLive", keys)
    recovery = new.get("PointInTimeRecoverySpecification")
    before = old.get("PointInTimeRecoverySpecification")
    if recovery != before and (recovery or before):
        sent = recovery or {"PointInTimeRecoveryEnabled": False}
        keys = {"TableName": name, "PointInTimeRecoverySpecification": sent}
        invoke(context, _DB, "UpdateContinuousBackups", keys)


def _index_changes(old: Any, new: Any) -> list[dict[str, Any]]:
    before = {index["IndexName"]: index for index in old or ()}
    after = {index["IndexName"]: index for index in new or ()}
    made: list[dict[str, Any]] = []
    for name, index in before.items():
        structure = ("KeySchema", "Projection")
        now = after.get(name)
        if now is None or any(index.get(k) != now.get(k) for k in structure):
            made.append({"Delete": {"IndexName": name}})
        elif index != now:
            throughput = now.get("ProvisionedThroughput")
            made.append({"Update": {"IndexName": name, "ProvisionedThroughput": throughput}})
    gone = {change["Delete"]["IndexName"] for change in made if "Delete" in change}
    for name, index in after.items():
        if name not in before or name in gone:
            made.append({"Create": index})
    return made


def _update(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> Made | None:
    name, old = existing.physical_id, existing.properties
    sent = {k: new.get(k, _DEFAULTS.get(k)) for k in _SETTINGS if k in changed}
    sent = {k: v for k, v in sent.items() if v is not None}
    if "SSESpecification" in changed:
        sent["SSESpecification"] = _encryption(new.get("SSESpecification"))
    if sent:
        invoke(context, _DB, "UpdateTable", {"TableName": name, **sent})
    if "StreamSpecification" in changed:
        if old.get("StreamSpecification"):
            _set_stream(context, name, None)
            forget_stream(context, name)
        if new.get("StreamSpecification"):
            _set_stream(context, name, new["StreamSpecification"])
    for change in _index_changes(
        old.get("GlobalSecondaryIndexes"), new.get("GlobalSecondaryIndexes")
    ):
        more = (
            {"AttributeDefinitions": new.get("AttributeDefinitions", [])}
            if "Create" in change
            else {}
        )
        invoke(
            context,
            _DB,
            "UpdateTable",
            {"TableName": name, "GlobalSecondaryIndexUpdates": [change], **more},
        )
    _extras(context, name, old, new)
    if "Tags" in changed:
        _TAGS.change(context, existing.attributes["Arn"], old.get("Tags"), new.get("Tags"))
    if "StreamSpecification" in changed:
        return _made(name, context.client(_DB).describe_table(TableName=name)["Table"])
    return None


def _set_stream(context: Context, name: str, value: Any) -> None:
    keys = {"TableName": name, "StreamSpecification": _stream(value)}
    invoke(context, _DB, "UpdateTable", keys)


def _delete(context: Context, existing: Existing) -> None:
    invoke(context, _DB, "DeleteTable", {"TableName": existing.physical_id})


TABLE = ResourceType(
    name="AWS::DynamoDB::Table",
    properties=Record(
        {
            **shaped(
                _DB,
                "CreateTable",
                "TableName AttributeDefinitions KeySchema BillingMode ProvisionedThroughput "
                "OnDemandThroughput LocalSecondaryIndexes TableClass DeletionProtectionEnabled",
            ),
            "GlobalSecondaryIndexes": ListOf(
                Record(
                    {
                        "KeySchema": Shaped(_DB, "CreateTable", ("KeySchema",)),
                        **record(
                            "IndexName!",
                            Projection=record("ProjectionType NonKeyAttributes:[]"),
                            ProvisionedThroughput=record(
                                "ReadCapacityUnits:i! WriteCapacityUnits:i!"
                            ),
                            OnDemandThroughput=record(
                                "MaxReadRequestUnits:i MaxWriteRequestUnits:i"
                            ),
                        ).fields,
                    },
                    frozenset({"IndexName", "KeySchema", "Projection"}),
                )
            ),
            "PointInTimeRecoverySpecification": record(
                "PointInTimeRecoveryEnabled:b RecoveryPeriodInDays:i"
            ),
            "SSESpecification": record("SSEEnabled:b! SSEType KMSMasterKeyId"),
            "StreamSpecification": record("StreamViewType!"),
            "TimeToLiveSpecification": record("AttributeName Enabled:b!"),
            "Tags": TAGS,
        },
        frozenset({"KeySchema"}),
    ),
    create=_create,
    update=_update,
    delete=_delete,
    replacement=frozenset({"TableName", "KeySchema", "LocalSecondaryIndexes"}),
    attributes=("Arn", "StreamArn"),
    name_property="TableName",
    arn="arn:{partition}:dynamodb:{region}:{account}:table/{id}",
    notes="Import from S3, Kinesis streaming, contributor insights, warm throughput, resource "
    "policies and vector indexes are refused.",
)

TYPES = (TABLE,)
