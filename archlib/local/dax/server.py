"""The listener of one cluster: real TCP on the loopback interface.

One thread accepts, one more serves each connection: a request may lead, through DynamoDB and
what it triggers, to another request at the same cluster. Everything ends with :meth:`stop`.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol, TypeVar

from archlib.local.dax import protocol
from archlib.local.dax.cbor import Incomplete, Malformed, Reader
from archlib.local.dax.protocol import Call

T = TypeVar("T")

LOOPBACK: Final = "127.0.0.1"
_CHUNK: Final = 65_536
_JOIN: Final = 5.0


class Session(Protocol):
    """What a connection's calls mean."""

    def answer(self, call: Call) -> bytes | None:
        """The bytes to send back; empty for none; None to hang up."""


class Connection:
    """One client's connection: reads calls, writes answers, in order."""

    def __init__(self, sock: socket.socket, session: Session) -> None:
        self._socket = sock
        self._session = session
        self._buffer = bytearray()

    def serve(self) -> None:
        """Until either side hangs up."""
        try:
            self._next(protocol.greeting)
            while True:
                answer = self._session.answer(self._next(protocol.call))
                if answer is None:
                    return
                if answer:
                    self._socket.sendall(answer)
        except (EOFError, OSError, Malformed):
            return
        finally:
            self.close()

    def close(self) -> None:
        """Hang up; a thread that waits for the client wakes up."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _next(self, read: Callable[[Reader], T]) -> T:
        while True:
            if self._buffer:
                reader = Reader(self._buffer)
                try:
                    value = read(reader)
                except Incomplete:
                    pass
                else:
                    del self._buffer[: reader.position]
                    return value
            received = self._socket.recv(_CHUNK)
            if not received:
                raise EOFError
            self._buffer += received


class Listener:
    """Accepts connections on a loopback port of its own."""

    def __init__(self, name: str, session: Callable[[], Session], port: int = 0) -> None:
        """``port`` is taken if it is free, else any other."""
        self._name = name
        self._session = session
        self._lock = threading.Lock()
        self._connections: dict[Connection, threading.Thread] = {}
        self._stopping = False
        self._socket = _bound(port)
        self._thread = threading.Thread(target=self._accept, name=f"dax-{name}", daemon=True)
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, port = self._socket.getsockname()[:2]
        return host, port

    def stop(self) -> None:
        """Close the port and every connection; all threads are gone afterwards."""
        with self._lock:
            self._stopping = True
            open_ = dict(self._connections)
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in open_:
            connection.close()
        here = threading.current_thread()
        for thread in (self._thread, *open_.values()):
            if thread is not here:
                thread.join(_JOIN)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            sock.setblocking(True)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(sock, self._session())
            thread = threading.Thread(
                target=self._serve, args=(connection,), name=f"dax-{self._name}-client", daemon=True
            )
            with self._lock:
                if self._stopping:
                    connection.close()
                    return
                self._connections[connection] = thread
                thread.start()

    def _serve(self, connection: Connection) -> None:
        try:
            connection.serve()
        finally:
            with self._lock:
                self._connections.pop(connection, None)


def _bound(port: int) -> socket.socket:
    try:
        return socket.create_server((LOOPBACK, port))
    except OSError:
        return socket.create_server((LOOPBACK, 0))
