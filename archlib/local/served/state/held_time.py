"""Real time as a kept cloud sees it: it stands still while an act is done.

An act looks at the real time more than once, and so would its repetition, at other instants. Both
see the one instant at which it began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from archlib.local.clock import Timer
from archlib.local.served.wall_clock import WallClock, real_time


class HeldTime:
    """What a clock asks for the real time."""

    def __init__(self) -> None:
        self._held: float | None = None

    def __call__(self) -> float:
        """Epoch seconds: of the act under way, else the real ones."""
        return real_time() if self._held is None else self._held

    @contextmanager
    def at(self, instant: float) -> Iterator[None]:
        """Let it be ``instant`` in the block."""
        self._held = instant
        try:
            yield
        finally:
            self._held = None


class KeptClock(WallClock):
    """A wall clock that can go on after a time in which it stood still."""

    def __init__(
        self, start: datetime, moved: Callable[[float], None], real: Callable[[], float]
    ) -> None:
        super().__init__(start, moved, real)
        #: How many timers and pieces of queued work have run.
        self.ran = 0

    def until_next_second(self) -> float:
        """Real seconds until the next whole one; asked from outside while an act may be done."""
        return 1 - real_time() % 1

    def _next_ready(self) -> Callable[[], None] | None:
        found = super()._next_ready()
        self.ran += found is not None
        return found

    def _due(self, until: float) -> Timer | None:
        found = super()._due(until)
        self.ran += found is not None
        return found
