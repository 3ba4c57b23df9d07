"""The clock of a served cloud: it runs along with real time, plus whatever was advanced.

Clients outside live by their own clocks, which nobody can stop: signatures carry real time, and
AWS accepts them within fifteen minutes. So virtual time is real time plus the spans that somebody
advanced. Modelled latencies let it run ahead for a while: it then waits for real time to come up,
and is never set back. It runs ahead by :data:`LEAD` at most: the latencies of many clients'
calls, which here are served one after the other, would add up to hours that they share in truth.
What code sleeps always counts in full.
"""

from __future__ import annotations

import bisect
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime

from archlib.local.clock import Clock

#: Seconds by which latencies may run ahead of real time.
LEAD = 60.0


def real_time() -> float:
    """Seconds since the epoch, also while the process's own clock is frozen."""
    import time_machine

    hatch = time_machine.escape_hatch
    return hatch.time.time() if hatch.is_travelling() else time.time()


class WallClock(Clock):
    """A clock that catches up with real time whenever it is told to (:meth:`catch_up`)."""

    def __init__(
        self,
        start: datetime,
        moved: Callable[[float], None] = lambda _: None,
        real: Callable[[], float] = real_time,
    ) -> None:
        super().__init__(start, moved)
        self._real = real
        self._ahead = start.astimezone(UTC).timestamp() - real()
        self._reckoned = 0.0
        #: When advances were made (whole real seconds), and what was ahead from then on.
        self._steps: list[float] = [-math.inf]
        self._offsets: list[float] = [self._ahead]

    def reckoned(self) -> float:
        """Latencies, sleep and advances; real time that passes is no part of a duration."""
        return self._reckoned

    def catch_up(self) -> None:
        """Let the time pass that has really passed; timers run at their instants."""
        behind = self._real() + self._ahead - self._now
        if behind > 0:
            super().advance(seconds=behind)
        else:
            self.settle()

    def advance(
        self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        """Let time pass besides the real one, from now on."""
        span = seconds + 60 * minutes + 3600 * hours + 86400 * days
        self.catch_up()
        super().advance(seconds=span)
        self._reckoned += span
        self._offset(span)

    def resume(self, last: float) -> None:
        """Go on from where it stood at the real instant ``last``: what passed does not count."""
        self._offset(last - self._real())

    def _offset(self, seconds: float) -> None:
        """Be ahead of real time by ``seconds`` more, from now on."""
        self._ahead += seconds
        self._steps.append(float(math.floor(self._real())))
        self._offsets.append(self._ahead)

    def spend(self, seconds: float) -> None:
        """Let a modelled latency pass, as far as the clock may run ahead."""
        self._reckoned += seconds
        room = self._real() + self._ahead + LEAD - self._now
        if room > 0:
            super().spend(min(seconds, room))

    def sleep(self, seconds: float) -> None:
        """Let the whole time pass that code sleeps."""
        self._reckoned += seconds
        super().spend(seconds)

    @property
    def advanced(self) -> float:
        """Virtual seconds by which advances are ahead of real time, latencies not counted."""
        return self._ahead - self._offsets[0]

    # -- what clients write into signatures -------------------------------------------------

    def virtual_now(self, real: float) -> float:
        """A real instant in virtual time, as it is reckoned now."""
        return real + self._ahead

    def virtual_then(self, real: float) -> float:
        """A real instant in virtual time, as it was reckoned at that instant.

        Signatures tell whole seconds. An advance that shall be told from what was signed just
        before it must begin with a new second (:meth:`until_next_second`).
        """
        after = bisect.bisect_right(self._steps, real)
        then = real + self._offsets[after - 1]
        # A clock that stood still for a while has had none of the instants in it.
        following = self._steps[after : after + 1]
        return min([then, *(step + self._offsets[after] for step in following)])

    def until_next_second(self) -> float:
        """Real seconds until the next whole one."""
        now = self._real()
        return math.floor(now) + 1 - now
