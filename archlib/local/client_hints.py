"""What a client outside says of itself to a served cloud, in header fields that nobody else sees.

A client in the cloud's own process stands where :func:`archlib.local.geography.client_in` puts it,
lives in virtual time and may act together with others (:mod:`archlib.local.turns`). One in another
process says the same in its requests::

    X-Archlib-City: Tokyo
    X-Archlib-Time: virtual
    X-Archlib-Round: a1/0/4

The city is where it stands. ``virtual`` says that what it signs carries the cloud's time, not the
machine's. A round is of clients who act together: its name, which of them this is, and how many
they are. The served cloud takes the fields away before anybody answers, unless they are signed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archlib.errors import UsageError
from archlib.local.geography import client_in, place

if TYPE_CHECKING:
    from archlib.local.http import HttpRequest

CITY = "X-Archlib-City"
TIME = "X-Archlib-Time"
ROUND = "X-Archlib-Round"
_FIELDS = {name.lower(): name for name in (CITY, TIME, ROUND)}

#: In answers that no cloud would give: why there is no other.
OUTCOME = "X-Archlib-Outcome"
#: Nothing listens there.
UNCONNECTED = "unconnected"
#: The local cloud does not imitate what was asked.
UNSUPPORTED = "unsupported"

_VIRTUAL = "virtual"
_MEMBER = re.compile(r"([A-Za-z0-9-]{1,64})/(\d{1,3})/(\d{1,3})")

_signs_virtually: ContextVar[bool] = ContextVar("archlib_signs_virtually", default=False)


@dataclass(frozen=True)
class Member:
    """One of ``size`` clients that act together: the one at ``index``, counted from 0."""

    round: str
    index: int
    size: int

    @classmethod
    def read(cls, text: str) -> Member:
        """From ``NAME/INDEX/SIZE``; raises :class:`UsageError` for anything else."""
        matched = _MEMBER.fullmatch(text)
        if matched is None or int(matched[2]) >= int(matched[3]):
            raise UsageError(f"{text!r} is no member of a round", hint="say NAME/INDEX/SIZE")
        return cls(matched[1], int(matched[2]), int(matched[3]))

    def __str__(self) -> str:
        return f"{self.round}/{self.index}/{self.size}"


@dataclass(frozen=True)
class Hints:
    """What a client says of itself; nothing, most of the time."""

    city: str | None = None
    virtual_time: bool = False
    member: Member | None = None

    @property
    def fields(self) -> dict[str, str]:
        """The header fields that say it."""
        said = {CITY: self.city, TIME: _VIRTUAL if self.virtual_time else None}
        said[ROUND] = None if self.member is None else str(self.member)
        return {name: value for name, value in said.items() if value is not None}

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Serve a request of that client in the block."""
        token = _signs_virtually.set(self.virtual_time)
        try:
            with client_in(self.city) if self.city is not None else nullcontext():
                yield
        finally:
            _signs_virtually.reset(token)


def taken(request: HttpRequest) -> tuple[HttpRequest, Hints]:
    """The request without the fields, and what they said.

    Raises :class:`UsageError` for a field that says nothing known, such as an unknown city.
    """
    said = {_FIELDS[n.lower()]: v for n, v in request.headers if n.lower() in _FIELDS}
    if not said:
        return request, Hints()
    signed = (request.header("Authorization") or "").lower()
    gone = {name for name in _FIELDS if name not in signed}
    headers = tuple(pair for pair in request.headers if pair[0].lower() not in gone)
    return replace(request, headers=headers), _read(said)


def _read(said: Mapping[str, str]) -> Hints:
    if CITY in said:
        place(said[CITY])
    if said.get(TIME, _VIRTUAL) != _VIRTUAL:
        raise UsageError(f"{TIME} is {said[TIME]!r}", hint=f"it can only be {_VIRTUAL!r}")
    member = Member.read(said[ROUND]) if ROUND in said else None
    return Hints(said.get(CITY), TIME in said, member)


def unless_virtual(reckon: Callable[[float], float]) -> Callable[[float], float]:
    """``reckon`` virtual from written time, but of clients who write virtual time already."""
    return lambda written: written if _signs_virtually.get() else reckon(written)
