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


#: What is wrong with the credentials -> code, HTTP status, and the message if it is not the
#: usual one.
_Codes = Mapping[str, tuple[str, int, str | None]]

_NO_TOKEN = "Request is missing Authentication Token"
_BAD_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method."
)

_JSON: _Codes = {
    "unknown": ("UnrecognizedClientException", 400, None),
    "expired": ("ExpiredTokenException", 400, None),
    "signature": ("InvalidSignatureException", 400, _BAD_SIGNATURE),
    "unsigned": ("MissingAuthenticationTokenException", 400, _NO_TOKEN),
}
_QUERY: _Codes = {
    "unknown": ("InvalidClientTokenId", 403, None),
    "expired": ("ExpiredToken", 403, None),
    "signature": ("SignatureDoesNotMatch", 403, _BAD_SIGNATURE),
    "unsigned": ("MissingAuthenticationToken", 403, _NO_TOKEN),
}
_REST: _Codes = {name: (code, 403, text) for name, (code, _, text) in _JSON.items()}
_S3: _Codes = {
    "unknown": (
        "InvalidAccessKeyId",
        403,
        "The AWS Access Key Id you provided does not exist in our records.",
    ),
    "expired": ("ExpiredToken", 400, "The provided token has expired."),
    "signature": ("SignatureDoesNotMatch", 403, _BAD_SIGNATURE),
}
_EC2: _Codes = {
    **_QUERY,
    "unknown": (
        "AuthFailure",
        401,
        "AWS was not able to validate the provided access credentials",
    ),
    "signature": (
        "AuthFailure",
        401,
        "AWS was not able to validate the provided access credentials",
    ),
    "expired": ("RequestExpired", 400, "Request has expired."),
}
#: Services whose resource policies may admit everybody; all others want a signature.
_OPEN_TO_STRANGERS = frozenset({"s3", "sqs", "sns"})
#: How a protocol family says that credentials are no good ("Common errors" pages of the
#: service API references; S3: "Error responses").
_BY_PROTOCOL = {"json": _JSON, "rest-json": _REST, "smithy-rpc-v2-cbor": _JSON,
                "ec2": _EC2}  # fmt: skip


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
        from botocore.exceptions import ParamValidationError

        self._cloud.turns.pass_on()
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
            call = ApiCall(
                service, operation, params, region, caller, hop, lambda: moto(params),
                _connection(client),
            )  # fmt: skip
            took = latency.of(service)
            try:
                self.admit(call)
                return self._serve(call, client)
            except ParamValidationError:
                # The client's own objection: nothing was sent.
                hop.withdrawn, took = True, 0.0
                raise
            except ApiRefusal as refusal:
                hop.status, hop.error = refusal.status, refusal.code
                raise
            except client.exceptions.ClientError as error:
                hop.status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
                hop.error = error.response.get("Error", {}).get("Code")
                raise
            finally:
                self._cloud.clock.spend(took)

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
        if model.auth_type == "none":
            return identities.anonymous
        codes = _S3 if service == "s3" else _BY_PROTOCOL.get(model.service_model.protocol, _QUERY)
        unsigned = client.meta.config.signature_version is UNSIGNED
        credentials = None if unsigned else client._request_signer._credentials
        if credentials is None:
            if service in _OPEN_TO_STRANGERS:
                return identities.anonymous
            raise _refused(codes, "unsigned")
        frozen = credentials.get_frozen_credentials()
        try:
            caller = identities.resolve(frozen.access_key, frozen.token)
        except ApiRefusal as refusal:
            known = refusal.code == "ExpiredToken"
            raise _refused(codes, "expired" if known else "unknown", refusal.message) from None
        secret = identities.secret(frozen.access_key) or ""
        if not hmac.compare_digest(secret.encode(), (frozen.secret_key or "").encode()):
            raise _refused(codes, "signature")
        return caller

    def _metadata(self) -> Result:
        return {
            "RequestId": self._cloud.new_uuid(),
            "HTTPStatusCode": 200,
            "HTTPHeaders": {},
            "RetryAttempts": 0,
        }


def _refused(codes: _Codes, wrong: str, usual: str = "") -> ApiRefusal:
    code, status, message = codes[wrong]
    return ApiRefusal(code, message or usual, status)


def _connection(client: Any) -> dict[str, str]:
    """Condition keys of a client's connection, where it is not over TLS (``use_ssl=False``)."""
    plain = str(client.meta.endpoint_url).startswith("http://")
    return {"aws:SecureTransport": "false"} if plain else {}


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
