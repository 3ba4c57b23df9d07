"""The query protocol and EC2's variant of it.

AWS: Smithy 2.0 specification, "AWS query protocol" and "AWS EC2 query protocol", "Operation
error serialization".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from archlib.local.http import HttpResponse
from archlib.local.protocols.form import Ec2Reader, FormReader, tree
from archlib.local.protocols.message import Malformed, Message
from archlib.local.protocols.refusing import Failure, error_shape
from archlib.local.protocols.xml_write import XmlWriter, escaped

_XML = "text/xml"
_MANY = 20_000


def parameters(message: Message) -> dict[str, str]:
    """The form's parameters and the URL's; the form's win."""
    try:
        form = parse_qsl(message.body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MANY)
    except ValueError:
        raise Malformed("the body is not a form") from None
    return {**message.given, **dict(form)}


class QueryProtocol:
    """``Action=…&Version=…`` and XML answers."""

    name = "query"

    def __init__(self) -> None:
        self._reader = FormReader()
        self._writer = XmlWriter("iso8601")

    def read(self, operation: Any, message: Message) -> dict[str, Any]:
        """See :class:`AwsProtocol`."""
        shape = operation.input_shape
        if shape is None:
            return {}
        return dict(self._reader.of(shape)(tree(parameters(message).items())))

    def write(self, operation: Any, result: Mapping[str, Any], request_id: str) -> HttpResponse:
        """See :class:`AwsProtocol`."""
        name, shape = operation.name, operation.output_shape
        inside = "" if shape is None else self._writer.inside(shape, result)
        if shape is not None:
            wrapper = shape.serialization.get("resultWrapper", f"{name}Result")
            inside = f"<{wrapper}>{inside}</{wrapper}>"
        told = f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        return _answer(200, f"{name}Response", _namespace(operation), inside + told, request_id)

    def refuse(self, service: Any, failure: Failure, request_id: str) -> HttpResponse:
        """See :class:`AwsProtocol`."""
        fault = "Sender" if failure.sender else "Receiver"
        error = (
            f"<Type>{fault}</Type><Code>{escaped(failure.code)}</Code>"
            f"<Message>{escaped(failure.message)}</Message>"
            f"{self._fields(service, failure)}"
        )
        inside = f"<Error>{error}</Error><RequestId>{request_id}</RequestId>"
        return _answer(failure.status, "ErrorResponse", _namespace(service), inside, request_id)

    def malformed(self, reason: str) -> Failure:
        """See :class:`AwsProtocol`."""
        return Failure("MalformedInput", reason, 400)

    def _fields(self, service: Any, failure: Failure) -> str:
        shape = error_shape(service, failure)
        if shape is None:
            return ""
        fields = {n: v for n, v in failure.fields.items() if n.lower() != "message"}
        return self._writer.inside(shape, fields)


class Ec2Protocol(QueryProtocol):
    """EC2: its own keys, no result wrapper, ``requestId`` beside the members."""

    name = "ec2"

    def __init__(self) -> None:
        self._reader = Ec2Reader()
        self._writer = XmlWriter("iso8601", "item")

    def write(self, operation: Any, result: Mapping[str, Any], request_id: str) -> HttpResponse:
        """See :class:`AwsProtocol`."""
        shape = operation.output_shape
        inside = f"<requestId>{request_id}</requestId>"
        inside += "" if shape is None else self._writer.inside(shape, result)
        name = f"{operation.name}Response"
        return _answer(200, name, _namespace(operation), inside, request_id)

    def refuse(self, service: Any, failure: Failure, request_id: str) -> HttpResponse:
        """See :class:`AwsProtocol`."""
        inside = (
            f"<Errors><Error><Code>{escaped(failure.code)}</Code>"
            f"<Message>{escaped(failure.message)}</Message></Error></Errors>"
            f"<RequestID>{request_id}</RequestID>"
        )
        return _answer(failure.status, "Response", "", inside, request_id)


def _answer(status: int, name: str, namespace: str, inside: str, request_id: str) -> HttpResponse:
    declared = f' xmlns="{namespace}"' if namespace else ""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}{declared}>{inside}</{name}>'
    headers = (("Content-Type", _XML), ("x-amzn-RequestId", request_id))
    return HttpResponse(status, headers, body.encode())


def _namespace(model: Any) -> str:
    return str(model.metadata.get("xmlNamespace") or "")
