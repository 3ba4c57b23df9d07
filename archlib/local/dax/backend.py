"""DynamoDB as a cluster reaches it: with the credentials of its role.

Source: Amazon DynamoDB Developer Guide, "DAX access control": DAX assumes the cluster's IAM
role, and what the role may not do in DynamoDB fails, whatever the caller may do in DAX.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from archlib.local.api import ApiRefusal
from archlib.local.dax.failures import Refusal
from archlib.local.dax.inventory import Cluster
from archlib.local.dax.values import Item, KeySchema
from archlib.local.identity import Credentials

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: Role sessions are renewed this many virtual seconds before they end.
_MARGIN: Final = 300.0
_SNAKE: Final = {
    "GetItem": "get_item",
    "PutItem": "put_item",
    "UpdateItem": "update_item",
    "DeleteItem": "delete_item",
    "BatchGetItem": "batch_get_item",
    "BatchWriteItem": "batch_write_item",
    "TransactGetItems": "transact_get_items",
    "TransactWriteItems": "transact_write_items",
    "Query": "query",
    "Scan": "scan",
    "DescribeTable": "describe_table",
}


class RoleBackend:
    """Calls DynamoDB as the cluster's role."""

    def __init__(self, cloud: LocalCloud, cluster: Cluster) -> None:
        self._cloud = cloud
        self._cluster = cluster
        self._credentials: Credentials | None = None
        self._schemas: dict[str, tuple[Any, KeySchema]] = {}

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Run an operation as the role; errors are botocore's."""
        client = self._cloud.client(
            "dynamodb", region=self._cluster.region, credentials=self._session()
        )
        result: dict[str, Any] = getattr(client, _SNAKE[operation])(**parameters)
        return result

    def current(self, table: str, key: Mapping[str, Any]) -> Item | None:
        """The item as it is now: DAX learns it with the answer to its own write."""
        raw = self._cloud.raw("dynamodb", region=self._cluster.region)
        found: Item | None = raw.get_item(TableName=table, Key=key).get("Item")
        return found

    def later(self, work: Callable[[], None]) -> None:
        """Run something once the call under way has ended."""
        self._cloud.clock.soon(work, f"DAX {self._cluster.name} reads written items back")

    def schema(self, table: str) -> KeySchema:
        """A table's key; asked for once for each incarnation of the table."""
        existing = self._incarnation(table)
        known = self._schemas.get(table)
        if known is not None and known[0] is existing and existing is not None:
            return known[1]
        described = self.call("DescribeTable", {"TableName": table})["Table"]
        types = {a["AttributeName"]: a["AttributeType"] for a in described["AttributeDefinitions"]}
        names = [
            element["AttributeName"]
            for kind in ("HASH", "RANGE")
            for element in described["KeySchema"]
            if element["KeyType"] == kind
        ]
        schema = KeySchema(tuple((name, types[name]) for name in names))
        self._schemas[table] = existing, schema
        return schema

    def _incarnation(self, table: str) -> Any:
        from moto.dynamodb.models import dynamodb_backends

        tables = dynamodb_backends[self._cloud.account][self._cluster.region].tables
        found = tables.get(table)
        return None if found is None else found.created_at

    def _session(self) -> Credentials:
        now = self._cloud.clock.time()
        held = self._credentials
        if held is None or (held.expires is not None and now >= held.expires - _MARGIN):
            try:
                held = self._cloud.identities.issue(
                    self._cluster.role_arn,
                    f"dax-{self._cluster.name}",
                    source=self._cluster.arn,
                )
            except ApiRefusal as refusal:
                raise Refusal((4, 37, 38, 42), "AccessDeniedException", refusal.message) from None
            self._credentials = held
        return held
