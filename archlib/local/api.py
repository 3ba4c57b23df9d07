"""The AWS API seam: every botocore call in the process passes here while a cloud is active.

A call is authenticated (the key and secret it was built with), authorised by the registered
guards, served by a handler or by moto, observed, and recorded as a hop.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archlib.errors import Unsupported
from archlib.local import latency
from archlib.local.identity import Caller
from archlib.local.refusal import ApiRefusal
from archlib.local.trace import OpenHop

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

__all__ = ["Api", "ApiCall", "ApiRefusal"]

Result = dict[str, Any]


@dataclass
class ApiCall:
    """One call of one operation. ``params`` are as given to boto3; ``proceed`` runs moto's part.

    ``context`` holds condition keys of the connection itself (``aws:SecureTransport``,
    ``aws:SourceIp``) where they differ from an ordinary HTTPS call's; ``endpoint_policies`` the
    policies (name, JSON) of the VPC endpoints on its way, which must allow it too.
    """

    service: str
    operation: str
    params: dict[str, Any]
    region: str
    caller: Caller
    hop: OpenHop
    proceed: Callable[[], Result]
    context: Mapping[str, str] = field(default_factory=dict)
    endpoint_policies: list[tuple[str, str]] = field(default_factory=list)


Handler = Callable[[ApiCall], Result]
Observer = Callable[[ApiCall, Result], None]
Guard = Callable[[ApiCall], None]


@dataclass(frozen=True)
class _CredentialCodes:
    unknown: tuple[str, int]
    expired: tuple[str, int]
    signature: tuple[str, int]


_JSON = _CredentialCodes(
    ("UnrecognizedClientException", 400),
    ("ExpiredTokenException", 400),
    ("InvalidSignatureException", 400),
)
_QUERY = _CredentialCodes(
    ("InvalidClientTokenId", 403), ("ExpiredToken", 403), ("SignatureDoesNotMatch", 403)
)
_REST = _CredentialCodes(
    ("UnrecognizedClientException", 403),
    ("ExpiredTokenException", 403),
    ("InvalidSignatureException", 403),
)
_S3 = _CredentialCodes(
    ("InvalidAccessKeyId", 403), ("ExpiredToken", 400), ("SignatureDoesNotMatch", 403)
)
#: How a protocol family says that credentials are no good ("Common errors" pages of the
#: service API references; S3: "Error responses").
_BY_PROTOCOL = {"json": _JSON, "rest-json": _REST, "smithy-rpc-v2-cbor": _JSON}


class Api:
    """Handlers, observers and guards of one cloud, by (service, operation)."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._handlers: dict[tuple[str, str], Handler] = {}
        self._observers: dict[tuple[str, str], list[Observer]] = {}
        self._guards: list[Guard] = []

    def handle(self, service: str, operation: str, handler: Handler) -> None:
        """Serve an operation ourselves; ``call.proceed()`` still reaches moto.

        Registering an operation again replaces the earlier handler.
        """
        self._handlers[service, operation] = handler

    @property
    def handled(self) -> frozenset[tuple[str, str]]:
        """The (service, operation) pairs that somebody handles."""
        return frozenset(self._handlers)

    def handler(self, service: str, operation: str) -> Handler | None:
        """The handler in force, so that another plane can wrap it."""
        return self._handlers.get((service, operation))

    def after(self, service: str, operation: str, observer: Observer) -> None:
        """Tell ``observer`` about every success of an operation, whoever served it."""
        self._observers.setdefault((service, operation), []).append(observer)

    def guard(self, guard: Guard) -> None:
        """Ask ``guard`` before every call that is neither the control plane's nor moto's own."""
        self._guards.append(guard)

    def admit(self, call: ApiCall) -> None:
        """Ask every guard; raises :class:`ApiRefusal` when one denies."""
        for guard in self._guards:
            guard(call)

    def call(self, client: Any, operation: str, params: Mapping[str, Any], moto: Any) -> Result:
        """Serve one botocore call; ``moto(params)`` is the implementation below us."""
        try:
            return self._call(client, operation, dict(params), moto)
        except ApiRefusal as refusal:
            raise _client_error(client, operation, refusal, self._cloud.new_uuid()) from None

    def _call(self, client: Any, operation: str, params: dict[str, Any], moto: Any) -> Result:
        service, region = client.meta.service_model.service_name, client.meta.region_name
        caller = self._authenticate(client, operation, service)
        if caller.kind == "raw":
            return dict(moto(params))
        if caller.kind == "control":
            hop = OpenHop(-1, None, caller.source, "", "", caller.arn, 0.0)
            return self._serve(
                ApiCall(service, operation, params, region, caller, hop, lambda: moto(params)),
                client,
            )
        with (
            self._cloud.activity(),
            self._cloud.trace.hop(
                source=caller.source,
                target=f"{service}.amazonaws.com",
                action=f"{service}:{operation}",
                principal=caller.arn,
            ) as hop,
        ):
            call = ApiCall(service, operation, params, region, caller, hop, lambda: moto(params))
            try:
                self.admit(call)
                return self._serve(call, client)
            except ApiRefusal as refusal:
                hop.status, hop.error = refusal.status, refusal.code
                raise
            except client.exceptions.ClientError as error:
                hop.status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
                hop.error = error.response.get("Error", {}).get("Code")
                raise
            finally:
                self._cloud.clock.spend(latency.of(service))

    def _serve(self, call: ApiCall, client: Any) -> Result:
        handler = self._handlers.get((call.service, call.operation))
        try:
            if handler is None:
                result = call.proceed()
            else:
                _validate(client, call)
                result = handler(call)
                result.setdefault("ResponseMetadata", self._metadata())
        except NotImplementedError as error:
            raise Unsupported(
                f"the local cloud has no {call.service}:{call.operation}",
                hint=str(error) or None,
            ) from error
        for observer in self._observers.get((call.service, call.operation), ()):
            observer(call, result)
        return result

    def _authenticate(self, client: Any, operation: str, service: str) -> Caller:
        from botocore import UNSIGNED

        identities = self._cloud.identities
        model = client.meta.service_model.operation_model(operation)
        if model.auth_type == "none" or client.meta.config.signature_version is UNSIGNED:
            return identities.anonymous
        credentials = client._request_signer._credentials
        if credentials is None:
            return identities.anonymous
        frozen = credentials.get_frozen_credentials()
        codes = _S3 if service == "s3" else _BY_PROTOCOL.get(model.service_model.protocol, _QUERY)
        try:
            caller = identities.resolve(frozen.access_key, frozen.token)
        except ApiRefusal as refusal:
            known = refusal.code == "ExpiredToken"
            code, status = codes.expired if known else codes.unknown
            raise ApiRefusal(code, refusal.message, status) from None
        secret = identities.secret(frozen.access_key) or ""
        if not hmac.compare_digest(secret, frozen.secret_key or ""):
            code, status = codes.signature
            raise ApiRefusal(code, _BAD_SIGNATURE, status)
        return caller

    def _metadata(self) -> Result:
        return {
            "RequestId": self._cloud.new_uuid(),
            "HTTPStatusCode": 200,
            "HTTPHeaders": {},
            "RetryAttempts": 0,
        }


_BAD_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method."
)


def _validate(client: Any, call: ApiCall) -> None:
    from botocore.exceptions import ParamValidationError
    from botocore.validate import ParamValidator

    shape = client.meta.service_model.operation_model(call.operation).input_shape
    if shape is not None:
        report = ParamValidator().validate(call.params, shape)
        if report.has_errors():
            raise ParamValidationError(report=report.generate_report())


def _client_error(client: Any, operation: str, refusal: ApiRefusal, request_id: str) -> Exception:
    parsed = {
        **refusal.fields,
        "Error": {"Code": refusal.code, "Message": refusal.message},
        "ResponseMetadata": {
            "RequestId": request_id,
            "HTTPStatusCode": refusal.status,
            "HTTPHeaders": {},
            "RetryAttempts": 0,
        },
    }
    error: Exception = client.exceptions.from_code(refusal.code)(parsed, operation)
    return error
