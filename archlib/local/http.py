"""Plain HTTP inside the cloud: requests, httpx, urllib3, urllib reach the local data planes.

While a cloud is active, a request to a host that is not loopback never becomes a socket: it
is handed, as :class:`HttpRequest`, to whoever serves that host. Redirects, retries and
streaming stay the client library's own.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from email.message import Message
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from archlib.errors import NetworkBlocked
from archlib.local import standard_http
from archlib.local.content import Body, Content, opened
from archlib.local.network import is_loopback

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud
    from archlib.local.patches import Patches

#: The address a client seems to come from (RFC 5737, TEST-NET-3).
CLIENT_IP = "203.0.113.10"

Headers = tuple[tuple[str, str], ...]

#: Answers that have no body, whatever their sender says (RFC 9110, 6.4.1, "Content Semantics").
_WITHOUT_BODY = frozenset({204, 304})

#: Methods whose requests tell the length of an absent body too.
_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True)
class HttpRequest:
    """A request as it arrived. ``path`` and ``query`` are raw, percent-encoded as sent.

    ``original`` is the request as its client sent (and signed) it, where that was to another host
    or path: a served cloud is reached under local names too.
    """

    method: str
    scheme: str
    host: str
    port: int | None
    path: str
    query: str
    headers: Headers
    body: bytes
    source_ip: str = CLIENT_IP
    original: HttpRequest | None = None

    @classmethod
    def of(
        cls, method: str, url: str, headers: Iterable[tuple[str, str]] = (), body: bytes = b""
    ) -> HttpRequest:
        """Build a request from a URL."""
        parts = urlsplit(url)
        return cls(
            method.upper(),
            parts.scheme,
            (parts.hostname or "").lower(),
            parts.port,
            parts.path or "/",
            parts.query,
            tuple((str(k), str(v)) for k, v in headers),
            body,
        )

    @property
    def url(self) -> str:
        """The absolute URL."""
        port = f":{self.port}" if self.port else ""
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{self.host}{port}{self.path}{query}"

    def header(self, name: str, default: str | None = None) -> str | None:
        """The first header called ``name`` (any case), or ``default``."""
        wanted = name.lower()
        return next((v for k, v in self.headers if k.lower() == wanted), default)


@dataclass(frozen=True)
class HttpResponse:
    """A response; headers keep their order and may repeat.

    ``content`` is what it carries; a large one is not in memory. :attr:`body` is all of it.
    """

    status: int
    headers: Headers = ()
    content: Body = b""

    @property
    def body(self) -> bytes:
        """The content as bytes: for those who need all of it at once."""
        return bytes(self.content)

    def header(self, name: str, default: str | None = None) -> str | None:
        """The first header called ``name`` (any case), or ``default``."""
        wanted = name.lower()
        return next((v for k, v in self.headers if k.lower() == wanted), default)


class ConnectionRefused(Exception):
    """Nothing listens there; the client library raises its own connection error."""


HttpHandler = Callable[[HttpRequest], HttpResponse]


class HttpHosts:
    """Which host names are served by whom."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._hosts: list[tuple[re.Pattern[str], HttpHandler]] = []

    def serve(self, pattern: re.Pattern[str] | str, handler: HttpHandler) -> None:
        """Give every host that fully matches ``pattern`` to ``handler``; the first match wins."""
        self._hosts.append((re.compile(pattern), handler))

    def serves(self, host: str) -> bool:
        """Whether somebody answers for ``host``."""
        return any(pattern.fullmatch(host) for pattern, _ in self._hosts)

    def send(self, request: HttpRequest) -> HttpResponse:
        """Serve a request; raises :class:`NetworkBlocked` when nobody serves its host."""
        for pattern, handler in self._hosts:
            if pattern.fullmatch(request.host):
                with self._cloud.activity():
                    answer = handler(request)
                if answer.content and (request.method == "HEAD" or answer.status in _WITHOUT_BODY):
                    return replace(answer, content=b"")
                return answer
        raise NetworkBlocked(
            f"nothing in the local cloud serves {request.host}",
            where=f"{request.method} {request.scheme}://{request.host}{request.path}",
            hint="the local cloud never talks to the network; deploy what should answer there",
        )

    def intercept(self, patches: Patches) -> None:
        """Put the seam into http.client (and so urllib), urllib3 (and so requests) and httpx."""
        standard_http.intercept(self, patches)
        _intercept_urllib3(self, patches)
        _intercept_httpx(self, patches)


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    if isinstance(body, str):
        return body.encode("utf-8")
    if hasattr(body, "read"):
        return _bytes(body.read())
    return b"".join(_bytes(chunk) for chunk in body)


def _intercept_urllib3(hosts: HttpHosts, patches: Patches) -> None:
    from urllib3 import HTTPResponse
    from urllib3._collections import HTTPHeaderDict
    from urllib3.connectionpool import HTTPConnectionPool
    from urllib3.exceptions import NewConnectionError

    original = HTTPConnectionPool._make_request

    def make_request(
        pool: Any, conn: Any, method: str, url: str, body: Any = None, headers: Any = None,
        **options: Any,
    ) -> Any:  # fmt: skip
        if is_loopback(pool.host):
            return original(pool, conn, method, url, body=body, headers=headers, **options)
        port = f":{pool.port}" if pool.port not in (None, 80, 443) else ""
        absolute = url.startswith(("http://", "https://"))
        target = url if absolute else f"{pool.scheme}://{pool.host}{port}{url}"
        given = HTTPHeaderDict(headers or {})
        content = _bytes(body)
        _complete(given, f"{pool.host}{port}", method, body, content, options)
        request = HttpRequest.of(method, target, _text(given.iteritems()), content)
        try:
            answer = hosts.send(request)
        except ConnectionRefused as refused:
            raise NewConnectionError(conn, f"connection refused: {refused}") from None
        response = HTTPResponse(
            body=opened(answer.content),
            headers=HTTPHeaderDict(answer.headers),
            status=answer.status,
            version=11,
            version_string="HTTP/1.1",
            reason=http.client.responses.get(answer.status, ""),
            preload_content=options.get("preload_content", True),
            decode_content=options.get("decode_content", True),
            original_response=_OriginalResponse(answer),  # type: ignore[arg-type]
            retries=options.get("retries"),
            pool=pool,
            connection=options.get("response_conn"),
            request_method=method,
            request_url=url,
        )
        return response

    patches.set(HTTPConnectionPool, "_make_request", make_request)


def _complete(
    fields: Any, host: str, method: str, body: Any, content: bytes, options: Mapping[str, Any]
) -> None:
    """Add the fields that urllib3's own connection adds where the caller gives none."""
    from urllib3.connection import _get_default_user_agent
    from urllib3.util import SKIP_HEADER

    fields.setdefault("Host", host)
    fields.setdefault("Accept-Encoding", "identity")
    fields.setdefault("User-Agent", _get_default_user_agent())
    if options.get("chunked"):
        fields.setdefault("Transfer-Encoding", "chunked")
    elif "Transfer-Encoding" not in fields and (body is not None or method in _WITH_LENGTH):
        fields.setdefault("Content-Length", str(len(content)))
    for name in [n for n, value in fields.items() if value == SKIP_HEADER]:
        del fields[name]


def _text(headers: Iterable[tuple[Any, Any]]) -> Iterable[tuple[str, str]]:
    for name, value in headers:
        yield _latin(name), _latin(value)


def _latin(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


class _OriginalResponse:
    """The part of http.client's response from which requests takes cookies."""

    def __init__(self, answer: HttpResponse) -> None:
        self.msg = Message()
        for name, value in answer.headers:
            self.msg.add_header(name, value)

    def isclosed(self) -> bool:
        return True

    def close(self) -> None:
        return None


def _intercept_httpx(hosts: HttpHosts, patches: Patches) -> None:
    import httpx

    sync_original = httpx.HTTPTransport.handle_request
    async_original = httpx.AsyncHTTPTransport.handle_async_request

    class Streamed(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __init__(self, content: Content) -> None:
            self._content = content

        def __iter__(self) -> Iterator[bytes]:
            return self._content.chunks()

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for chunk in self._content.chunks():
                yield chunk

    def stream(body: Body) -> httpx.SyncByteStream | httpx.AsyncByteStream:
        return httpx.ByteStream(body) if isinstance(body, bytes) else Streamed(body)

    def answer(request: httpx.Request, body: bytes) -> httpx.Response:
        headers = request.headers.multi_items()
        inner = HttpRequest.of(request.method, str(request.url), headers, body)
        try:
            reply = hosts.send(inner)
        except ConnectionRefused as refused:
            raise httpx.ConnectError(f"connection refused: {refused}", request=request) from None
        fields = httpx.Headers(list(reply.headers))
        if reply.content:
            fields.setdefault("Content-Length", str(len(reply.content)))
        # A stream, so that the client may read it decoded or raw, as it comes or at once.
        return httpx.Response(
            reply.status,
            headers=fields,
            stream=stream(reply.content),
            request=request,
            extensions={"http_version": b"HTTP/1.1"},
        )

    def handle(transport: Any, request: httpx.Request) -> httpx.Response:
        if is_loopback(request.url.host):
            return sync_original(transport, request)
        return answer(request, request.read())

    async def handle_async(transport: Any, request: httpx.Request) -> httpx.Response:
        if is_loopback(request.url.host):
            return await async_original(transport, request)
        return answer(request, await request.aread())

    patches.set(httpx.HTTPTransport, "handle_request", handle)
    patches.set(httpx.AsyncHTTPTransport, "handle_async_request", handle_async)
