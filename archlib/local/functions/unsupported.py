"""What the local cloud cannot honour of a function's configuration, by property.

Refused when the function is created or updated, never ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from archlib.errors import Unsupported
from archlib.local.functions.spec import RUNTIMES

Parameters = Mapping[str, Any]


def _always(_: Any) -> bool:
    return True


#: Property path -> when it cannot be honoured. Everything else in the API is either in
#: :data:`_KEPT` or unknown, and unknown is refused as well.
REFUSED_PROPERTIES: dict[str, Callable[[Any], bool]] = {
    "PackageType": lambda value: value != "Zip",
    "Runtime": lambda value: value not in RUNTIMES,
    "SnapStart": lambda value: value.get("ApplyOn", "None") != "None",
    "FileSystemConfigs": bool,
    "ImageConfig": bool,
    "CodeSigningConfigArn": bool,
    "KMSKeyArn": bool,
    "ImageUri": bool,
    "SourceKMSKeyArn": bool,
}

_KEPT = frozenset(
    {
        "Architectures", "Code", "CodeSha256", "DeadLetterConfig", "Description", "DryRun",
        "Environment", "EphemeralStorage", "FunctionName", "Handler", "Layers", "LoggingConfig",
        "MemorySize", "Publish", "RevisionId", "Role", "S3Bucket", "S3Key", "S3ObjectVersion",
        "Tags", "Timeout", "TracingConfig", "VpcConfig", "ZipFile",
    }
)  # fmt: skip

_HINTS = {
    "Runtime": f"Python runtimes only: {RUNTIMES[0]} to {RUNTIMES[-1]}",
    "PackageType": "container images are not run; use a .zip package",
    "ImageUri": "container images are not run; use a .zip package",
}


def refuse(parameters: Parameters) -> None:
    """Raise :class:`Unsupported`, naming the property, for what the runtime cannot honour."""
    for name, value in parameters.items():
        if name in _KEPT:
            continue
        if REFUSED_PROPERTIES.get(name, _always)(value):
            raise Unsupported(
                f"the local cloud cannot honour {name} = {value!r} of a Lambda function",
                where=name,
                hint=_HINTS.get(name),
            )
    refuse_code(parameters.get("Code", {}))
    level = parameters.get("LoggingConfig", {}).get("SystemLogLevel", "INFO")
    if level != "INFO":
        raise Unsupported(
            f"the local cloud cannot honour system log level {level} of a Lambda function",
            where="LoggingConfig.SystemLogLevel",
        )


def refuse_code(code: Parameters) -> None:
    """The same for the members of ``Code``."""
    for name, value in code.items():
        if REFUSED_PROPERTIES.get(name, lambda _: False)(value):
            raise Unsupported(
                f"the local cloud cannot honour Code.{name} of a Lambda function",
                where=f"Code.{name}",
                hint=_HINTS.get(name),
            )
