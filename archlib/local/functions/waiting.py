"""Waiting of function code for its own threads: in steps, so that its time can end meanwhile.

Python delivers nothing to a thread that waits in one call for ever. Events, conditions, queues,
semaphores and futures wait on a condition; executors and threads are joined; an event loop waits
in a selector. A raw lock, or a socket, waits in C: nothing can end that.
"""

from __future__ import annotations

import selectors
import threading
from collections.abc import Callable
from typing import Any

from archlib.local.functions.execution import inside

#: Seconds after which a waiting thread looks up.
STEP = 0.05


def swaps() -> tuple[tuple[Any, str, Any], ...]:
    """What stands in for these waits while function code runs: (owner, name, value)."""
    condition, thread = threading.Condition, threading.Thread
    loops = [kind for kind in vars(selectors).values() if "select" in getattr(kind, "__dict__", ())]
    return (
        (condition, "wait", inside(_wait(condition.wait), condition.wait)),
        (thread, "join", inside(_join(thread.join), thread.join)),
        *(
            (kind, "select", inside(_select(kind.select), kind.select))
            for kind in loops
            if kind is not selectors.BaseSelector
        ),
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


def _select(once: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    def select(selector: selectors.BaseSelector, timeout: float | None = None) -> list[Any]:
        ready: list[Any] = []

        def happened(step: float) -> bool:
            ready.extend(once(selector, step))
            return bool(ready)

        _stepwise(timeout, happened)
        return ready

    return select


def _stepwise(timeout: float | None, done: Callable[[float], bool]) -> bool:
    left = timeout
    while left is None or left > STEP:
        if done(STEP):
            return True
        left = None if left is None else left - STEP
    return done(left)
