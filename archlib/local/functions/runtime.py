"""The Lambda plane: every way to invoke a function leads here.

boto3's ``invoke`` and ``invoke_async``, the other planes through :meth:`FunctionRuntime.invoke`
and moto's own triggers (``LambdaFunction.invoke``) run the deployed code in-process. AWS:
"Understanding Lambda function invocation methods", "Invoke" and "InvokeAsync" (API reference).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import io
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall, Result
from archlib.local.functions import limits
from archlib.local.functions.aliases import AliasControl
from archlib.local.functions.asynchronous import AsyncQueue
from archlib.local.functions.concurrency import ConcurrencyControl
from archlib.local.functions.control import FunctionControl
from archlib.local.functions.event_config import EventInvokeControl
from archlib.local.functions.execution import running
from archlib.local.functions.fleet import Fleet
from archlib.local.functions.invocation import InvocationResult, Invoker
from archlib.local.functions.journal import Journal
from archlib.local.functions.permissions import Permissions
from archlib.local.functions.policy import PolicyControl
from archlib.local.functions.process import off_stage
from archlib.local.functions.registry import Registry, Target
from archlib.local.functions.service import InvokeDenied, ServiceInvoker
from archlib.local.functions.triggers import sender
from archlib.local.functions.watchdog import TimedOut
from archlib.local.patches import Patches
from archlib.local.refusal import ApiRefusal
from archlib.local.trace import CLIENT

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

ACTION = "lambda:InvokeFunction"


class FunctionRuntime:
    """Plane ``FunctionRuntime``: runs Lambda functions."""

    def start(self, cloud: LocalCloud) -> None:
        """Register the operations and take over moto's triggers."""
        self._cloud = cloud
        self._patches = Patches()
        self._registry = Registry(cloud.account, cloud.region)
        self._permissions = Permissions(cloud)
        journal = Journal(cloud, self._permissions)
        self._fleet = Fleet(cloud, self._registry, journal, self._permissions)
        self._invoker = Invoker(cloud, self._registry, journal, self._fleet)
        self._queue = AsyncQueue(cloud, self._registry, self._invoker, journal)
        FunctionControl(
            cloud, self._registry, self._fleet, self._queue, self._permissions
        ).register()
        AliasControl(cloud, self._registry).register()
        ConcurrencyControl(cloud, self._registry).register()
        EventInvokeControl(cloud, self._registry, self._queue, self._permissions).register()
        PolicyControl(cloud, self._registry).register()
        cloud.api.handle("lambda", "Invoke", self._invoke)
        cloud.api.handle("lambda", "InvokeAsync", self._invoke_async)
        cloud.api.guard(_stop_when_over(cloud))
        cloud.turns.leave = _off_stage
        self._take_over_triggers()

    def stop(self) -> None:
        """End all environments; moto's triggers are moto's again."""
        self._patches.undo()
        self._fleet.stop()

    def invoke(
        self,
        function_arn: str,
        event: Mapping[str, Any] | bytes,
        *,
        invoker: ServiceInvoker,
        invocation_type: str = "RequestResponse",
        client_context: Mapping[str, Any] | None = None,
    ) -> InvocationResult:
        """Invoke on behalf of an AWS service; for the other planes.

        ``function_arn`` may be qualified. A synchronous invocation is one hop; an event is
        queued and makes its hops when it runs.

        Raises:
            InvokeDenied: the function's policy does not let the service invoke it.
            ApiRefusal: unknown function, payload too large, or no concurrency left.
        """
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        reference = self._registry.reference(function_arn)
        if invocation_type == "Event":
            target = self._registry.find(reference)
            self._check_size(payload, "Event")
            if not self._allowed(target, invoker):
                with self._hop(reference.arn, invoker) as hop:
                    hop.status = 403
                    hop.error = InvokeDenied.code
                    raise InvokeDenied(invoker.principal, reference.invoked_arn)
            request_id = self._cloud.new_uuid()
            self._queue.put(reference, payload, request_id, invoker.hop_source, invoker.principal)
            return InvocationResult(b"", None, b"", 202, target.version, request_id)
        with self._hop(reference.arn, invoker) as hop:
            try:
                target = self._registry.find(reference, self._queue.chance)
                if not self._allowed(target, invoker):
                    hop.status, hop.error = 403, InvokeDenied.code
                    raise InvokeDenied(invoker.principal, reference.invoked_arn)
                self._check_size(payload, invocation_type)
                return self._invoker.run(
                    target, payload, self._cloud.new_uuid(), hop, client_context
                )
            except ApiRefusal as refusal:
                hop.status, hop.error = refusal.status, refusal.code
                raise

    def discard(self, function_arn: str, event: bytes, condition: str) -> None:
        """Do not run an event: it goes to the dead-letter queue and the on-failure destination.

        ``condition`` is the reason in the destination's record. Raises :class:`ApiRefusal` for an
        unknown function.
        """
        self._queue.discard(self._registry.reference(function_arn), event, condition)

    def _hop(self, arn: str, invoker: ServiceInvoker) -> Any:
        return self._cloud.trace.hop(
            source=invoker.hop_source, target=arn, action=ACTION, principal=invoker.principal
        )

    def _allowed(self, target: Target, invoker: ServiceInvoker) -> bool:
        arn = target.reference.invoked_arn
        if invoker.caller is not None:
            return self._permissions.caller(invoker.caller, ACTION, arn)
        context: dict[str, str | tuple[str, ...]] = {}
        if invoker.source_arn is not None:
            context["aws:SourceArn"] = invoker.source_arn
            # S3 bucket ARNs carry no account; the caller says whose bucket it is.
            account = invoker.source_account or invoker.source_arn.split(":")[4]
            context["aws:SourceAccount"] = account or self._cloud.account
        return self._permissions.service(invoker.principal, ACTION, arn, context)

    # -- the API -------------------------------------------------------------------------------

    def _invoke(self, call: ApiCall) -> Result:
        given = call.params
        kind = given.get("InvocationType", "RequestResponse")
        reference = self._registry.reference(
            given["FunctionName"], given.get("Qualifier"), call.region
        )
        call.hop.target, call.hop.action = reference.arn, ACTION
        target = self._registry.find(reference, self._queue.chance)
        payload = _bytes(given.get("Payload", b""))
        self._check_size(payload, kind)
        _check_json(payload)
        if kind == "DryRun":
            call.hop.status = 204
            return {"StatusCode": 204, "Payload": _stream(b"")}
        if kind == "Event":
            call.hop.status = 202
            call.hop.detail["invocation_type"] = "Event"
            self._queue.put(
                reference, payload, self._cloud.new_uuid(), call.caller.source, call.caller.arn
            )
            return {"StatusCode": 202, "Payload": _stream(b"")}
        result = self._invoker.run(
            target,
            payload,
            self._cloud.new_uuid(),
            call.hop,
            _client_context(given.get("ClientContext")),
        )
        answer: Result = {
            "StatusCode": 200,
            "ExecutedVersion": result.executed_version,
            "Payload": _stream(result.payload),
        }
        if result.function_error is not None:
            answer["FunctionError"] = result.function_error
        if given.get("LogType") == "Tail":
            answer["LogResult"] = base64.b64encode(result.log).decode()
        return answer

    def _invoke_async(self, call: ApiCall) -> Result:
        reference = self._registry.reference(call.params["FunctionName"], region=call.region)
        call.hop.target, call.hop.action = reference.arn, ACTION
        self._registry.find(reference)
        payload = _bytes(call.params["InvokeArgs"])
        if len(payload) > limits.INVOKE_ASYNC_BYTES:
            raise _too_large(len(payload), "Event", limits.INVOKE_ASYNC_BYTES)
        _check_json(payload)
        call.hop.status = 202
        call.hop.detail["invocation_type"] = "Event"
        self._queue.put(
            reference, payload, self._cloud.new_uuid(), call.caller.source, call.caller.arn
        )
        return {"Status": 202}

    @staticmethod
    def _check_size(payload: bytes, kind: str) -> None:
        limit = limits.REQUEST_BYTES[kind]
        if len(payload) > limit:
            raise _too_large(len(payload), kind, limit)

    # -- moto's triggers -----------------------------------------------------------------------

    def _take_over_triggers(self) -> None:
        from moto.awslambda.models import LambdaFunction

        def invoke(function: Any, body: Any, request_headers: Any, response_headers: Any) -> bytes:
            return self._triggered(function, _bytes(body or b""), request_headers, response_headers)

        self._patches.set(LambdaFunction, "invoke", invoke)

    def _triggered(self, function: Any, payload: bytes, request: Any, response: Any) -> bytes:
        """moto wants a function to run: an API call straight to moto, or one of its triggers.

        Triggers come without headers. They are asynchronous on AWS, so they are queued, if the
        function's policy lets the sending service in.
        """
        reference = self._registry.reference(str(function.function_arn))
        headers = {str(key).lower(): value for key, value in dict(request or {}).items()}
        kind = headers.get("x-amz-invocation-type", "RequestResponse" if headers else "Event")
        if kind == "DryRun":
            return b""
        if kind == "Event" and not headers:
            invoker = sender(payload, reference.account, reference.region)
            with contextlib.suppress(InvokeDenied):  # The hop tells.
                self.invoke(reference.arn, payload, invoker=invoker, invocation_type="Event")
            return b""
        if kind == "Event":
            self._queue.put(reference, payload, self._cloud.new_uuid(), CLIENT, "")
            return b""
        with self._cloud.trace.hop(source=CLIENT, target=reference.arn, action=ACTION) as hop:
            target = Target(reference, function)
            result = self._invoker.run(target, payload, self._cloud.new_uuid(), hop)
        response["x-amz-executed-version"] = result.executed_version
        if result.function_error is not None:
            response["x-amz-function-error"] = result.function_error
        if headers.get("x-amz-log-type") == "Tail":
            response["x-amz-log-result"] = base64.b64encode(result.log).decode()
        return result.payload


def _stop_when_over(cloud: LocalCloud) -> Any:
    """A guard: a function whose time is over makes no more calls."""

    def guard(call: ApiCall) -> None:
        execution = running()
        if execution is not None and cloud.clock.time() > execution.deadline:
            raise TimedOut

    return guard


def _bytes(value: Any) -> bytes:
    if hasattr(value, "read"):
        value = value.read()
    return value.encode() if isinstance(value, str) else bytes(value)


def _stream(payload: bytes) -> Any:
    from botocore.response import StreamingBody

    return StreamingBody(io.BytesIO(payload), len(payload))


def _check_json(payload: bytes) -> None:
    if not payload:
        return
    try:
        json.loads(payload)
    except ValueError as error:
        raise ApiRefusal(
            "InvalidRequestContentException",
            f"Could not parse request body into json: Could not parse payload into json: {error}",
            Type="User",
        ) from None


def _client_context(given: str | None) -> Mapping[str, Any] | None:
    if given is None:
        return None
    try:
        if len(given) > limits.CLIENT_CONTEXT_BYTES:
            raise ValueError
        decoded = json.loads(base64.b64decode(given, validate=True))
        if not isinstance(decoded, dict):
            raise ValueError
    except (ValueError, binascii.Error):
        raise ApiRefusal(
            "InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object.",
            Type="User",
        ) from None
    return decoded


def _too_large(size: int, kind: str, limit: int) -> ApiRefusal:
    return ApiRefusal(
        "RequestTooLargeException",
        f"{size} byte payload is too large for the {kind} invocation type (limit {limit} bytes)",
        413,
        Type="User",
    )


def _off_stage() -> AbstractContextManager[None] | None:
    """Handlers may wait for others; a module's first lines hold locks of Python's imports."""
    execution = running()
    return off_stage() if execution is not None and execution.request_id else None
