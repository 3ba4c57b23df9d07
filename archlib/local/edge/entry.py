"""Objects in the caches of the edge locations and of the regional edge caches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from archlib.local.byte_range import Span
from archlib.local.content import Body
from archlib.local.edge import ranges
from archlib.local.edge.cache_key import Key
from archlib.local.edge.freshness import Freshness
from archlib.local.http import Headers, HttpResponse


@dataclass(slots=True)
class Entry:
    """One cached answer. Times are virtual epoch seconds.

    Attributes:
        age: the age it had when it was received (RFC 9111, section 4.2.3).
        parts: of an object known in part only: first byte -> bytes; ``length`` is the whole's.
        retry_at: until then an expired object is served because the origin failed.
        error: an error (or its custom page, whatever the status that page is sent with).
        validators: conditions by which the origin is asked whether this is still the latest.
    """

    status: int
    headers: Headers
    body: Body
    received: float
    age: float
    freshness: Freshness
    length: int | None = None
    parts: dict[int, Body] | None = None
    retry_at: float = 0.0
    error: bool = False
    validators: Mapping[str, str] = field(default_factory=dict)

    @property
    def expires(self) -> float:
        """When it stops being fresh."""
        return self.received - self.age + self.freshness.lifetime

    def fresh(self, now: float) -> bool:
        """Fresh while its lifetime exceeds its age (RFC 9111, section 4.2)."""
        return now < self.received - self.age + self.freshness.lifetime

    def current_age(self, now: float) -> int:
        """Whole seconds for ``Age``."""
        return int(self.age + now - self.received)

    def answers(self, spans: tuple[Span, ...]) -> bool:
        """Whether it holds what is asked for: a partial object holds some ranges only."""
        return self.parts is None or self.slice(spans) is not None

    def slice(self, spans: tuple[Span, ...]) -> tuple[tuple[int, int], Body] | None:
        """The one range asked for, out of the parts."""
        if self.parts is None or len(spans) != 1 or self.length is None:
            return None
        place = spans[0].within(self.length)
        if place is None:
            return None
        for first, data in self.parts.items():
            if first <= place[0] and place[1] < first + len(data):
                return place, data[place[0] - first : place[1] - first + 1]
        return None

    def response(self, spans: tuple[Span, ...]) -> HttpResponse:
        """The answer for the ranges asked for."""
        if self.parts is None:
            if not spans:
                return HttpResponse(self.status, self.headers, self.body)
            return ranges.partial(self.status, self.headers, self.body, spans)
        found = self.slice(spans)
        assert found is not None
        assert self.length is not None
        return ranges.one(self.headers, found[1], found[0], self.length)

    def copy(self) -> Entry:
        """Another location's copy: it ages alike, and fails alone."""
        return replace(self, parts=None if self.parts is None else dict(self.parts))


Objects = dict[Key, Entry]


class Store:
    """All caches: (place, distribution) -> objects. Nothing is evicted before its time."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str], Objects] = {}

    def at(self, place: str, distribution: str) -> Objects:
        """One distribution's objects in an edge location or regional edge cache."""
        found = self._places.get((place, distribution))
        if found is None:
            found = self._places[place, distribution] = {}
        return found

    def drop(self, distribution: str, doomed: Callable[[Key, Entry], bool]) -> int:
        """Remove objects of a distribution everywhere; returns how many."""
        dropped = 0
        for objects in self._of(distribution):
            for key in [k for k, entry in objects.items() if doomed(k, entry)]:
                del objects[key]
                dropped += 1
        return dropped

    def forget(self, distribution: str) -> None:
        """Remove a distribution's objects altogether."""
        for place in [p for p in self._places if p[1] == distribution]:
            del self._places[place]

    def clear(self) -> None:
        """Let go of every object."""
        self._places.clear()

    def _of(self, distribution: str) -> Iterator[Objects]:
        return (objects for (_, owner), objects in self._places.items() if owner == distribution)
