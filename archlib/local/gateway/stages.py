"""A stage: the deployment it points to and its live settings.

``metricsEnabled``, ``loggingLevel``, ``dataTraceEnabled`` and ``tracingEnabled`` are kept and
read back; they change nothing that a request meets, and no execution logs, metrics or X-Ray
segments are made of them (access logs are).

AWS: API reference of ``Stage`` and ``MethodSetting``; "Cache settings for REST APIs in API
Gateway" (only GET is cached unless a method is overridden by name); "Throttle requests to
your REST APIs" (stage limits apply to each method on its own).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archlib.local.gateway.cache import DEFAULT_TTL, StageCache
from archlib.local.gateway.configuration import ApiSnapshot
from archlib.local.gateway.throttling import Limit

#: What ``MethodSetting`` says for whatever was not set.
DEFAULTS: Mapping[str, Any] = {
    "metricsEnabled": False,
    "loggingLevel": "OFF",
    "dataTraceEnabled": False,
    "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10000.0,
    "cachingEnabled": False,
    "cacheTtlInSeconds": DEFAULT_TTL,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}

EVERY_METHOD = "*/*"
Settings = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class MethodSettings:
    """What applies to one method of a stage. ``ttl`` is in seconds, 0 for not cached."""

    ttl: int
    require_authorization: bool
    strategy: str
    limit: Limit


@dataclass(frozen=True)
class Stage:
    """A stage as requests meet it. Built anew whenever its settings change.

    ``settings`` hold only what was set, by ``*/*`` or ``{path}/{METHOD}`` (path without its
    first slash); ``cache`` is None while no cache cluster is enabled.
    """

    name: str
    snapshot: ApiSnapshot
    variables: Mapping[str, str]
    settings: Settings
    cache: StageCache | None
    access_log: Mapping[str, str] | None
    _resolved: dict[tuple[str, str, str], MethodSettings] = field(
        default_factory=dict, compare=False, repr=False
    )

    def method(self, resource_path: str, declared: str, requested: str) -> MethodSettings:
        """The settings of a method, declared as ``declared`` (maybe ``ANY``)."""
        key = (resource_path, declared, requested)
        found = self._resolved.get(key)
        if found is None:
            found = self._resolved[key] = self._resolve(resource_path, declared, requested)
        return found

    def _resolve(self, resource_path: str, declared: str, requested: str) -> MethodSettings:
        everywhere = self.settings.get(EVERY_METHOD, {})
        own = self.settings.get(f"{resource_path.lstrip('/')}/{declared}", {})
        merged = {**DEFAULTS, **everywhere, **own}
        # The stage-wide switch covers GET only; any other method must be named.
        caching = (
            own["cachingEnabled"]
            if "cachingEnabled" in own
            else (requested == "GET" and merged["cachingEnabled"])
        )
        limit = Limit(merged["throttlingRateLimit"], merged["throttlingBurstLimit"])
        return MethodSettings(
            ttl=int(merged["cacheTtlInSeconds"]) if caching and self.cache is not None else 0,
            require_authorization=merged["requireAuthorizationForCacheControl"],
            strategy=merged["unauthorizedCacheControlHeaderStrategy"],
            limit=limit,
        )


def settings_key(path: str, method: str) -> str:
    """The key of a method's settings from a patch path's parts (``~1`` is a slash)."""
    decoded = path.replace("~1", "/").replace("~0", "~").strip("/")
    return f"{decoded}/{method}"
