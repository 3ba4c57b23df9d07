"""The one thread in which a served cloud lives.

The cloud is not written for concurrency, and a flow's hops must not be mixed up with another's: so
requests are served one after the other, in the order in which they were read. A function that
loops is ended by its timeout there (:mod:`archlib.local.functions.watchdog`), while the listener
goes on accepting in its own thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Worker:
    """Runs one call at a time. ``gate`` is held meanwhile, for threads that must not interfere."""

    def __init__(self, name: str) -> None:
        self.gate = threading.RLock()
        self._queue: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]
        self._queue = queue.SimpleQueue()
        self._closed = False
        self._begun: float | None = None
        # A daemon: a handler that blocks for ever must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Queue a call; raises :class:`RuntimeError` after :meth:`close`."""
        if self._closed:
            raise RuntimeError("the served cloud has been stopped")
        future: Future[T] = Future()
        self._queue.put((future, call))
        return future

    def call(self, call: Callable[[], T]) -> T:
        """Run a call there and wait for its result."""
        return self.submit(call).result()

    async def awaited(self, call: Callable[[], T]) -> T:
        """The same for a coroutine."""
        return await asyncio.wrap_future(self.submit(call))

    @property
    def idle(self) -> bool:
        """Whether nothing is queued."""
        return self._queue.empty()

    @property
    def busy(self) -> float:
        """Real seconds that the call under way has taken; 0 where there is none."""
        begun = self._begun
        return 0.0 if begun is None else time.monotonic() - begun

    def close(self, timeout: float) -> bool:
        """End the thread after what is queued; False where it has not ended in time."""
        self._closed = True
        self._queue.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            future, call = item
            if not future.set_running_or_notify_cancel():
                continue
            self._begun = time.monotonic()
            try:
                with self.gate:
                    result = call()
            except BaseException as error:
                self._begun = None
                _tell(future.set_exception, error)
            else:
                self._begun = None
                _tell(future.set_result, result)


def _tell(set_outcome: Callable[[Any], None], outcome: Any) -> None:
    # The loop that waits may have ended meanwhile.
    with contextlib.suppress(RuntimeError):
        set_outcome(outcome)
