"""A cache with a time to live on the virtual clock and a bound on its bytes.

Source: Amazon DynamoDB Developer Guide, "DAX: How it works": entries leave when their time
to live is over or, least recently used first, when memory is short.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

V = TypeVar("V")

#: Bytes an entry takes besides its value; a round figure of ours.
OVERHEAD: Final = 200


@dataclass(frozen=True)
class Entry(Generic[V]):
    """What is kept: the value, when it came in, and its bytes with overhead."""

    value: V
    since: float
    size: int


class Cache(Generic[V]):
    """Least recently used entries go first; expired ones are misses.

    ``ttl`` gives the time to live in seconds at the moment of the look-up, None for entries
    that never expire; ``capacity`` is in bytes.
    """

    def __init__(
        self, now: Callable[[], float], ttl: Callable[[], float | None], capacity: int
    ) -> None:
        self._now = now
        self._ttl = ttl
        self._capacity = capacity
        self._entries: OrderedDict[Hashable, Entry[V]] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Entry[V] | None:
        """The live entry under ``key``; None is a miss."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        ttl = self._ttl()
        if ttl is not None and self._now() - entry.since >= ttl:
            self.evict(key)
            return None
        self._entries.move_to_end(key)
        return entry

    def put(self, key: Hashable, value: V, size: int) -> None:
        """Keep a value of ``size`` bytes; what is larger than the whole cache is not kept."""
        self.evict(key)
        size += OVERHEAD
        if size > self._capacity:
            return
        self._entries[key] = Entry(value, self._now(), size)
        self._bytes += size
        while self._bytes > self._capacity:
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= oldest.size

    def evict(self, key: Hashable) -> None:
        """Forget an entry, if there is one."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.size

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._bytes = 0
