"""What the page asks, and what it is told: everything below ``/_archlib/console/`` is here."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import archlib
from archlib.console import logs, page, pictures
from archlib.console.stacks import Stack, Stacks
from archlib.console.verification import Verification
from archlib.console.ways import Ways
from archlib.local.http import HttpResponse
from archlib.local.served import lines
from archlib.local.served.answers import Answer, Mistake, json_answer, json_object
from archlib.local.served.tail import Tail

if TYPE_CHECKING:
    from archlib.architecture import Architecture
    from archlib.local.served import ServedCloud
    from archlib.local.served.listener import Arrived
    from archlib.local.trace import Hop

#: Hops that the page is given when it is opened.
RECENT = 200
#: Messages of the outbox that it is given.
MESSAGES = 50

_DIAGRAM = re.compile(r"diagram/([\w-]+)/([\w-]+)\.(svg|css)")
_KINDS = {"svg": "image/svg+xml", "css": "text/css; charset=utf-8"}


class Console:
    """The pages of a started served cloud; lives in its listener's event loop."""

    def __init__(self, served: ServedCloud) -> None:
        self._served = served
        self._stacks = Stacks(served.cloud)
        self._ways = Ways((), served.cloud.administrator)
        self._verification = Verification()
        #: Tells a page that was left open that another cloud answers now.
        self._identity = secrets.token_hex(8)
        self._table: Mapping[tuple[str, str], Callable[[Arrived], Awaitable[Answer]]] = {
            ("GET", "about"): self._about,
            ("GET", "stacks"): self._all_stacks,
            ("GET", "hops"): self._hops,
            ("GET", "outbox"): self._outbox,
            ("GET", "logs"): self._logs,
            ("GET", "verification"): self._verdicts,
            ("POST", "verification"): self._verify,
            ("DELETE", "verification"): self._cancel,
        }

    def front(self) -> HttpResponse:
        """The page at ``/``."""
        return page.page()

    def told(self, hop: Hop) -> Mapping[str, Any]:
        """The hop's way through what is deployed."""
        return {"way": self._ways.way(hop).row()}

    async def serve(self, arrived: Arrived, path: str) -> Answer:
        """Answer a request; raises :class:`Mistake`."""
        method = arrived.request.method
        handler = self._table.get((method, path))
        if handler is not None:
            return await handler(arrived)
        if method in ("GET", "HEAD"):
            found = page.part(path) or await self._picture(path)
            if found is not None:
                return found
        known = any(where == path for _, where in self._table)
        raise Mistake(f"no {method} console/{path}", 405 if known else 404)

    # -- what is there ------------------------------------------------------------------------

    async def _about(self, arrived: Arrived) -> Answer:
        served, keys = self._served, self._served.credentials
        return json_answer(
            {
                "version": archlib.__version__,
                "identity": self._identity,
                "endpoint": served.endpoint,
                "tls_endpoint": served.tls_endpoint,
                "ca_file": None if served.ca_file is None else str(served.ca_file),
                "region": served.region,
                "account": served.cloud.account,
                "reach": lines.reach(served),
                "access_key_id": keys.access_key,
                "secret_access_key": keys.secret_key,
                "environment": lines.environment(served),
                "first_steps": lines.first_steps(),
                "by_proxy": lines.by_proxy(served),
            }
        )

    async def _all_stacks(self, arrived: Arrived) -> Answer:
        await self._refresh()
        return json_answer({"stacks": [self._row(stack) for stack in self._stacks.all]})

    async def _refresh(self) -> None:
        def refresh() -> None:
            if self._stacks.refresh():
                self._ways = Ways(self._stacks.all, self._served.cloud.administrator)

        await self._served.awaited(refresh)

    def _row(self, stack: Stack) -> dict[str, Any]:
        outputs = []
        for name, value in stack.deployment.outputs.items():
            url = lines.local_url(self._served, value)
            asked = None if url is None else lines.curl(url)
            outputs.append({"key": name, "value": value, "url": url, "line": asked})
        resources = [
            {
                "logical_id": r.logical_id, "type": r.type, "physical_id": r.physical_id,
                "line": lines.first_question(r.type, r.physical_id),
            }
            for r in stack.deployment.resources.values()
        ]  # fmt: skip
        return {
            "id": stack.id, "name": stack.name, "region": stack.region, "status": stack.status,
            "reason": stack.reason, "created": stack.created, "scenario": stack.scenario,
            "outputs": outputs, "resources": resources,
            "pictures": [
                {
                    "name": shown.name, "title": shown.title,
                    "svg": f"diagram/{stack.scenario}/{shown.name}.svg",
                    "css": f"diagram/{stack.scenario}/{shown.name}.css",
                    "arrows": pictures.arrows(shown),
                }
                for shown in _pictures(stack.architecture)
            ],
        }  # fmt: skip

    async def _picture(self, path: str) -> HttpResponse | None:
        """``diagram/SCENARIO/PICTURE.svg`` and ``.css``; drawing takes a second, once."""
        asked = _DIAGRAM.fullmatch(path)
        if asked is None:
            return None
        design, name, kind = asked.groups()
        found = await asyncio.to_thread(pictures.picture, design, name)
        return None if found is None else page.document(getattr(found, kind).encode(), _KINDS[kind])

    # -- what happens -------------------------------------------------------------------------

    async def _hops(self, arrived: Arrived) -> Answer:
        """The newest hops, how often each arrow was taken, and where to go on from."""
        await self._refresh()
        tail = Tail(lambda: self._served.cloud.trace, 0)
        hops = tail.fresh()
        recent = [hop for hop in hops if hop.number >= tail.mark]
        recent = recent if len(recent) > RECENT else hops[-RECENT:]
        counts = await asyncio.to_thread(self._ways.counts, hops)
        told = self._served.control.told
        return json_answer(
            {
                "mark": tail.mark,
                "total": len(hops),
                "counts": counts,
                "hops": [told(hop) for hop in recent],
            }
        )

    async def _outbox(self, arrived: Arrived) -> Answer:
        """The newest messages, the newest last."""
        outbox = tuple(self._served.cloud.outbox)
        messages = [
            {**asdict(message), "sent_at": message.sent_at.isoformat()}
            for message in outbox[-MESSAGES:]
        ]
        return json_answer({"count": len(outbox), "messages": messages})

    async def _logs(self, arrived: Arrived) -> Answer:
        cloud, regions = self._served.cloud, self._stacks.regions
        found = await self._served.awaited(lambda: logs.newest(cloud, regions))
        return json_answer({"groups": found})

    # -- verdicts -----------------------------------------------------------------------------

    async def _verdicts(self, arrived: Arrived) -> Answer:
        return json_answer(self._verification.row())

    async def _verify(self, arrived: Arrived) -> Answer:
        wanted = json_object(arrived.request).get("stack")
        self._verification.check_free()
        await self._refresh()
        stack = next((one for one in self._stacks.all if one.id == wanted), None)
        if stack is None:
            raise Mistake('say which: {"stack": "REGION/NAME"}, one that is deployed')
        if stack.scenario is None:
            raise Mistake(
                f"the template of {stack.name} names no design: there is nothing to judge"
            )
        template = await self._served.awaited(lambda: self._stacks.template(stack))
        self._verification.start(stack.id, stack.scenario, template)
        return json_answer(self._verification.row(), 202)

    async def _cancel(self, arrived: Arrived) -> Answer:
        await self._verification.cancel()
        return json_answer(self._verification.row())


def _pictures(architecture: Architecture | None) -> tuple[Architecture, ...]:
    return () if architecture is None else architecture.pictures()
