"""The first bytes of a connection: an HTTP client's request, or a proxy's ``CONNECT``.

A client that takes the server for its proxy (``HTTPS_PROXY``) asks for a tunnel to a host. The
tunnel ends right here: the server speaks TLS in it with that host's certificate, so that any
client reaches the real names without a name server. No packet leaves the machine.
AWS's own clients do this by their usual settings; RFC 9110, section 9.3.6, "CONNECT".
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from typing import cast

from archlib.local.served.certificates import Authority

_CONNECT = b"CONNECT "
_HEAD_END = b"\r\n\r\n"
_HEAD_LIMIT = 16 * 1024
_TARGET = re.compile(rb"CONNECT ([A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\]):(\d{1,5}) HTTP/1\.[01]\r\n")
#: Seconds in which a client must say what it wants.
PATIENCE = 30.0

#: What a client says first that takes it for granted that the server speaks HTTP/2, and the
#: answer: no settings, and ``GOAWAY`` with ``HTTP_1_1_REQUIRED`` (RFC 9113, sections 3.4 and 6.8).
_HTTP_2 = b"PRI * HTTP/2.0\r\n\r\n"
_WHY = b"HTTP/2 is not served: let the client speak HTTP/1.1"
_GO_AWAY = (
    b"\0\0\0\x04\0" + bytes(4)
    + (8 + len(_WHY)).to_bytes(3, "big") + b"\x07\0" + bytes(4)
    + bytes(4) + (0xD).to_bytes(4, "big") + _WHY
)  # fmt: skip

_MALFORMED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"

#: Makes the protocol of an HTTP connection: plain (no tunnel), or to a host and port over TLS.
Http = Callable[["Tunnel | None"], asyncio.Protocol]


class Tunnel:
    """Where a tunnel leads."""

    def __init__(self, host: str, port: int, scheme: str) -> None:
        self.host = host
        self.port = port
        self.scheme = scheme


class Doorway(asyncio.Protocol):
    """Waits for the first bytes, then hands the connection to whom it belongs.

    ``serves`` says whether the cloud answers for a host; a tunnel elsewhere is refused.
    """

    def __init__(
        self, http: Http, authority: Authority | None, serves: Callable[[str], bool]
    ) -> None:
        self._http = http
        self._authority = authority
        self._serves = serves
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait."""
        self._transport = cast(asyncio.Transport, transport)
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._transport.abort)

    def connection_lost(self, error: Exception | None) -> None:
        """The client has changed its mind."""
        self._hurry()

    def data_received(self, data: bytes) -> None:
        """Look at the beginning; whatever is no ``CONNECT`` is the HTTP server's to judge."""
        self._received += data
        if self._received.startswith(_HTTP_2):
            self._refuse(_GO_AWAY)
        elif _HTTP_2.startswith(self._received):
            return
        elif not self._received.startswith(_CONNECT[: len(self._received)]):
            self._hand_over()
        elif _HEAD_END in self._received:
            self._connect()
        elif len(self._received) > _HEAD_LIMIT:
            self._refuse(_MALFORMED)

    def eof_received(self) -> bool | None:
        """Half a request is none."""
        return None

    def _hurry(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _hand_over(self) -> None:
        assert self._transport is not None
        self._hurry()
        protocol = self._http(None)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._received)

    def _refuse(self, answer: bytes) -> None:
        assert self._transport is not None
        self._hurry()
        self._transport.write(answer)
        self._transport.close()

    def _connect(self) -> None:
        assert self._transport is not None
        self._hurry()
        matched = _TARGET.match(self._received)
        if matched is None or int(matched[2]) > 65535:
            return self._refuse(_MALFORMED)
        host, port = matched[1].decode().lower().strip("[]").rstrip("."), int(matched[2])
        if not host:
            return self._refuse(_MALFORMED)
        if not self._serves(host):
            return self._refuse(_bad_gateway(_NOWHERE.format(host)))
        tunnel = Tunnel(host, port, "http" if port == 80 else "https")
        if tunnel.scheme == "https" and self._authority is None:
            return self._refuse(_bad_gateway(_NO_TLS))
        # Whoever is in a hurry has said something to the host already; RFC 9110 lets him.
        early = self._received.partition(_HEAD_END)[2]
        self._transport.write(_ESTABLISHED)
        if self._authority is None or tunnel.scheme == "http":
            protocol = self._http(tunnel)
            self._transport.set_protocol(protocol)
            protocol.connection_made(self._transport)
            if early:
                protocol.data_received(early)
            return None
        # What comes from now on is for TLS, which reads on by itself.
        self._transport.pause_reading()
        securing = self._secure(tunnel, self._authority, early)
        self._task = asyncio.get_running_loop().create_task(securing)
        return None

    async def _secure(self, tunnel: Tunnel, authority: Authority, early: bytes) -> None:
        assert self._transport is not None
        loop, protocol = asyncio.get_running_loop(), self._http(tunnel)
        context = authority.named(tunnel.host)
        # A client that does not trust the certificate hangs up in the middle of the handshake.
        with contextlib.suppress(OSError, ConnectionError, TimeoutError):
            securing = asyncio.create_task(
                loop.start_tls(
                    self._transport,
                    protocol,
                    context,
                    server_side=True,
                    ssl_handshake_timeout=PATIENCE,
                )
            )
            if early:
                # The first turn puts TLS in the place of this protocol, the second begins it.
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                _feed(cast(asyncio.BufferedProtocol, self._transport.get_protocol()), early)
            secured = await securing
            if secured is not None:
                protocol.connection_made(secured)
                return
        self._transport.abort()


def _feed(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    """Let a protocol have what somebody else has received for it."""
    while data:
        buffer = memoryview(protocol.get_buffer(len(data)))
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        protocol.buffer_updated(size)
        data = data[size:]


_NOWHERE = (
    "nothing in the local cloud serves {}; it never talks to the network: take the proxy setting "
    "away for hosts outside (NO_PROXY)\n"
)
_NO_TLS = "this server was started without TLS, so it has no tunnels to TLS hosts\n"


def _bad_gateway(reason: str) -> bytes:
    body = reason.encode()
    return (
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )
