"""Clients outside that act at the same time: their requests are gathered and served as one round.

In one process :mod:`archlib.local.turns` decides who goes on. Clients outside say in a hint
(:mod:`archlib.local.client_hints`) to which round a request belongs. It waits until every member
of the round has sent one or has said that it is done; then all of them are served together, with
turns as in one process, in the members' order and not in that of arrival.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archlib.errors import UsageError
from archlib.local.client_hints import Member
from archlib.local.http import HttpResponse
from archlib.local.served.acts import Asked

#: Seconds that a round waits for its members: longer than any client needs, shorter than it waits.
PATIENCE = 10.0


@dataclass
class _Gathering:
    """What is known of one round."""

    size: int
    done: set[int] = field(default_factory=set)
    waiting: dict[int, tuple[Asked, asyncio.Future[HttpResponse]]] = field(default_factory=dict)
    timer: asyncio.TimerHandle | None = None

    @property
    def complete(self) -> bool:
        return len(self.done) + len(self.waiting) >= self.size

    def batch(self) -> list[tuple[Asked, asyncio.Future[HttpResponse]]]:
        """Those who wait, in the members' order; they wait no longer."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        found = [self.waiting[index] for index in sorted(self.waiting)]
        self.waiting.clear()
        return found


class Rounds:
    """All rounds under way; lives in the listener's event loop.

    ``serve`` has requests answered together in the cloud's thread; the answers are in order.
    """

    def __init__(self, serve: Callable[[list[Asked]], Awaitable[list[HttpResponse]]]) -> None:
        self._serve = serve
        self._known: dict[str, _Gathering] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def answer(self, member: Member, asked: Asked) -> HttpResponse:
        """The answer to a member's request, served with those of the others.

        Raises :class:`UsageError` for a member who asks twice at once or has said that it is done.
        """
        gathering = self._known.setdefault(member.round, _Gathering(member.size))
        if member.index in gathering.done or member.index in gathering.waiting:
            raise UsageError(f"member {member.index} of round {member.round} is not expected")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[HttpResponse] = loop.create_future()
        gathering.waiting[member.index] = asked, future
        if gathering.timer is None:
            gathering.timer = loop.call_later(PATIENCE, self._go_on, gathering)
        self._look(member.round)
        return await future

    async def done(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """A member says that it will send no more: ``{"member": "NAME/INDEX/SIZE"}``."""
        member = Member.read(str(said.get("member")))
        gathering = self._known.setdefault(member.round, _Gathering(member.size))
        gathering.done.add(member.index)
        self._look(member.round)
        return {"left": gathering.size - len(gathering.done)}

    def _look(self, name: str) -> None:
        gathering = self._known[name]
        if len(gathering.done) >= gathering.size:
            del self._known[name]
        if gathering.complete:
            self._go_on(gathering)

    def _go_on(self, gathering: _Gathering) -> None:
        batch = gathering.batch()
        if batch:
            task = asyncio.get_running_loop().create_task(self._together(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _together(self, batch: list[tuple[Asked, asyncio.Future[HttpResponse]]]) -> None:
        try:
            answers = await self._serve([asked for asked, _ in batch])
        except Exception as error:
            for _, future in batch:
                with contextlib.suppress(asyncio.InvalidStateError):
                    future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            # A client may have gone meanwhile.
            with contextlib.suppress(asyncio.InvalidStateError):
                future.set_result(answer)
