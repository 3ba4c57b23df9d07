"""From a DistributionConfig, and the policies it names, to what the data plane looks up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from archlib.local.edge.configuration import (
    ALL,
    NONE,
    Behavior,
    Distribution,
    ErrorPage,
    Origin,
    OriginAccess,
    OriginGroup,
    Selection,
)
from archlib.local.edge.freshness import Limits
from archlib.local.edge.generated import MAKERS
from archlib.local.edge.response_headers import policy as response_policy
from archlib.local.edge.signed import PublicKey, load
from archlib.local.s3.address import HOST as S3_HOST

Config = Mapping[str, Any]

_REGION = re.compile(r"[.-]([a-z]{2}(?:-[a-z]+)+-\d)\.")


class Policies(Protocol):
    """Configurations by id, as the control plane keeps them."""

    def cache_policy(self, policy_id: str) -> Config:
        """A CachePolicyConfig."""

    def origin_request_policy(self, policy_id: str) -> Config:
        """An OriginRequestPolicyConfig."""

    def response_headers_policy(self, policy_id: str) -> Config:
        """A ResponseHeadersPolicyConfig."""

    def access_control(self, control_id: str) -> Config:
        """An OriginAccessControlConfig."""

    def canonical_user(self, identity_id: str) -> str:
        """The canonical user id of an origin access identity."""

    def signing_keys(self, group_id: str) -> Mapping[str, str]:
        """The public keys of a key group: id -> PEM."""

    def bucket_region(self, bucket: str) -> str:
        """Where a bucket is."""


def items(config: Config | None, name: str) -> tuple[Any, ...]:
    """The ``Items`` of a ``{Quantity, Items}`` member; none where it is absent."""
    return tuple(((config or {}).get(name) or {}).get("Items") or ())


def trusted_groups(behavior: Config) -> tuple[str, ...]:
    """The key groups that a cache behavior trusts; none where it asks for no signature."""
    if not (behavior.get("TrustedKeyGroups") or {}).get("Enabled"):
        return ()
    return items(behavior, "TrustedKeyGroups")


def compile_distribution(
    found: Policies, config: Config, *, id: str, arn: str, domain: str
) -> Distribution:
    """The distribution that edge locations serve."""
    geo = (config.get("Restrictions") or {}).get("GeoRestriction") or {}
    return Distribution(
        id=id,
        arn=arn,
        domain=domain,
        aliases=items(config, "Aliases"),
        enabled=bool(config["Enabled"]),
        root=(config.get("DefaultRootObject") or "").lstrip("/"),
        default=_behavior(found, config["DefaultCacheBehavior"], "*"),
        behaviors=tuple(
            _behavior(found, one, one["PathPattern"]) for one in items(config, "CacheBehaviors")
        ),
        origins={one["Id"]: _origin(found, one) for one in items(config, "Origins")},
        groups={one["Id"]: _group(one) for one in items(config, "OriginGroups")},
        errors={page.code: page for page in map(_page, items(config, "CustomErrorResponses"))},
        price_class=config.get("PriceClass", "PriceClass_All"),
        geo_mode=geo.get("RestrictionType", "none"),
        geo_countries=frozenset(geo.get("Items") or ()),
    )


def _page(one: Config) -> ErrorPage:
    return ErrorPage(
        int(one["ErrorCode"]),
        float(one.get("ErrorCachingMinTTL", 10)),
        one.get("ResponsePagePath") or None,
        int(one["ResponseCode"]) if one.get("ResponseCode") else None,
    )


def _group(one: Config) -> OriginGroup:
    first, second = (member["OriginId"] for member in items(one, "Members"))
    codes = items(one["FailoverCriteria"], "StatusCodes")
    return OriginGroup(one["Id"], first, second, frozenset(map(int, codes)))


def _origin(found: Policies, one: Config) -> Origin:
    domain, custom = one["DomainName"].lower(), one.get("CustomOriginConfig")
    bucket = S3_HOST.fullmatch(domain)
    region = _REGION.search(domain)
    where = region[1] if region else None
    if bucket is not None and bucket["bucket"]:
        where = found.bucket_region(bucket["bucket"])
    common: dict[str, Any] = {
        "id": one["Id"],
        "domain": domain,
        "path": (one.get("OriginPath") or "").rstrip("/"),
        "headers": tuple((h["HeaderName"], h["HeaderValue"]) for h in items(one, "CustomHeaders")),
        "attempts": one.get("ConnectionAttempts", 3),
        "connection_timeout": one.get("ConnectionTimeout", 10),
        "region": where,
    }
    if custom is not None:
        return Origin(
            **common,
            protocol=custom["OriginProtocolPolicy"],
            http_port=custom["HTTPPort"],
            https_port=custom["HTTPSPort"],
            read_timeout=custom.get("OriginReadTimeout", 30),
        )
    return Origin(**common, s3=True, access=_access(found, one))


def _access(found: Policies, one: Config) -> OriginAccess:
    control = one.get("OriginAccessControlId")
    if control:
        return OriginAccess(signing=found.access_control(control)["SigningBehavior"])
    identity = ((one.get("S3OriginConfig") or {}).get("OriginAccessIdentity") or "").rpartition(
        "/"
    )[2]
    if identity:
        return OriginAccess(identity, found.canonical_user(identity), "always")
    return OriginAccess()


_READ = ("GET", "HEAD")


def _behavior(found: Policies, one: Config, pattern: str) -> Behavior:
    allowed = items(one, "AllowedMethods") or _READ
    cached = items(one.get("AllowedMethods"), "CachedMethods") or _READ
    policy = one.get("ResponseHeadersPolicyId")
    key = _by_policy(found, one) if one.get("CachePolicyId") else _legacy(one)
    return Behavior(
        pattern=pattern,
        target=one["TargetOriginId"],
        protocol=one["ViewerProtocolPolicy"],
        allowed=frozenset(allowed),
        cached=frozenset(cached) & frozenset(allowed),
        compress=bool(one.get("Compress")),
        response_policy=response_policy(found.response_headers_policy(policy)) if policy else None,
        trusted=_trusted(found, one),
        **key,
    )


def _trusted(found: Policies, one: Config) -> Mapping[str, PublicKey] | None:
    """The keys of all trusted key groups, loaded once for the configuration."""
    groups = trusted_groups(one)
    keys = {id: pem for group in groups for id, pem in found.signing_keys(group).items()}
    return {id: load(pem) for id, pem in keys.items()} if groups else None


def selection(config: Config | None, kind: str) -> Selection:
    """``{QueryStringBehavior, QueryStrings}`` and its like."""
    config = config or {}
    listed = {"QueryString": "QueryStrings", "Cookie": "Cookies", "Header": "Headers"}[kind]
    names = items(config, listed)
    mode = config.get(f"{kind}Behavior", "none")
    return Selection(mode, frozenset(n.lower() if kind == "Header" else n for n in names))


def _generated(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name in MAKERS)


def _by_policy(found: Policies, one: Config) -> dict[str, Any]:
    config = found.cache_policy(one["CachePolicyId"])
    key = config["ParametersInCacheKeyAndForwardedToOrigin"]
    query = selection(key["QueryStringsConfig"], "QueryString")
    cookies = selection(key["CookiesConfig"], "Cookie")
    headers = tuple(sorted(selection(key["HeadersConfig"], "Header").names))
    encodings = tuple(
        name
        for name, switch in (("br", "Brotli"), ("gzip", "Gzip"))
        if key.get(f"EnableAcceptEncoding{switch}")
    )
    sent = found.origin_request_policy(one["OriginRequestPolicyId"]) if one.get(
        "OriginRequestPolicyId") else {}  # fmt: skip
    more, extra = _origin_headers(sent.get("HeadersConfig"))
    listed = Selection("whitelist", frozenset(headers)) if headers else NONE
    return {
        "limits": Limits(
            config["MinTTL"],
            config.get("DefaultTTL", max(86400, config["MinTTL"])),
            config.get("MaxTTL", max(31536000, config["MinTTL"])),
        ),
        "key_query": query,
        "key_headers": headers,
        "key_cookies": cookies,
        "encodings": encodings,
        "forward_query": query | selection(sent.get("QueryStringsConfig"), "QueryString"),
        "forward_headers": listed | more,
        "forward_cookies": cookies | selection(sent.get("CookiesConfig"), "Cookie"),
        "generated": tuple(dict.fromkeys((*_generated(headers), *extra))),
    }


def _origin_headers(config: Config | None) -> tuple[Selection, tuple[str, ...]]:
    """What an origin request policy forwards, and which headers are to be generated for it."""
    config = config or {}
    names = tuple(name.lower() for name in items(config, "Headers"))
    mode = config.get("HeaderBehavior", "none")
    if mode in ("allViewer", "allViewerAndWhitelistCloudFront"):
        return ALL, _generated(names)
    if mode == "allExcept":
        return Selection("allExcept", frozenset(names)), ()
    return Selection(mode, frozenset(names)), _generated(names)


def _legacy(one: Config) -> dict[str, Any]:
    """ForwardedValues: one list for key and origin alike; all headers end the caching."""
    values = one["ForwardedValues"]
    headers = tuple(sorted(name.lower() for name in items(values, "Headers")))
    whole = "*" in headers
    keys = frozenset(items(values, "QueryStringCacheKeys"))
    forwarded = ALL if values["QueryString"] else NONE
    cookies = Selection(
        values["Cookies"]["Forward"], frozenset(items(values["Cookies"], "WhitelistedNames"))
    )
    return {
        "limits": Limits(
            one.get("MinTTL", 0), one.get("DefaultTTL", 86400), one.get("MaxTTL", 31536000)
        ),
        "key_query": Selection("whitelist", keys) if keys and values["QueryString"] else forwarded,
        "key_headers": () if whole else headers,
        "key_cookies": cookies,
        "encodings": ("gzip",) if one.get("Compress") else (),
        "forward_query": forwarded,
        "forward_headers": ALL if whole else Selection("whitelist", frozenset(headers)),
        "forward_cookies": cookies,
        "generated": _generated(headers),
        "legacy": True,
        "uncached": whole,
    }
