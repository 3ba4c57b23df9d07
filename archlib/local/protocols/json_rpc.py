"""The json protocol (AWS JSON 1.0 and 1.1).

AWS: Smithy 2.0 specification, "AWS JSON 1.0 protocol", "AWS JSON 1.1 protocol", "Operation
error serialization"; "AWS Query Compatible" (the former query services' codes in
``x-amzn-query-error``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlib.local.http import HttpResponse
from archlib.local.protocols import json_values
from archlib.local.protocols.message import Message
from archlib.local.protocols.refusing import Failure, error_shape, message_member


class JsonProtocol:
    """``X-Amz-Target: Prefix.Operation`` with a JSON body."""

    name = "json"

    def __init__(self) -> None:
        self._reader = json_values.JsonReader()
        self._writer = json_values.JsonWriter()

    def read(self, operation: Any, message: Message) -> dict[str, Any]:
        """See :class:`AwsProtocol`."""
        shape = operation.input_shape
        document = json_values.loads(message.body)
        return {} if shape is None else dict(self._reader.of(shape)(document))

    def write(self, operation: Any, result: Mapping[str, Any], request_id: str) -> HttpResponse:
        """See :class:`AwsProtocol`."""
        shape = operation.output_shape
        body = b"{}" if shape is None else json_values.dumps(self._writer.of(shape)(result))
        headers = (("Content-Type", _media_type(operation)), ("x-amzn-RequestId", request_id))
        return HttpResponse(200, headers, body)

    def refuse(self, service: Any, failure: Failure, request_id: str) -> HttpResponse:
        """See :class:`AwsProtocol`."""
        headers = [("Content-Type", _media_type(service)), ("x-amzn-RequestId", request_id)]
        body = document(service, self._writer, failure)
        name = failure.shape_name
        body = {"__type": f"{_namespace(service)}{name}", **body}
        headers += query_compatible(service, failure)
        return HttpResponse(failure.status, tuple(headers), json_values.dumps(body))

    def malformed(self, reason: str) -> Failure:
        """See :class:`AwsProtocol`."""
        return Failure("SerializationException", reason, 400)


def document(service: Any, writer: Any, failure: Failure) -> dict[str, Any]:
    """The error's own members, and its message under the name that the model has for it."""
    shape = error_shape(service, failure)
    if shape is None:
        return {"message": failure.message}
    return {message_member(shape): failure.message, **writer.of(shape)(failure.fields)}


def query_compatible(service: Any, failure: Failure) -> list[tuple[str, str]]:
    """The header that tells a former query service's code."""
    if "awsQueryCompatible" not in service.metadata:
        return []
    fault = "Sender" if failure.sender else "Receiver"
    return [("x-amzn-query-error", f"{failure.code};{fault}")]


def _media_type(model: Any) -> str:
    return f"application/x-amz-json-{model.metadata.get('jsonVersion', '1.0')}"


def _namespace(service: Any) -> str:
    """JSON 1.0 tells where an error's shape is defined."""
    if service.metadata.get("jsonVersion") != "1.0":
        return ""
    prefix = str(service.metadata.get("targetPrefix", service.service_name))
    name, _, version = prefix.partition("_")
    return f"com.amazonaws.{name.lower()}{f'.v{version}' if version else ''}#"
