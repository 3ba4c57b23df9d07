"""The DynamoDB plane: moto's items with AWS's bill, limits and expiry.

moto stores items and evaluates expressions; this plane computes consumed capacity,
throttles, deletes expired items, makes transactions idempotent and keeps the table
properties moto drops. Refusals are seen as they are: the SDK's own retries sit below the
API seam and do not happen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlib.local.api import ApiCall, Result
from archlib.local.dynamodb import evaluation, partiql
from archlib.local.dynamodb.accounting import Accounting, CapacityTotals
from archlib.local.dynamodb.consumption import Consumption
from archlib.local.dynamodb.encryption import TableKeys
from archlib.local.dynamodb.expiry import Expiry
from archlib.local.dynamodb.expressions import well_formed
from archlib.local.dynamodb.native import NativeValues
from archlib.local.dynamodb.reads import Reads
from archlib.local.dynamodb.sizes import item_size
from archlib.local.dynamodb.stored import StoredTable, StoredTables
from archlib.local.dynamodb.tables import TableProperties
from archlib.local.dynamodb.transactions import Transactions
from archlib.local.dynamodb.units import write_units
from archlib.local.dynamodb.writes import Image, Writes
from archlib.local.patches import Patches

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud


class DynamoDbPlane:
    """Capacity, throttling, expiry and table properties."""

    def start(self, cloud: LocalCloud) -> None:
        """Wrap the operations of the ``dynamodb`` service."""
        self._cloud = cloud
        self._tables = tables = StoredTables(cloud.account)
        keys = TableKeys(cloud)
        cloud.api.guard(keys.ask)
        properties = TableProperties(tables, keys, cloud.clock.now)
        self._accounting = accounting = Accounting(cloud.clock, properties.ceilings)
        self._expiry = expiry = Expiry(cloud.clock, tables.find)
        reads = Reads(tables, accounting, lambda region: cloud.raw("dynamodb", region=region))
        writes = Writes(tables, accounting, expiry)
        transactions = Transactions(tables, accounting, expiry, cloud.clock.time)
        handlers = {
            "GetItem": reads.get_item,
            "BatchGetItem": reads.batch_get_item,
            "TransactGetItems": reads.transact_get_items,
            "Query": reads.query,
            "Scan": reads.scan,
            "PutItem": writes.put_item,
            "UpdateItem": writes.update_item,
            "DeleteItem": writes.delete_item,
            "BatchWriteItem": writes.batch_write_item,
            "TransactWriteItems": transactions.write,
            "ExecuteStatement": partiql.statement,
            "BatchExecuteStatement": partiql.statement,
            "ExecuteTransaction": partiql.statement,
            "CreateTable": properties.create,
            "UpdateTable": properties.update,
            "DescribeTable": properties.describe,
            "UpdateContributorInsights": properties.update_insights,
            "DescribeContributorInsights": properties.describe_insights,
        }
        for operation, handler in handlers.items():
            cloud.api.handle("dynamodb", operation, well_formed(handler))

        def expiring(call: ApiCall, result: Result) -> None:
            table = tables.find(call.region, call.params["TableName"])
            if table is not None:
                expiry.watch_all(call.region, table)

        def deleted(call: ApiCall, result: Result) -> None:
            name = result["TableDescription"]["TableName"]
            accounting.forget(call.region, name)
            properties.forget(call.region, name)

        self._patches = Patches()
        NativeValues(cloud).install(self._patches)
        evaluation.install(self._patches)
        cloud.api.after("dynamodb", "UpdateTimeToLive", expiring)
        cloud.api.after("dynamodb", "DeleteTable", deleted)

    def stop(self) -> None:
        """Take translation and evaluation out again; all else belongs to the cloud."""
        self._patches.undo()

    def capacity_of(self, table: str, *, region: str | None = None) -> CapacityTotals:
        """Units a table (name or ARN) with its indexes has consumed since its creation."""
        region = region or self._cloud.region
        found = self._tables.find(region, table)
        return self._accounting.totals(region, table if found is None else found.name)

    def replicated(self, region: str, table: StoredTable, before: Image, after: Image) -> float:
        """Book a write that replication made in ``region``; returns the units it consumed.

        An expiry that comes with the item stays with the region where the item was written.
        """
        sizes = [item_size(image) for image in (before, after) if image is not None]
        book = Consumption(table.name, "write", write_units(max(sizes, default=0)))
        for index in table.indexes:
            book.add_index(index.kind, index.name, index.write_cost(before, after))
        self._accounting.take(region, book)
        return book.total

    def watch_expiries(self, region: str, name: str) -> None:
        """Let the table in ``region`` see to the expiry of all its items from now on."""
        table = self._tables.find(region, name)
        if table is not None:
            self._expiry.watch_all(region, table)
