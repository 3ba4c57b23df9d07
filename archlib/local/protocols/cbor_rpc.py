"""The rpc-v2-cbor protocol.

AWS: Smithy 2.0 specification, "Smithy RPC v2 CBOR protocol".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlib.local.http import HttpResponse
from archlib.local.protocols import cbor_values
from archlib.local.protocols.json_rpc import document, query_compatible
from archlib.local.protocols.message import Message
from archlib.local.protocols.refusing import Failure


class CborProtocol:
    """``/service/{name}/operation/{name}`` with a CBOR body."""

    name = "smithy-rpc-v2-cbor"

    def __init__(self) -> None:
        self._reader = cbor_values.CborReader()
        self._writer = cbor_values.CborWriter()

    def read(self, operation: Any, message: Message) -> dict[str, Any]:
        """See :class:`AwsProtocol`."""
        shape = operation.input_shape
        given = cbor_values.loads(message.body)
        return {} if shape is None else dict(self._reader.of(shape)(given))

    def write(self, operation: Any, result: Mapping[str, Any], request_id: str) -> HttpResponse:
        """See :class:`AwsProtocol`."""
        shape = operation.output_shape
        value = {} if shape is None else self._writer.of(shape)(result)
        return HttpResponse(200, _headers(request_id), cbor_values.dumps(value))

    def refuse(self, service: Any, failure: Failure, request_id: str) -> HttpResponse:
        """See :class:`AwsProtocol`."""
        kind = f"com.amazonaws.{service.service_name}#{failure.shape_name}"
        body = {"__type": kind, **document(service, self._writer, failure)}
        headers = (*_headers(request_id), *query_compatible(service, failure))
        return HttpResponse(failure.status, headers, cbor_values.dumps(body))

    def malformed(self, reason: str) -> Failure:
        """See :class:`AwsProtocol`."""
        return Failure("SerializationException", reason, 400)


def _headers(request_id: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Content-Type", "application/cbor"),
        ("smithy-protocol", "rpc-v2-cbor"),
        ("x-amzn-RequestId", request_id),
    )
