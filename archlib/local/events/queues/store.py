"""The messages of one queue: order, visibility, delay, deduplication. Pure, on given instants.

AWS: Amazon SQS Developer Guide, "Amazon SQS visibility timeout", "Amazon SQS delay queues",
"FIFO queue delivery logic in Amazon SQS", "Exactly-once processing in Amazon SQS". All instants
are virtual epoch seconds.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from archlib.local.events.lineage import ROOT, Lineage

#: "the 5-minute deduplication interval".
DEDUPLICATION_SECONDS = 300.0


@dataclass(eq=False)
class Entry:
    """A message in a queue; ``message`` is moto's object, which the API's answers are made of.

    ``place`` counts its moves from heap to heap: what a heap holds of an earlier place is void.
    """

    message: Any
    order: int
    visible_at: float
    expires: float
    lineage: Lineage = ROOT
    handle: str | None = None
    in_flight: bool = False
    gone: bool = False
    place: int = 0

    @property
    def group(self) -> str | None:
        """The message group, in a FIFO queue."""
        group: str | None = self.message.group_id
        return group


@dataclass
class Store:
    """Two heaps: what may be received, by age, and what is waiting for its instant."""

    fifo: bool = False
    _available: list[tuple[int, int, Entry]] = field(default_factory=list)
    _waiting: list[tuple[float, int, int, Entry]] = field(default_factory=list)
    _by_handle: dict[str, Entry] = field(default_factory=dict)
    _entries: dict[int, Entry] = field(default_factory=dict)
    _seen: dict[tuple[str, str], tuple[float, Any]] = field(default_factory=dict)
    _busy: Counter[str] = field(default_factory=Counter)
    _order: int = 0

    # -- in ------------------------------------------------------------------------------------

    def duplicate_of(self, scope: str, identifier: str, now: float) -> Any | None:
        """The message that made a sending within the last five minutes a duplicate."""
        found = self._seen.get((scope, identifier))
        return found[1] if found and now - found[0] < DEDUPLICATION_SECONDS else None

    def remember(self, scope: str, identifier: str, message: Any, now: float) -> None:
        """Note a deduplication id."""
        self._seen[scope, identifier] = (now, message)

    def add(
        self, message: Any, visible_at: float, now: float, expires: float, lineage: Lineage
    ) -> None:
        """Put a message in."""
        self._order += 1
        entry = Entry(message, self._order, visible_at, expires, lineage)
        self._entries[self._order] = entry
        self._offer(entry, now)

    def _offer(self, entry: Entry, now: float) -> None:
        entry.place += 1
        if entry.visible_at <= now:
            heapq.heappush(self._available, (entry.order, entry.place, entry))
        else:
            heapq.heappush(self._waiting, (entry.visible_at, entry.order, entry.place, entry))

    # -- out -----------------------------------------------------------------------------------

    def candidates(self, now: float) -> Generator[Entry, None, None]:
        """Messages that may be received now, oldest first; each is taken or goes back.

        In a FIFO queue a group with a message in flight gives none; the caller takes an entry
        with :meth:`take` or leaves it.
        """
        self._wake(now)
        blocked = {group for group, count in self._busy.items() if count}
        passed: list[tuple[int, int, Entry]] = []
        try:
            while self._available:
                item = heapq.heappop(self._available)
                entry = item[2]
                if entry.gone or entry.place != item[1]:
                    continue
                if entry.expires <= now:
                    self._drop(entry)
                    continue
                if self.fifo and entry.group in blocked:
                    passed.append(item)
                    continue
                try:
                    yield entry
                finally:  # Also when the caller has enough and does not come back.
                    if not entry.gone and not entry.in_flight:
                        passed.append(item)
                        if self.fifo and entry.group is not None:
                            blocked.add(entry.group)
        finally:
            for item in passed:
                heapq.heappush(self._available, item)

    def take(self, entry: Entry, handle: str, visible_at: float, now: float) -> None:
        """Receive: the entry is in flight until ``visible_at``."""
        entry.handle = handle
        self._by_handle[handle] = entry
        entry.visible_at = visible_at
        if visible_at > now:
            self._fly(entry)
            self._offer(entry, now)

    def _fly(self, entry: Entry) -> None:
        entry.in_flight = True
        if self.fifo and entry.group is not None:
            self._busy[entry.group] += 1

    def _land(self, entry: Entry) -> None:
        if entry.in_flight:
            entry.in_flight = False
            if self.fifo and entry.group is not None:
                self._busy[entry.group] -= 1

    def _wake(self, now: float) -> None:
        while self._waiting and self._waiting[0][0] <= now:
            _, _, place, entry = heapq.heappop(self._waiting)
            if not entry.gone and entry.place == place:
                self._land(entry)
                self._offer(entry, now)

    def find(self, handle: str) -> Entry | None:
        """The entry that was received with a handle; None for a handle of no message."""
        return self._by_handle.get(handle)

    def remove(self, entry: Entry) -> None:
        """Delete, or take out to move elsewhere."""
        self._drop(entry)

    def _drop(self, entry: Entry) -> None:
        self._land(entry)
        entry.gone = True
        self._entries.pop(entry.order, None)

    def change_visibility(self, entry: Entry, visible_at: float, now: float) -> None:
        """Let an entry in flight become visible at another instant."""
        self._land(entry)
        entry.visible_at = visible_at
        if visible_at > now:
            self._fly(entry)
        self._offer(entry, now)

    def clear(self) -> None:
        """PurgeQueue."""
        for entry in list(self._entries.values()):
            self._drop(entry)
        self._available.clear()
        self._waiting.clear()

    # -- questions -----------------------------------------------------------------------------

    def due(self, now: float) -> float | None:
        """When the next waiting message becomes visible; None when none is waiting."""
        self._wake(now)
        while self._waiting:
            when, _, place, entry = self._waiting[0]
            if not entry.gone and entry.place == place:
                return when
            heapq.heappop(self._waiting)
        return None

    def has_candidates(self, now: float) -> bool:
        """Whether a receive would find something."""
        found = self.candidates(now)
        try:
            return next(found, None) is not None
        finally:
            found.close()

    def counts(self, now: float) -> tuple[int, int, int]:
        """Visible, in flight, delayed."""
        self._wake(now)
        live = [entry for entry in self._entries.values() if entry.expires > now]
        flying = sum(entry.in_flight for entry in live)
        delayed = sum(not entry.in_flight and entry.visible_at > now for entry in live)
        return len(live) - flying - delayed, flying, delayed

    def messages(self) -> list[Any]:
        """All messages, oldest first."""
        return [entry.message for entry in self._entries.values()]
