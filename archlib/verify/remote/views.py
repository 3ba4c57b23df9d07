"""What flows and checks look at besides AWS's own APIs: trace, outbox, clock, rounds."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar, copy_context
from dataclasses import fields
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

from archlib.errors import ArchlibError
from archlib.local.client_hints import Member
from archlib.local.outbox import Message, Outbox
from archlib.local.trace import Hop
from archlib.verify.remote.surface import Surface

T = TypeVar("T")


class RemoteTrace:
    """The hops of a served cloud. The same hop is the same object, whenever it is asked for."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._known: dict[int, Hop] = {}

    def mark(self) -> int:
        """A place in the trace; give it to :meth:`since`."""
        return int(self._surface.get("trace/mark")["mark"])

    def since(self, mark: int) -> tuple[Hop, ...]:
        """The finished hops that began after ``mark`` was taken.

        Raises :class:`ArchlibError` where the server has dropped some of them.
        """
        told = self._surface.get(f"trace?since={mark}")
        if told["first"] > mark:
            raise ArchlibError(
                f"the served cloud has dropped {told['first'] - mark} of the hops to be judged",
                hint="let no other client make so many calls meanwhile",
            )
        return tuple(self._known.setdefault(hop["number"], _hop(hop)) for hop in told["hops"])


_FIELDS = tuple(one.name for one in fields(Hop))


def _hop(told: dict[str, Any]) -> Hop:
    """A hop from what is told of it; a server with a console tells more."""
    known: dict[str, Any] = {name: told[name] for name in _FIELDS}
    return Hop(**{**known, "detail": MappingProxyType(known["detail"])})


class RemoteOutbox:
    """The mails and text messages that a served cloud would have sent."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface

    def __iter__(self) -> Iterator[Message]:
        return iter(self._now())

    def to(self, address: str) -> tuple[Message, ...]:
        """The messages sent to ``address``, oldest first."""
        return self._now().to(address)

    def latest_code(self, address: str) -> str:
        """The newest code sent to ``address``; raises :class:`VerificationError` without one."""
        return self._now().latest_code(address)

    def _now(self) -> Outbox:
        box = Outbox()
        for told in self._surface.get("outbox")["messages"]:
            box.add(Message(**{**told, "sent_at": datetime.fromisoformat(told["sent_at"])}))
        return box


class RemoteClock:
    """A served cloud's clock; ``moved`` is told its time (epoch seconds) whenever it was moved."""

    def __init__(self, surface: Surface, moved: Callable[[float], None]) -> None:
        self._surface = surface
        self._moved = moved

    def time(self) -> float:
        """Virtual seconds since the epoch."""
        return float(self._surface.get("clock")["now"])

    def advance(
        self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        """Let time pass, besides the real one."""
        span = seconds + 60 * minutes + 3600 * hours + 86400 * days
        self._moved(float(self._surface.post("clock", advance=span, at_once=True)["now"]))


#: The member of a round on whose behalf the calling thread sends requests.
_member: ContextVar[Member | None] = ContextVar("archlib_remote_member", default=None)


def current_member() -> Member | None:
    """As whom of a round the calling thread acts, if it does."""
    return _member.get()


class RemoteTurns:
    """Clients of this process that act at the same time: the served cloud gives them turns."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Run the calls as clients that act at the same time; their results, in order.

        The first exception, in the order of the calls, is raised when all have ended.
        """
        name = uuid.uuid4().hex
        results: list[Any] = [None] * len(calls)
        errors: list[BaseException | None] = [None] * len(calls)

        def act(index: int, call: Callable[[], T]) -> None:
            member = Member(name, index, len(calls))
            _member.set(member)
            try:
                results[index] = call()
            except BaseException as error:
                errors[index] = error
            try:
                self._surface.post("rounds", member=str(member))
            except BaseException as error:
                errors[index] = errors[index] or error

        threads = [
            threading.Thread(target=copy_context().run, args=(act, index, call), daemon=True)
            for index, call in enumerate(calls)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for error in errors:
            if error is not None:
                raise error
        return results
