"""The two tiers of caches, and what happens when neither has a fresh object.

RFC 9111 sections 4 ("Constructing Responses from Caches"), 4.2.4 ("Serving Stale Responses"),
4.3 ("Validation"); Developer Guide, "How CloudFront works with regional edge caches", "How
CloudFront processes HTTP 4xx and 5xx status codes from your origin", "Manage how long content
stays in the cache (expiration)" (stale-while-revalidate, stale-if-error).

Readings of our own, where no page says: an answer out of a regional edge cache, and a stale one
while the origin fails or is asked in the background, is a ``Hit``; one object is asked for once
at a time, since nothing here runs at once (the guide's "request collapsing" cannot be seen).
"""

from __future__ import annotations

from collections.abc import Callable

from archlib.local.byte_range import Span
from archlib.local.clock import Clock
from archlib.local.edge import compression, ranges
from archlib.local.edge.answers import stored_headers
from archlib.local.edge.cache_key import Key
from archlib.local.edge.conditional import CONDITIONS, range_applies, validators, verdict
from archlib.local.edge.entry import Entry, Objects, Store
from archlib.local.edge.exchange import ERROR, HIT, MISS, REFRESHED, Exchange, Served
from archlib.local.edge.freshness import error_freshness, freshness, initial_age
from archlib.local.edge.headers import index, replaced, without
from archlib.local.edge.origins import Asked, Origins
from archlib.local.http import HttpResponse

#: Turns an origin's error into what the viewer gets: a custom error page, or itself.
Dress = Callable[[Exchange, Asked], HttpResponse]


class Caching:
    """Serves cacheable requests from the tiers, and fills them."""

    def __init__(self, clock: Clock, store: Store, origins: Origins, dress: Dress) -> None:
        self._clock = clock
        self._store = store
        self._origins = origins
        self._dress = dress

    def serve(self, exchange: Exchange) -> Served:
        """Answer a request whose method is cached."""
        key = exchange.key
        assert key is not None
        objects = self._store.at(exchange.route.pop, exchange.distribution.id)
        spans: tuple[Span, ...] = ()
        if "range" in exchange.headers and exchange.method == "GET":
            spans = ranges.parse(exchange.headers["range"])
        entry = objects.get(key)
        if entry is None and exchange.method == "HEAD":
            entry = objects.get(key._replace(method="HEAD"))
        if spans and entry is not None and not range_applies(exchange.headers, entry.headers):
            spans = ()
        now = self._clock.time()
        if entry is not None and entry.fresh(now) and entry.answers(spans):
            return _from_cache(exchange, entry, spans, now, HIT)
        return self._past_edge(exchange, objects, entry, spans)

    def forward(self, exchange: Exchange) -> Served:
        """Pass a request by the caches: other methods, and behaviors that forward all headers."""
        extra = {name: exchange.headers[name] for name in CONDITIONS if name in exchange.headers}
        if "range" in exchange.headers:
            extra["range"] = exchange.headers["range"]
        asked = self._origins.ask(exchange, extra)
        now = self._clock.time()
        if asked.response.status < 400:
            headers = stored_headers(asked.response.headers, exchange, now)
            return Served(
                HttpResponse(asked.response.status, headers, asked.response.content), MISS
            )
        exchange.trouble["origin"] = asked.failure or f"HTTP {asked.response.status}"
        dressed = self._dress(exchange, asked)
        headers = stored_headers(dressed.headers, exchange, now)
        return Served(HttpResponse(dressed.status, headers, dressed.content), ERROR)

    # -- behind the edge location --------------------------------------------------------------

    def _past_edge(
        self, exchange: Exchange, objects: Objects, entry: Entry | None, spans: tuple[Span, ...]
    ) -> Served:
        now = self._clock.time()
        entry = _usable(entry, spans)
        if entry is not None and now < entry.retry_at:
            return _from_cache(exchange, entry, spans, now, HIT)
        if entry is not None and now < entry.expires + entry.freshness.while_revalidate:
            stale = entry
            self._clock.soon(
                lambda: self._refresh(exchange, objects, stale), f"revalidate {exchange.path}"
            )
            return _from_cache(exchange, entry, spans, now, HIT)
        tiers = [objects]
        if regional := _regional(exchange):
            self._clock.spend(exchange.route.regional_seconds)
            behind_objects = self._store.at(regional, exchange.distribution.id)
            tiers.append(behind_objects)
            behind = behind_objects.get(_key(exchange))
            now = self._clock.time()
            if behind is not None and behind.fresh(now) and behind.answers(spans):
                objects[_key(exchange)] = behind.copy()
                served = _from_cache(exchange, behind, spans, now, HIT)
                served.tier = "regional"
                return served
            behind = _usable(behind, spans)
            if behind is not None and (entry is None or behind.received > entry.received):
                entry = behind
        return self._from_origin(exchange, tiers, entry, spans)

    def _refresh(self, exchange: Exchange, objects: Objects, entry: Entry) -> None:
        """The background half of stale-while-revalidate."""
        if objects.get(_key(exchange)) is entry and not entry.fresh(self._clock.time()):
            tiers = [objects]
            if regional := _regional(exchange):
                tiers.append(self._store.at(regional, exchange.distribution.id))
            self._from_origin(exchange, tiers, entry, ())

    # -- the origin --------------------------------------------------------------------------

    def _from_origin(
        self,
        exchange: Exchange,
        tiers: list[Objects],
        entry: Entry | None,
        spans: tuple[Span, ...],
    ) -> Served:
        extra = _questions(exchange, entry, spans)
        asked = self._origins.ask(exchange, extra, past_regional=len(tiers) > 1)
        now, status = self._clock.time(), asked.response.status
        if status >= 500 and entry is not None and _stands_in(entry, now):
            entry.retry_at = now + exchange.distribution.error_minimum(status)
            exchange.trouble["origin"] = asked.failure or f"HTTP {status}"
            _keep(tiers[:1], exchange, entry)
            return _from_cache(exchange, entry, spans, now, HIT)
        if status == 304:
            if entry is None or not entry.freshness.validated:
                # The viewer's own condition met the origin; there is no object to keep.
                headers = stored_headers(asked.response.headers, exchange, now)
                return Served(HttpResponse(304, headers), MISS)
            _revalidate(exchange, entry, asked.response, now)
            _keep(tiers, exchange, entry)
            return _from_cache(exchange, entry, spans, now, REFRESHED, aged=False)
        if status == 416:
            headers = stored_headers(asked.response.headers, exchange, now)
            return Served(HttpResponse(416, headers, asked.response.content), ERROR)
        if status >= 400:
            return self._error(exchange, tiers, asked, now)
        if status == 206:
            return _partial(exchange, tiers, asked.response, now)
        return _whole(exchange, tiers, asked.response, () if "range" in extra else spans, now)

    def _error(self, exchange: Exchange, tiers: list[Objects], asked: Asked, now: float) -> Served:
        """An error takes the object's place in the edge location, for as long as it stands."""
        status, limits = asked.response.status, exchange.behavior.limits
        minimum = exchange.distribution.error_minimum(status)
        lifetime = error_freshness(status, asked.response.headers, minimum, limits, now)
        exchange.trouble["origin"] = asked.failure or f"HTTP {status}"
        dressed = self._dress(exchange, asked)
        headers, body = stored_headers(dressed.headers, exchange, now), dressed.content
        if _compresses(exchange):
            headers, body = compression.compressed(status, headers, body) or (headers, body)
        entry = Entry(dressed.status, headers, body, self._clock.time(), 0.0, lifetime, error=True)
        for objects in tiers:
            objects.pop(_key(exchange), None)
        if lifetime.stored:
            _keep(tiers[:1], exchange, entry)
        return Served(HttpResponse(dressed.status, headers, body), ERROR)


def _key(exchange: Exchange) -> Key:
    assert exchange.key is not None
    return exchange.key


def _usable(entry: Entry | None, spans: tuple[Span, ...]) -> Entry | None:
    """An expired object that can still stand in or be revalidated."""
    if entry is None or entry.error or not entry.answers(spans):
        return None
    return entry


def _stands_in(entry: Entry, now: float) -> bool:
    """Whether an expired object may be served while the origin fails."""
    limit = entry.freshness.if_error
    return limit is None or now < entry.expires + limit


def _regional(exchange: Exchange) -> str:
    """The regional edge cache on the way, empty where there is none.

    A point of presence goes straight to an S3 bucket in the regional edge cache's own region;
    OPTIONS and what is never cached are "proxied" past it.
    """
    distribution, target = exchange.distribution, exchange.behavior.target
    if exchange.method == "OPTIONS" or exchange.behavior.limits.disabled:
        return ""
    group = distribution.groups.get(target)
    origin = distribution.origins[group.primary if group else target]
    return "" if origin.s3 and origin.region == exchange.route.regional else exchange.route.regional


def _questions(exchange: Exchange, entry: Entry | None, spans: tuple[Span, ...]) -> dict[str, str]:
    """Conditions and range for the origin: the edge's own for an expired object, else the viewer's.

    Several ranges are asked for as the whole object ("CloudFront may request a larger range").
    """
    if entry is not None:
        asked = dict(entry.validators) if entry.freshness.validated else {}
        if entry.parts is not None and spans:
            asked["range"] = f"bytes={spans[0]}"
        return asked
    asked = {name: exchange.headers[name] for name in CONDITIONS if name in exchange.headers}
    if len(spans) == 1:
        asked["range"] = f"bytes={spans[0]}"
    else:
        asked.pop("if-range", None)
    return asked


def _keep(tiers: list[Objects], exchange: Exchange, entry: Entry) -> None:
    """Store an object in each tier; the answer to a HEAD has no body and serves HEAD alone."""
    key = _key(exchange)
    if exchange.method == "HEAD" and not entry.body and entry.parts is None:
        known = tiers[0].get(key)
        if known is not entry:
            key = key._replace(method="HEAD")
    for place, objects in enumerate(tiers):
        objects[key] = entry if place == 0 else entry.copy()


def _revalidate(exchange: Exchange, entry: Entry, answer: HttpResponse, now: float) -> None:
    """Freshen a stored object by the headers of a 304 (RFC 9111, sections 3.2 and 4.3.4)."""
    told = stored_headers(answer.headers, exchange, now)
    entry.headers = replaced(entry.headers, *without(told, _OF_THE_BODY))
    entry.freshness = freshness(entry.headers, exchange.behavior.limits, now)
    entry.received, entry.age, entry.retry_at = now, initial_age(answer.headers), 0.0


#: What a 304 may not change: it has no body, and the stored one may be compressed.
_OF_THE_BODY = frozenset(
    {"content-length", "content-encoding", "content-type", "content-range", "etag"}
)  # fmt: skip


def _whole(
    exchange: Exchange,
    tiers: list[Objects],
    answer: HttpResponse,
    spans: tuple[Span, ...],
    now: float,
) -> Served:
    """Keep and serve a complete answer.

    One whose body is not as long as it says is served and not kept ("Dropped TCP connections").
    """
    fields = index(answer.headers)
    lifetime = freshness(answer.headers, exchange.behavior.limits, now)
    headers, body = stored_headers(answer.headers, exchange, now), answer.content
    if _compresses(exchange):
        headers, body = compression.compressed(answer.status, headers, body) or (headers, body)
    entry = Entry(
        answer.status, headers, body, now, initial_age(answer.headers), lifetime,
        validators=validators(answer.headers),
    )  # fmt: skip
    for objects in tiers:
        objects.pop(_key(exchange), None)
    told = fields.get("content-length")
    if lifetime.stored and (exchange.method == "HEAD" or told in (None, str(len(answer.content)))):
        _keep(tiers, exchange, entry)
    return _answered(exchange, entry, spans, MISS, int(entry.age) or None)


def _partial(exchange: Exchange, tiers: list[Objects], answer: HttpResponse, now: float) -> Served:
    """Keep the range, beside those already kept of the same object (RFC 9111, section 3.4).

    Like a whole one, a part that is not as long as it says is served and not kept.
    """
    headers = stored_headers(answer.headers, exchange, now)
    lifetime = freshness(answer.headers, exchange.behavior.limits, now)
    place = ranges.place_of(answer)
    if place is not None and lifetime.stored:
        for objects in tiers:
            known = objects.get(_key(exchange))
            asked = validators(answer.headers)
            same = known is not None and known.parts and known.validators == asked and asked
            before = known.parts if known is not None and known.parts and same else {}
            objects[_key(exchange)] = Entry(
                200, without(headers, {"content-range", "content-length"}), b"", now,
                initial_age(answer.headers), lifetime, place[2],
                {**before, place[0]: answer.content}, validators=asked,
            )  # fmt: skip
    return Served(HttpResponse(206, headers, answer.content), MISS)


def _compresses(exchange: Exchange) -> bool:
    """Whether the edge compresses for this viewer ("Serve compressed files")."""
    behavior = exchange.behavior
    if not behavior.compress or behavior.limits.disabled or exchange.method != "GET":
        return False
    return "gzip" in _key(exchange).encoding.split(",")


def _from_cache(
    exchange: Exchange,
    entry: Entry,
    spans: tuple[Span, ...],
    now: float,
    result: str,
    *,
    aged: bool = True,
) -> Served:
    age = entry.current_age(now) if aged else None
    served = _answered(exchange, entry, spans, ERROR if entry.error else result, age)
    served.tier = "edge" if aged else "origin"
    return served


def _answered(
    exchange: Exchange, entry: Entry, spans: tuple[Span, ...], result: str, age: int | None
) -> Served:
    """An object under the viewer's conditions and ranges."""
    if entry.status == 200 and not entry.error:
        headers = exchange.headers
        code = None if headers.keys().isdisjoint(CONDITIONS) else verdict(headers, entry.headers)
        if code is not None:
            kept = without(entry.headers, {"content-length", "content-type", "content-encoding"})
            return Served(HttpResponse(code, kept), result, age)
    return Served(entry.response(spans), result, age)
