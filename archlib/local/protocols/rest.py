"""The rest-json and rest-xml protocols.

AWS: Smithy 2.0 specification, "AWS restJson1 protocol", "AWS restXml protocol", "HTTP binding
traits" (payload members, streaming bodies, headers), "Operation error serialization".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlib.errors import Unsupported
from archlib.local.http import HttpResponse
from archlib.local.protocols import bindings, json_values, values, xml_read
from archlib.local.protocols.json_rpc import document
from archlib.local.protocols.message import Message
from archlib.local.protocols.refusing import Failure, error_shape
from archlib.local.protocols.xml_read import XmlReader
from archlib.local.protocols.xml_write import XmlWriter, escaped

_RAW = ("blob", "string")


class RestProtocol:
    """What both have in common: bindings and payload members."""

    name = ""
    media_type = ""

    def read(self, operation: Any, message: Message) -> dict[str, Any]:
        """See :class:`AwsProtocol`."""
        shape = operation.input_shape
        if shape is None:
            return {}
        found = bindings.read_bound(shape, message)
        payload = shape.serialization.get("payload")
        if payload is None:
            found.update(self._read_body(shape, message.body))
            return found
        member = shape.members[payload]
        if member.serialization.get("eventstream"):
            raise Unsupported(f"the local cloud reads no event stream ({operation.name})")
        if member.type_name in _RAW:
            if message.body:
                found[payload] = _raw(member, message.body)
        elif message.body:
            found[payload] = self._read_body(member, message.body)
        return found

    def write(self, operation: Any, result: Mapping[str, Any], request_id: str) -> HttpResponse:
        """See :class:`AwsProtocol`."""
        shape, usual = operation.output_shape, int(operation.http.get("responseCode", 200))
        headers = [("x-amzn-RequestId", request_id)]
        if shape is None:
            return HttpResponse(usual, tuple(headers), b"")
        status = bindings.status_of(shape, result, usual)
        headers += bindings.written_headers(shape, result)
        payload = shape.serialization.get("payload")
        if payload is None:
            if all("location" in member.serialization for member in shape.members.values()):
                return HttpResponse(status, tuple(headers), b"")
            body = self._write_body(operation, shape, result)
        else:
            member, value = shape.members[payload], result.get(payload)
            if member.serialization.get("eventstream"):
                raise Unsupported(f"the local cloud writes no event stream ({operation.name})")
            if value is None or member.type_name in _RAW:
                raw = b"" if value is None else values.octets(value)
                return HttpResponse(status, tuple(headers), raw)
            body = self._write_body(operation, member, value)
        if not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", self.media_type))
        return HttpResponse(status, tuple(headers), body)

    def _read_body(self, shape: Any, body: bytes) -> Any:
        raise NotImplementedError

    def _write_body(self, operation: Any, shape: Any, value: Any) -> bytes:
        raise NotImplementedError


def _raw(shape: Any, body: bytes) -> Any:
    return body if shape.type_name == "blob" else body.decode("utf-8", "replace")


class RestJsonProtocol(RestProtocol):
    """Members in JSON bodies."""

    name = "rest-json"
    media_type = "application/json"

    def __init__(self) -> None:
        self._reader = json_values.JsonReader()
        self._writer = json_values.JsonWriter()

    def refuse(self, service: Any, failure: Failure, request_id: str) -> HttpResponse:
        """See :class:`AwsProtocol`."""
        headers = [
            ("Content-Type", self.media_type),
            ("x-amzn-RequestId", request_id),
            ("x-amzn-ErrorType", bindings.one_line(failure.shape_name)),
        ]
        shape = error_shape(service, failure)
        if shape is not None:
            headers += bindings.written_headers(shape, failure.fields)
        body = json_values.dumps(document(service, self._writer, failure))
        return HttpResponse(failure.status, tuple(headers), body)

    def malformed(self, reason: str) -> Failure:
        """See :class:`AwsProtocol`."""
        return Failure("SerializationException", reason, 400)

    def _read_body(self, shape: Any, body: bytes) -> Any:
        return self._reader.of(shape)(json_values.loads(body))

    def _write_body(self, operation: Any, shape: Any, value: Any) -> bytes:
        return json_values.dumps(self._writer.of(shape)(value))


class RestXmlProtocol(RestProtocol):
    """Members in XML bodies; S3's errors are an ``Error`` of its own."""

    name = "rest-xml"
    media_type = "application/xml"

    def __init__(self) -> None:
        self._reader = XmlReader()
        self._writer = XmlWriter("iso8601")

    def refuse(self, service: Any, failure: Failure, request_id: str) -> HttpResponse:
        """See :class:`AwsProtocol`."""
        bare = f"<Code>{escaped(failure.code)}</Code><Message>{escaped(failure.message)}</Message>"
        if service.service_name in ("s3", "s3control"):
            told = "".join(
                f"<{n}>{escaped(str(v))}</{n}>"
                for n, v in failure.details.items()
                if isinstance(v, str | int | float) and n.isidentifier()
            )
            body = f"<Error>{bare}{told}<RequestId>{request_id}</RequestId></Error>"
            headers = (("Content-Type", self.media_type), ("x-amz-request-id", request_id))
        else:
            fault = "Sender" if failure.sender else "Receiver"
            shape = error_shape(service, failure)
            fields = {n: v for n, v in failure.fields.items() if n.lower() != "message"}
            own = "" if shape is None else self._writer.inside(shape, fields)
            body = (
                f"<ErrorResponse{_declared(service)}><Error><Type>{fault}</Type>{bare}{own}</Error>"
                f"<RequestId>{request_id}</RequestId></ErrorResponse>"
            )
            headers = (("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id))
        return HttpResponse(failure.status, headers, f"{_PROLOGUE}{body}".encode())

    def malformed(self, reason: str) -> Failure:
        """See :class:`AwsProtocol`."""
        return Failure(
            "MalformedXML",
            f"The XML you provided was not well-formed or did not validate ({reason})",
            400,
        )

    def _read_body(self, shape: Any, body: bytes) -> Any:
        if not body:
            return {}
        return self._reader.of(shape)(xml_read.root(body))

    def _write_body(self, operation: Any, shape: Any, value: Any) -> bytes:
        """The root is called as the shape, or as the operation's response."""
        payload = operation.output_shape.serialization.get("payload")
        usual = shape.name if payload else f"{operation.name}Response"
        name = str(shape.serialization.get("resultWrapper", shape.serialization.get("name", usual)))
        text = self._writer.element(shape, name, value)
        if not text.startswith(f"<{name} "):
            namespace = _declared(operation.service_model, shape)
            text = f"<{name}{namespace}{text[len(name) + 1 :]}"
        return f"{_PROLOGUE}{text}".encode()


_PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n'
#: S3's answers are in the namespace of its first API version, which the model does not tell.
_S3 = "http://s3.amazonaws.com/doc/2006-03-01/"


def _declared(service: Any, shape: Any = None) -> str:
    told = None if shape is None else shape.serialization.get("xmlNamespace")
    uri = told.get("uri") if isinstance(told, Mapping) else told
    uri = uri or service.metadata.get("xmlNamespace")
    uri = uri or (_S3 if service.service_name == "s3" else None)
    return f' xmlns="{uri}"' if uri else ""
