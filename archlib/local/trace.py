"""Hops and traces: what really happened, in order.

A hop is one call between two principals or services. Its ends are ``"client"`` (the world
outside), the ARN of a deployed resource, or ``"{service}.amazonaws.com"`` where the service
has no resource of its own. Hops nest: what a function calls lies below its invocation.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType

Scalar = str | int | float | bool | None

CLIENT = "client"

#: How far beyond its bound a trace grows before it is cut.
_SPARE = 1.1


@dataclass(frozen=True)
class Hop:
    """One call. ``start`` is virtual epoch seconds, ``duration`` virtual seconds."""

    number: int
    parent: int | None
    source: str
    target: str
    action: str
    principal: str
    status: int
    error: str | None
    cache: str | None
    start: float
    duration: float
    detail: Mapping[str, Scalar]

    def __str__(self) -> str:
        cached = f" ({self.cache})" if self.cache else ""
        failed = f" {self.error}" if self.error else ""
        return f"{self.action} -> {self.status}{failed}{cached}"


@dataclass
class OpenHop:
    """A hop still under way; whoever serves the call fills in what it learns.

    One that turns out never to have happened may be ``withdrawn``: the trace will not show it.
    """

    number: int
    parent: int | None
    source: str
    target: str
    action: str
    principal: str
    start: float
    status: int | None = None
    error: str | None = None
    cache: str | None = None
    detail: dict[str, Scalar] = field(default_factory=dict)
    withdrawn: bool = False
    reckoned: float = 0.0

    def close(self, reckoned: float) -> Hop:
        """Freeze the hop; ``reckoned`` is the clock's reckoning at its end."""
        return Hop(
            self.number, self.parent, self.source, self.target, self.action, self.principal,
            200 if self.status is None else self.status, self.error, self.cache,
            self.start, round(reckoned - self.reckoned, 6), MappingProxyType(dict(self.detail)),
        )  # fmt: skip


_current: ContextVar[OpenHop | None] = ContextVar("archlib_open_hop", default=None)


class Trace:
    """All hops of one cloud, ordered by the moment they began.

    ``keep`` bounds it: at least so many of the newest stay, and a tenth more before the oldest are
    dropped. A hop that is under way stays, and so does whatever began after it.
    """

    def __init__(
        self,
        now: Callable[[], float],
        reckoned: Callable[[], float] | None = None,
        *,
        keep: int | None = None,
    ) -> None:
        self._now = now
        self._reckoned = reckoned or now
        self._keep = keep
        self._hops: list[Hop | None] = []
        self._first = 0
        self._open: dict[int, OpenHop] = {}
        self._lock = threading.Lock()

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The finished hops, in starting order."""
        return self.since(0)

    @property
    def first(self) -> int:
        """The number of the first hop that is kept: what began before it has been dropped."""
        return self._first

    @property
    def current(self) -> OpenHop | None:
        """The innermost hop under way in this context, if any."""
        return _current.get()

    @property
    def innermost(self) -> OpenHop | None:
        """The hop opened last and still under way, in whatever thread.

        A server thread asks for it: its client waits in another thread, inside that hop.
        """
        with self._lock:
            return next(reversed(self._open.values()), None)

    def mark(self) -> int:
        """A place in the trace; give it to :meth:`since`."""
        with self._lock:
            return self._next

    @property
    def _next(self) -> int:
        return self._first + len(self._hops)

    @property
    def settled(self) -> int:
        """A mark before which no hop is under way any more: nothing will be added there."""
        with self._lock:
            return min(self._open, default=self._next)

    def since(self, mark: int) -> tuple[Hop, ...]:
        """The finished hops that began after ``mark`` was taken, as far as they are kept."""
        with self._lock:
            kept = self._hops[max(0, mark - self._first) :]
            return tuple(hop for hop in kept if hop is not None)

    @contextmanager
    def under(self, parent: OpenHop | None) -> Iterator[None]:
        """Let hops opened in the block lie below ``parent``: work for it in another thread."""
        token = _current.set(parent)
        try:
            yield
        finally:
            _current.reset(token)

    @contextmanager
    def hop(
        self,
        *,
        source: str,
        target: str,
        action: str,
        principal: str = "",
        parent: OpenHop | None = None,
    ) -> Iterator[OpenHop]:
        """Record a hop around a block; hops opened inside lie below it.

        ``parent`` names the enclosing hop where the context does not carry it (a server
        thread). An exception leaves status 500 unless the block set another one.
        """
        above = parent or _current.get()
        with self._lock:
            above = above or self._serving(source)
            self._drop()
            number = self._next
            self._hops.append(None)
            hop = self._open[number] = OpenHop(
                number, above.number if above else None, source, target, action, principal,
                self._now(), reckoned=self._reckoned(),
            )  # fmt: skip
        token = _current.set(hop)
        try:
            yield hop
        except BaseException as error:
            if hop.status is None:
                hop.status = 500
            hop.error = hop.error or type(error).__name__
            raise
        finally:
            _current.reset(token)
            with self._lock:
                del self._open[number]
                if not hop.withdrawn:
                    self._hops[number - self._first] = hop.close(self._reckoned())

    def _drop(self) -> None:
        """Drop the oldest, many at once: that moves all the others."""
        if self._keep is None or len(self._hops) < self._keep * _SPARE:
            return
        over = min(self._next - self._keep, min(self._open, default=self._next)) - self._first
        del self._hops[:over]
        self._first += over

    def _serving(self, source: str) -> OpenHop | None:
        """The hop that ``source`` is answering: a thread of its own carries no context."""
        return next((h for h in reversed(self._open.values()) if h.target == source), None)
