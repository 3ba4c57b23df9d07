"""One HTTP connection: aiohttp's, which knows the tunnel it is in and how to part.

aiohttp hangs up on a client that says nothing between two requests. One that never finishes the
head of its first would be kept for ever, and enough of those ("slow loris") would keep others out.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from archlib.local.served.doorway import PATIENCE, Tunnel

log = logging.getLogger(__name__)

#: Seconds between two looks at a connection whose client will say no more.
_GLANCE = 0.02
#: What the head of a request may hold: bytes of its first line, of a header, and headers.
LINE = FIELD = 32 * 1024
HEADERS = 128
_NO_HTTP = "this is no HTTP request"


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

    __slots__ = ("_head_due", "tunnel")

    tunnel: Tunnel | None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; the head of the first request must arrive in time."""
        super().connection_made(transport)
        self._head_due = asyncio.get_running_loop().call_later(PATIENCE, self._expect_head)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The end."""
        self._head_due.cancel()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        if self._request_count == 0:
            self.force_close()

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """A client that will say no more gets the answers to what it has said, then the end.

        One that leaves in the middle of a body gets none; TLS connections cannot be half closed.
        """
        if self.ssl_context is not None or self._cut_short():
            return None
        self._drain(0)
        return True

    def _cut_short(self) -> bool:
        """Whether the rest of a body is still to come."""
        bodies = [payload for _, payload in self._messages]
        if self._current_request is not None:
            bodies.append(self._current_request.content)
        return not all(body.is_eof() for body in bodies)

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
        phrase = _wrong(exc) if status == 400 else HTTPStatus(status).phrase
        return BadRequest(status, phrase).response()

    def _drain(self, quiet: int) -> None:
        """Hang up once nothing has been under way for two looks: there is a gap between any two.

        In the gap a request is neither waiting nor current, so a body that is cut short may show
        only now.
        """
        quiet = 0 if self._request_in_progress or self._messages else quiet + 1
        if quiet > 1 or self._cut_short():
            self.force_close()
        elif self.transport is not None:
            asyncio.get_running_loop().call_later(_GLANCE, self._drain, quiet)


def _wrong(error: BaseException | None) -> str:
    """What is wrong with the head of a request."""
    if isinstance(error, LineTooLong):
        return f"the first line and each header may have {FIELD} bytes"
    if "Too many headers" in str(error):
        return f"a request may have {HEADERS} headers"
    return _NO_HTTP
