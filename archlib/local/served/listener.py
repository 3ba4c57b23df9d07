"""The HTTP server: aiohttp's, on a plain port and a TLS port.

aiohttp keeps header names as they were sent (a REST API hands them to functions so), has no limit
on connections but memory, answers what is no HTTP with 400, and drops clients that say nothing.
Its low-level server is all that is needed: what a request means is :class:`Front`'s to find.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

from aiohttp import web

from archlib.errors import UsageError
from archlib.local.http import CLIENT_IP, HttpRequest, HttpResponse
from archlib.local.network import is_loopback
from archlib.local.served.certificates import Authority
from archlib.local.served.connection import FIELD, HEADERS, LINE, BadRequest, Connection
from archlib.local.served.doorway import PATIENCE, Doorway, Tunnel

log = logging.getLogger(__name__)

#: Seconds for a request's body to arrive, and for a connection to be silent between two.
BODY_PATIENCE = 60.0
IDLE = 75.0
_BACKLOG = 512
#: Names (buckets may have underscores) and IPv6 addresses.
_HOST = re.compile(r"[A-Za-z0-9._-]*|[0-9A-Fa-f:.%]+")
#: Said anew by the server: answers are whole when they leave.
_FRAMING = frozenset({"transfer-encoding", "connection", "keep-alive"})
_WITHOUT_BODY = frozenset({204, 304})
#: What a header may be called, and what its value may not hold.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSENDABLE = re.compile(r"[\r\n\0]")


@dataclass(frozen=True)
class Arrived:
    """A request as it arrived. ``proxied``: its client takes the server for a proxy."""

    request: HttpRequest
    proxied: bool
    stream: web.BaseRequest


#: What serves requests; a stream is answered by itself (server-sent events).
Serve = Callable[[Arrived], Awaitable[HttpResponse | web.StreamResponse]]


def bound(host: str, port: int, *, option: str = "--port") -> socket.socket:
    """A listening socket; raises :class:`UsageError` where there can be none.

    ``option`` is what chooses the port.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError, UnicodeError) as error:
        wrong_port = isinstance(error, OverflowError) or (
            isinstance(error, OSError) and error.errno in (errno.EADDRINUSE, errno.EACCES)
        )
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            # Python appends the address, which has just been said.
            f"cannot listen on {host}:{port}: {reason.partition(' (while')[0]}",
            hint=f"choose another {option if wrong_port else '--host'}",
        ) from None


class Listener:
    """Accepts connections and turns what comes into requests; lives in one event loop."""

    def __init__(
        self,
        serve: Serve,
        serves: Callable[[str], bool],
        authority: Authority | None,
        body_limit: int,
    ) -> None:
        self._serve = serve
        self._serves = serves
        self._authority = authority
        self._body_limit = body_limit
        self._listening: list[asyncio.Server] = []

    async def start(self, plain: socket.socket, secure: socket.socket | None) -> None:
        """Accept on both sockets from now on."""
        loop = asyncio.get_running_loop()
        self._server = web.Server(self._answer)
        self._listening.append(await loop.create_server(self._doorway, sock=plain))
        if secure is not None and self._authority is not None:
            self._listening.append(
                await loop.create_server(
                    lambda: self._connection(None),
                    sock=secure,
                    ssl=self._authority.context(),
                    ssl_handshake_timeout=PATIENCE,
                )
            )

    async def stop(self, patience: float) -> None:
        """Close the ports, let answers under way leave, and hang up."""
        for server in self._listening:
            server.close()
        self._server.pre_shutdown()
        await self._server.shutdown(patience)

    def _doorway(self) -> Doorway:
        return Doorway(self._connection, self._authority, self._serves)

    def _connection(self, tunnel: Tunnel | None) -> Connection:
        made = Connection(
            self._server,
            loop=asyncio.get_running_loop(),
            access_log=cast(logging.Logger, None),
            auto_decompress=False,
            keepalive_timeout=IDLE,
            lingering_time=2.0,
            max_line_size=LINE,
            max_field_size=FIELD,
            max_headers=HEADERS,
            logger=log,
        )
        made.tunnel = tunnel
        return made

    async def _answer(self, stream: web.BaseRequest) -> web.StreamResponse:
        try:
            arrived = await self._arrived(stream)
        except BadRequest as bad:
            return bad.response()
        answer = await self._serve(arrived)
        if isinstance(answer, web.StreamResponse):
            return answer
        return _response(answer, arrived.request.method)

    async def _arrived(self, stream: web.BaseRequest) -> Arrived:
        headers = tuple((_text(name), _text(value)) for name, value in stream.raw_headers)
        connection = cast(Connection, stream.protocol)
        target = stream.raw_path
        proxied = connection.tunnel is not None
        port: int | None
        if connection.tunnel is not None:
            scheme, host, port = (
                connection.tunnel.scheme, connection.tunnel.host, connection.tunnel.port
            )  # fmt: skip
        elif target.startswith(("http://", "https://")):
            proxied = True
            scheme, host, port, target = _absolute(target)
        else:
            scheme = "https" if connection.ssl_context is not None else "http"
            host, port = _authority(next((v for n, v in headers if n.lower() == "host"), ""))
        if not target.startswith("/"):
            raise BadRequest(400, "the request's target is not a path")
        path, _, query = target.partition("?")
        body = await self._body(stream)
        usual = 443 if scheme == "https" else 80
        request = HttpRequest(
            stream.method,
            scheme,
            host,
            None if port == usual else port,
            path,
            query.partition("#")[0],
            headers,
            body,
            _source(connection),
        )
        return Arrived(request, proxied, stream)

    async def _body(self, stream: web.BaseRequest) -> bytes:
        limit = self._body_limit
        length = stream.content_length
        if length is not None and length > limit:
            raise BadRequest(413, f"the body is larger than {limit} bytes")
        if not stream.body_exists:
            return b""
        if stream.headers.get("Expect", "").lower() == "100-continue":
            await stream.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        pieces, size = [], 0
        try:
            async with asyncio.timeout(BODY_PATIENCE):
                async for piece in stream.content.iter_any():
                    size += len(piece)
                    if size > limit:
                        raise BadRequest(413, f"the body is larger than {limit} bytes")
                    pieces.append(piece)
        except TimeoutError:
            raise BadRequest(408, "the body has not arrived in time") from None
        except (web.PayloadAccessError, ValueError, ConnectionError) as error:
            raise BadRequest(400, "the body cannot be read") from error
        return b"".join(pieces)


def _absolute(target: str) -> tuple[str, str, int | None, str]:
    """The parts of a URL in the place of a path, as proxies are asked."""
    parts = urlsplit(target)
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadRequest(400, "the request's target is not a URL") from None
    if not host or not _HOST.fullmatch(host):
        raise BadRequest(400, "the request's target names no host")
    path = parts.path or "/"
    return parts.scheme, host.lower(), port, f"{path}?{parts.query}" if parts.query else path


def _authority(field: str) -> tuple[str, int | None]:
    """Host and port of a ``Host`` header; an absent one means the server itself."""
    try:
        parts = urlsplit(f"//{field.strip()}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise BadRequest(400, "the Host header is not a host") from None
    if not _HOST.fullmatch(host) or parts.path or parts.query or parts.username is not None:
        raise BadRequest(400, "the Host header is not a host")
    return host.lower(), port


def _source(connection: Connection) -> str:
    """Where a client seems to be: one on this machine stands for a client on the internet."""
    peer = connection.peername
    address = str(peer[0]) if isinstance(peer, tuple) else ""
    return CLIENT_IP if not address or is_loopback(address) else address


def _text(field: bytes) -> str:
    try:
        return field.decode("utf-8")
    except UnicodeDecodeError:
        return field.decode("latin-1")


def _response(answer: HttpResponse, method: str) -> web.Response:
    if (fault := _fault(answer)) is not None:
        log.error("an answer cannot be sent: %s", fault)
        answer = HttpResponse(502, (("Content-Type", "text/plain"),), f"{fault}\n".encode())
    reason = None
    with suppress(ValueError):
        reason = HTTPStatus(answer.status).phrase
    bodiless = method == "HEAD" or answer.status in _WITHOUT_BODY
    response = web.Response(
        status=answer.status, reason=reason, body=None if bodiless else answer.body
    )
    for name, value in answer.headers:
        lower = name.lower()
        if lower == "content-length":
            # Told where there is no body to count: of an object that HEAD asks for.
            if method == "HEAD":
                response.headers["Content-Length"] = value
        elif lower == "content-type":
            response.headers["Content-Type"] = value
        elif lower not in _FRAMING:
            response.headers.add(name, value)
    response.headers.setdefault("Server", "archlib")
    return response


def _fault(answer: HttpResponse) -> str | None:
    """What of an answer HTTP cannot carry (RFC 9110, sections 5.1, 5.5 and 15.2)."""
    if not 200 <= answer.status <= 999:
        return f"{answer.status} is no final status"
    for name, value in answer.headers:
        if not _TOKEN.fullmatch(name):
            return f"{name!r} is no name of a header"
        if _UNSENDABLE.search(value):
            return f"the value of {name} has a line break or a NUL"
    return None
