"""What one version of a deployed function is, frozen at the moment an environment starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Runtime identifiers that the host interpreter stands in for.
RUNTIMES = tuple(f"python3.{minor}" for minor in range(9, 15))


@dataclass(frozen=True)
class FunctionSpec:
    """Configuration and code of one function version.

    ``arn`` is unqualified, ``version`` is ``$LATEST`` or a number; ``timeout`` is in seconds,
    ``memory`` and ``storage`` in MB. ``revision`` changes with every update.

    Every Python runtime from 3.9 to 3.14 is accepted and runs on the interpreter of the host:
    code that needs a newer Python than the host has fails as it would on an older runtime.
    """

    name: str
    arn: str
    version: str
    revision: str
    account: str
    region: str
    handler: str
    runtime: str
    role: str
    timeout: int
    memory: int
    storage: int
    log_group: str
    variables: Mapping[str, str]
    code: bytes = field(repr=False)
    layers: tuple[bytes, ...] = field(default=(), repr=False)
    tracing: bool = False
    json_logs: bool = False
    log_level: str | None = None

    @property
    def qualified_arn(self) -> str:
        """The ARN with the version behind it."""
        return f"{self.arn}:{self.version}"


def runtime_variables(spec: FunctionSpec, log_stream: str, task_root: str) -> dict[str, str]:
    """The variables that Lambda sets. AWS: "Defined runtime environment variables".

    ``LAMBDA_TASK_ROOT`` is the real directory, so that code can open its files there.
    """
    return {
        "AWS_DEFAULT_REGION": spec.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{spec.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory),
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
        "AWS_REGION": spec.region,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "169.254.79.129:2000",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LAMBDA_TASK_ROOT": task_root,
        "LANG": "en_US.UTF-8",
        "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:"
        "/var/task:/var/task/lib:/opt/lib",
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "PYTHONPATH": "/var/runtime",
        "TZ": ":UTC",
        "_HANDLER": spec.handler,
    }


#: Keys that a function's configuration may not set: "Reserved environment variables".
RESERVED = frozenset(
    {
        "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_MAX_CONCURRENCY",
        "AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN", "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SECURITY_TOKEN",
        "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "_HANDLER",
        "_X_AMZN_TRACE_ID",
    }
)  # fmt: skip
