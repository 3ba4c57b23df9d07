"""Adding, changing and removing replicas, and what all replicas have in common.

Sources: Amazon DynamoDB API Reference, "UpdateTable" and "TableDescription"; Amazon DynamoDB
Developer Guide, "Global tables core concepts" (which settings are synchronised). A replica is
there at once; AWS needs from half a minute to hours.

Streams are what replication reads, so every replica has one. UpdateTable turns the stream on
(NEW_AND_OLD_IMAGES) where there is none, as AWS does, and then refuses to turn it off;
CloudFormation wants it declared.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall, Result
from archlib.local.dynamodb import DynamoDbPlane
from archlib.local.dynamodb.stored import StoredTable, StoredTables
from archlib.local.globaltables import requirements
from archlib.local.globaltables.groups import VERSION, Group, Groups, Member
from archlib.local.globaltables.replication import Replication

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

_STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}

#: Parameters of UpdateTable that take effect in all regions.
_SHARED = ("AttributeDefinitions", "BillingMode", "ProvisionedThroughput",
           "GlobalSecondaryIndexUpdates", "TableClass")  # fmt: skip


class ReplicaControl:
    """The control plane of global tables, around the one of tables."""

    def __init__(
        self, cloud: LocalCloud, tables: StoredTables, groups: Groups, replication: Replication
    ) -> None:
        self._cloud = cloud
        self._tables = tables
        self._groups = groups
        self._replication = replication
        self._spreading = False
        self._inner = {
            name: cloud.api.handler("dynamodb", name) or _proceed
            for name in ("UpdateTable", "DescribeTable", "DeleteTable")
        }

    def register(self) -> None:
        """Serve the operations."""
        api = self._cloud.api
        api.handle("dynamodb", "UpdateTable", self.update)
        api.handle("dynamodb", "DescribeTable", self.describe)
        api.handle("dynamodb", "DeleteTable", self.delete)
        api.after("dynamodb", "UpdateTimeToLive", self._ttl_changed)
        api.after("dynamodb", "DeleteTable", self._deleted)

    # -- operations -----------------------------------------------------------------------------

    def describe(self, call: ApiCall) -> Result:
        """DescribeTable: lists the replicas in the other regions."""
        result = self._inner["DescribeTable"](call)
        self._complete(call.region, result["Table"])
        return result

    def update(self, call: ApiCall) -> Result:
        """UpdateTable: replicas, or settings that all replicas share."""
        table = self._tables.find(call.region, call.params["TableName"])
        if table is None:
            return self._inner["UpdateTable"](call)
        if "ReplicaUpdates" in call.params or "MultiRegionConsistency" in call.params:
            return self._replicas(call, table)
        group = self._groups.of(call.region, table.name)
        if group is not None and "StreamSpecification" in call.params:
            raise requirements.invalid(requirements.STREAM_NEEDED)
        given = copy.deepcopy({k: v for k, v in call.params.items() if k in _SHARED})
        result = self._inner["UpdateTable"](call)
        self._complete(call.region, result["TableDescription"])
        if group is not None and set(given) - {"AttributeDefinitions"}:
            with self._spread() as first:
                for member in group.others(call.region) if first else ():
                    client = self._cloud.control("dynamodb", region=member.region)
                    client.update_table(TableName=table.name, **copy.deepcopy(given))
        return result

    def delete(self, call: ApiCall) -> Result:
        """DeleteTable: a table that lately was the source of a replica stays."""
        table = self._tables.find(call.region, call.params["TableName"])
        if table is not None:
            self._releasable(call.region, table.name)
        return self._inner["DeleteTable"](call)

    def _replicas(self, call: ApiCall, table: StoredTable) -> Result:
        params, region = call.params, call.region
        requirements.only_replicas(params)
        kind, given = requirements.action_of(params.get("ReplicaUpdates", []))
        target = given.pop("RegionName")
        requirements.another_region(target, region)
        if kind == "Create":
            self._create(call, table, target, given)
        else:
            group = self._groups.of(region, table.name)
            if group is None or target not in group.members:
                raise requirements.invalid(
                    "Update global table operation failed because one or more replicas were not "
                    "part of the global table. Please retry the request without these replicas: "
                    f"[{target}]."
                )
            if kind == "Update":
                self._change(group, target, given)
            else:
                self._remove(group, target)
        description: dict[str, Any] = table.table.describe()["TableDescription"]
        self._complete(region, description)
        return {"TableDescription": description}

    # -- replicas -------------------------------------------------------------------------------

    def _create(
        self, call: ApiCall, table: StoredTable, target: str, given: dict[str, Any]
    ) -> None:
        if self._tables.find(target, table.name) is not None:
            raise requirements.invalid(
                f"Failed to create a the new replica of table with name: \u2018{table.name}\u2019 "
                "because one or more replicas already existed as tables."
            )
        requirements.scalable(table, call.caller.account, call.region)
        if not (table.table.stream_specification or {}).get("StreamEnabled"):
            table.table.set_stream_specification(dict(_STREAM))
        client = self._cloud.control("dynamodb", region=target)
        client.create_table(**self._like(table, call.region, given))
        now = self._cloud.clock.time()
        member = Member(target, now, call.region, _overrides(given))
        group = self._groups.join(call.region, table.name, member, now)
        self._replication.copy(group, table, call.region, target)
        self._copy_ttl(table, group)

    def _like(self, table: StoredTable, region: str, given: dict[str, Any]) -> dict[str, Any]:
        """CreateTable's parameters for a replica of ``table``."""
        made = table.table
        params: dict[str, Any] = {
            "TableName": table.name,
            "AttributeDefinitions": made.attr,
            "KeySchema": made.schema,
            "BillingMode": "PAY_PER_REQUEST" if table.on_demand else "PROVISIONED",
            "StreamSpecification": dict(_STREAM),
        }
        if not table.on_demand:
            reads = given.get("ProvisionedThroughputOverride", {}).get("ReadCapacityUnits")
            params["ProvisionedThroughput"] = _throughput(made, reads)
        local = [
            {"IndexName": i.name, "KeySchema": i.schema, "Projection": i.projection}
            for i in made.indexes
        ]
        indexes = [
            {
                "IndexName": i.name,
                "KeySchema": i.schema,
                "Projection": i.projection,
                **({} if table.on_demand else {"ProvisionedThroughput": _throughput(i, None)}),
            }
            for i in made.global_indexes
        ]
        if local:
            params["LocalSecondaryIndexes"] = local
        if indexes:
            params["GlobalSecondaryIndexes"] = indexes
        described = self._cloud.control("dynamodb", region=region).describe_table(
            TableName=table.name
        )["Table"]
        common = described.get("TableClassSummary", {}).get("TableClass")
        if (table_class := given.get("TableClassOverride", common)) is not None:
            params["TableClass"] = table_class
        if (made.sse_specification or {}).get("Enabled"):
            # Each region has an AWS managed key of its own.
            params["SSESpecification"] = {"Enabled": True, "SSEType": "KMS"}
        return copy.deepcopy(params)

    def _change(self, group: Group, target: str, given: dict[str, Any]) -> None:
        client = self._cloud.control("dynamodb", region=target)
        sent: dict[str, Any] = {}
        if (table_class := given.get("TableClassOverride")) is not None:
            sent["TableClass"] = table_class
        if (override := given.get("ProvisionedThroughputOverride")) is not None:
            table = self._tables.find(target, group.name)
            assert table is not None, target
            if table.on_demand:
                raise requirements.invalid(
                    "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                    "BillingMode is PAY_PER_REQUEST"
                )
            sent["ProvisionedThroughput"] = _throughput(
                table.table, override.get("ReadCapacityUnits")
            )
        with self._spread():
            client.update_table(TableName=group.name, **sent)
        group.members[target].overrides.update(_overrides(given))

    def _remove(self, group: Group, target: str) -> None:
        self._releasable(target, group.name)
        table = self._tables.find(target, group.name)
        assert table is not None, target
        if table.table.deletion_protection_enabled:
            raise requirements.invalid(
                f"Cannot delete table {group.name} in region {target} because it has deletion "
                "protection enabled. Disable deletion protection first."
            )
        self._cloud.control("dynamodb", region=target).delete_table(TableName=group.name)

    def _releasable(self, region: str, name: str) -> None:
        group = self._groups.of(region, name)
        if group is not None and group.held_by(region, self._cloud.clock.time()) is not None:
            raise requirements.invalid(
                "Replica cannot be deleted because it has acted as a source region for new "
                "replica(s) being added to the table in the last 24 hours."
            )

    # -- what follows -----------------------------------------------------------------------------

    def _deleted(self, call: ApiCall, result: Result) -> None:
        name = result["TableDescription"]["TableName"]
        group = self._groups.of(call.region, name)
        self._groups.leave(call.region, name)
        self._replication.forget(call.region, name)
        if group is not None:
            # Somebody has to see to what was written in the region that is gone.
            heir = next(iter(group.members))
            self._cloud.plane(DynamoDbPlane).watch_expiries(heir, name)

    def _ttl_changed(self, call: ApiCall, result: Result) -> None:
        table = self._tables.find(call.region, call.params["TableName"])
        group = None if table is None else self._groups.of(call.region, table.name)
        if table is not None and group is not None:
            self._copy_ttl(table, group)

    def _copy_ttl(self, source: StoredTable, group: Group) -> None:
        """The setting is common; deleting is left to the region where an item was written."""
        for member in group.members.values():
            table = self._tables.find(member.region, group.name)
            if table is not None:
                table.table.ttl = dict(source.table.ttl)

    @contextmanager
    def _spread(self) -> Iterator[bool]:
        """Whether a setting is to be passed on: not while it is being passed on."""
        first, self._spreading = not self._spreading, True
        try:
            yield first
        finally:
            self._spreading = not first

    def _complete(self, region: str, description: dict[str, Any]) -> None:
        group = self._groups.of(region, description["TableName"])
        if group is None:
            return
        description["GlobalTableVersion"] = VERSION
        description["Replicas"] = [
            {"RegionName": m.region, "ReplicaStatus": "ACTIVE", **copy.deepcopy(m.overrides)}
            for m in group.others(region)
        ]


def _throughput(owner: Any, reads: int | None) -> dict[str, int]:
    return {
        "ReadCapacityUnits": reads or int(owner.throughput["ReadCapacityUnits"]),
        "WriteCapacityUnits": int(owner.throughput["WriteCapacityUnits"]),
    }


def _overrides(given: dict[str, Any]) -> dict[str, Any]:
    """How a replica's own settings show in its description."""
    shown: dict[str, Any] = {}
    if "ProvisionedThroughputOverride" in given:
        shown["ProvisionedThroughputOverride"] = dict(given["ProvisionedThroughputOverride"])
    if "TableClassOverride" in given:
        shown["ReplicaTableClassSummary"] = {"TableClass": given["TableClassOverride"]}
    return shown


def _proceed(call: ApiCall) -> Result:
    return call.proceed()
