"""The response cache of one stage.

AWS: "Cache settings for REST APIs in API Gateway" — an entry is found by the cache namespace
(the resource id unless set) and the values of the declared cache key parameters *only*, so
requests that differ in anything else share it; a response larger than 1048576 bytes is not
cached; changing the capacity deletes all cached data. Which statuses are cached is not
documented; users see error responses of the back end served from the cache, so every response
that the integration delivered is stored, and none that the gateway made itself.

Ours: entries are evicted least recently used first once their bytes exceed the capacity
(AWS says caching is best effort and names no rule).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from archlib.local.gateway.exchange import Answer

MAXIMUM_RESPONSE = 1_048_576
MAXIMUM_TTL = 3600
DEFAULT_TTL = 300
#: ``cacheClusterSize`` values in gibibytes (API reference of ``CreateStage``).
SIZES = ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")


@dataclass(frozen=True, slots=True)
class _Entry:
    answer: Answer
    expires: float
    size: int


class StageCache:
    """Answers by key until their virtual expiry. Thread-safe; ``capacity`` in bytes."""

    def __init__(self, capacity: int, now: Callable[[], float]) -> None:
        self.capacity = capacity
        self._now = now
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Answer | None:
        """The live answer stored under ``key``, or None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            if self._now() >= entry.expires:
                self._drop(key)
                return None
            self._entries.move_to_end(key)
            return entry.answer

    def put(self, key: Hashable, answer: Answer, ttl: float) -> bool:
        """Store an answer for ``ttl`` seconds; False when it is too large or TTL is 0."""
        size = weight(answer)
        if ttl <= 0 or len(answer.body) > MAXIMUM_RESPONSE or size > self.capacity:
            return False
        with self._lock:
            if key in self._entries:
                self._drop(key)
            self._entries[key] = _Entry(answer, self._now() + ttl, size)
            self._bytes += size
            while self._bytes > self.capacity:
                self._drop(next(iter(self._entries)))
            return True

    def flush(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def _drop(self, key: Hashable) -> None:
        self._bytes -= self._entries.pop(key).size


def weight(answer: Answer) -> int:
    """Bytes an answer occupies: body and headers."""
    return len(answer.body) + sum(len(k) + len(v) for k, v in answer.headers)


def capacity(size: str) -> int:
    """A ``cacheClusterSize`` in bytes."""
    return int(float(size) * 1024**3)
