"""The server's own surface: what no AWS API tells, for consoles, tests and scripts.

Everything lies below ``/_archlib/`` on the machine's own names and is JSON. A page of another
origin cannot use it (:mod:`archlib.local.served.browsers`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import archlib
from archlib.errors import ArchlibError, UsageError
from archlib.local.http import HttpRequest, HttpResponse
from archlib.local.served.acts import Act, Advanced
from archlib.local.served.addressing import OWN
from archlib.local.served.answers import Answer, Mistake, json_answer, json_object
from archlib.local.served.browsers import may_use_surface, wants_page
from archlib.local.served.listener import Arrived
from archlib.local.served.pages import Pages
from archlib.local.served.tail import Tail, stream
from archlib.local.served.worker import Worker
from archlib.local.trace import Hop

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud
    from archlib.local.deploy.deployment import Deployment
    from archlib.local.served.wall_clock import WallClock

#: Seconds by which the clock can be advanced at once: what is due meanwhile must be done.
_FAR = 3653 * 86400.0
_PAGES = "console/"

__all__ = ["Answer", "Control"]


class Control:
    """Clock, trace, outbox, deployments; ``act`` has an act done in the cloud's thread."""

    def __init__(
        self,
        cloud: LocalCloud,
        clock: WallClock,
        worker: Worker,
        act: Callable[[Act], Awaitable[Any]],
    ) -> None:
        self._cloud = cloud
        self._act = act
        self._clock = clock
        self._worker = worker
        self.deployments: dict[str, Deployment] = {}
        self.pages: Pages | None = None
        self.stopping = asyncio.Event()
        self._table: dict[tuple[str, str], Callable[[Arrived], Awaitable[Answer]]] = {
            ("GET", ""): self._index,
            ("GET", "health"): self._health,
            ("GET", "clock"): self._time,
            ("POST", "clock"): self._advance,
            ("GET", "trace"): self._trace,
            ("GET", "trace/mark"): self._mark,
            ("GET", "trace/stream"): self._stream,
            ("GET", "outbox"): self._outbox,
            ("GET", "deployments"): self._deployed,
        }

    def offer(
        self, method: str, path: str, serve: Callable[[dict[str, Any]], Awaitable[Any]]
    ) -> None:
        """Serve one more path: ``serve`` gets the body's JSON object and gives what JSON can tell.

        A :class:`UsageError` that it raises is answered with 409: not as things are.
        """

        async def answer(arrived: Arrived) -> Answer:
            return json_answer(await serve(json_object(arrived.request)))

        self._table[method, path] = answer

    async def serve(self, arrived: Arrived) -> Answer:
        """Answer a request below ``/_archlib/``."""
        request = arrived.request
        path = request.path[len(OWN) :].rstrip("/")
        if not may_use_surface(request):
            return json_answer({"error": "a page of another origin may not ask here"}, 403)
        handler = self._handler(request.method, path)
        if handler is None:
            known = any(where == path for _, where in self._table)
            what = f"no {request.method} {request.path}"
            return json_answer({"error": what}, 405 if known else 404)
        try:
            return await handler(arrived)
        except Mistake as mistake:
            return json_answer({"error": str(mistake)}, mistake.status)
        except UsageError as refused:
            return json_answer({"error": refused.message, "hint": refused.hint}, 409)
        except ArchlibError as error:
            return json_answer({"error": str(error)}, 500)

    def _handler(self, method: str, path: str) -> Callable[[Arrived], Awaitable[Answer]] | None:
        pages = self.pages
        if pages is not None and path.startswith(_PAGES):
            return lambda arrived: pages.serve(arrived, path[len(_PAGES) :])
        return self._table.get((method, path))

    def page(self, request: HttpRequest) -> HttpResponse | None:
        """The page for people, where there is one and the request wants it."""
        return self.pages.front() if self.pages is not None and wants_page(request) else None

    def front_page(self) -> HttpResponse:
        """What the endpoint itself shows to a client that is no browser."""
        text = (
            f"archlib {archlib.__version__}: a local cloud is served here\n\n"
            "AWS API      this address as endpoint (AWS_ENDPOINT_URL)\n"
            + "".join(
                f"{'surface':<13}{method:<5}{OWN}{path}\n" for method, path in self._table if path
            )
        )
        return HttpResponse(200, (("Content-Type", "text/plain; charset=utf-8"),), text.encode())

    # -- what there is ------------------------------------------------------------------------

    async def _index(self, arrived: Arrived) -> Answer:
        surface = [f"{method} {OWN}{path}" for method, path in self._table]
        return json_answer({"version": archlib.__version__, "surface": surface})

    async def _health(self, arrived: Arrived) -> Answer:
        busy = round(self._worker.busy, 3)
        return json_answer({"status": "running", "busy": busy, "waiting": not self._worker.idle})

    async def _time(self, arrived: Arrived) -> Answer:
        return json_answer(self._now())

    async def _advance(self, arrived: Arrived) -> Answer:
        given = json_object(arrived.request)
        seconds = given.get("advance")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise Mistake('say {"advance": seconds}, a number that is not negative')
        if not 0 <= seconds <= _FAR:
            raise Mistake(f"advance by 0 to {_FAR:.0f} seconds (ten years) at once")
        # Signatures tell whole seconds: one made just before must be older than the advance. Who
        # signs in virtual time need not wait.
        if not given.get("at_once"):
            await asyncio.sleep(self._clock.until_next_second())
        await self._act(Advanced(float(seconds)))
        return json_answer(self._now())

    async def _trace(self, arrived: Arrived) -> Answer:
        since = _number(arrived.request, "since")
        return json_answer(await self._worker.awaited(lambda: self._hops(since)))

    async def _mark(self, arrived: Arrived) -> Answer:
        return json_answer({"mark": self._cloud.trace.mark()})

    async def _stream(self, arrived: Arrived) -> Answer:
        """Server-sent events: every hop as it ends; whoever comes back with the last ``id`` is
        told what he has missed, and perhaps some hops again."""
        since = _number(arrived.request, "since")
        last = arrived.request.header("Last-Event-ID", "")
        if last and last.isdecimal() and len(last) < 16:
            since = int(last)
        tail = Tail(lambda: self._cloud.trace, since)
        return await stream(arrived, tail, self.told, self.stopping)

    async def _outbox(self, arrived: Arrived) -> Answer:
        messages = [
            {**asdict(message), "sent_at": message.sent_at.isoformat()}
            for message in self._cloud.outbox
        ]
        return json_answer({"messages": messages})

    async def _deployed(self, arrived: Arrived) -> Answer:
        return json_answer(
            {
                name: {
                    "outputs": dict(made.outputs),
                    "resources": [
                        {"logical_id": r.logical_id, "type": r.type, "physical_id": r.physical_id}
                        for r in made.resources.values()
                    ],
                }
                for name, made in self.deployments.items()
            }
        )

    def _now(self) -> dict[str, Any]:
        now = self._clock.time()
        return {"now": now, "iso": datetime.fromtimestamp(now, UTC).isoformat(),
                "advanced": self._clock.advanced}  # fmt: skip

    def _hops(self, since: int) -> dict[str, Any]:
        trace = self._cloud.trace
        settled = trace.settled
        hops = [self.told(hop) for hop in trace.since(since)]
        return {"first": trace.first, "mark": trace.mark(), "settled": settled, "hops": hops}

    def told(self, hop: Hop) -> dict[str, Any]:
        """A hop as plain data."""
        return {**_hop(hop), **({} if self.pages is None else self.pages.told(hop))}


def _hop(hop: Hop) -> dict[str, Any]:
    return {
        "number": hop.number, "parent": hop.parent, "source": hop.source, "target": hop.target,
        "action": hop.action, "principal": hop.principal, "status": hop.status,
        "error": hop.error, "cache": hop.cache, "start": hop.start, "duration": hop.duration,
        "detail": dict(hop.detail),
    }  # fmt: skip


def _number(request: HttpRequest, name: str) -> int:
    given = parse_qs(request.query).get(name, ["0"])[-1]
    if not given.isdecimal() or len(given) > 15:
        raise Mistake(f"{name} must be a number")
    return int(given)
