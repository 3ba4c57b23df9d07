"""The process's own idea of the time, carried along with the virtual clock.

time-machine freezes ``time.time`` and ``datetime.now`` for every library; monotonic clocks go
on, so that event loops and socket timeouts work as ever.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from archlib.local.patches import Patches


class ProcessTime:
    """Another time from :meth:`freeze` or :meth:`follow` on, moved by :meth:`move_to`, until
    :meth:`release`."""

    def __init__(self) -> None:
        self._traveller: Any = None
        self._travel: Any = None

    def freeze(self, at: datetime) -> None:
        """Stop the process's clock at ``at``."""
        import time_machine

        self._traveller = time_machine.travel(at, tick=False)
        self._travel = self._traveller.start()

    def follow(self, start: float) -> None:
        """Set the process's clock to ``start`` (epoch seconds) and let it go on from there."""
        import time_machine

        self._traveller = time_machine.travel(start, tick=True)
        self._travel = self._traveller.start()

    def move_to(self, when: float) -> None:
        """Set the time (epoch seconds); without effect when it is the real one."""
        if self._travel is not None:
            self._travel.move_to(when)

    def release(self) -> None:
        """Let the real time show again."""
        traveller, self._traveller, self._travel = self._traveller, None, None
        if traveller is not None:
            traveller.stop()


def sleep_virtually(patches: Patches, passing: Callable[[float], None]) -> None:
    """Let this thread's ``time.sleep`` be ``passing``; other threads sleep for real.

    Those are somebody's background work (a notebook's kernel polls in one): were their sleep
    virtual, they would race through years.
    """
    real, home = time.sleep, threading.get_ident()

    def sleep(seconds: float) -> None:
        if seconds < 0 or threading.get_ident() != home:
            real(seconds)
        else:
            passing(seconds)

    patches.set(time, "sleep", sleep)
