"""Token buckets and quotas on virtual time.

AWS: "Throttle requests to your REST APIs" (token bucket: the rate refills, the burst is the
bucket's size; limits are applied per method of a stage; plan and key first, then stage, then
account) and "Usage plans and API keys for REST APIs" (quota per day, week or month; the
offset is taken off the first period only).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """``rate`` in requests a second, ``burst`` in requests; None means not limited."""

    rate: float | None = None
    burst: int | None = None


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Throttle:
    """Buckets by key. Thread-safe; a bucket that is full costs nothing to forget."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._buckets: dict[Hashable, _Bucket] = {}
        self._lock = threading.Lock()

    def admit(self, key: Hashable, limit: Limit) -> bool:
        """Take one token from the bucket of ``key``; False when it is empty."""
        if limit.rate is None and limit.burst is None:
            return True
        rate = limit.rate if limit.rate is not None else float("inf")
        size = float(limit.burst if limit.burst is not None else max(rate, 1.0))
        if rate <= 0 or size <= 0:
            return False
        with self._lock:
            now = self._now()
            bucket = self._buckets.get(key)
            if bucket is None:
                bucket = self._buckets[key] = _Bucket(size, now)
            elapsed = now - bucket.at
            refilled = bucket.tokens + elapsed * rate if elapsed else bucket.tokens
            bucket.tokens = min(size, refilled)
            bucket.at = now
            # a whole token may be a rounding error away after many fractional refills
            if bucket.tokens < 1.0 - 1e-9:
                return False
            bucket.tokens -= 1.0
            return True

    def forget(self, prefix: tuple[Hashable, ...]) -> None:
        """Drop all buckets whose key begins with ``prefix``."""
        with self._lock:
            for key in [k for k in self._buckets if isinstance(k, tuple)]:
                if isinstance(key, tuple) and key[: len(prefix)] == prefix:
                    del self._buckets[key]


def _day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


#: The start of the period a moment lies in; weeks begin on Sunday as in AWS's calendar.
PERIODS: dict[str, Callable[[datetime], datetime]] = {
    "DAY": _day,
    "WEEK": lambda m: _day(m) - timedelta(days=(m.weekday() + 1) % 7),
    "MONTH": lambda m: _day(m).replace(day=1),
}


@dataclass(frozen=True, slots=True)
class Quota:
    """``limit`` requests a ``period``, the first period ``offset`` fewer."""

    limit: int
    period: str
    offset: int = 0


@dataclass(slots=True)
class _Count:
    period: datetime
    used: int
    first: bool


class Quotas:
    """Requests counted by key and period. Thread-safe."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._counts: dict[Hashable, _Count] = {}
        self._lock = threading.Lock()

    def admit(self, key: Hashable, quota: Quota) -> bool:
        """Count one request; False when the period's quota is used up."""
        period = PERIODS[quota.period](datetime.fromtimestamp(self._now(), UTC))
        with self._lock:
            count = self._counts.get(key)
            if count is None:
                count = self._counts[key] = _Count(period, 0, True)
            elif count.period != period:
                count = self._counts[key] = _Count(period, 0, False)
            allowed = quota.limit - (quota.offset if count.first else 0)
            if count.used >= allowed:
                return False
            count.used += 1
            return True

    def used(self, key: Hashable) -> int:
        """Requests counted in the latest period seen."""
        count = self._counts.get(key)
        return count.used if count else 0
