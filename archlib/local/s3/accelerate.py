"""S3 Transfer Acceleration: the endpoint that works only where it is enabled, and its latency.

Sources: Amazon S3 User Guide, "Configuring fast, secure file transfers using Amazon S3 Transfer
Acceleration" and "Getting started with Amazon S3 Transfer Acceleration" (virtual-hosted style
only, no periods in the bucket's name, not for creating, deleting and listing buckets); Amazon S3
API Reference, "Error responses" (the sentences).

The model of the way, in virtual seconds. A client that stands in a city
(:func:`archlib.local.geography.client_in`) reaches the bucket's region over the internet: three
round trips (TCP, TLS, the request), then its bytes or the object's, as
:mod:`archlib.local.transfer` has it. Accelerated, it does so to the nearest edge location, and
the backbone carries the bytes on as they come, over connections that stand. So distance costs a
direct transfer throughput, and an accelerated one hardly anything; near the region there is
nothing to gain. A client that nobody placed is next to the service: its direct requests take the
time they always take.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archlib.local import transfer
from archlib.local.api import ApiCall, Result
from archlib.local.geography import (
    CITIES,
    DEFAULT_CITY,
    REGIONS,
    Place,
    backbone_round_trip,
    client_place,
    nearest_edge,
    round_trip,
)
from archlib.local.http import HttpRequest
from archlib.local.patches import Patches
from archlib.local.refusal import ApiRefusal
from archlib.local.s3.address import Address
from archlib.local.trace import CLIENT

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: Operations that the accelerate endpoint does not serve.
_NOT_SERVED = frozenset({"CreateBucket", "DeleteBucket", "ListBuckets"})
#: Operations with an object or a part of one in their body.
_UPLOADS = frozenset({"PutObject", "UploadPart"})

_PERIODS = "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"


@dataclass(frozen=True)
class _Arrival:
    """How the request under way comes, and with how many bytes (None: look at its parameters)."""

    accelerated: bool
    size: int | None


_arrival: ContextVar[_Arrival | None] = ContextVar("archlib_s3_arrival", default=None)


@contextmanager
def _arriving(arrival: _Arrival) -> Iterator[None]:
    token = _arrival.set(arrival)
    try:
        yield
    finally:
        _arrival.reset(token)


def direct(client: Place, region: Place, size: int) -> float:
    """Virtual seconds to move ``size`` bytes between a client and a region over the internet."""
    return _connection(round_trip(client, region), size)


def accelerated(client: Place, region: Place, size: int) -> float:
    """The same through the nearest edge location."""
    edge = nearest_edge(client)
    return _connection(round_trip(client, edge), size) + backbone_round_trip(edge, region)


def _connection(seconds: float, size: int) -> float:
    return transfer.HANDSHAKES * seconds + transfer.seconds(seconds, size)


class TransferAcceleration:
    """Who may use the accelerate endpoint, and how long the way takes."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def install(self, patches: Patches) -> None:
        """Serve the setting, look at every call, and at what endpoint a client is set to."""
        self._cloud.api.handle("s3", "PutBucketAccelerateConfiguration", _put_configuration)
        self._cloud.api.guard(self._arrives)
        self._cloud.api.after("s3", "GetObject", self._fetched)
        self._see_endpoints(patches)

    @contextmanager
    def arriving(self, request: HttpRequest, where: Address) -> Iterator[None]:
        """The block serves a plain HTTP request.

        Raises :class:`ApiRefusal` for path style at the accelerate endpoint.
        """
        if where.accelerated and not request.host.startswith(f"{where.bucket}."):
            raise ApiRefusal(
                "InvalidRequest", "S3 Transfer Acceleration only supports virtual style requests"
            )
        with _arriving(_Arrival(where.accelerated, len(request.body) or None)):
            yield

    def _see_endpoints(self, patches: Patches) -> None:
        import botocore.client

        base: Any = botocore.client.BaseClient
        below = base._make_api_call

        def call(client: Any, operation_name: str, api_params: Any) -> Any:
            if client.meta.service_model.service_name != "s3":
                return below(client, operation_name, api_params)
            with _arriving(_Arrival(_accelerates(client) and "Bucket" in api_params, None)):
                return below(client, operation_name, api_params)

        patches.set(base, "_make_api_call", call)

    def _arrives(self, call: ApiCall) -> None:
        arrival = _arrival.get()
        if call.service != "s3" or arrival is None:
            return
        name = call.params.get("Bucket")
        if arrival.accelerated:
            _check(call.operation, self._bucket(name), name)
        ends = self._ends(call, arrival)
        if ends is None:
            return
        size = _size(call) if arrival.size is None else arrival.size
        way = accelerated if arrival.accelerated else direct
        seconds = way(*ends, size)
        call.hop.detail.update(client=ends[0].name, transfer=seconds, bytes=size)
        if arrival.accelerated:
            call.hop.detail["edge"] = nearest_edge(ends[0]).edge
        self._cloud.clock.spend(seconds)

    def _fetched(self, call: ApiCall, result: Result) -> None:
        self.leaves(call, int(result.get("ContentLength", 0)))

    def leaves(self, call: ApiCall, size: int) -> None:
        """An object's ``size`` bytes (a range's, of a range) go to a client that stands somewhere.

        What is stored with the hop is the whole way's time, there and back.
        """
        arrival = _arrival.get()
        there = call.hop.detail.get("transfer")
        ends = None if arrival is None or there is None else self._ends(call, arrival)
        if arrival is None or ends is None:
            return
        client, region = ends
        near = nearest_edge(client) if arrival.accelerated else region
        seconds = transfer.seconds(round_trip(client, near), size)
        call.hop.detail.update(transfer=float(str(there)) + seconds, bytes=size)
        self._cloud.clock.spend(seconds)

    def _ends(self, call: ApiCall, arrival: _Arrival) -> tuple[Place, Place] | None:
        """The client and the bucket's region; None where nobody was placed anywhere."""
        client, bucket = client_place(), self._bucket(call.params.get("Bucket"))
        if client is None and arrival.accelerated:
            client = CITIES[DEFAULT_CITY]
        region = None if bucket is None else REGIONS.get(bucket.region_name)
        if client is None or region is None or call.hop.source != CLIENT:
            return None
        return client, region

    def _bucket(self, name: Any) -> Any:
        from moto.s3.models import s3_backends

        return s3_backends[self._cloud.account]["aws"].buckets.get(name)


def _accelerates(client: Any) -> bool:
    """Whether a client is configured for the accelerate endpoint, in either way."""
    settings = client.meta.config.s3 or {}
    return bool(settings.get("use_accelerate_endpoint")) or (
        "s3-accelerate." in str(client.meta.endpoint_url)
    )


def _check(operation: str, bucket: Any, name: Any) -> None:
    """Refuse what the accelerate endpoint refuses; an absent bucket is for S3 to refuse."""
    if operation in _NOT_SERVED:
        raise ApiRefusal(
            "MethodNotAllowed", "The specified method is not allowed against this resource.", 405
        )
    if isinstance(name, str) and "." in name:
        raise ApiRefusal("InvalidRequest", _PERIODS)
    if bucket is None:
        return
    if bucket.accelerate_configuration is None:
        raise ApiRefusal(
            "InvalidRequest", "S3 Transfer Acceleration is not configured on this bucket"
        )
    if bucket.accelerate_configuration != "Enabled":
        raise ApiRefusal("InvalidRequest", "S3 Transfer Acceleration is disabled on this bucket")


def _put_configuration(call: ApiCall) -> Result:
    if "." in call.params["Bucket"]:
        raise ApiRefusal("InvalidRequest", _PERIODS)
    return call.proceed()


def _size(call: ApiCall) -> int:
    """Bytes that a call sends."""
    return _length(call.params.get("Body")) if call.operation in _UPLOADS else 0


def _length(body: Any) -> int:
    if body is None:
        return 0
    if isinstance(body, str):
        return len(body.encode())
    if isinstance(body, bytes | bytearray | memoryview):
        return len(body)
    if hasattr(body, "seek") and hasattr(body, "tell"):
        here = body.tell()
        end = int(body.seek(0, 2))
        body.seek(here)
        return end - int(here)
    return 0
