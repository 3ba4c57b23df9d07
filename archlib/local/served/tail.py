"""The trace as it grows, for who follows it: every hop once, when it has ended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from archlib.local.served.listener import Arrived
from archlib.local.trace import Hop, Trace

#: Seconds between two looks at the trace.
TICK = 0.1
#: Looks without a hop after which a line says that the stream lives.
_SILENCE = 150


class Tail:
    """The hops that began after ``since`` was taken, in the order in which they end.

    An outer hop ends after those below it, which began later. ``mark`` is the place before which
    every hop has been told: who goes on from there may hear some twice, and misses none.
    ``trace`` gives the trace, which begins anew when a cloud is emptied.
    """

    def __init__(self, trace: Callable[[], Trace], since: int) -> None:
        self._trace = trace
        self.mark = since
        self._told: set[int] = set()

    def fresh(self) -> list[Hop]:
        """What has ended since the last look."""
        trace = self._trace()
        if trace.mark() < self.mark:
            self.mark, self._told = 0, set()
        settled = trace.settled
        found = [hop for hop in trace.since(self.mark) if hop.number not in self._told]
        self.mark = max(self.mark, settled)
        told = self._told.union(hop.number for hop in found)
        self._told = {number for number in told if number >= self.mark}
        return found


async def stream(
    arrived: Arrived, tail: Tail, told: Callable[[Hop], dict[str, Any]], stopping: asyncio.Event
) -> web.StreamResponse:
    """Server-sent events, one for each hop, until the client leaves or the server stops.

    ``id`` is where to go on from (HTML Standard, "Server-sent events": a browser sends it as
    ``Last-Event-ID`` when it connects again).
    """
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
    )
    await response.prepare(arrived.stream)
    silent = 0
    while not stopping.is_set() and not _gone(arrived):
        found = tail.fresh()
        for hop in found:
            await response.write(
                f"id: {tail.mark}\nevent: hop\ndata: {json.dumps(told(hop))}\n\n".encode()
            )
        silent = 0 if found else silent + 1
        if silent == _SILENCE:
            silent = 0
            await response.write(b": nothing yet\n\n")
        try:
            await asyncio.wait_for(stopping.wait(), TICK)
        except TimeoutError:
            continue
    return response


def _gone(arrived: Arrived) -> bool:
    transport = arrived.stream.transport
    return transport is None or transport.is_closing()
