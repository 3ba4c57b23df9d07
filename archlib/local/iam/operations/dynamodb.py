"""DynamoDB and its streams: tables, indexes, batches, transactions, fine-grained keys.

AWS: "Actions, resources, and condition keys for Amazon DynamoDB", "Using IAM policy conditions
for fine-grained access control", "Using IAM with DynamoDB transactions".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from archlib.local.iam.authorization import (
    Authorization,
    Call,
    Rule,
    Table,
    all_of,
    and_tags,
    given,
    named,
    on,
    same_name,
    tag_keys,
    tags,
    unsupported,
    when,
)
from archlib.local.iam.operations.dynamodb_attributes import attributes, key_text, queried_key
from archlib.local.iam.pattern import ContextValue

_PREFIX = "dynamodb"
_table = named(_PREFIX, "table/{}", "TableName")
_ANY_TABLE = named(_PREFIX, "table/{}", "TableName", "TableArn", "SourceTableName")


def table_arn(call: Call, name: str) -> str:
    """The ARN of a table given by name or ARN."""
    return name if name.startswith("arn:") else call.arn(_PREFIX, f"table/{name}")


def _keys_of(entries: Iterable[Mapping[str, Any]], key: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key_text(one[key]) for one in entries if key and key in one))


def _select(params: Mapping[str, Any]) -> str:
    """``dynamodb:Select``: reading without a projection means reading every attribute."""
    if params.get("Select"):
        return str(params["Select"])
    projected = params.get("ProjectionExpression") or params.get("AttributesToGet")
    if projected:
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if params.get("IndexName") else "ALL_ATTRIBUTES"


def _context(params: Mapping[str, Any], leading: tuple[str, ...]) -> dict[str, ContextValue]:
    found: dict[str, ContextValue] = {}
    if leading:
        found["dynamodb:LeadingKeys"] = leading
    touched = attributes(params)
    if touched:
        found["dynamodb:Attributes"] = touched
    if params.get("ReturnConsumedCapacity"):
        found["dynamodb:ReturnConsumedCapacity"] = params["ReturnConsumedCapacity"]
    return found


def _item(action: str, member: str, *, reads: bool) -> Rule:
    """An operation on one item: its partition key is the leading key."""

    def rule(call: Call) -> Iterable[Authorization]:
        arn = table_arn(call, call.params["TableName"])
        yield Authorization(
            f"dynamodb:{action}", arn, _item_keys(call, call.params, arn, member, reads)
        )

    return rule


def _item_keys(
    call: Call, params: Mapping[str, Any], arn: str, member: str, reads: bool
) -> dict[str, ContextValue]:
    key = call.facts.partition_key(arn, None)
    found = _context(params, _keys_of([params.get(member) or {}], key))
    if reads:
        found["dynamodb:Select"] = _select(params)
    else:
        found["dynamodb:ReturnValues"] = params.get("ReturnValues") or "NONE"
    return found


def _search(action: str) -> Rule:
    """Query and Scan: the index's ARN when there is an index, else the table's."""

    def rule(call: Call) -> Iterable[Authorization]:
        params = call.params
        arn = table_arn(call, params["TableName"])
        index = params.get("IndexName")
        key = call.facts.partition_key(arn, index) if action == "Query" else None
        value = queried_key(params, key) if key else None
        keys = _context(params, (value,) if value is not None else ())
        keys["dynamodb:Select"] = _select(params)
        yield Authorization(f"dynamodb:{action}", f"{arn}/index/{index}" if index else arn, keys)

    return rule


def _batch_get(call: Call) -> Iterable[Authorization]:
    for name, wanted in call.params["RequestItems"].items():
        arn = table_arn(call, name)
        entries = wanted["Keys"]
        keys = _context(wanted, _keys_of(entries, call.facts.partition_key(arn, None)))
        touched = dict.fromkeys(attribute for entry in entries for attribute in entry)
        touched.update(dict.fromkeys(attributes(wanted)))
        keys["dynamodb:Attributes"] = tuple(touched)
        keys["dynamodb:Select"] = _select(wanted)
        yield Authorization("dynamodb:BatchGetItem", arn, keys)


def _batch_write(call: Call) -> Iterable[Authorization]:
    for name, requests in call.params["RequestItems"].items():
        arn = table_arn(call, name)
        entries = [
            one["PutRequest"]["Item"] if "PutRequest" in one else one["DeleteRequest"]["Key"]
            for one in requests
        ]
        keys = _context({}, _keys_of(entries, call.facts.partition_key(arn, None)))
        keys["dynamodb:Attributes"] = tuple(
            dict.fromkeys(attribute for entry in entries for attribute in entry)
        )
        yield Authorization("dynamodb:BatchWriteItem", arn, keys)


_TRANSACTION: Mapping[str, tuple[str, str, bool]] = {
    "Put": ("PutItem", "Item", False),
    "Update": ("UpdateItem", "Key", False),
    "Delete": ("DeleteItem", "Key", False),
    "ConditionCheck": ("ConditionCheckItem", "Key", False),
    "Get": ("GetItem", "Key", True),
}


def _transaction(call: Call) -> Iterable[Authorization]:
    """Each part needs its own item action; there is no action for the transaction itself."""
    for entry in call.params["TransactItems"]:
        for name, part in entry.items():
            action, member, reads = _TRANSACTION[name]
            arn = table_arn(call, part["TableName"])
            keys = _item_keys(call, part, arn, member, reads)
            keys["dynamodb:EnclosingOperation"] = call.operation
            yield Authorization(f"dynamodb:{action}", arn, keys)


def _restore(call: Call) -> Iterable[Authorization]:
    target = table_arn(call, call.params["TargetTableName"])
    needed = ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
    source = call.params.get("BackupArn") or call.params.get("SourceTableArn")
    own = source or table_arn(call, call.params["SourceTableName"])
    yield Authorization(f"dynamodb:{call.operation}", own)
    yield Authorization(f"dynamodb:{call.operation}", target)
    for action in needed:
        yield Authorization(f"dynamodb:{action}", target)


def _of_iterator(call: Call) -> str:
    """A shard iterator carries the ARN of its stream before the first bar."""
    return str(call.params["ShardIterator"]).partition("|")[0]


def _index_or_table(call: Call) -> str:
    arn = table_arn(call, call.params["TableName"])
    index = call.params.get("IndexName")
    return f"{arn}/index/{index}" if index else arn


_PARTIQL = unsupported("the authorisation of PartiQL statements")

DYNAMODB: Table = {
    "GetItem": _item("GetItem", "Key", reads=True),
    "PutItem": _item("PutItem", "Item", reads=False),
    "UpdateItem": _item("UpdateItem", "Key", reads=False),
    "DeleteItem": _item("DeleteItem", "Key", reads=False),
    "Query": _search("Query"),
    "Scan": _search("Scan"),
    "BatchGetItem": _batch_get,
    "BatchWriteItem": _batch_write,
    "TransactGetItems": _transaction,
    "TransactWriteItems": _transaction,
    **dict.fromkeys(("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"), _PARTIQL),
    "CreateTable": all_of(
        and_tags(on("dynamodb:CreateTable", _table, tags()), "dynamodb:TagResource", _table),
        when("ResourcePolicy", on("dynamodb:PutResourcePolicy", _table)),
    ),
    **same_name(
        _PREFIX,
        "CreateBackup DeleteTable DescribeContinuousBackups DescribeKinesisStreamingDestination "
        "DescribeTable DescribeTableReplicaAutoScaling DescribeTimeToLive "
        "DisableKinesisStreamingDestination EnableKinesisStreamingDestination "
        "ExportTableToPointInTime UpdateContinuousBackups UpdateKinesisStreamingDestination "
        "UpdateTable UpdateTableReplicaAutoScaling UpdateTimeToLive",
        _ANY_TABLE,
    ),
    **same_name(_PREFIX, "DescribeContributorInsights UpdateContributorInsights", _index_or_table),
    **same_name(
        _PREFIX,
        "DescribeEndpoints DescribeLimits ListBackups ListContributorInsights ListGlobalTables "
        "ListTables",
    ),
    **same_name(_PREFIX, "DeleteBackup DescribeBackup", given("BackupArn")),
    **same_name(_PREFIX, "DescribeExport", given("ExportArn")),
    **same_name(_PREFIX, "DescribeImport", given("ImportArn")),
    **same_name(_PREFIX, "ListExports ListImports", given("TableArn")),
    **same_name(
        _PREFIX,
        "DeleteResourcePolicy GetResourcePolicy ListTagsOfResource PutResourcePolicy",
        given("ResourceArn"),
    ),
    **same_name(_PREFIX, "TagResource", given("ResourceArn"), tags()),
    **same_name(_PREFIX, "UntagResource", given("ResourceArn"), tag_keys()),
    "RestoreTableFromBackup": _restore,
    "RestoreTableToPointInTime": _restore,
}


STREAMS: Table = {
    **same_name(_PREFIX, "DescribeStream GetShardIterator", given("StreamArn")),
    "GetRecords": on("dynamodb:GetRecords", _of_iterator),
    "ListStreams": on("dynamodb:ListStreams"),
}
