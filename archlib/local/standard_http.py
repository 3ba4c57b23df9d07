"""``http.client`` inside the cloud, and so ``urllib.request``: function code often uses it.

A connection to a host that the cloud serves gets a wire instead of a socket: what is written to
it is read as a request as soon as it is whole, and the answer is what can be read from it.
"""

from __future__ import annotations

import http.client
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from archlib.local.content import Body, joined, opened
from archlib.local.network import is_loopback

if TYPE_CHECKING:
    from archlib.local.http import HttpHosts, HttpRequest, HttpResponse
    from archlib.local.patches import Patches

_END_OF_HEAD = b"\r\n\r\n"
#: Said anew, as the body now is.
_FRAMING = frozenset({"content-length", "transfer-encoding"})


def intercept(hosts: HttpHosts, patches: Patches) -> None:
    """Put the seam into ``http.client``."""
    forget_opener(patches)
    kinds = ((http.client.HTTPConnection, "http"), (http.client.HTTPSConnection, "https"))
    for kind, scheme in kinds:
        _intercept(kind, scheme, hosts, patches)


def forget_opener(patches: Patches) -> None:
    """``urlopen`` keeps the proxies of its first call: they are the caller's, not the cloud's."""
    import urllib.request

    patches.set(urllib.request, "_opener", None)


def _intercept(kind: Any, scheme: str, hosts: HttpHosts, patches: Patches) -> None:
    original = kind.connect

    def connect(connection: Any) -> None:
        host = connection.host.strip("[]").lower()
        if is_loopback(host) or connection._tunnel_host or not hosts.serves(host):
            original(connection)
        else:
            port = "" if connection.port == connection.default_port else f":{connection.port}"
            connection.sock = Wire(hosts, f"{scheme}://{host}{port}")

    patches.set(kind, "connect", connect)


class Wire:
    """As much of a socket as ``http.client`` uses."""

    def __init__(self, hosts: HttpHosts, origin: str) -> None:
        self._hosts = hosts
        self._origin = origin
        self._sent = bytearray()
        self._head: _Head | None = None
        self._answer: Body = b""

    def sendall(self, data: Any) -> None:
        """Take a part of a request; serve it once it is whole.

        Raises :class:`ConnectionRefusedError` where nothing listens.
        """
        from archlib.local.http import ConnectionRefused

        self._sent += data
        request = self._request()
        if request is None:
            return
        self._forget()
        try:
            self._answer = joined(_written(self._hosts.send(request), request.method))
        except ConnectionRefused as refused:
            raise ConnectionRefusedError(f"connection refused: {refused}") from None

    def makefile(self, mode: str, *_: Any) -> BinaryIO:
        """The answer to the request that was sent last."""
        answer, self._answer = self._answer, b""
        return opened(answer)

    def settimeout(self, seconds: float | None) -> None:
        """Nothing here waits."""

    def setsockopt(self, *_: Any) -> None:
        """There is no socket to set options of."""

    def close(self) -> None:
        """Hang up."""
        self._forget()

    def _request(self) -> HttpRequest | None:
        """The request, once it is whole; its head is read once, however long the body takes."""
        from archlib.local.http import HttpRequest

        if self._head is None:
            self._head = _head(self._sent)
        head = self._head
        body = None if head is None else head.body(self._sent)
        if head is None or body is None:
            return None
        absolute = head.target.startswith(("http://", "https://"))
        return HttpRequest.of(
            head.method, head.target if absolute else self._origin + head.target, head.fields, body
        )

    def _forget(self) -> None:
        self._sent.clear()
        self._head = None


@dataclass(frozen=True)
class _Head:
    """The head of a request; ``size`` bytes long; ``length`` is its body's, None in chunks."""

    method: str
    target: str
    fields: tuple[tuple[str, str], ...]
    size: int
    length: int | None

    def body(self, sent: bytearray) -> bytes | None:
        """The body behind the head, None while its end is missing."""
        if self.length is not None:
            return bytes(sent[self.size :]) if len(sent) >= self.size + self.length else None
        return _unchunked(bytes(sent[self.size :])) if sent.endswith(_END_OF_HEAD) else None


def _head(sent: bytearray) -> _Head | None:
    end = sent.find(_END_OF_HEAD)
    if end < 0:
        return None
    first, _, lines = bytes(sent[:end]).partition(b"\r\n")
    method, target, _ = first.decode("latin-1").split(" ", 2)
    fields = http.client.parse_headers(io.BytesIO(lines + _END_OF_HEAD))
    chunked = (fields.get("Transfer-Encoding") or "").lower() == "chunked"
    length = None if chunked else int(fields.get("Content-Length") or 0)
    return _Head(method, target, tuple(fields.items()), end + len(_END_OF_HEAD), length)


def _unchunked(data: bytes) -> bytes | None:
    """The body of a chunked message; None while its end is missing."""
    body, at = bytearray(), 0
    while (end := data.find(b"\r\n", at)) >= 0:
        size = int(data[at:end].split(b";")[0], 16)
        if size == 0:
            return bytes(body)
        body += data[end + 2 : end + 2 + size]
        at = end + 2 + size + 2
    return None


def _written(answer: HttpResponse, method: str) -> Iterator[Body]:
    reason = http.client.responses.get(answer.status, "")
    yield f"HTTP/1.1 {answer.status} {reason}\r\n".encode("latin-1")
    for name, value in answer.headers:
        if method == "HEAD" or name.lower() not in _FRAMING:
            yield f"{name}: {value}\r\n".encode("latin-1")
    yield b"" if method == "HEAD" else f"Content-Length: {len(answer.content)}\r\n".encode()
    yield b"\r\n"
    yield answer.content
