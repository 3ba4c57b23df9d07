"""Response headers policies: CORS, security headers, custom headers, removals, Server-Timing.

Developer Guide, "Understand response headers policies". A policy acts on every response to a
viewer, whether it came from the cache or from the origin; a header that the origin sent stays
unless the policy overrides it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archlib.local.edge.headers import index, replaced, without
from archlib.local.http import Headers

#: Headers that a policy cannot remove or set ("Understand response headers policies",
#: "Headers that you can't remove").
FIXED = frozenset(
    {"connection", "content-encoding", "content-length", "expect", "host", "keep-alive",
     "proxy-authenticate", "proxy-authorization", "proxy-connection", "trailer",
     "transfer-encoding", "upgrade", "via", "warning", "x-accel-buffering", "x-accel-charset",
     "x-accel-limit-rate", "x-accel-redirect", "x-amz-cf-id", "x-amz-cf-pop", "x-amzn-auth",
     "x-amzn-cf-billing", "x-amzn-cf-id", "x-amzn-cf-xff", "x-amzn-errortype",
     "x-amzn-fle-profile", "x-amzn-header-count", "x-amzn-header-order",
     "x-amzn-lambda-integration-tag", "x-amzn-requestid", "x-cache", "x-edge-location",
     "x-forwarded-proto", "x-real-ip"}
)  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One header to add; ``override`` replaces what the origin sent."""

    name: str
    value: str
    override: bool


@dataclass(frozen=True)
class Cors:
    """The CORS part of a policy."""

    origins: tuple[str, ...]
    methods: str
    headers: str
    expose: str
    credentials: bool
    max_age: int | None
    override: bool

    def apply(self, headers: Headers, origin: str | None, preflight: bool) -> Headers:
        """Add CORS headers to the answer to a request that has ``Origin``."""
        if origin is None or (allowed := self._allowed(origin)) is None:
            return headers
        if not self.override and "access-control-allow-origin" in index(headers):
            # The origin speaks CORS itself: with OriginOverride false its headers stay alone.
            return headers
        made = [("Access-Control-Allow-Origin", allowed)]
        if self.credentials:
            made.append(("Access-Control-Allow-Credentials", "true"))
        if self.expose:
            made.append(("Access-Control-Expose-Headers", self.expose))
        if preflight:
            made.append(("Access-Control-Allow-Methods", self.methods))
            if self.headers:
                made.append(("Access-Control-Allow-Headers", self.headers))
            if self.max_age is not None:
                made.append(("Access-Control-Max-Age", str(self.max_age)))
        if allowed != "*":
            made.append(("Vary", "Origin"))
        return replaced(headers, *made)

    def _allowed(self, origin: str) -> str | None:
        if "*" in self.origins:
            return "*"
        for pattern in self.origins:
            if _origin_matches(pattern, origin):
                return origin
        return None


def _origin_matches(pattern: str, origin: str) -> bool:
    """``https://*.example.com`` means every subdomain; scheme and port are as written."""
    if "*" not in pattern:
        return pattern == origin or pattern == origin.partition("://")[2]
    before, _, after = pattern.partition("*")
    bare = origin if "://" in pattern else origin.partition("://")[2]
    middle = bare[len(before) : len(bare) - len(after)]
    return bare.startswith(before) and bare.endswith(after) and bool(middle)


@dataclass(frozen=True)
class ResponsePolicy:
    """A response headers policy, ready for use."""

    cors: Cors | None = None
    fields: tuple[Field, ...] = ()
    removed: frozenset[str] = frozenset()
    timing: bool = False

    def apply(self, headers: Headers, origin: str | None, *, preflight: bool) -> Headers:
        """The headers that the viewer gets."""
        if self.removed:
            # "CloudFront removes a header first": a removed one can still be set anew.
            headers = without(headers, self.removed)
        if self.cors is not None:
            headers = self.cors.apply(headers, origin, preflight)
        if not self.fields:
            return headers
        present = index(headers)
        chosen = [f for f in self.fields if f.override or f.name.lower() not in present]
        return replaced(headers, *((f.name, f.value) for f in chosen))


def policy(config: Mapping[str, Any]) -> ResponsePolicy:
    """From the API's ``ResponseHeadersPolicyConfig``."""
    return ResponsePolicy(
        _cors(config.get("CorsConfig")),
        (*_security(config.get("SecurityHeadersConfig") or {}), *_custom(config)),
        frozenset(
            one["Header"].lower()
            for one in (config.get("RemoveHeadersConfig") or {}).get("Items", ())
        ),
        bool((config.get("ServerTimingHeadersConfig") or {}).get("Enabled")),
    )


def _items(config: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple((config.get(name) or {}).get("Items", ()))


_ALL_METHODS = "GET, DELETE, HEAD, OPTIONS, PATCH, POST, PUT"


def _cors(config: Mapping[str, Any] | None) -> Cors | None:
    if config is None:
        return None
    methods = _items(config, "AccessControlAllowMethods")
    return Cors(
        _items(config, "AccessControlAllowOrigins"),
        _ALL_METHODS if "ALL" in methods else ", ".join(methods),
        ", ".join(_items(config, "AccessControlAllowHeaders")),
        ", ".join(_items(config, "AccessControlExposeHeaders")),
        bool(config["AccessControlAllowCredentials"]),
        config.get("AccessControlMaxAgeSec"),
        bool(config["OriginOverride"]),
    )


def _hsts(one: Mapping[str, Any]) -> str:
    parts = [f"max-age={one['AccessControlMaxAgeSec']}"]
    parts += ["includeSubDomains"] if one.get("IncludeSubdomains") else []
    return "; ".join(parts + (["preload"] if one.get("Preload") else []))


def _xss(one: Mapping[str, Any]) -> str:
    if not one["Protection"]:
        return "0"
    parts = ["1", *(["mode=block"] if one.get("ModeBlock") else [])]
    return "; ".join(parts + ([f"report={one['ReportUri']}"] if one.get("ReportUri") else []))


#: Part of SecurityHeadersConfig -> header and how its value is written.
_SECURITY = {
    "XSSProtection": ("X-XSS-Protection", _xss),
    "FrameOptions": ("X-Frame-Options", lambda one: one["FrameOption"]),
    "ReferrerPolicy": ("Referrer-Policy", lambda one: one["ReferrerPolicy"]),
    "ContentSecurityPolicy": (
        "Content-Security-Policy", lambda one: one["ContentSecurityPolicy"],
    ),
    "ContentTypeOptions": ("X-Content-Type-Options", lambda one: "nosniff"),
    "StrictTransportSecurity": ("Strict-Transport-Security", _hsts),
}  # fmt: skip


def _security(config: Mapping[str, Any]) -> tuple[Field, ...]:
    return tuple(
        Field(header, str(write(config[name])), bool(config[name]["Override"]))
        for name, (header, write) in _SECURITY.items()
        if config.get(name)
    )


def _custom(config: Mapping[str, Any]) -> tuple[Field, ...]:
    return tuple(
        Field(one["Header"], one["Value"], bool(one["Override"]))
        for one in (config.get("CustomHeadersConfig") or {}).get("Items", ())
    )
