"""Running one invocation: an environment, the handler, the log, the result.

AWS: "Understanding the Lambda execution environment lifecycle", "Invoke" (API reference),
"Lambda function scaling" for throttling by reserved concurrency.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from archlib.local.functions import limits
from archlib.local.functions.environment import Environment
from archlib.local.functions.execution import running
from archlib.local.functions.journal import Journal, Report
from archlib.local.functions.marshal import Fault
from archlib.local.functions.modules import ModuleSpace
from archlib.local.functions.output import Output, log_level, timestamp
from archlib.local.functions.package import PackageStore
from archlib.local.functions.permissions import Permissions
from archlib.local.functions.process import KEPT_VARIABLES, Process
from archlib.local.functions.registry import Registry, Target, fingerprint
from archlib.local.functions.spec import FunctionSpec, runtime_variables
from archlib.local.functions.watchdog import TimedOut, Watchdog
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
    fault: Fault | None = None


class Invoker:
    """Owns the environments of one cloud and runs handlers in them, one at a time."""

    def __init__(
        self, cloud: LocalCloud, registry: Registry, journal: Journal, permissions: Permissions
    ) -> None:
        self._cloud = cloud
        self._registry = registry
        self._permissions = permissions
        self._journal = journal
        self._packages = PackageStore()
        self._watchdog = Watchdog()
        self._environments: dict[tuple[str, str], Environment] = {}
        self._fingerprints: dict[tuple[str, str], str] = {}
        self._running: Counter[str] = Counter()
        self._lock = threading.RLock()
        self._host_sleep = time.sleep

    def stop(self) -> None:
        """End all environments and remove their files."""
        for environment in self._environments.values():
            environment.end()
        self._environments.clear()
        self._watchdog.stop()
        self._packages.clear()

    def discard(self, function_arn: str) -> None:
        """End every environment of a function."""
        for key in [key for key in self._environments if key[0] == function_arn]:
            self._end(key)

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
        lock = self._lock if parent is None else parent.children
        with lock:
            self._running[arn] += 1
            try:
                return self._run(target, payload, request_id, hop, client_context)
            finally:
                self._running[arn] -= 1

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
        clock = self._cloud.clock
        output = Output(clock.time)
        key = (target.reference.arn, target.version)
        # An environment that is busy (the function invoked itself) is not available.
        environment = None if self._running[key[0]] > 1 else self._warm(key, target)
        cold = environment is None
        if environment is None:
            environment = self._start(target)
            if self._running[key[0]] <= 1:
                self._environments[key] = environment
                self._fingerprints[key] = fingerprint(target)
        spec = environment.spec
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
        duration = min(clock.time() - start, spec.timeout)
        if fault is None and len(response) > limits.RESPONSE_BYTES:
            fault = _too_large()
        if fault is not None:
            fault = self._report_fault(output, spec, fault, request_id)
            if fault.fatal or environment.handler is None:
                self._end(key)
        if self._environments.get(key) is not environment:
            environment.end()
        report = Report(
            request_id,
            duration * 1000,
            spec.memory,
            init,
            "success" if fault is None else _status(fault),
            fault.type if fault is not None and fault.fatal and _status(fault) == "error" else None,
            trace_id if spec.tracing else None,
        )
        self._platform(output, spec, "end", request_id, target.version)
        output.event(report.json(clock.time()) if spec.json_logs else report.text())
        if environment.log_stream is not None:
            self._journal.write(spec, environment.caller, environment.log_stream, output.events)
        hop.detail.update(
            cold=cold, duration=round(duration * 1000, 3), request_id=request_id,
            version=target.version,
        )  # fmt: skip
        if fault is not None:
            hop.error = fault.type
            return InvocationResult(
                fault.payload(), "Unhandled", output.tail(), 200, target.version, request_id, fault
            )
        return InvocationResult(response, None, output.tail(), 200, target.version, request_id)

    # -- environments ----------------------------------------------------------------------

    def _warm(self, key: tuple[str, str], target: Target) -> Environment | None:
        environment = self._environments.get(key)
        if environment is None:
            return None
        stale = self._fingerprints[key] != fingerprint(target)
        if stale or self._cloud.clock.time() >= environment.expires:
            self._end(key)
            return None
        return environment

    def _end(self, key: tuple[str, str]) -> None:
        environment = self._environments.pop(key, None)
        self._fingerprints.pop(key, None)
        if environment is not None:
            environment.end()

    def _start(self, target: Target) -> Environment:
        import os

        cloud, spec = self._cloud, self._registry.spec(target)
        if not self._permissions.trusts_lambda(spec.role):
            raise ApiRefusal(
                "AccessDeniedException",
                "The role defined for the function cannot be assumed by Lambda.",
                403,
            )
        credentials = cloud.identities.issue(
            spec.role,
            spec.name,
            source=spec.arn,
            duration=limits.ENVIRONMENT_LIFETIME + limits.TIMEOUT_SECONDS,
        )
        caller = cloud.identities.resolve(credentials.access_key, credentials.session_token)
        stream = self._journal.stream_name(spec)
        writable = self._journal.open(spec, caller, stream)
        package = self._packages.get(spec.code, spec.layers, spec.runtime)
        variables = {
            **{name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
            **spec.variables,
            **runtime_variables(spec, stream, str(package.task)),
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_SESSION_TOKEN": credentials.session_token or "",
        }
        if spec.json_logs:
            variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
            variables["AWS_LAMBDA_LOG_LEVEL"] = spec.log_level or "INFO"
        # Each environment draws from its own place in the seed's sequence.
        seed = hashlib.sha256(f"{cloud.seed}/{stream}".encode()).digest()
        process = Process(
            ModuleSpace(package),
            variables,
            seed=int.from_bytes(seed[:8], "big"),
            sleep=self.sleep,
            json_logs=spec.json_logs,
            level=log_level(spec.log_level),
        )
        return Environment(
            spec=spec,
            package=package,
            process=process,
            caller=caller,
            expires=cloud.clock.time() + limits.ENVIRONMENT_LIFETIME,
            log_stream=stream if writable else None,
            clock=cloud.clock,
            watchdog=self._watchdog,
        )

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

    def sleep(self, seconds: float) -> None:
        """``time.sleep`` of function code: virtual, and at an end when the invocation is."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        execution, clock = running(), self._cloud.clock
        if execution is None:
            self._host_sleep(seconds)
            return
        left = execution.deadline - clock.time()
        clock.spend(max(0.0, min(seconds, left)))
        if seconds >= left:
            # A hair beyond, so that swallowing the exception does not help.
            clock.spend(1e-6)
            raise TimedOut

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
        root = (
            f"1-{int(self._cloud.clock.time()):08x}-"
            f"{self._cloud.new_id('trace', 24, '0123456789abcdef')}"
        )
        segment = self._cloud.new_id("segment", 16, "0123456789abcdef")
        sampled = int(spec.tracing)
        process.set("_X_AMZN_TRACE_ID", f"Root={root};Parent={segment};Sampled={sampled}")
        return root


def _status(fault: Fault) -> str:
    return "timeout" if fault.type == "Sandbox.Timedout" else "error"


def _too_large() -> Fault:
    return Fault(
        "Function.ResponseSizeTooLarge",
        "Response payload size exceeded maximum allowed payload size "
        f"({limits.RESPONSE_BYTES} bytes).",
        platform=True,
    )

