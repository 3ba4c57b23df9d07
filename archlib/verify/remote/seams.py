"""What a client library does otherwise while its cloud is a served one in another process.

Libraries speak for themselves, over real sockets. Two things are added. Each request says where
its client stands, in which time it lives and with whom it acts (:mod:`archlib.local.client_hints`).
And what the server says instead of an answer becomes what it is in one process: an error of the
connection where nothing listens, :class:`~archlib.errors.Unsupported` for what is not imitated.
"""

from __future__ import annotations

import http.client
from typing import Any

from archlib.errors import Unsupported, UsageError
from archlib.local.client_hints import OUTCOME, UNCONNECTED, UNSUPPORTED, Hints
from archlib.local.geography import client_place
from archlib.local.patches import Patches
from archlib.local.standard_http import forget_opener
from archlib.verify.remote.views import current_member

#: How the AWS API says that the local cloud does not imitate an operation.
_NOT_IMPLEMENTED = ("NotImplemented", 501)


def install(patches: Patches) -> None:
    """Put the seams in; they go when ``patches`` are undone."""
    forget_opener(patches)
    _into_http_client(patches)
    _into_httpx(patches)
    _into_botocore(patches)


def _fields() -> dict[str, str]:
    place = client_place()
    return Hints(None if place is None else place.name, True, current_member()).fields


def _into_http_client(patches: Patches) -> None:
    """``http.client``, and so urllib3, requests, botocore and ``urllib``."""
    connection = http.client.HTTPConnection
    endheaders, getresponse = connection.endheaders, connection.getresponse

    def end(self: Any, *given: Any, **options: Any) -> None:
        for name, value in _fields().items():
            self.putheader(name, value)
        endheaders(self, *given, **options)

    def answer(self: Any) -> http.client.HTTPResponse:
        response = getresponse(self)
        outcome = response.getheader(OUTCOME)
        if outcome is not None:
            _raise(outcome, response.read(), ConnectionRefusedError)
        return response

    patches.set(connection, "endheaders", end)
    patches.set(connection, "getresponse", answer)


def _into_httpx(patches: Patches) -> None:
    import httpx

    sync_original = httpx.HTTPTransport.handle_request
    async_original = httpx.AsyncHTTPTransport.handle_async_request

    def handle(transport: Any, request: httpx.Request) -> httpx.Response:
        request.headers.update(_fields())
        response = sync_original(transport, request)
        if OUTCOME in response.headers:
            _raise(response.headers[OUTCOME], response.read(), httpx.ConnectError)
        return response

    async def handle_async(transport: Any, request: httpx.Request) -> httpx.Response:
        request.headers.update(_fields())
        response = await async_original(transport, request)
        if OUTCOME in response.headers:
            _raise(response.headers[OUTCOME], await response.aread(), httpx.ConnectError)
        return response

    patches.set(httpx.HTTPTransport, "handle_request", handle)
    patches.set(httpx.AsyncHTTPTransport, "handle_async_request", handle_async)


def _raise(outcome: str, body: bytes, refused: type[Exception]) -> None:
    said = body.decode("utf-8", "replace").strip()
    if outcome == UNSUPPORTED:
        raise Unsupported(said)
    if outcome == UNCONNECTED:
        raise refused(f"connection refused: {said}")


def _into_botocore(patches: Patches) -> None:
    import botocore.client
    from botocore.exceptions import (
        ClientError,
        ConnectionClosedError,
        HTTPClientError,
        ProxyConnectionError,
    )

    base: Any = botocore.client.BaseClient
    original = base._make_api_call

    def call(client: Any, operation_name: str, api_params: Any) -> Any:
        try:
            return original(client, operation_name, api_params)
        except (ProxyConnectionError, ConnectionClosedError):
            # What the cloud itself refuses it says; here is nobody left to say anything.
            raise UsageError(
                f"the served cloud has gone away during {operation_name}",
                hint="what it printed last may tell why",
            ) from None
        except HTTPClientError as error:
            # botocore takes whatever it does not know for an accident of the library below it.
            below = error.kwargs.get("error")
            if isinstance(below, Unsupported):
                raise below from None
            raise
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if (error.response["Error"]["Code"], status) == _NOT_IMPLEMENTED:
                raise Unsupported(error.response["Error"]["Message"]) from None
            raise

    patches.set(base, "_make_api_call", call)
