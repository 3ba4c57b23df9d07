"""The wall around the cloud: every way out of the process that Python has."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator

import pytest

from archlib.errors import NetworkBlocked
from archlib.local import LocalCloud
from archlib.local.network import is_loopback


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=()) as cloud:
        yield cloud


def datagram(send: Callable[[socket.socket], object]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        send(sock)


def stream(address: str) -> None:
    with socket.socket(socket.AF_INET6) as sock:
        sock.connect((address, 80))


@pytest.mark.parametrize(
    "leave",
    [
        lambda: datagram(lambda s: s.sendmsg([b"x"], [], 0, ("192.0.2.1", 53))),
        lambda: datagram(lambda s: s.sendto(b"x", 0, ("192.0.2.1", 53))),
        lambda: datagram(lambda s: s.sendto(b"x", ("example.com", 53))),
        lambda: datagram(lambda s: s.connect(("192.0.2.1", 53))),
        lambda: stream("2001:db8::1"),
        lambda: stream("::ffff:192.0.2.1"),
        lambda: socket.gethostbyname("example.com"),
        lambda: socket.gethostbyname_ex("example.com"),
        lambda: socket.gethostbyaddr("192.0.2.1"),
        lambda: asyncio.run(asyncio.wait_for(asyncio.open_connection("example.com", 80), 5)),
        lambda: asyncio.run(asyncio.wait_for(asyncio.open_connection("192.0.2.1", 80), 5)),
    ],
    ids=[
        "sendmsg", "sendto-flags", "sendto-name", "udp-connect", "ipv6", "ipv4-mapped",
        "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "asyncio-name", "asyncio-address",
    ],
)  # fmt: skip
def test_no_way_out(cloud: LocalCloud, leave: Callable[[], object]) -> None:
    with pytest.raises(NetworkBlocked, match="never talks to the network"):
        leave()


def test_what_stays_on_the_machine_is_let_through(cloud: LocalCloud) -> None:
    left, right = socket.socketpair()
    with left, right:
        left.sendmsg([b"ab", b"c"])
        assert right.recv(8) == b"abc"
    with socket.socket(type=socket.SOCK_DGRAM) as one, socket.socket(type=socket.SOCK_DGRAM) as two:
        two.bind(("127.0.0.1", 0))
        one.sendmsg([b"x"], [], 0, two.getsockname())
        one.sendto(b"y", two.getsockname())
        assert (two.recv(8), two.recv(8)) == (b"x", b"y")
    assert socket.gethostbyname("localhost") == "127.0.0.1"
    assert socket.getfqdn() != ""


@pytest.mark.parametrize(
    "host", ["localhost.", "LOCALHOST", "::ffff:127.0.0.1", "[::1]", "a.localhost"]
)
def test_names_of_this_machine(host: str) -> None:
    assert is_loopback(host)


def test_event_loops_run_while_time_stands_still(cloud: LocalCloud) -> None:
    began = cloud.clock.time()
    asyncio.run(asyncio.wait_for(asyncio.sleep(0.01), 5))
    assert cloud.clock.time() == began


def test_names_of_this_machine_are_not_asked_for_elsewhere(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.localhost", "localhost."):
        assert socket.getaddrinfo(name, 80)[0][4] == ("127.0.0.1", 80)
        assert socket.gethostbyname(name) == "127.0.0.1"
