"""The managed policies, by id, with their documented settings.

Developer Guide, "Use managed cache policies", "Use managed origin request policies", "Use
managed response headers policies".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

YEAR = 31536000
DAY = 86400


def _listed(names: tuple[str, ...]) -> dict[str, Any]:
    return {"Quantity": len(names), "Items": list(names)}


def _chosen(kind: str, names: tuple[str, ...] | str) -> dict[str, Any]:
    """``QueryStringsConfig`` and its like: a mode, or the listed names."""
    behavior, listed = f"{kind}Behavior", {"QueryString": "QueryStrings", "Header": "Headers",
                                           "Cookie": "Cookies"}[kind]  # fmt: skip
    if isinstance(names, str):
        return {behavior: names}
    return {behavior: "whitelist", listed: _listed(names)}


def _cache(
    name: str,
    ttl: tuple[int, int, int],
    *,
    query: tuple[str, ...] | str = "none",
    headers: tuple[str, ...] | str = "none",
    cookies: tuple[str, ...] | str = "none",
    compressed: bool = False,
) -> dict[str, Any]:
    minimum, default, maximum = ttl
    return {
        "Name": f"Managed-{name}",
        "Comment": "",
        "MinTTL": minimum,
        "DefaultTTL": default,
        "MaxTTL": maximum,
        "ParametersInCacheKeyAndForwardedToOrigin": {
            "EnableAcceptEncodingGzip": compressed,
            "EnableAcceptEncodingBrotli": compressed,
            "HeadersConfig": _chosen("Header", headers),
            "CookiesConfig": _chosen("Cookie", cookies),
            "QueryStringsConfig": _chosen("QueryString", query),
        },
    }


CACHE: Mapping[str, dict[str, Any]] = {
    "658327ea-f89d-4fab-a63d-7e88639e58f6": _cache(
        "CachingOptimized", (1, DAY, YEAR), compressed=True
    ),
    "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": _cache(
        "CachingOptimizedForUncompressedObjects", (1, DAY, YEAR)
    ),
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": _cache("CachingDisabled", (0, 0, 0)),
    "08627262-05a9-4f76-9ded-b50ca2e3a84f": _cache(
        "Elemental-MediaPackage", (0, DAY, YEAR), compressed=True,
        query=("aws.manifestfilter", "start", "end", "m"), headers=("origin",),
    ),
    "83da9c7e-98b4-4e11-a168-04f0df8e2c65": _cache(
        "UseOriginCacheControlHeaders", (0, 0, YEAR), compressed=True, cookies="all",
        headers=("host", "origin", "x-http-method-override", "x-http-method", "x-method-override"),
    ),
    "4cc15a8a-d715-48a4-82b8-cc0b614638fe": _cache(
        "UseOriginCacheControlHeaders-QueryStrings", (0, 0, YEAR), compressed=True, cookies="all",
        query="all",
        headers=("host", "origin", "x-http-method-override", "x-http-method", "x-method-override"),
    ),
}  # fmt: skip


def _origin(
    name: str,
    headers: tuple[str, ...] | str = "none",
    cookies: str = "none",
    query: str = "none",
    *,
    behavior: str | None = None,
) -> dict[str, Any]:
    chosen = _chosen("Header", headers)
    if behavior is not None:
        chosen["HeaderBehavior"] = behavior
    return {
        "Name": f"Managed-{name}",
        "Comment": "",
        "HeadersConfig": chosen,
        "CookiesConfig": _chosen("Cookie", cookies),
        "QueryStringsConfig": _chosen("QueryString", query),
    }


_CORS = ("origin", "access-control-request-headers", "access-control-request-method")

ORIGIN_REQUEST: Mapping[str, dict[str, Any]] = {
    "216adef6-5c7f-47e4-b989-5492eafa07d3": _origin("AllViewer", "allViewer", "all", "all"),
    "b689b0a8-53d0-40ab-baf2-68738e2966ac": _origin(
        "AllViewerExceptHostHeader", ("host",), "all", "all", behavior="allExcept"
    ),
    "59781a5b-3903-41f3-afcb-af62929ccde1": _origin("CORS-CustomOrigin", ("origin",)),
    "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": _origin("CORS-S3Origin", _CORS),
    "775133bc-15f2-49f9-abea-afb2e0bf67d2": _origin(
        "Elemental-MediaTailor-PersonalizedManifests",
        (*_CORS, "user-agent", "x-forwarded-for"), "none", "all",
    ),
    "bf0718e1-ba1e-49d1-88b1-f726733018ae": _origin("HostHeaderOnly", ("host",)),
    "acba4595-bd28-49b8-b9fe-13317c0390fa": _origin(
        "UserAgentRefererHeaders", ("user-agent", "referer")
    ),
}  # fmt: skip


def _simple_cors(preflight: bool) -> dict[str, Any]:
    methods = ("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS") if preflight else (
        "GET", "HEAD")  # fmt: skip
    made: dict[str, Any] = {
        "AccessControlAllowOrigins": _listed(("*",)),
        "AccessControlAllowHeaders": _listed(("*",)),
        "AccessControlAllowMethods": _listed(methods),
        "AccessControlAllowCredentials": False,
        "OriginOverride": False,
    }
    if preflight:
        made["AccessControlExposeHeaders"] = _listed(("*",))
    return made


_SECURITY: dict[str, Any] = {
    "XSSProtection": {"Override": False, "Protection": True, "ModeBlock": True},
    "FrameOptions": {"Override": False, "FrameOption": "SAMEORIGIN"},
    "ReferrerPolicy": {"Override": False, "ReferrerPolicy": "strict-origin-when-cross-origin"},
    "ContentTypeOptions": {"Override": True},
    "StrictTransportSecurity": {
        "Override": False, "IncludeSubdomains": False, "Preload": False,
        "AccessControlMaxAgeSec": YEAR,
    },
}  # fmt: skip

RESPONSE_HEADERS: Mapping[str, dict[str, Any]] = {
    "60669652-455b-4ae9-85a4-c4c02393f86c": {
        "Name": "Managed-SimpleCORS", "CorsConfig": _simple_cors(False),
    },
    "5cc3b908-e619-4b99-88e5-2cf7f45965bd": {
        "Name": "Managed-CORS-With-Preflight", "CorsConfig": _simple_cors(True),
    },
    "67f7725c-6f97-4210-82d7-5512b31e9d03": {
        "Name": "Managed-SecurityHeadersPolicy", "SecurityHeadersConfig": _SECURITY,
    },
    "e61eb60c-9c35-4d20-a928-2b84e02af89c": {
        "Name": "Managed-CORS-and-SecurityHeadersPolicy", "CorsConfig": _simple_cors(False),
        "SecurityHeadersConfig": _SECURITY,
    },
    "eaab4381-ed33-4a86-88ca-d9558dc6cd63": {
        "Name": "Managed-CORS-with-preflight-and-SecurityHeadersPolicy",
        "CorsConfig": _simple_cors(True), "SecurityHeadersConfig": _SECURITY,
    },
}  # fmt: skip
