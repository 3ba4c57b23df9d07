"""The AWS API seam: every botocore call in the process passes here while a cloud is active.

A call is authenticated (the key and secret it was built with; one that came over the wire by
its signature), authorised by the registered
guards, served by a handler or by moto, observed, and recorded as a hop.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archlib.errors import Unsupported
from archlib.local import latency
from archlib.local.credential_refusals import OPEN_TO_STRANGERS, credential_codes, refused
from archlib.local.identity import Caller, Credentials
from archlib.local.on_behalf import acting
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

    def observed(self, service: str, operation: str) -> bool:
        """Whether somebody wants to be told of an operation's successes."""
        return (service, operation) in self._observers

    def observe(self, call: ApiCall, result: Result) -> None:
        """Tell every observer of a success."""
        for observer in self._observers.get((call.service, call.operation), ()):
            observer(call, result)

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

    def serve(
        self,
        service: str,
        operation: str,
        params: Mapping[str, Any],
        region: str,
        caller: Caller,
        *,
        credentials: Credentials | None = None,
        context: Mapping[str, str] | None = None,
    ) -> Result:
        """Serve one call that came over the wire, on the same way as one of this process.

        ``caller`` is authenticated by now, ``credentials`` are what it signed with; moto sees
        them. ``context`` holds condition keys of the connection.

        Raises:
            ApiRefusal: a guard or a handler refuses.
            ClientError: moto refuses.
            ParamValidationError: the parameters are not what the operation takes.
            Unsupported: nobody has the operation.
        """
        client, direct = self._cloud.on_behalf(service, region)
        model = client.meta.service_model.operation_model(operation)
        handled = (service, operation) in self._handlers

        def moto(params: Mapping[str, Any]) -> Result:
            if not direct.suits(model):
                with acting(credentials):
                    return dict(self._cloud.unseen(client, operation, params))
            if not handled:
                _validate(model, params)
            return direct.call(model, params, credentials.access_key if credentials else None)

        return self._recorded(model, service, dict(params), region, caller, moto, context or {})

    def _call(self, client: Any, operation: str, params: dict[str, Any], moto: Any) -> Result:
        self._cloud.turns.pass_on()
        service, region = client.meta.service_model.service_name, client.meta.region_name
        caller = self._authenticate(client, operation, service)
        if caller.kind == "raw":
            return dict(moto(params))
        model = client.meta.service_model.operation_model(operation)
        if caller.kind == "control":
            hop = OpenHop(-1, None, caller.source, "", "", caller.arn, 0.0)
            return self._serve(
                ApiCall(service, operation, params, region, caller, hop, lambda: moto(params)),
                model,
            )
        return self._recorded(model, service, params, region, caller, moto, _connection(client))

    def _recorded(
        self,
        model: Any,
        service: str,
        params: dict[str, Any],
        region: str,
        caller: Caller,
        moto: Any,
        context: Mapping[str, str],
    ) -> Result:
        """One call as a hop: judged, served, and as long as its latency."""
        from botocore.exceptions import ClientError, ParamValidationError

        operation = model.name
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
                service, operation, params, region, caller, hop, lambda: moto(params), context
            )
            took = latency.of(service)
            try:
                self.admit(call)
                return self._serve(call, model)
            except ParamValidationError:
                # The client's own objection: nothing was sent.
                hop.withdrawn, took = True, 0.0
                raise
            except ApiRefusal as refusal:
                hop.status, hop.error = refusal.status, refusal.code
                raise
            except ClientError as error:
                hop.status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
                hop.error = error.response.get("Error", {}).get("Code")
                raise
            finally:
                self._cloud.clock.spend(took)

    def _serve(self, call: ApiCall, model: Any) -> Result:
        handler = self._handlers.get((call.service, call.operation))
        try:
            if handler is None:
                result = call.proceed()
            else:
                _validate(model, call.params)
                result = handler(call)
                result.setdefault("ResponseMetadata", self._metadata())
        except NotImplementedError as error:
            raise Unsupported(
                f"the local cloud has no {call.service}:{call.operation}",
                hint=str(error) or None,
            ) from error
        self.observe(call, result)
        return result

    def _authenticate(self, client: Any, operation: str, service: str) -> Caller:
        from botocore import UNSIGNED

        identities = self._cloud.identities
        model = client.meta.service_model.operation_model(operation)
        if model.auth_type == "none":
            return identities.anonymous
        codes = credential_codes(service, model.service_model.protocol)
        unsigned = client.meta.config.signature_version is UNSIGNED
        credentials = None if unsigned else client._request_signer._credentials
        if credentials is None:
            if service in OPEN_TO_STRANGERS:
                return identities.anonymous
            raise refused(codes, "unsigned")
        frozen = credentials.get_frozen_credentials()
        try:
            caller = identities.resolve(frozen.access_key, frozen.token)
        except ApiRefusal as refusal:
            known = refusal.code == "ExpiredToken"
            raise refused(codes, "expired" if known else "unknown", refusal.message) from None
        secret = identities.secret(frozen.access_key) or ""
        if not hmac.compare_digest(secret.encode(), (frozen.secret_key or "").encode()):
            raise refused(codes, "signature")
        return caller

    def _metadata(self) -> Result:
        return {
            "RequestId": self._cloud.new_uuid(),
            "HTTPStatusCode": 200,
            "HTTPHeaders": {},
            "RetryAttempts": 0,
        }


def _connection(client: Any) -> dict[str, str]:
    """Condition keys of a client's connection, where it is not over TLS (``use_ssl=False``)."""
    plain = str(client.meta.endpoint_url).startswith("http://")
    return {"aws:SecureTransport": "false"} if plain else {}


def _validate(model: Any, params: Mapping[str, Any]) -> None:
    from botocore.exceptions import ParamValidationError
    from botocore.validate import ParamValidator

    shape = model.input_shape
    if shape is not None:
        report = ParamValidator().validate(params, shape)
        if report.has_errors():
            raise ParamValidationError(report=report.generate_report())


def _client_error(client: Any, operation: str, refusal: ApiRefusal, request_id: str) -> Exception:
    parsed = {
        **refusal.fields,
        "Error": {
            "Code": refusal.code,
            "Message": refusal.message,
            **({"QueryErrorCode": refusal.shape} if refusal.shape else {}),
        },
        "ResponseMetadata": {
            "RequestId": request_id,
            "HTTPStatusCode": refusal.status,
            "HTTPHeaders": {},
            "RetryAttempts": 0,
        },
    }
    error: Exception = client.exceptions.from_code(refusal.shape or refusal.code)(parsed, operation)
    return error
