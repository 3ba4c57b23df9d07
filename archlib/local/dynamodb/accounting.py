"""The books: what each table has consumed, and whether it may consume more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall, Result
from archlib.local.dynamodb.consumption import Consumption, Direction
from archlib.local.dynamodb.stored import StoredTable
from archlib.local.dynamodb.throttling import Throttle

if TYPE_CHECKING:
    from archlib.local.clock import Clock

_UNIT = {"read": "ReadCapacityUnits", "write": "WriteCapacityUnits"}
_MAXIMUM = {"read": "MaxReadRequestUnits", "write": "MaxWriteRequestUnits"}

Ceilings = Mapping[tuple[str, str, str | None], Mapping[str, int]]
"""(region, table, index) to ``OnDemandThroughput``."""


@dataclass(frozen=True)
class CapacityTotals:
    """Units a table with its indexes has consumed since it was created."""

    read: float = 0.0
    write: float = 0.0


class Accounting:
    """Admission, charging and running totals of one cloud's tables."""

    def __init__(self, clock: Clock, ceilings: Ceilings) -> None:
        self._clock = clock
        self._ceilings = ceilings
        self._totals: dict[tuple[str, str], dict[Direction, float]] = {}
        self._throttles: dict[tuple[str, str, str | None, Direction], Throttle] = {}

    def totals(self, region: str, table: str) -> CapacityTotals:
        """Running totals of a table; zero for one that was never used."""
        found = self._totals.get((region, table), {})
        return CapacityTotals(found.get("read", 0.0), found.get("write", 0.0))

    def forget(self, region: str, table: str) -> None:
        """Close the books of a deleted table."""
        self._totals.pop((region, table), None)
        for key in [key for key in self._throttles if key[:2] == (region, table)]:
            del self._throttles[key]

    # -- admission ----------------------------------------------------------------------------

    def refused(
        self, region: str, table: StoredTable, direction: Direction, index: str | None = None
    ) -> Throttle | None:
        """The throttle that will not let a request in, or None if all do.

        A read meets the one place it reads from; a write the table and every global index.
        """
        if direction == "read":
            places = [index if index and table.is_global(index) else None]
        else:
            places = [None, *(gsi.name for gsi in table.table.global_indexes)]
        now = self._clock.time()
        for place in places:
            throttle = self._throttle(region, table.name, place, direction, table.created)
            provisioned = None if table.on_demand else table.provisioned(place, _UNIT[direction])
            ceiling = self._ceilings.get((region, table.name, place), {}).get(_MAXIMUM[direction])
            if not throttle.admits(now, provisioned, ceiling):
                return throttle
        return None

    def admit(
        self, call: ApiCall, table: StoredTable, direction: Direction, index: str | None = None
    ) -> None:
        """Raise :class:`ApiRefusal` when a request exceeds what its table may take now."""
        if call.caller.kind == "control":
            return
        throttle = self.refused(call.region, table, direction, index)
        if throttle is not None:
            raise throttle.refusal()

    def _throttle(
        self,
        region: str,
        table: str,
        index: str | None,
        direction: Direction,
        since: float | None = None,
    ) -> Throttle:
        key = (region, table, index, direction)
        throttle = self._throttles.get(key)
        if throttle is None:
            since = self._clock.time() if since is None else since
            throttle = Throttle(direction, index=index is not None, since=since)
            self._throttles[key] = throttle
        return throttle

    # -- charging -----------------------------------------------------------------------------

    def take(self, region: str, consumed: Consumption) -> None:
        """Take units out of the buckets and add them to the totals."""
        name, direction, now = consumed.table, consumed.direction, self._clock.time()
        shares: dict[str | None, float] = {None: consumed.table_units}
        for (kind, index), units in consumed.index_units.items():
            place = index if kind == "global" else None
            shares[place] = shares.get(place, 0.0) + units
        for place, units in shares.items():
            self._throttle(region, name, place, direction).take(now, units)
        book = self._totals.setdefault((region, name), {})
        book[direction] = book.get(direction, 0.0) + consumed.total

    def charge(
        self, call: ApiCall, consumed: Iterable[Consumption], *, consistent: bool | None = None
    ) -> None:
        """Book what a call consumed and say so on its hop.

        The hop's detail gets ``capacity_units`` (all units), ``read_units`` or
        ``write_units``, and ``consistent`` (None for a write).
        """
        detail = call.hop.detail
        detail["capacity_units"] = 0.0
        detail["consistent"] = consistent
        for one in consumed:
            if call.caller.kind != "control":
                self.take(call.region, one)
            side = f"{one.direction}_units"
            detail[side] = float(detail.get(side) or 0.0) + one.total
            detail["capacity_units"] = float(detail["capacity_units"] or 0.0) + one.total


def show(
    call: ApiCall,
    result: Result,
    consumed: list[Consumption],
    *,
    many: bool,
    directed: bool = False,
) -> Result:
    """Put ``ConsumedCapacity`` into a result as ``ReturnConsumedCapacity`` asks."""
    wanted = call.params.get("ReturnConsumedCapacity", "NONE")
    result.pop("ConsumedCapacity", None)
    result.pop("ConsumedCapacityUnits", None)
    if wanted != "NONE" and consumed:
        shapes: list[dict[str, Any]] = [one.shape(wanted, directed=directed) for one in consumed]
        result["ConsumedCapacity"] = shapes if many else shapes[0]
    return result
