"""The plane of global tables, version 2019.11.21, eventually consistent between regions.

A write goes to the region it is made in; a client of another region sees it there when
replication has brought it, also if it asks for a strongly consistent read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.dynamodb import DynamoDbPlane
from archlib.local.dynamodb.stored import StoredTables
from archlib.local.globaltables.changes import WRITES, Changes
from archlib.local.globaltables.control import ReplicaControl
from archlib.local.globaltables.groups import Groups
from archlib.local.globaltables.lag import Lags
from archlib.local.globaltables.replication import Replication
from archlib.local.patches import Patches

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud


class GlobalTablesPlane:
    """Replicas, replication, and what it costs. Starts after the plane of tables."""

    def start(self, cloud: LocalCloud) -> None:
        """Wrap what changes items and tables."""
        self._cloud = cloud
        tables, self._groups = StoredTables(cloud.account), Groups()
        self._lags = Lags()
        bill = cloud.plane(DynamoDbPlane).replicated
        self._replication = Replication(cloud, tables, self._groups, self._lags, bill)
        changes = self._replication.changes
        for name in WRITES:
            inner = cloud.api.handler("dynamodb", name) or _proceed
            cloud.api.handle("dynamodb", name, _collecting(changes, inner))
        ReplicaControl(cloud, tables, self._groups, self._replication).register()
        self._patches = Patches()
        self._watch(changes)

    def stop(self) -> None:
        """Let moto's streams be moto's again."""
        self._patches.undo()

    def set_lag(self, source: str, target: str, seconds: float) -> None:
        """Let writes in region ``source`` take ``seconds`` (virtual) to region ``target``."""
        self._lags.set(source, target, seconds)

    def regions(self, table: str, *, region: str | None = None) -> tuple[str, ...]:
        """Where a table has replicas, its own region included; () for no global table."""
        group = self._groups.of(region or self._cloud.region, table)
        return () if group is None else tuple(group.members)

    def replicated_units(self, table: str, *, region: str) -> float:
        """Write units that replication from elsewhere has consumed in ``region``.

        The units of the region's own writes, which AWS bills as replicated write units too,
        are in :meth:`DynamoDbPlane.capacity_of`.
        """
        return self._replication.units(region, table)

    def _watch(self, changes: Changes) -> None:
        from moto.dynamodb.models.table import StreamShard

        original = StreamShard.add

        def add(shard: Any, old: Any, new: Any) -> None:
            original(shard, old, new)
            changes.noticed(shard.table, old, new)

        self._patches.set(StreamShard, "add", add)


def _collecting(changes: Changes, inner: Handler) -> Handler:
    def handler(call: ApiCall) -> Result:
        with changes.collected():
            return inner(call)

    return handler


def _proceed(call: ApiCall) -> Result:
    return call.proceed()
