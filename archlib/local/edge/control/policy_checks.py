"""What CloudFront refuses in policies and access controls.

Developer Guide, "Create cache policies", "Create origin request policies", "Understand response
headers policies"; API Reference, "OriginAccessControlConfig".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from archlib.errors import Unsupported
from archlib.local.edge.compiling import items
from archlib.local.edge.control.seam import refuse
from archlib.local.edge.generated import MAKERS
from archlib.local.edge.response_headers import FIXED

_LISTED = {"QueryString": "QueryStrings", "Cookie": "Cookies", "Header": "Headers"}
_NAMING = ("whitelist", "allExcept", "allViewerAndWhitelistCloudFront")

#: Headers that may not be part of a cache key ("Headers" of cache policies).
_NOT_IN_KEY = frozenset({"accept-encoding", "connection", "cookie", "content-length",
                         "x-forwarded-proto", "x-real-ip", "upgrade", "via"})  # fmt: skip
#: Headers that may not be listed in an origin request policy.
_NOT_SENT = frozenset({"authorization", "accept-encoding", "connection", "content-length",
                       "x-forwarded-proto", "x-real-ip", "upgrade"})  # fmt: skip


def _invalid(message: str) -> Exception:
    return refuse("InvalidArgument", message)


def cache_policy(config: Mapping[str, Any]) -> None:
    """TTLs in order, names where names are wanted, no compression without caching."""
    minimum = config["MinTTL"]
    default = config.get("DefaultTTL", max(86400, minimum))
    maximum = config.get("MaxTTL", max(31536000, minimum))
    if not minimum <= default <= maximum:
        raise _invalid("MinTTL must be at most DefaultTTL, and DefaultTTL at most MaxTTL.")
    key = config.get("ParametersInCacheKeyAndForwardedToOrigin")
    if key is None:
        raise _invalid("ParametersInCacheKeyAndForwardedToOrigin is required.")
    for kind in _LISTED:
        _names(key[f"{kind}sConfig"], kind)
    _headers(items(key["HeadersConfig"], "Headers"), _NOT_IN_KEY, "a cache policy")
    uses = (
        key["EnableAcceptEncodingGzip"]
        or key.get("EnableAcceptEncodingBrotli")
        or any(key[f"{kind}sConfig"][f"{kind}Behavior"] != "none" for kind in _LISTED)
    )
    if maximum == 0 and uses:
        raise _invalid(
            "The parameters in the cache key must be empty, and compression disabled, when the "
            "policy disables caching."
        )


def origin_request_policy(config: Mapping[str, Any]) -> None:
    """Names where names are wanted, and none of the headers CloudFront sets itself."""
    for kind in _LISTED:
        _names(config[f"{kind}sConfig"], kind)
    if config["HeadersConfig"]["HeaderBehavior"] != "allExcept":
        listed = items(config["HeadersConfig"], "Headers")
        _headers(listed, _NOT_SENT, "an origin request policy")


def _names(config: Mapping[str, Any], kind: str) -> None:
    mode, names = config[f"{kind}Behavior"], items(config, _LISTED[kind])
    if mode in _NAMING and not names:
        raise _invalid(f"{_LISTED[kind]} must be given for {kind}Behavior {mode}.")
    if mode not in _NAMING and names:
        raise _invalid(f"{_LISTED[kind]} cannot be given for {kind}Behavior {mode}.")


def _headers(names: Iterable[str], forbidden: frozenset[str], where: str) -> None:
    for name in names:
        if name.lower() in forbidden:
            raise _invalid(f"The parameter Headers contains {name} that is not allowed in {where}.")
        if name.lower().startswith("cloudfront-") and name.lower() not in MAKERS:
            raise Unsupported(
                f"the local CloudFront does not make the header {name}",
                where=where,
                hint=f"it makes {', '.join(MAKERS)}",
            )


def response_headers_policy(config: Mapping[str, Any]) -> None:
    """At least one part, and no header that policies cannot touch."""
    parts = ("CorsConfig", "SecurityHeadersConfig", "CustomHeadersConfig", "RemoveHeadersConfig",
             "ServerTimingHeadersConfig")  # fmt: skip
    if not any(config.get(part) for part in parts):
        raise _invalid("The response headers policy does not contain any configuration.")
    named = [one["Header"] for one in items(config, "CustomHeadersConfig")]
    named += [one["Header"] for one in items(config, "RemoveHeadersConfig")]
    for name in named:
        if name.lower() in FIXED:
            raise _invalid(f"The header {name} cannot be changed by a response headers policy.")
    timing = config.get("ServerTimingHeadersConfig") or {}
    if timing.get("Enabled") and timing.get("SamplingRate", 100) not in (0, 100):
        raise Unsupported(
            "Server-Timing for a random part of the requests",
            where="ResponseHeadersPolicyConfig.ServerTimingHeadersConfig.SamplingRate",
            hint="use 100",
        )
    cors = config.get("CorsConfig") or {}
    wild = any("*" in items(cors, f"AccessControlAllow{k}") for k in ("Origins", "Headers"))
    if cors.get("AccessControlAllowCredentials") and wild:
        raise _invalid("AccessControlAllowCredentials cannot be true with the wildcard *.")


def access_control(config: Mapping[str, Any]) -> None:
    """S3 is the origin type that is imitated."""
    kind = config["OriginAccessControlOriginType"]
    if kind != "s3":
        raise Unsupported(
            f"the local CloudFront does not sign requests to origins of type {kind}",
            where="OriginAccessControlConfig.OriginAccessControlOriginType",
        )
