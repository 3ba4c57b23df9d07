"""Custom error pages.

Developer Guide, "Generate custom error responses" and "How CloudFront processes errors when you
have configured custom error pages": the page is fetched through the first cache behavior that
matches its path. When it cannot be had, the viewer gets the status of that attempt; where that
behavior is restricted to signed requests, the error as it was (a reading of our own).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from archlib.local.edge import answers
from archlib.local.edge.exchange import Exchange, Served
from archlib.local.edge.origins import Asked
from archlib.local.http import HttpResponse

#: Serves a request of the edge's own, by the behavior that matches the path, if that lets it.
FetchPage = Callable[[Exchange, str], Served | None]


class ErrorPages:
    """Turns an origin's error into what the viewer gets."""

    def __init__(self, fetch: FetchPage) -> None:
        self._fetch = fetch

    def dress(self, exchange: Exchange, asked: Asked) -> HttpResponse:
        """The error itself, CloudFront's own page for an unreachable origin, or the custom page."""
        plain = asked.response
        if asked.failure is not None:
            reason = answers.TIMED_OUT if plain.status == 504 else answers.UNREACHABLE
            plain = answers.error(exchange, plain.status, reason).response
        return self.page(exchange, plain)

    def page(self, exchange: Exchange, plain: HttpResponse) -> HttpResponse:
        """The custom page for an error, if one is configured."""
        configured = exchange.distribution.errors.get(plain.status)
        if configured is None or configured.page is None or exchange.inner:
            return plain
        fetched = self._fetch(exchange, configured.page)
        if fetched is None:
            return plain
        page = fetched.response
        if page.status >= 400:
            return page
        return replace(page, status=configured.status or plain.status)
