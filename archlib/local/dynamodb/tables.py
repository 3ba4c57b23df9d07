"""Properties of a table that moto takes no notice of, kept and described here.

Sources: Amazon DynamoDB API Reference, "CreateTable", "UpdateTable", "TableDescription",
"UpdateContributorInsights". Everything is effective at once; AWS takes moments to minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from archlib.local.api import ApiCall, ApiRefusal, Result
from archlib.local.dynamodb.encryption import TableKeys
from archlib.local.dynamodb.stored import StoredTables

_NOT_FOUND = "Requested resource not found: Table: {} not found"
_NEEDS_THROUGHPUT = (
    "One or more parameter values were invalid: ProvisionedThroughput must be specified when "
    "BillingMode is PROVISIONED"
)


class TableProperties:
    """Table class, on-demand ceilings, billing mode switches, Contributor Insights."""

    def __init__(self, tables: StoredTables, keys: TableKeys, now: Callable[[], datetime]) -> None:
        self._tables = tables
        self._keys = keys
        self._now = now
        self.ceilings: dict[tuple[str, str, str | None], Mapping[str, int]] = {}
        self._classes: dict[tuple[str, str], dict[str, Any]] = {}
        self._per_request_since: dict[tuple[str, str], datetime] = {}
        self._insights: dict[tuple[str, str, str | None], str] = {}

    def create(self, call: ApiCall) -> Result:
        """CreateTable."""
        policy = call.params.pop("ResourcePolicy", None)
        encryption = self._keys.resolved(call.region, call.params.pop("SSESpecification", None))
        if encryption is not None:
            call.params["SSESpecification"] = encryption
        result = call.proceed()
        key = (call.region, call.params["TableName"])
        self._keys.keep(*key, encryption)
        self._keep(call, key)
        if call.params.get("BillingMode") == "PAY_PER_REQUEST":
            self._per_request_since[key] = self._now()
        if policy is not None:
            from moto.dynamodb.models import dynamodb_backends

            dynamodb_backends[call.caller.account][call.region].put_resource_policy(
                resource_arn=result["TableDescription"]["TableArn"],
                policy_doc=policy,
                expected_revision_id=None,
            )
        self._complete(call.region, result["TableDescription"])
        return result

    def update(self, call: ApiCall) -> Result:
        """UpdateTable: billing mode, table class, encryption and ceilings besides moto's part."""
        params = call.params
        table = self._tables.find(call.region, params["TableName"])
        if table is None:
            return call.proceed()
        key = (call.region, table.name)
        mode, was_on_demand = params.get("BillingMode"), table.on_demand
        if mode == "PROVISIONED" and was_on_demand and "ProvisionedThroughput" not in params:
            raise ApiRefusal("ValidationException", _NEEDS_THROUGHPUT)
        encryption = self._keys.resolved(call.region, params.get("SSESpecification"))
        result = call.proceed()
        if mode == "PAY_PER_REQUEST" and not was_on_demand:
            self._per_request_since[key] = self._now()
            for owner in (table.table, *table.table.global_indexes):
                owner.throughput = {
                    "ReadCapacityUnits": 0,
                    "WriteCapacityUnits": 0,
                    "NumberOfDecreasesToday": 0,
                }
        if "SSESpecification" in params:
            table.table.sse_specification = encryption
            self._keys.keep(*key, encryption)
        self._keep(call, key)
        result["TableDescription"] = call_description(table.table)
        self._complete(call.region, result["TableDescription"])
        return result

    def describe(self, call: ApiCall) -> Result:
        """DescribeTable."""
        result = call.proceed()
        self._complete(call.region, result["Table"])
        return result

    def forget(self, region: str, name: str) -> None:
        """A table is gone."""
        self._keys.keep(region, name, None)
        self._classes.pop((region, name), None)
        self._per_request_since.pop((region, name), None)
        for kept in (self.ceilings, self._insights):
            for key in [key for key in kept if key[:2] == (region, name)]:
                kept.pop(key)

    def update_insights(self, call: ApiCall) -> Result:
        """UpdateContributorInsights."""
        table = self._existing(call)
        index = call.params.get("IndexName")
        enabled = call.params["ContributorInsightsAction"] == "ENABLE"
        status = "ENABLED" if enabled else "DISABLED"
        self._insights[call.region, table, index] = status
        return _insights(table, index, status)

    def describe_insights(self, call: ApiCall) -> Result:
        """DescribeContributorInsights."""
        table = self._existing(call)
        index = call.params.get("IndexName")
        return _insights(table, index, self._insights.get((call.region, table, index), "DISABLED"))

    def _existing(self, call: ApiCall) -> str:
        table = self._tables.find(call.region, call.params["TableName"])
        if table is None:
            name = call.params["TableName"]
            raise ApiRefusal("ResourceNotFoundException", _NOT_FOUND.format(name))
        return table.name

    def _keep(self, call: ApiCall, key: tuple[str, str]) -> None:
        params, (region, name) = call.params, key
        if (table_class := params.get("TableClass")) is not None:
            self._classes[key] = {"TableClass": table_class}
            if call.operation == "UpdateTable":
                self._classes[key]["LastUpdateDateTime"] = self._now()
        if (ceiling := params.get("OnDemandThroughput")) is not None:
            self.ceilings[region, name, None] = dict(ceiling)
        indexes = list(params.get("GlobalSecondaryIndexes", ()))
        for change in params.get("GlobalSecondaryIndexUpdates", ()):
            indexes.extend(change[kind] for kind in ("Create", "Update") if kind in change)
        for index in indexes:
            if (ceiling := index.get("OnDemandThroughput")) is not None:
                self.ceilings[region, name, index["IndexName"]] = dict(ceiling)

    def _complete(self, region: str, description: dict[str, Any]) -> None:
        key = (region, description["TableName"])
        for empty in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            if not description.get(empty, True):
                del description[empty]
        if (table_class := self._classes.get(key)) is not None:
            description["TableClassSummary"] = dict(table_class)
        if (ceiling := self.ceilings.get((*key, None))) is not None:
            description["OnDemandThroughput"] = dict(ceiling)
        for index in description.get("GlobalSecondaryIndexes", ()):
            if (ceiling := self.ceilings.get((*key, index["IndexName"]))) is not None:
                index["OnDemandThroughput"] = dict(ceiling)
        summary = description.get("BillingModeSummary", {})
        if summary.get("BillingMode") == "PAY_PER_REQUEST" and key in self._per_request_since:
            summary["LastUpdateToPayPerRequestDateTime"] = self._per_request_since[key]


def call_description(table: Any) -> dict[str, Any]:
    """moto's description of a table as it is now."""
    description: dict[str, Any] = table.describe()["TableDescription"]
    return description


def _insights(table: str, index: str | None, status: str) -> Result:
    shape: Result = {"TableName": table, "ContributorInsightsStatus": status}
    return {**shape, "IndexName": index} if index else shape
