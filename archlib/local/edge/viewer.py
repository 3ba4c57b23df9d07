"""The chain that a viewer request walks: what is refused at once, and what goes to the caches.

Developer Guide, "Cache behavior settings" (viewer protocol policy, allowed HTTP methods),
"Specify a default root object", "Restrict the geographic distribution of your content",
"Request and response behavior for custom origins" ("GET requests that include a body", "Maximum
length of a request and maximum length of a URL"), "Serve private content with signed URLs and
signed cookies" (:mod:`archlib.local.edge.signed`).

No page tells the order of the refusals. A reading of our own: what the whole distribution refuses
comes first, then what the cache behavior refuses, the signature last: a redirect to HTTPS keeps
it in its ``Location``, and a method that is not allowed stays so with a signature.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from archlib.local.edge import answers
from archlib.local.edge.cache_key import cache_key
from archlib.local.edge.caching import Caching
from archlib.local.edge.configuration import Behavior, Distribution
from archlib.local.edge.error_pages import ErrorPages
from archlib.local.edge.exchange import Exchange, Served
from archlib.local.edge.generated import generate
from archlib.local.edge.headers import index, without
from archlib.local.edge.ids import Ids
from archlib.local.edge.locations import Route
from archlib.local.edge.signed import gate, without_signature
from archlib.local.http import HttpRequest

MAXIMUM_URL = 8_192
MAXIMUM_REQUEST = 32_768

#: Methods CloudFront knows; which of them a behavior lets through is its own affair.
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"})

Refusal = Callable[[Exchange], Served | None]


def open_exchange(
    request: HttpRequest, distribution: Distribution, route: Route, ids: Ids
) -> Exchange:
    """Read a request and find its cache behavior."""
    path = request.path or "/"
    if path == "/" and distribution.root:
        path = f"/{distribution.root}"
    behavior = distribution.behavior(path)
    headers = index(request.headers)
    if behavior.generated:
        headers.update(generate(behavior.generated, request, route, headers))
    return Exchange(
        request, distribution, behavior, route, request.method, path, request.query, headers,
        ids.request(), ids.via(route.pop),
    )  # fmt: skip


def _too_large(exchange: Exchange) -> Served | None:
    request = exchange.request
    url = len(request.path) + len(request.query)
    if url > MAXIMUM_URL or url + sum(map(_length, request.headers)) > MAXIMUM_REQUEST:
        return answers.error(exchange, 413, answers.TOO_LARGE)
    return None


def _length(field: tuple[str, str]) -> int:
    return len(field[0]) + len(field[1])


def _country(exchange: Exchange) -> Served | None:
    if exchange.distribution.serves(exchange.route.viewer.country):
        return None
    return answers.error(exchange, 403, answers.BLOCKED)


def _protocol(exchange: Exchange) -> Served | None:
    if exchange.request.scheme == "https" or exchange.behavior.protocol == "allow-all":
        return None
    if exchange.behavior.protocol == "redirect-to-https":
        return answers.to_https(exchange)
    return answers.error(exchange, 403, answers.BAD)


def _method(exchange: Exchange) -> Served | None:
    """403 for a method the behavior does not allow, 405 for one CloudFront does not know."""
    if exchange.method in exchange.behavior.allowed:
        return None
    return answers.error(exchange, 403 if exchange.method in METHODS else 405, answers.METHOD)


def _body(exchange: Exchange) -> Served | None:
    if exchange.method == "GET" and exchange.request.body:
        return answers.error(exchange, 403, answers.BAD)
    return None


#: In this order; the first that has an answer gives it.
REFUSALS: tuple[Refusal, ...] = (_too_large, _country, _protocol, _method, _body)


class Viewer:
    """Serves viewer requests: refusals, then the caches or the origin."""

    def __init__(self, make: Callable[[ErrorPages], Caching], now: Callable[[], float]) -> None:
        self._pages = ErrorPages(self._page)
        self._caching = make(self._pages)
        self._now = now

    def serve(self, exchange: Exchange) -> Served:
        """The answer before its last touches."""
        for refuse in REFUSALS:
            if (refused := refuse(exchange)) is not None:
                return self._dressed(exchange, refused) if refuse is _country else refused
        if exchange.behavior.trusted is not None:
            unsigned = gate.check(exchange, exchange.behavior.trusted, self._now())
            if unsigned is not None:
                return self._dressed(exchange, unsigned)
        return self._dispatch(exchange)

    def _dressed(self, exchange: Exchange, refused: Served) -> Served:
        """A refusal with its custom error page. Nothing of it is cached but the page itself."""
        plain = refused.response
        page = self._pages.page(exchange, plain)
        if page is not plain:
            refused.response = replace(page, headers=without(page.headers, {"date"}))
        return refused

    def _dispatch(self, exchange: Exchange) -> Served:
        behavior: Behavior = exchange.behavior
        if exchange.method not in behavior.cached or behavior.uncached:
            return self._caching.forward(exchange)
        headers = exchange.headers
        if behavior.trusted is not None and "cookie" in headers:
            headers = headers | {"cookie": without_signature(headers["cookie"])}
        exchange.key = cache_key(behavior, exchange.method, exchange.path, exchange.query, headers)
        return self._caching.serve(exchange)

    def _page(self, exchange: Exchange, path: str) -> Served | None:
        """Fetch an error page through its own cache behavior, None where that is restricted.

        A reading of our own: the request is the edge's, and nobody signed it.
        """
        behavior = exchange.distribution.behavior(path)
        if behavior.trusted is not None:
            exchange.trouble["error_page"] = f"{path} is itself behind trusted key groups"
            return None
        inner = replace(
            exchange,
            behavior=behavior,
            method="GET",
            path=path,
            query="",
            headers={k: v for k, v in exchange.headers.items() if k in _KEPT},
            key=None,
            inner=True,
        )
        return self._dispatch(inner)


#: What of the viewer's headers counts for an error page: how to compress it.
_KEPT = frozenset({"accept-encoding", "cookie", "host"})
