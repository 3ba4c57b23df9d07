"""Virtual time: the only time there is while a local cloud is active.

Nothing sleeps. The clock stands still until something moves it: :meth:`Clock.advance` (a
test or a reader lets time pass) or :meth:`Clock.spend` (a modelled latency). The whole
process is frozen at the same instant by time-machine, so that moto, botocore and the token
libraries agree with us.
"""

from __future__ import annotations

import heapq
import itertools
import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from archlib.errors import ArchlibError

Action = Callable[[], None]

#: Work that keeps making work is a loop (a recursive trigger), not a busy system.
SETTLE_LIMIT = 100_000

#: The last instant that a datetime can name, in epoch seconds.
END = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


def moment(seconds: float) -> datetime:
    """Epoch seconds as the services say times: an aware UTC datetime of whole milliseconds."""
    return datetime.fromtimestamp(round(seconds, 3), UTC)


@dataclass(order=True)
class Timer:
    """Something due at a virtual instant; ``cancel`` makes it a no-op."""

    when: float
    order: int
    action: Action = field(compare=False)
    name: str = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Forget the timer; harmless when it already ran."""
        self.cancelled = True


class Clock:
    """Virtual UTC time with timers and a queue of work that is ready now.

    ``moved`` is called with the new epoch seconds whenever time moves; the cloud uses it to
    carry the process's own idea of the time along.
    """

    def __init__(self, start: datetime, moved: Callable[[float], None] = lambda _: None) -> None:
        self._now = start.astimezone(UTC).timestamp()
        self._moved = moved
        self._timers: list[Timer] = []
        self._ready: deque[tuple[str, Action]] = deque()
        self._order = itertools.count()
        self._lock = threading.RLock()
        self._settling = False

    def time(self) -> float:
        """Virtual seconds since the epoch."""
        return self._now

    def now(self) -> datetime:
        """The virtual instant as an aware UTC datetime."""
        return datetime.fromtimestamp(self._now, UTC)

    def reckoned(self) -> float:
        """Virtual seconds as durations are reckoned: what was spent and advanced so far."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let the time pass that code in the cloud sleeps."""
        self.spend(seconds)

    def spend(self, seconds: float) -> None:
        """Let a modelled latency pass. Timers that fall due run at the next settling."""
        with self._lock:
            until = self._after(seconds)
            if until > self._now:
                self._move(until)

    def advance(
        self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        """Let time pass: every timer on the way runs in order, at its own instant."""
        until = self._after(seconds + 60 * minutes + 3600 * hours + 86400 * days)
        self.settle()
        while (timer := self._due(until)) is not None:
            self._move(max(self._now, timer.when))
            timer.action()
            self.settle()
        with self._lock:
            if until > self._now:
                self._move(until)

    def at(self, when: float, action: Action, name: str) -> Timer:
        """Run ``action`` at virtual epoch second ``when``."""
        with self._lock:
            timer = Timer(_microseconds(when), next(self._order), action, name)
            heapq.heappush(self._timers, timer)
            return timer

    def after(self, seconds: float, action: Action, name: str) -> Timer:
        """Run ``action`` in ``seconds`` of virtual time."""
        return self.at(self._now + seconds, action, name)

    def soon(self, action: Action, name: str) -> None:
        """Queue work that is ready now; it runs, first come first served, at the next settling."""
        with self._lock:
            self._ready.append((name, action))

    @property
    def pending(self) -> tuple[str, ...]:
        """Names of queued work and of live timers, in the order they will run."""
        with self._lock:
            timers = [t.name for t in sorted(self._timers) if not t.cancelled]
            return (*(name for name, _ in self._ready), *timers)

    def settle(self) -> None:
        """Run queued work and overdue timers until none is left. Re-entrant calls do nothing."""
        with self._lock:
            if self._settling:
                return
            self._settling = True
        try:
            for _ in range(SETTLE_LIMIT):
                if (work := self._next_ready()) is not None:
                    work()
                elif (timer := self._due(self._now)) is not None:
                    timer.action()
                else:
                    return
            raise ArchlibError(
                f"the cloud did not come to rest after {SETTLE_LIMIT} steps; "
                f"next in line: {', '.join(self.pending[:3])}",
                hint="a trigger that feeds itself is the usual cause",
            )
        finally:
            self._settling = False

    def _next_ready(self) -> Action | None:
        with self._lock:
            return self._ready.popleft()[1] if self._ready else None

    def _due(self, until: float) -> Timer | None:
        with self._lock:
            while self._timers and (self._timers[0].cancelled or self._timers[0].when <= until):
                timer = heapq.heappop(self._timers)
                if not timer.cancelled:
                    return timer
            return None

    def _after(self, span: float) -> float:
        if span < 0:
            raise ArchlibError(f"time cannot run backwards (asked for {span} s)")
        until = self._now + span
        if not until <= END:
            raise ArchlibError(
                f"time ends with the year 9999 (asked for {span} s)",
                hint="dates have four digits in most of what AWS says",
            )
        return _microseconds(until)

    def _move(self, when: float) -> None:
        self._now = when
        self._moved(when)


def _microseconds(instant: float) -> float:
    """As datetime has it: sums of latencies must not drift, nor timers miss by a hair."""
    return round(instant, 6) if math.isfinite(instant) else instant
