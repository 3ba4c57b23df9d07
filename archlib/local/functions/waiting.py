"""Waiting of function code for its own threads: in steps, so that its time can end meanwhile.

Python delivers nothing to a thread that waits in one call for ever. Events, conditions, queues,
semaphores and futures wait on a condition; executors and threads are joined. A raw lock, or a
socket, waits in C: nothing can end that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from archlib.local.functions.execution import inside

#: Seconds after which a waiting thread looks up.
STEP = 0.05


def swaps() -> tuple[tuple[Any, str, Any], ...]:
    """What stands in for the two waits while function code runs: (owner, name, value)."""
    condition, thread = threading.Condition, threading.Thread
    return (
        (condition, "wait", inside(_wait(condition.wait), condition.wait)),
        (thread, "join", inside(_join(thread.join), thread.join)),
    )


def _wait(once: Callable[..., bool]) -> Callable[..., bool]:
    def wait(condition: threading.Condition, timeout: float | None = None) -> bool:
        # The condition's lock is held from one step to the next: no notice can be missed.
        return _stepwise(timeout, lambda step: once(condition, step))

    return wait


def _join(once: Callable[..., None]) -> Callable[..., None]:
    def join(thread: threading.Thread, timeout: float | None = None) -> None:
        def ended(step: float) -> bool:
            once(thread, step)
            return not thread.is_alive()

        _stepwise(timeout, ended)

    return join


def _stepwise(timeout: float | None, done: Callable[[float], bool]) -> bool:
    left = timeout
    while left is None or left > STEP:
        if done(STEP):
            return True
        left = None if left is None else left - STEP
    return done(left)
