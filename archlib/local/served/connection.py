"""One HTTP connection: aiohttp's, which knows the tunnel it is in and how to part."""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus

from aiohttp import web

from archlib.local.served.doorway import Tunnel

log = logging.getLogger(__name__)

#: Seconds between two looks at a connection whose client will say no more.
_GLANCE = 0.02


class BadRequest(Exception):
    """What arrived is no request that can be meant; ``status`` and a line for its sender."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        self.reason = reason
        super().__init__(reason)

    def response(self) -> web.Response:
        """What its sender is told; the connection ends with it."""
        response = web.Response(status=self.status, text=f"{self.status}: {self.reason}\n")
        response.headers["Server"] = "archlib"
        response.force_close()
        return response


class Connection(web.RequestHandler):
    """aiohttp's connection in a tunnel, or in none."""

    __slots__ = ("tunnel",)

    tunnel: Tunnel | None

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """A client that will say no more gets the answers to what it has said, then the end.

        One that leaves in the middle of a body gets none; TLS connections cannot be half closed.
        """
        request = self._current_request
        bodies = [payload for _, payload in self._messages]
        if request is not None:
            bodies.append(request.content)
        if self.ssl_context is not None or not all(body.is_eof() for body in bodies):
            return None
        self._drain(0)
        return True

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Tell a client that it sent no HTTP; what is our own mistake is logged, not told."""
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun already")
        if status >= 500:
            log.error("%s %s failed", request.method, request.path, exc_info=exc)
        phrase = "this is no HTTP request" if status == 400 else HTTPStatus(status).phrase
        return BadRequest(status, phrase).response()

    def _drain(self, quiet: int) -> None:
        """Hang up once nothing has been under way for two looks: there is a gap between any two."""
        quiet = 0 if self._request_in_progress or self._messages else quiet + 1
        if quiet > 1:
            self.force_close()
        elif self.transport is not None:
            asyncio.get_running_loop().call_later(_GLANCE, self._drain, quiet)
