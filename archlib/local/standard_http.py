"""``http.client`` inside the cloud, and so ``urllib.request``: function code often uses it.

A connection to a host that the cloud serves gets a wire instead of a socket: what is written to
it is read as a request as soon as it is whole, and the answer is what can be read from it.
"""

from __future__ import annotations

import http.client
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from archlib.local.network import is_loopback

if TYPE_CHECKING:
    from archlib.local.http import HttpHosts, HttpRequest, HttpResponse
    from archlib.local.patches import Patches

_END_OF_HEAD = b"\r\n\r\n"
#: Said anew, as the body now is.
_FRAMING = frozenset({"content-length", "transfer-encoding"})


def intercept(hosts: HttpHosts, patches: Patches) -> None:
    """Put the seam into ``http.client``."""
    kinds = ((http.client.HTTPConnection, "http"), (http.client.HTTPSConnection, "https"))
    for kind, scheme in kinds:
        _intercept(kind, scheme, hosts, patches)


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
        self._answer = b""

    def sendall(self, data: Any) -> None:
        """Take a part of a request; serve it once it is whole.

        Raises :class:`ConnectionRefusedError` where nothing listens.
        """
        from archlib.local.http import ConnectionRefused

        self._sent += data
        request = self._request()
        if request is None:
            return
        self._sent.clear()
        try:
            self._answer = b"".join(_written(self._hosts.send(request), request.method))
        except ConnectionRefused as refused:
            raise ConnectionRefusedError(f"connection refused: {refused}") from None

    def makefile(self, mode: str, *_: Any) -> io.BytesIO:
        """The answer to the request that was sent last."""
        answer, self._answer = self._answer, b""
        return io.BytesIO(answer)

    def settimeout(self, seconds: float | None) -> None:
        """Nothing here waits."""

    def setsockopt(self, *_: Any) -> None:
        """There is no socket to set options of."""

    def close(self) -> None:
        """Hang up."""
        self._sent.clear()

    def _request(self) -> HttpRequest | None:
        from archlib.local.http import HttpRequest

        head, end, rest = bytes(self._sent).partition(_END_OF_HEAD)
        if not end:
            return None
        first, _, lines = head.partition(b"\r\n")
        method, target, _ = first.decode("latin-1").split(" ", 2)
        fields = http.client.parse_headers(io.BytesIO(lines + _END_OF_HEAD))
        if (fields.get("Transfer-Encoding") or "").lower() == "chunked":
            body = _unchunked(rest)
        else:
            body = rest if len(rest) >= int(fields.get("Content-Length") or 0) else None
        if body is None:
            return None
        absolute = target.startswith(("http://", "https://"))
        return HttpRequest.of(
            method, target if absolute else self._origin + target, fields.items(), body
        )


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


def _written(answer: HttpResponse, method: str) -> Iterator[bytes]:
    reason = http.client.responses.get(answer.status, "")
    yield f"HTTP/1.1 {answer.status} {reason}\r\n".encode("latin-1")
    for name, value in answer.headers:
        if method == "HEAD" or name.lower() not in _FRAMING:
            yield f"{name}: {value}\r\n".encode("latin-1")
    yield b"" if method == "HEAD" else f"Content-Length: {len(answer.body)}\r\n".encode()
    yield b"\r\n" + answer.body
