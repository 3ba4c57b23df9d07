"""The network guard: no packet leaves the machine while a cloud is active.

Names that the cloud serves over real sockets (a DAX cluster) resolve to loopback addresses of
their own; everything else that is not loopback is refused with :class:`NetworkBlocked`.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archlib.errors import NetworkBlocked

if TYPE_CHECKING:
    from archlib.local.patches import Patches

_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", ""})

_LOOPBACK = {"ip6-localhost": "::1"}

#: Where names are asked for besides getaddrinfo: each would send a packet to a name server.
_NAME_LOOKUPS = ("gethostbyname", "gethostbyname_ex", "gethostbyaddr")


def is_loopback(host: str | bytes | None) -> bool:
    """Whether ``host`` (a name or an address) certainly stays on this machine."""
    if host is None:
        return True
    name = (host.decode("ascii", "replace") if isinstance(host, bytes) else host).strip("[]")
    plain = name.lower().removesuffix(".")
    if plain in _LOCAL_NAMES or plain.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return address.is_loopback or address.is_unspecified


class Network:
    """Names and ports that lead to loopback listeners; a wall for everything else."""

    def __init__(self) -> None:
        self._addresses: dict[str, str] = {}
        self._targets: dict[tuple[str, int], tuple[str, int]] = {}

    def redirect(self, host: str, port: int, to: tuple[str, int]) -> None:
        """Let connections to ``host:port`` reach the loopback listener ``to``."""
        name = host.lower()
        if name not in self._addresses:
            number = len(self._addresses) + 1
            self._addresses[name] = f"127.77.{number // 250}.{number % 250 + 1}"
        self._targets[self._addresses[name], port] = to

    def forget(self, host: str, port: int) -> None:
        """Undo :meth:`redirect`."""
        self._targets.pop((self._addresses.get(host.lower(), ""), port), None)

    def guard(self, patches: Patches) -> None:
        """Put the wall up; it falls when ``patches`` are undone."""
        connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
        sendto: Any = socket.socket.sendto
        sendmsg: Any = socket.socket.sendmsg
        getaddrinfo = socket.getaddrinfo
        own_name = socket.gethostname().lower()

        def known(host: Any, port: Any = None) -> Any:
            """The name or address to look up instead; raises for one that a server would know."""
            name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
            if name is None or name.lower() in ("", "localhost", own_name):
                return host
            if is_loopback(name):
                # The resolver may not know that these are this machine, and would ask.
                return host if _is_address(name) else _LOOPBACK.get(name.lower(), "127.0.0.1")
            address = self._addresses.get(name.lower())
            if address is None and not _is_address(name):
                raise _blocked(name if port is None else f"{name}:{port}")
            return address or host

        def guarded_connect(sock: socket.socket, address: Any) -> None:
            connect(sock, self._allowed(sock, address))

        def guarded_connect_ex(sock: socket.socket, address: Any) -> int:
            return connect_ex(sock, self._allowed(sock, address))

        def guarded_sendto(sock: socket.socket, data: Any, *rest: Any) -> int:
            sent: int = sendto(sock, data, *rest[:-1], self._allowed(sock, rest[-1]))
            return sent

        def guarded_sendmsg(sock: socket.socket, buffers: Any, *rest: Any) -> int:
            if len(rest) > 2 and rest[2] is not None:
                rest = (*rest[:2], self._allowed(sock, rest[2]))
            sent: int = sendmsg(sock, buffers, *rest)
            return sent

        def guarded_getaddrinfo(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
            return getaddrinfo(known(host, port), port, *rest, **options)

        patches.set(socket.socket, "connect", guarded_connect)
        patches.set(socket.socket, "connect_ex", guarded_connect_ex)
        patches.set(socket.socket, "sendto", guarded_sendto)
        patches.set(socket.socket, "sendmsg", guarded_sendmsg)
        patches.set(socket, "getaddrinfo", guarded_getaddrinfo)
        for name in _NAME_LOOKUPS:
            patches.set(socket, name, _guarded_lookup(getattr(socket, name), known, name))

    def _allowed(self, sock: socket.socket, address: Any) -> Any:
        if sock.family not in (socket.AF_INET, socket.AF_INET6):
            return address
        host, port = address[0], address[1]
        alias = self._addresses.get(host.lower()) if isinstance(host, str) else None
        target = self._targets.get((alias or host, port))
        if target is not None:
            return target
        if alias or str(host).startswith("127.77."):
            raise ConnectionRefusedError(f"nothing listens at {host}:{port} in the local cloud")
        if not is_loopback(host):
            raise _blocked(f"{host}:{port}")
        return address


def _guarded_lookup(
    lookup: Callable[[Any], Any], known: Callable[[Any], Any], name: str
) -> Callable[[Any], Any]:
    def guarded(host: Any) -> Any:
        found = known(host)
        # Only the way back from an address to a name asks a server about an address.
        if name == "gethostbyaddr" and not is_loopback(found):
            raise _blocked(str(host))
        return lookup(found)

    return guarded


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return False
    return True


def _blocked(where: str) -> NetworkBlocked:
    return NetworkBlocked(
        "the local cloud never talks to the network",
        where=where,
        hint="only loopback connections are allowed while a local cloud is active",
    )
