"""What a client outside says of itself to a served cloud, in a header field that nobody else sees.

A client in the cloud's own process stands where :func:`archlib.local.geography.client_in` puts it,
lives in virtual time and may act together with others (:mod:`archlib.local.turns`). One in another
process says the same in each request::

    Archlib-Client: city="Sao Paulo"; time=virtual; round="a1/0/4"

``city`` is where it stands. ``time=virtual`` says that what it signs carries the cloud's time, not
the machine's. ``round`` says that it acts together with others: the round's name, which of them it
is, and how many they are. The served cloud takes the field away before anybody answers; any client
may send it (``curl -H 'Archlib-Client: city=Tokyo' …``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archlib.errors import UsageError
from archlib.local.geography import client_in, place

if TYPE_CHECKING:
    from archlib.local.http import HttpRequest

FIELD = "Archlib-Client"

#: In answers that no cloud would give: why there is no other.
OUTCOME = "Archlib-Outcome"
#: Nothing listens there.
UNCONNECTED = "unconnected"
#: The local cloud does not imitate what was asked.
UNSUPPORTED = "unsupported"

_HINT = re.compile(r"\s*(city|time|round)=(?:\"([^\"]*)\"|([^\s\";]+))\s*")
_ROUND = re.compile(r"([A-Za-z0-9-]{1,64})/(\d{1,3})/(\d{1,3})")
_USAGE = f'{FIELD}: city="NAME"; time=virtual; round="NAME/INDEX/SIZE", each optional'

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
        matched = _ROUND.fullmatch(text)
        if matched is None or int(matched[2]) >= int(matched[3]):
            raise UsageError(f"{text!r} is no member of a round", hint=_USAGE)
        return cls(matched[1], int(matched[2]), int(matched[3]))

    def __str__(self) -> str:
        return f"{self.round}/{self.index}/{self.size}"


@dataclass(frozen=True)
class Hints:
    """What a client says of itself; nothing, most of the time."""

    city: str | None = None
    virtual_time: bool = False
    member: Member | None = None

    def __str__(self) -> str:
        """The header field's value; empty for one that says nothing."""
        said = []
        if self.city is not None:
            said.append(f'city="{self.city}"')
        if self.virtual_time:
            said.append("time=virtual")
        if self.member is not None:
            said.append(f'round="{self.member}"')
        return "; ".join(said)

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
    """The request without the field, and what it said.

    Raises :class:`UsageError` for a field that says nothing known, and for an unknown city.
    """
    fields = [value for name, value in request.headers if name.lower() == FIELD.lower()]
    if not fields:
        return request, Hints()
    headers = tuple(pair for pair in request.headers if pair[0].lower() != FIELD.lower())
    return replace(request, headers=headers), _read(";".join(fields))


def _read(field: str) -> Hints:
    given: dict[str, str] = {}
    for part in field.split(";"):
        matched = _HINT.fullmatch(part)
        if matched is None:
            raise UsageError(f"the client hint {part.strip()!r} is not known", hint=_USAGE)
        given[matched[1]] = matched[2] if matched[2] is not None else matched[3]
    if "city" in given:
        place(given["city"])
    if given.get("time", "virtual") != "virtual":
        raise UsageError(f"the client hint time={given['time']} is not known", hint=_USAGE)
    member = Member.read(given["round"]) if "round" in given else None
    return Hints(given.get("city"), "time" in given, member)


def unless_virtual(reckon: Callable[[float], float]) -> Callable[[float], float]:
    """``reckon`` virtual from written time, but of clients who write virtual time already."""
    return lambda written: written if _signs_virtually.get() else reckon(written)
