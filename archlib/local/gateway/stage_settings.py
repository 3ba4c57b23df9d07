"""Stage settings as the control plane changes them: patch paths to moto's stage.

AWS: API reference of ``UpdateStage``. Method settings are addressed as
``/{path with ~1 for slashes}/{METHOD}/caching/enabled`` or ``/*/*/…``; only what was set is
kept, so that a method's own settings fall back on the stage's one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from archlib.errors import Unsupported
from archlib.local.gateway.cache import MAXIMUM_TTL, SIZES
from archlib.local.gateway.configuration import ApiSnapshot
from archlib.local.gateway.patching import Operation, boolean, text
from archlib.local.gateway.stages import EVERY_METHOD, settings_key
from archlib.local.refusal import ApiRefusal

STRATEGIES = ("FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER")


def _ttl(value: str) -> int:
    seconds = int(value)
    if not 0 <= seconds <= MAXIMUM_TTL:
        raise _invalid(f"Invalid cache TTL: {value}. Must be between 0 and {MAXIMUM_TTL}")
    return seconds


def _strategy(value: str) -> str:
    if value not in STRATEGIES:
        raise _invalid(f"Invalid strategy {value}. Must be one of {', '.join(STRATEGIES)}")
    return value


#: Patch path below a method, the ``MethodSetting`` member, its type.
MEMBERS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "metrics/enabled": ("metricsEnabled", boolean),
    "logging/loglevel": ("loggingLevel", text),
    "logging/dataTrace": ("dataTraceEnabled", boolean),
    "throttling/burstLimit": ("throttlingBurstLimit", int),
    "throttling/rateLimit": ("throttlingRateLimit", float),
    "caching/enabled": ("cachingEnabled", boolean),
    "caching/ttlInSeconds": ("cacheTtlInSeconds", _ttl),
    "caching/dataEncrypted": ("cacheDataEncrypted", boolean),
    "caching/requireAuthorizationForCacheControl": (
        "requireAuthorizationForCacheControl",
        boolean,
    ),
    "caching/unauthorizedCacheControlHeaderStrategy": (
        "unauthorizedCacheControlHeaderStrategy",
        _strategy,
    ),
}


def check_cache_size(size: str | None) -> None:
    """Refuse a cache size that AWS does not offer."""
    if size is not None and str(size) not in SIZES:
        raise _invalid(f"Invalid cache cluster size: {size}. Must be one of {', '.join(SIZES)}")


def apply(stage: Any, snapshot: ApiSnapshot | None, operations: Sequence[Operation]) -> None:
    """Apply patch operations to moto's ``Stage``.

    ``snapshot`` is the stage's deployment, against which method paths are checked. Raises
    :class:`ApiRefusal` for a path that does not exist.
    """
    for operation in operations:
        op, path, value = operation["op"], operation.get("path", ""), operation.get("value", "")
        if op not in ("add", "replace", "remove"):
            raise _invalid(f"Invalid patch operation {op} for {path}")
        head, _, rest = path.strip("/").partition("/")
        if head in _STAGE:
            _STAGE[head](stage, op, rest, value)
        else:
            _method_setting(stage, snapshot, op, path, value)


def _variables(stage: Any, op: str, name: str, value: str) -> None:
    if op == "remove":
        stage.variables.pop(name, None)
    else:
        stage.variables[name] = value


def _cache_enabled(stage: Any, op: str, rest: str, value: str) -> None:
    stage.cache_cluster_enabled = op != "remove" and boolean(value)
    stage.cache_cluster_status = "AVAILABLE" if stage.cache_cluster_enabled else "NOT_AVAILABLE"
    if stage.cache_cluster_enabled and stage.cache_cluster_size is None:
        stage.cache_cluster_size = "0.5"


def _cache_size(stage: Any, op: str, rest: str, value: str) -> None:
    check_cache_size(value)
    stage.cache_cluster_size = value


def _access_log(stage: Any, op: str, rest: str, value: str) -> None:
    settings = dict(stage.access_log_settings or {})
    if op == "remove" and not rest:
        settings = {}
    elif op == "remove":
        settings.pop(rest, None)
    else:
        settings[rest] = value
    stage.access_log_settings = settings or None


def _attribute(name: str, convert: Callable[[str], Any]) -> Callable[[Any, str, str, str], None]:
    def set_it(stage: Any, op: str, rest: str, value: str) -> None:
        setattr(stage, name, convert("" if op == "remove" else value))

    return set_it


def _canary(stage: Any, op: str, rest: str, value: str) -> None:
    raise Unsupported("canary deployments are not imitated", where=f"stage {stage.name}")


_STAGE: Mapping[str, Callable[[Any, str, str, str], None]] = {
    "variables": _variables,
    "cacheClusterEnabled": _cache_enabled,
    "cacheClusterSize": _cache_size,
    "accessLogSettings": _access_log,
    "deploymentId": _attribute("deployment_id", text),
    "description": _attribute("description", text),
    "tracingEnabled": _attribute("tracing_enabled", boolean),
    "documentationVersion": _attribute("documentation_version", text),
    "canarySettings": _canary,
}


def _method_setting(
    stage: Any, snapshot: ApiSnapshot | None, op: str, path: str, value: str
) -> None:
    parts = path.strip("/").split("/") if not path.startswith("//") else ["", *path[2:].split("/")]
    member = MEMBERS.get("/".join(parts[-2:]))
    if member is None:
        if op == "remove" and len(parts) >= 2:
            key = _key(None, path, "/".join(parts[:-1]), parts[-1])
            stage.method_settings.pop(key, None)
            return
        raise _invalid(f"Invalid patch path {path}")
    if len(parts) < 4:
        raise _invalid(f"Invalid method setting path: {path}")
    known = None if op == "remove" else snapshot
    key = _key(known, path, "/".join(parts[:-3]), parts[-3])
    name, convert = member
    own = stage.method_settings.setdefault(key, {})
    if op == "remove":
        own.pop(name, None)
        return
    try:
        own[name] = convert(value)
    except ValueError:
        raise _invalid(f"Invalid value {value!r} for {path}") from None


def _key(snapshot: ApiSnapshot | None, path: str, resource: str, method: str) -> str:
    key = settings_key(resource, method)
    if key == EVERY_METHOD:
        return key
    if resource == "*" or method == "*":
        raise _invalid(f"Invalid method setting path: {path}; only /*/* covers several methods")
    if snapshot is not None:
        known = {
            f"{r.path.lstrip('/')}/{name}" for r in snapshot.router.resources for name in r.methods
        }
        if key not in known:
            raise _invalid(f"Invalid method setting path: {path}; there is no such method")
    return key


def _invalid(message: str) -> ApiRefusal:
    return ApiRefusal("BadRequestException", message, 400)
