"""How much a table may take per second, and the refusal when it is more.

Sources, Amazon DynamoDB Developer Guide:

- "DynamoDB provisioned capacity mode" and "DynamoDB burst and adaptive capacity": a table
  or global index is given its units each second and keeps up to 300 seconds of unused ones.
  A request is let in while the bucket is not empty and may leave it in debt.
- "DynamoDB on-demand capacity mode", "Initial throughput and scaling properties": a new
  table sustains 4,000 write and 12,000 read units a second, and at once twice the previous
  peak; we count a peak as previous when it is 30 minutes old.
- "DynamoDB maximum throughput for on-demand tables": a configured maximum is a ceiling.

Not modelled: the limits of a single partition (3,000 read and 1,000 write units a second),
adaptive capacity, and the account's table quota. A new bucket holds one second's units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from archlib.local.api import ApiRefusal
from archlib.local.dynamodb.consumption import Direction

BURST_SECONDS: Final = 300.0
ON_DEMAND_INITIAL: Final = {"read": 12_000.0, "write": 4_000.0}
ON_DEMAND_SETTLING: Final = 30 * 60.0

_TABLE = (
    "The level of configured provisioned throughput for the table was exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API."
)
_INDEX = (
    "The level of configured provisioned throughput for one or more global secondary indexes "
    "of the table was exceeded. Consider increasing your provisioning level for the "
    "under-provisioned global secondary indexes with the UpdateTable API"
)
_ON_DEMAND = (
    "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically "
    "scaling your table or index so please try again shortly. If exceptions persist, check if "
    "you have a hot key: "
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html"
)
_MAXIMUM = "Throughput exceeds the maximum OnDemandThroughput configured on table or index"


@dataclass
class Bucket:
    """Units that may be taken: ``rate`` a second, at most ``depth`` seconds' worth kept."""

    rate: float
    depth: float
    tokens: float
    at: float

    def refill(self, now: float, rate: float) -> None:
        """Add what the time since the last look has brought, at the rate configured now."""
        self.rate = rate
        self.tokens = min(rate * self.depth, self.tokens + (now - self.at) * rate)
        self.at = now


@dataclass
class _Peaks:
    """The busiest second so far, and the one that already counts as previous."""

    settled: float = 0.0
    recent: list[tuple[float, float]] = field(default_factory=list)
    second: int = -1
    used: float = 0.0

    def note(self, now: float, units: float) -> None:
        self._turn(int(now))
        self.used += units

    def _turn(self, second: int) -> None:
        if second != self.second:
            if self.used > self.settled:
                self.recent.append((self.second, self.used))
            self.second, self.used = second, 0.0

    def previous(self, now: float) -> float:
        self._turn(int(now))
        while self.recent and now - self.recent[0][0] >= ON_DEMAND_SETTLING:
            self.settled = max(self.settled, self.recent.pop(0)[1])
        return self.settled


class Throttle:
    """Admission for one direction (read or write) of one table or global index.

    ``since`` is when the table was created: units it has not used since then count.
    """

    def __init__(self, direction: Direction, *, index: bool, since: float) -> None:
        self._direction: Direction = direction
        self._index = index
        self._bucket: Bucket | None = None
        self._peaks = _Peaks()
        self._on_demand: bool | None = None
        self._capped = False
        self._since = since

    def _ready(self, now: float, provisioned: float | None, maximum: float | None) -> Bucket:
        on_demand = provisioned is None
        self._capped = on_demand and maximum is not None
        if on_demand:
            rate = max(ON_DEMAND_INITIAL[self._direction], 2 * self._peaks.previous(now))
            rate = min(rate, maximum) if maximum is not None else rate
        else:
            rate = provisioned or 0.0
        if self._bucket is None or self._on_demand != on_demand:
            since = self._since if self._bucket is None else now
            self._bucket = Bucket(rate, 1.0 if on_demand else BURST_SECONDS, rate, since)
            self._on_demand = on_demand
        self._bucket.refill(now, rate)
        return self._bucket

    def admits(self, now: float, provisioned: float | None, maximum: float | None = None) -> bool:
        """Whether a request may come in. ``provisioned`` None means on-demand."""
        return self._ready(now, provisioned, maximum).tokens > 0

    def refusal(self) -> ApiRefusal:
        """What a request that may not come in is told."""
        if self._on_demand:
            return ApiRefusal("ThrottlingException", _MAXIMUM if self._capped else _ON_DEMAND)
        message = _INDEX if self._index else _TABLE
        return ApiRefusal("ProvisionedThroughputExceededException", message)

    def take(self, now: float, units: float) -> None:
        """Charge an admitted request."""
        if self._bucket is not None:
            self._bucket.tokens -= units
        self._peaks.note(now, units)
