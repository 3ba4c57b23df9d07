"""Carrying changes to the other regions: asynchronous, last writer wins.

Source: Amazon DynamoDB Developer Guide, "Global tables core concepts" (multi-Region eventual
consistency): item changes are replicated asynchronously; when an item is modified in several
regions at once, the modification with the latest internal timestamp wins in all of them;
conditions are evaluated against the region's own version; a transaction is one only in the
region where it was made, elsewhere its items arrive one by one; a deletion by TTL costs nothing
where it happens and a replicated write everywhere else. The current version adds no ``aws:rep:``
attributes to items ("Determining the global table version you are using").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archlib.local.dynamodb.stored import StoredTable, StoredTables
from archlib.local.globaltables.changes import Change, Changes, Image, Stamp
from archlib.local.globaltables.groups import Group, Groups, Member
from archlib.local.globaltables.lag import Lags

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: (region, table, replicated image before, image after) -> write units booked there.
Bill = Callable[[str, StoredTable, Image | None, Image | None], float]

ACTION = "dynamodb:Replicate"
PRINCIPAL = "replication.dynamodb.amazonaws.com"

#: Of a table that was filled before it had a replica.
_OLDEST = Stamp(float("-inf"), 0)


class Replication:
    """Queues changes and applies them where they arrive."""

    def __init__(
        self, cloud: LocalCloud, tables: StoredTables, groups: Groups, lags: Lags, bill: Bill
    ) -> None:
        self._cloud = cloud
        self._tables = tables
        self._groups = groups
        self._lags = lags
        self._bill = bill
        self._stamps: dict[tuple[str, str], dict[str, Stamp]] = {}
        self._units: dict[tuple[str, str], float] = {}
        self.changes = Changes(self._publish, cloud.clock.time)

    def units(self, region: str, name: str) -> float:
        """Replicated write units that the replica in ``region`` has consumed."""
        return self._units.get((region, name), 0.0)

    def forget(self, region: str, name: str) -> None:
        """A table is gone."""
        self._stamps.pop((region, name), None)
        self._units.pop((region, name), None)

    def copy(self, group: Group, source: StoredTable, origin: str, target: str) -> None:
        """Fill a new replica with everything that is in the table it is copied from."""
        copied = self._tables.find(target, group.name)
        assert copied is not None, target
        known = self._stamps.get((origin, group.name), {})
        self._stamps[target, group.name] = dict(known)
        # Not a change: the new replica's stream begins after its first load.
        shard, copied.table.stream_shard = copied.table.stream_shard, None
        with self.changes.muted():
            for image in list(source.images()):
                copied.table.put_item(image, overwrite=True)
        copied.table.stream_shard = shard

    def _publish(self, change: Change) -> None:
        group = self._groups.of(change.region, change.table)
        if group is None:
            return
        self._stamps.setdefault((change.region, change.table), {})[change.item] = change.stamp
        for member in group.others(change.region):
            self._send(change, group, member)

    def _send(self, change: Change, group: Group, member: Member) -> None:
        lag = self._lags.of(change.region, member.region)
        self._cloud.clock.after(
            lag,
            lambda: self._arrive(change, group, member),
            f"replication of {change.table} from {change.region} to {member.region}",
        )

    def _arrive(self, change: Change, group: Group, member: Member) -> None:
        """Apply a change, unless a later one was here first or the replica is gone."""
        source = self._tables.find(change.region, change.table)
        target = self._tables.find(member.region, change.table)
        if group.members.get(member.region) is not member or target is None:
            return
        origin = f"{target.arn.replace(member.region, change.region, 1)}"
        with self._cloud.trace.hop(
            source=source.arn if source else origin,
            target=target.arn,
            action=ACTION,
            principal=PRINCIPAL,
        ) as hop:
            stamps = self._stamps.setdefault((member.region, change.table), {})
            wins = change.stamp > stamps.get(change.item, _OLDEST)
            hop.detail.update(
                lag=self._cloud.clock.time() - change.stamp.when, applied=wins, write_units=0.0
            )
            if wins:
                stamps[change.item] = change.stamp
                before = target.image(change.key)
                self._apply(target, change)
                units = self._bill(member.region, target, before, change.after)
                where = (member.region, change.table)
                self._units[where] = self._units.get(where, 0.0) + units
                hop.detail["write_units"] = units

    def _apply(self, target: StoredTable, change: Change) -> None:
        table: Any = target.table
        with self.changes.muted():
            if change.after is None:
                target.remove(change.key)
            else:
                table.put_item(dict(change.after), overwrite=True)
