"""Policies and origin access: five types that are one configuration each."""

from __future__ import annotations

from archlib.local.deploy.providers.cloudfront.configured import configured
from archlib.local.deploy.spec import STRINGS, ListOf, Record, one_of, record

IDENTITY = configured(
    "AWS::CloudFront::CloudFrontOriginAccessIdentity",
    record("Comment!"),
    attributes=("Id", "S3CanonicalUserId"),
    referenced=True,
)

ACCESS_CONTROL = configured(
    "AWS::CloudFront::OriginAccessControl",
    record(
        "Description Name!",
        OriginAccessControlOriginType=one_of("s3"),
        SigningBehavior=one_of("always", "never", "no-override"),
        SigningProtocol=one_of("sigv4"),
        required="OriginAccessControlOriginType SigningBehavior SigningProtocol",
    ),
)


def _choice(kind: str, listed: str, *modes: str) -> Record:
    behavior = f"{kind}Behavior"
    return Record({behavior: one_of(*modes), listed: STRINGS}, frozenset({behavior}))


_ANY = ("none", "whitelist", "allExcept", "all")
_COOKIES = _choice("Cookie", "Cookies", *_ANY)
_QUERIES = _choice("QueryString", "QueryStrings", *_ANY)

CACHE_POLICY = configured(
    "AWS::CloudFront::CachePolicy",
    record(
        "Comment DefaultTTL:n! MaxTTL:n! MinTTL:n! Name!",
        ParametersInCacheKeyAndForwardedToOrigin=record(
            "EnableAcceptEncodingBrotli:b EnableAcceptEncodingGzip:b!",
            CookiesConfig=_COOKIES,
            HeadersConfig=_choice("Header", "Headers", "none", "whitelist"),
            QueryStringsConfig=_QUERIES,
            required="CookiesConfig HeadersConfig QueryStringsConfig",
        ),
        required="ParametersInCacheKeyAndForwardedToOrigin",
    ),
    attributes=("Id", "LastModifiedTime"),
)

ORIGIN_REQUEST_POLICY = configured(
    "AWS::CloudFront::OriginRequestPolicy",
    record(
        "Comment Name!",
        CookiesConfig=_COOKIES,
        HeadersConfig=_choice(
            "Header", "Headers", "none", "whitelist", "allViewer",
            "allViewerAndWhitelistCloudFront", "allExcept",
        ),
        QueryStringsConfig=_QUERIES,
        required="CookiesConfig HeadersConfig QueryStringsConfig",
    ),
    attributes=("Id", "LastModifiedTime"),
)  # fmt: skip

_ITEMS = record(Items=STRINGS, required="Items")

RESPONSE_HEADERS_POLICY = configured(
    "AWS::CloudFront::ResponseHeadersPolicy",
    record(
        "Comment Name!",
        CorsConfig=record(
            "AccessControlAllowCredentials:b! AccessControlMaxAgeSec:i OriginOverride:b!",
            AccessControlAllowHeaders=_ITEMS,
            AccessControlAllowMethods=_ITEMS,
            AccessControlAllowOrigins=_ITEMS,
            AccessControlExposeHeaders=_ITEMS,
            required="AccessControlAllowHeaders AccessControlAllowMethods "
            "AccessControlAllowOrigins",
        ),
        CustomHeadersConfig=record(
            Items=ListOf(record("Header! Override:b! Value!")), required="Items"
        ),
        RemoveHeadersConfig=record(Items=ListOf(record("Header!")), required="Items"),
        SecurityHeadersConfig=record(
            ContentSecurityPolicy=record("ContentSecurityPolicy! Override:b!"),
            ContentTypeOptions=record("Override:b!"),
            FrameOptions=record("FrameOption! Override:b!"),
            ReferrerPolicy=record("Override:b! ReferrerPolicy!"),
            StrictTransportSecurity=record(
                "AccessControlMaxAgeSec:i! IncludeSubdomains:b Override:b! Preload:b"
            ),
            XSSProtection=record("ModeBlock:b Override:b! Protection:b! ReportUri"),
        ),
        ServerTimingHeadersConfig=record("Enabled:b! SamplingRate:n"),
    ),
    attributes=("Id", "LastModifiedTime"),
)
