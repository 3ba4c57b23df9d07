"""Stopping a handler that never returns.

Virtual time does not pass while a handler computes, so an endless loop is caught by the CPU
time of its thread: one daemon thread looks twenty times a second, only while something runs,
and raises :class:`TimedOut` inside the handler's thread.

A handler that waits for what never comes uses no CPU time. Where others wait for it (a served
cloud) it has real time as well: its timeout and a little more, of which it must have used some.
In a process of its user's own it may wait, for a debugger for example. A handler that blocks in
one C call (a raw lock that nobody releases, a socket) cannot be stopped at all.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable

_POLL_SECONDS = 0.05
_IDLE_POLLS = 40
#: Seconds that a waiting handler has beyond its timeout, and the share of CPU time below which it
#: counts as waiting: what computes on a busy machine has more.
GRACE = 2.0
_WAITING = 0.05


class TimedOut(BaseException):
    """Ends a handler whose time is over; not an ``Exception``, so that handlers let it pass."""


class Watch:
    """One running handler: its thread and the CPU time at which it has had enough."""

    __slots__ = ("begun", "budget", "clock_id", "done", "fired", "passed", "thread")

    def __init__(self, thread: int, budget: float) -> None:
        self.thread = thread
        self.clock_id = time.pthread_getcpuclockid(thread) if _HAS_THREAD_CLOCKS else None
        self.begun = self.used()
        self.budget = budget
        #: Real seconds that the watchdog has seen pass, at least.
        self.passed = 0.0
        self.fired = False
        self.done = False

    def used(self) -> float:
        """CPU seconds of the thread; of the whole process where threads have no clock."""
        return time.process_time() if self.clock_id is None else _clock_gettime(self.clock_id)

    def over(self, *, waiting_too: bool) -> bool:
        """Whether the handler has had its time."""
        used = self.used() - self.begun
        if used > self.budget:
            return True
        waits = self.passed > self.budget + GRACE and used < self.passed * _WAITING
        return waiting_too and waits


_HAS_THREAD_CLOCKS = hasattr(time, "pthread_getcpuclockid")
_clock_gettime = getattr(time, "clock_gettime", None) or (lambda _: time.process_time())


class Watchdog:
    """Watches all running handlers of one cloud; :meth:`stop` ends its thread.

    ``others_wait`` says whether somebody waits for those that wait.
    """

    def __init__(self, others_wait: Callable[[], bool] = lambda: False) -> None:
        self._others_wait = others_wait
        self._lock = threading.Lock()
        self._watches: list[Watch] = []
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def arm(self, budget: float) -> Watch:
        """Begin to watch the calling thread; it may use ``budget`` CPU seconds from now on."""
        watch = Watch(threading.get_ident(), budget)
        with self._lock:
            self._watches.append(watch)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="archlib-function-watchdog", daemon=True
                )
                self._thread.start()
        if not self._wake.is_set():
            self._wake.set()
        return watch

    def disarm(self, watch: Watch) -> None:
        """Stop watching; afterwards no :class:`TimedOut` of this watch can arrive any more."""
        while True:
            try:
                with self._lock:
                    if not watch.done:
                        watch.done = True
                        self._watches.remove(watch)
                if watch.fired:
                    _raise_in(watch.thread, None)
                return
            except TimedOut:
                continue

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        idle = 0
        while not self._stopping.is_set():
            self._wake.wait()
            self._stopping.wait(_POLL_SECONDS)
            with self._lock:
                idle = 0 if self._watches else idle + 1
                if idle >= _IDLE_POLLS:
                    idle = 0
                    self._wake.clear()
                innermost = {watch.thread: watch for watch in self._watches}
                for watch in self._watches:
                    watch.passed += _POLL_SECONDS
                for watch in innermost.values():
                    if watch.over(waiting_too=self._others_wait()):
                        watch.fired = True
                        _raise_in(watch.thread, TimedOut)


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error)
    )
