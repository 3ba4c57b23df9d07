"""The AWS API over HTTP: one request, read, authenticated, served, answered.

Everything between reading and answering is what calls of this process go through:
:meth:`archlib.local.api.Api.serve`.
"""

from __future__ import annotations

import logging
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archlib.errors import ArchlibError, Unsupported
from archlib.local.credential_refusals import credential_codes, refused
from archlib.local.http import CLIENT_IP, HttpRequest, HttpResponse
from archlib.local.protocols import (
    AwsProtocol,
    Failure,
    Malformed,
    Meant,
    Message,
    Services,
    Unrecognised,
    endpoint,
)
from archlib.local.refusal import ApiRefusal
from archlib.local.regions import regions
from archlib.local.served.authentication import Signed, authenticate

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

log = logging.getLogger(__name__)

#: Bytes that a compressed body may have when it is not compressed.
_UNCOMPRESSED = 64 * 1024 * 1024


class AwsApi:
    """All services but S3, whose requests are the S3 plane's."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self.services = Services()

    def find(self, message: Message, given: Signed | None, host: str) -> Meant | None:
        """Which operation a request means; see :meth:`Services.find`."""
        return self.services.find(
            message, signed_as=None if given is None else given.service, host=host
        )

    def unrecognised(self, unknown: Unrecognised) -> HttpResponse:
        """The answer where a service has no such operation."""
        return unknown.protocol.refuse(unknown.model, unknown.failure, self._cloud.new_uuid())

    def serve(self, meant: Meant, request: HttpRequest, given: Signed | None) -> HttpResponse:
        """Answer a request; whatever happens becomes an answer."""
        request_id = self._cloud.new_uuid()
        model, protocol = meant.operation.service_model, meant.protocol
        try:
            result = self._result(meant, request, given)
            return protocol.write(meant.operation, result, request_id)
        except Exception as error:
            failure = _failure(error, protocol, meant)
            return protocol.refuse(model, failure, request_id)

    def _result(self, meant: Meant, request: HttpRequest, given: Signed | None) -> Any:
        cloud, message = self._cloud, meant.message
        _, host_region = endpoint(request.host)
        who = authenticate(
            message,
            cloud.identities,
            cloud.clock.time(),
            service=meant.service,
            protocol=meant.protocol.name,
            operation=meant.operation,
            signed_as=_signing_name(meant.operation.service_model),
            region=host_region,
        )
        region = host_region or (cloud.region if given is None else given.region)
        if region not in regions():
            codes = credential_codes(meant.service, meant.protocol.name)
            raise refused(
                codes, "scope", f"Credential should be scoped to a valid region, not '{region}'."
            )
        params = meant.protocol.read(meant.operation, _uncompressed(message))
        return cloud.api.serve(
            meant.service,
            meant.operation.name,
            params,
            region,
            who.caller,
            credentials=who.credentials,
            context=_connection(request),
        )


def _signing_name(model: Any) -> str:
    return str(model.metadata.get("signingName") or model.metadata["endpointPrefix"])


def _connection(request: HttpRequest) -> dict[str, str]:
    """Condition keys of the connection, where it is not an ordinary one."""
    keys = {} if request.scheme == "https" else {"aws:SecureTransport": "false"}
    if request.source_ip != CLIENT_IP:
        keys["aws:SourceIp"] = request.source_ip
    return keys


def _uncompressed(message: Message) -> Message:
    """The request with its body as it was before the client compressed it."""
    if message.fields.get("content-encoding", "").strip().lower() != "gzip":
        return message
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        body = unpacker.decompress(message.body, _UNCOMPRESSED)
    except zlib.error:
        raise Malformed("the body is not compressed as it says") from None
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise Malformed("the compressed body is too large or not whole")
    return replace(message, body=body)


def _failure(error: Exception, protocol: AwsProtocol, meant: Meant) -> Failure:
    """What an error is to the client; one of ours is told to whoever runs the server."""
    from botocore.exceptions import ClientError, ParamValidationError

    if isinstance(error, ApiRefusal):
        return Failure.of_refusal(error)
    if isinstance(error, ClientError):
        return Failure.of_response(error.response)
    if isinstance(error, Malformed):
        return protocol.malformed(str(error))
    if isinstance(error, ParamValidationError):
        code = "ValidationError" if protocol.name in ("query", "ec2") else "ValidationException"
        return Failure(code, str(error), 400)
    if isinstance(error, Unsupported):
        return Failure("NotImplemented", str(error), 501)
    name = f"{meant.service}:{meant.operation.name}"
    if isinstance(error, RecursionError):
        return protocol.malformed("the request is nested too deeply")
    if isinstance(error, ArchlibError):
        log.error("%s: %s", name, error)
        return Failure("InternalFailure", str(error), 500)
    log.error("%s failed", name, exc_info=error)
    return Failure("InternalFailure", f"{type(error).__name__} in the local cloud", 500)
