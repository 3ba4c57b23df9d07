"""Hosts of a cloud that a book has stopped: a call to one is told so, and does not leave.

An earlier cell run again after ``stop()`` would take its tokens to whoever has that name on the
internet. The wall of a local cloud falls with the cloud, and must: this one knows nothing but the
names that the stopped stack was reached by, which carry ids of its own, and lets everything else
pass. It stands where all clients ask for a name's address, from ``stop()`` to the next ``start()``.
A client that leaves the asking to a proxy does not come by.

AWS: "Invoke REST APIs in API Gateway", "Use custom URLs" (CloudFront), "Virtual hosting of general
purpose buckets" and "DynamoDB Accelerator (DAX)" name the hosts.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from archlib.errors import UsageError

if TYPE_CHECKING:
    from archlib.local.deploy.deployment import Deployment


class _Named(Protocol):
    """How a resource's hosts are called in a region."""

    def __call__(self, name: str, region: str) -> tuple[str, ...]: ...


#: Resource type -> host names of one.
_HOSTS: Final[Mapping[str, _Named]] = {
    "AWS::ApiGateway::RestApi": lambda name, region: (
        f"{name}.execute-api.{region}.amazonaws.com",
    ),
    "AWS::S3::Bucket": lambda name, region: (
        f"{name}.s3.amazonaws.com",
        f"{name}.s3.{region}.amazonaws.com",
    ),
}
#: Ends of host names that outputs tell and that begin with an id.
_OWN: Final = (".cloudfront.net", ".dax-clusters.{region}.amazonaws.com")


class Stopped(UsageError):
    """A call to a stack whose cloud has been stopped; no OSError, so that no client wraps it."""


def hosts_of(deployment: Deployment, region: str) -> frozenset[str]:
    """The names by which a stack of a local cloud is reached, and nothing else."""
    found = {
        host
        for resource in deployment.resources.values()
        if (named := _HOSTS.get(resource.type)) is not None
        for host in named(resource.physical_id.lower(), region)
    }
    ends = tuple(end.format(region=region) for end in _OWN)
    told = (urlsplit(value).hostname or "" for value in deployment.outputs.values())
    found.update(host for host in told if host.endswith(ends))
    return frozenset(found)


class Wall:
    """Refuses the names of stopped stacks for as long as there are any."""

    def __init__(self) -> None:
        self._closed: dict[str, str] = {}
        self._below: Any = None

    def close(self, hosts: Iterable[str], book: str) -> None:
        """Refuse these names from now on; ``book`` is who had them."""
        self._closed.update(dict.fromkeys(hosts, book))
        if self._closed and self._below is None:
            self._below, socket.getaddrinfo = socket.getaddrinfo, self._asked

    def open(self) -> None:
        """Let every name pass again, and leave the process as it was found.

        Where something else has come to stand before this (a cloud that is running), it stays, and
        lets pass.
        """
        self._closed.clear()
        if self._below is not None and socket.getaddrinfo == self._asked:
            socket.getaddrinfo, self._below = self._below, None

    def _asked(self, host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        book = self._closed.get(name.lower().removesuffix(".")) if isinstance(name, str) else None
        if book is not None:
            raise Stopped(
                f"the cloud of {book} has been stopped, and this host with it",
                where=str(name),
                hint="call start() and take the new outputs",
            )
        return self._below(host, port, *rest, **options)


#: One for the process, as there is one resolver.
WALL: Final = Wall()
