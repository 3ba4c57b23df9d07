"""Running one invocation: an environment, the handler, the log, the result.

AWS: "Understanding the Lambda execution environment lifecycle", "Invoke" (API reference),
"Lambda function scaling" for throttling by reserved concurrency.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from archlib.local.functions import limits
from archlib.local.functions.environment import Environment
from archlib.local.functions.execution import running
from archlib.local.functions.fleet import Fleet
from archlib.local.functions.journal import Journal, Report
from archlib.local.functions.marshal import Fault
from archlib.local.functions.output import Output, timestamp
from archlib.local.functions.process import Process
from archlib.local.functions.registry import Registry, Target
from archlib.local.functions.spec import FunctionSpec
from archlib.local.refusal import ApiRefusal
from archlib.local.trace import OpenHop

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud


@dataclass(frozen=True)
class InvocationResult:
    """The outcome of an invocation.

    ``payload`` is the response or the error document, ``function_error`` is ``"Unhandled"``
    or None, ``log`` the last 4 KB of the log, ``status`` the HTTP status of the Invoke API.
    """

    payload: bytes
    function_error: str | None
    log: bytes
    status: int
    executed_version: str
    request_id: str = ""


@dataclass(frozen=True)
class _Done:
    """What a run left: response or fault, virtual seconds of the handler, the log."""

    response: bytes
    fault: Fault | None
    seconds: float
    output: Output


class Invoker:
    """Runs handlers in environments of the fleet, one at a time."""

    def __init__(
        self, cloud: LocalCloud, registry: Registry, journal: Journal, fleet: Fleet
    ) -> None:
        self._cloud = cloud
        self._registry = registry
        self._journal = journal
        self._fleet = fleet
        self._running: Counter[str] = Counter()
        self._lock = threading.RLock()

    def run(
        self,
        target: Target,
        payload: bytes,
        request_id: str,
        hop: OpenHop,
        client_context: Mapping[str, Any] | None = None,
    ) -> InvocationResult:
        """Invoke synchronously within an open hop, which learns coldness and duration.

        Raises:
            ApiRefusal: ``TooManyRequestsException`` when reserved concurrency is used up,
                ``AccessDeniedException`` when the role is gone or no longer trusts Lambda.
            Unsupported: the handler did something that cannot be honoured here.
        """
        arn = target.reference.arn
        self._throttle(target)
        parent = running()
        # Who takes turns excludes the others anyway, and has to let them in while it waits.
        alone: AbstractContextManager[Any] = (
            nullcontext() if self._cloud.turns.taken else self._lock
        )
        with alone if parent is None else parent.children:
            self._running[arn] += 1
            try:
                return self._run(target, payload, request_id, hop, client_context)
            finally:
                self._running[arn] -= 1

    def _alone(self) -> AbstractContextManager[object]:
        """Who takes turns excludes the others anyway, and lets them in while it waits."""
        return nullcontext() if self._cloud.turns.taken else self._lock

    def _throttle(self, target: Target) -> None:
        reserved = self._registry.latest(target.reference).reserved_concurrency
        if reserved is not None and self._running[target.reference.arn] >= int(reserved):
            raise ApiRefusal(
                "TooManyRequestsException",
                "Rate Exceeded.",
                429,
                Reason="ReservedFunctionConcurrentInvocationLimitExceeded",
                Type="User",
            )

    def _run(
        self,
        target: Target,
        payload: bytes,
        request_id: str,
        hop: OpenHop,
        client_context: Mapping[str, Any] | None,
    ) -> InvocationResult:
        # An environment that is busy (the function invoked itself) is not available.
        busy = self._running[target.reference.arn] > 1
        environment = None if busy else self._fleet.warm(target)
        cold = environment is None
        if environment is None:
            environment = self._fleet.start(target)
            if not busy:
                self._fleet.keep(target, environment)
        usable = False
        try:
            done = self._execute(
                environment, target, payload, request_id, client_context, cold=cold
            )
            usable = environment.handler is not None and not (done.fault and done.fault.fatal)
        finally:
            self._fleet.release(target, environment, usable=usable)
        hop.detail.update(
            cold=cold, duration=round(done.seconds * 1000, 3), request_id=request_id,
            version=target.version,
        )  # fmt: skip
        if done.fault is not None:
            hop.error = done.fault.type
        return InvocationResult(
            done.response if done.fault is None else done.fault.payload(),
            None if done.fault is None else "Unhandled",
            done.output.tail(),
            200,
            target.version,
            request_id,
        )

    def _execute(
        self,
        environment: Environment,
        target: Target,
        payload: bytes,
        request_id: str,
        client_context: Mapping[str, Any] | None,
        *,
        cold: bool,
    ) -> _Done:
        """Init (when cold), handler, log."""
        clock, spec = self._cloud.clock, environment.spec
        output = Output(clock.time)
        trace_id = self._trace_id(spec, environment.process)
        fault, init = self._initialize(environment, output) if cold else (None, None)
        self._platform(output, spec, "start", request_id, target.version)
        start = clock.time()
        response = b""
        if fault is None:
            clock.spend(limits.HANDLER)
            response, fault = environment.invoke(
                output,
                payload,
                request_id,
                target.reference.invoked_arn,
                client_context,
                start + spec.timeout,
            )
        seconds = min(clock.time() - start, spec.timeout)
        if fault is None and len(response) > limits.RESPONSE_BYTES:
            fault = _too_large()
        if fault is not None:
            fault = self._report_fault(output, spec, fault, request_id)
        self._platform(output, spec, "end", request_id, target.version)
        report = _report(spec, request_id, seconds, init, fault, trace_id)
        output.event(report.json(clock.time()) if spec.json_logs else report.text())
        if environment.log_stream is not None:
            self._journal.write(spec, environment.caller, environment.log_stream, output.events)
        return _Done(response, fault, seconds, output)

    def _initialize(
        self, environment: Environment, output: Output
    ) -> tuple[Fault | None, float | None]:
        """The Init phase; how long it took in milliseconds, or None when it failed."""
        clock, start = self._cloud.clock, self._cloud.clock.time()
        clock.spend(limits.COLD_START)
        fault = environment.initialize(output, limits.INIT_SECONDS)
        spent = (clock.time() - start) * 1000
        if fault is None:
            return None, spent
        status = _status(fault)
        line = f"INIT_REPORT Init Duration: {spent:.2f} ms\tPhase: init\tStatus: {status}"
        output.event(line + (f"\tError Type: {fault.type}" if status == "error" else ""))
        if status == "timeout":
            # "Lambda retries the Init phase at the time of the first function invocation
            # with the configured function timeout."
            fault = environment.initialize(output, environment.spec.timeout)
        return fault, None

    # -- the log -----------------------------------------------------------------------------

    def _platform(
        self, output: Output, spec: FunctionSpec, phase: str, request_id: str, version: str
    ) -> None:
        if spec.json_logs:
            if phase == "start":
                record = {"requestId": request_id, "version": version}
                line = {
                    "time": timestamp(self._cloud.clock.time()),
                    "type": "platform.start",
                    "record": record,
                }
                output.event(json.dumps(line))
        elif phase == "start":
            output.event(f"START RequestId: {request_id} Version: {version}")
        else:
            output.event(f"END RequestId: {request_id}")

    def _report_fault(
        self, output: Output, spec: FunctionSpec, fault: Fault, request_id: str
    ) -> Fault:
        if not fault.platform:
            output.event(self._fault_json(fault) if spec.json_logs else fault.log_text())
            return fault
        if not fault.fatal:
            output.event(fault.message)
            return fault
        if _status(fault) == "timeout":
            text = f"Task timed out after {spec.timeout:.2f} seconds"
            output.event(f"{timestamp(self._cloud.clock.time())} {request_id} {text}\n")
        else:
            text = fault.message
            output.event(f"RequestId: {request_id} Error: {text}\n{fault.type}")
        return replace(fault, message=f"RequestId: {request_id} Error: {text}")

    def _fault_json(self, fault: Fault) -> str:
        return json.dumps(
            {
                "timestamp": timestamp(self._cloud.clock.time())[:-5] + "Z",
                "level": "ERROR",
                "errorMessage": fault.message,
                "errorType": fault.type,
                "requestId": fault.request_id,
                "stackTrace": list(fault.stack),
            },
            ensure_ascii=False,
        )

    def _trace_id(self, spec: FunctionSpec, process: Process) -> str:
        digits = (self._cloud.new_uuid() + self._cloud.new_uuid()).replace("-", "")
        root = f"1-{int(self._cloud.clock.time()):08x}-{digits[:24]}"
        segment = digits[24:40]
        sampled = int(spec.tracing)
        process.set("_X_AMZN_TRACE_ID", f"Root={root};Parent={segment};Sampled={sampled}")
        return root


def _report(
    spec: FunctionSpec,
    request_id: str,
    seconds: float,
    init: float | None,
    fault: Fault | None,
    trace_id: str,
) -> Report:
    status = "success" if fault is None else _status(fault)
    crashed = fault is not None and fault.fatal and status == "error"
    return Report(
        request_id,
        seconds * 1000,
        spec.memory,
        init,
        status,
        fault.type if fault is not None and crashed else None,
        trace_id if spec.tracing else None,
    )


def _status(fault: Fault) -> str:
    return "timeout" if fault.type == "Sandbox.Timedout" else "error"


def _too_large() -> Fault:
    return Fault(
        "Function.ResponseSizeTooLarge",
        "Response payload size exceeded maximum allowed payload size "
        f"({limits.RESPONSE_BYTES} bytes).",
        platform=True,
    )
