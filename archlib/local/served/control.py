"""The server's own surface: what no AWS API tells, for consoles, tests and scripts.

Everything lies below ``/_archlib/`` on the machine's own names and is JSON. A page of another
origin cannot use it: browsers send ``Origin``, which must be the server's own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

import archlib
from archlib.errors import ArchlibError, UsageError
from archlib.local.http import HttpRequest, HttpResponse
from archlib.local.served.acts import Act, Advanced
from archlib.local.served.addressing import OWN
from archlib.local.served.listener import Arrived
from archlib.local.served.worker import Worker
from archlib.local.trace import Hop

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud
    from archlib.local.deploy.deployment import Deployment
    from archlib.local.served.wall_clock import WallClock

#: Seconds between two looks at the trace for a stream of it.
_TICK = 0.1

Answer = HttpResponse | web.StreamResponse


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
            return _json(await serve(_document(arrived.request)))

        self._table[method, path] = answer

    async def serve(self, arrived: Arrived) -> Answer:
        """Answer a request below ``/_archlib/``."""
        request = arrived.request
        path = request.path[len(OWN) :].rstrip("/")
        handler = self._table.get((request.method, path))
        if not _same_origin(request):
            return _json({"error": "a page of another origin may not ask here"}, 403)
        if handler is None:
            known = any(where == path for _, where in self._table)
            return _json({"error": f"no {request.method} {request.path}"}, 405 if known else 404)
        try:
            return await handler(arrived)
        except _Mistake as mistake:
            return _json({"error": str(mistake)}, 400)
        except UsageError as refused:
            return _json({"error": refused.message, "hint": refused.hint}, 409)
        except ArchlibError as error:
            return _json({"error": str(error)}, 500)

    def front_page(self) -> HttpResponse:
        """What the endpoint itself shows to a browser."""
        text = (
            f"archlib {archlib.__version__}: a local cloud is served here\n\n"
            "AWS API      this address as endpoint (AWS_ENDPOINT_URL)\n"
            + "".join(f"{'surface':<13}{OWN}{path}\n" for method, path in self._table if path)
        )
        return HttpResponse(200, (("Content-Type", "text/plain; charset=utf-8"),), text.encode())

    # -- what there is ------------------------------------------------------------------------

    async def _index(self, arrived: Arrived) -> Answer:
        surface = [f"{method} {OWN}{path}" for method, path in self._table]
        return _json({"version": archlib.__version__, "surface": surface})

    async def _health(self, arrived: Arrived) -> Answer:
        busy = round(self._worker.busy, 3)
        return _json({"status": "running", "busy": busy, "waiting": not self._worker.idle})

    async def _time(self, arrived: Arrived) -> Answer:
        return _json(self._now())

    async def _advance(self, arrived: Arrived) -> Answer:
        given = _document(arrived.request)
        seconds = given.get("advance")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            raise _Mistake('say {"advance": seconds}, a number that is not negative')
        # Signatures tell whole seconds: one made just before must be older than the advance. Who
        # signs in virtual time need not wait.
        if not given.get("at_once"):
            await asyncio.sleep(self._clock.until_next_second())
        await self._act(Advanced(float(seconds)))
        return _json(self._now())

    async def _trace(self, arrived: Arrived) -> Answer:
        since = _number(arrived.request, "since")
        return _json(await self._worker.awaited(lambda: self._hops(since)))

    async def _mark(self, arrived: Arrived) -> Answer:
        return _json({"mark": self._cloud.trace.mark()})

    async def _stream(self, arrived: Arrived) -> Answer:
        """Server-sent events: every hop as it ends, ``id`` being where to go on from."""
        since = _number(arrived.request, "since")
        last = arrived.request.header("Last-Event-ID", "")
        if last and last.isdecimal():
            since = int(last)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(arrived.stream)
        while not self.stopping.is_set():
            found = self._hops(since)
            since = min(since, found["mark"])  # the trace begins anew with an emptied cloud
            for hop in found["hops"]:
                await response.write(
                    f"id: {hop['number'] + 1}\nevent: hop\ndata: {json.dumps(hop)}\n\n".encode()
                )
            since = found["hops"][-1]["number"] + 1 if found["hops"] else since
            try:
                await asyncio.wait_for(self.stopping.wait(), _TICK)
            except TimeoutError:
                continue
        return response

    async def _outbox(self, arrived: Arrived) -> Answer:
        messages = [
            {**asdict(message), "sent_at": message.sent_at.isoformat()}
            for message in self._cloud.outbox
        ]
        return _json({"messages": messages})

    async def _deployed(self, arrived: Arrived) -> Answer:
        return _json(
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
        return {"mark": trace.mark(), "hops": [_hop(hop) for hop in trace.since(since)]}


class _Mistake(Exception):
    """What was sent cannot be meant."""


def _hop(hop: Hop) -> dict[str, Any]:
    return {
        "number": hop.number, "parent": hop.parent, "source": hop.source, "target": hop.target,
        "action": hop.action, "principal": hop.principal, "status": hop.status,
        "error": hop.error, "cache": hop.cache, "start": hop.start, "duration": hop.duration,
        "detail": dict(hop.detail),
    }  # fmt: skip


def _same_origin(request: HttpRequest) -> bool:
    origin = request.header("Origin")
    return origin is None or urlsplit(origin).netloc == request.header("Host")


def _number(request: HttpRequest, name: str) -> int:
    given = parse_qs(request.query).get(name, ["0"])[-1]
    if not given.isdecimal() or len(given) > 15:
        raise _Mistake(f"{name} must be a number")
    return int(given)


def _document(request: HttpRequest) -> dict[str, Any]:
    try:
        given = json.loads(request.body or b"{}")
    except ValueError:
        raise _Mistake("the body is not JSON") from None
    if not isinstance(given, dict):
        raise _Mistake("the body is not a JSON object")
    return given


def _json(value: Any, status: int = 200) -> HttpResponse:
    body = json.dumps(value, default=str).encode()
    headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
    return HttpResponse(status, headers, body)
