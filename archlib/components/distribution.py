"""The CloudFormation resources of a distribution."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from troposphere import GetAtt, Ref, Sub
from troposphere import cloudfront as cf

from archlib.components.base import Piece
from archlib.components.cdn import Behavior, Caching, Distribution, ReachesOrigin, TrustsKey
from archlib.components.intrinsics import cfn
from archlib.components.keys import SigningKey

if TYPE_CHECKING:
    from archlib.components.plan import Plan

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
"""AWS's own cache policy (Amazon CloudFront Developer Guide, "Use managed cache policies")."""
CORS_S3_ORIGIN = "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf"
"""AWS's own origin request policy (same guide, "Use managed origin request policies")."""

READING = ["GET", "HEAD"]
WRITING = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
"""CloudFront takes no narrower list with PUT in it (API reference, "AllowedMethods")."""

YEAR = 31_536_000
ERROR_SECONDS = 10


def pieces(distribution: Distribution, plan: Plan) -> Iterator[Piece]:
    """Policies, the identity or control, and the distribution."""
    for caching in _cachings(distribution):
        yield _cache_policy(distribution, caching)
    if distribution.headers:
        yield _headers_policy(distribution)
    (origin,) = plan.outgoing(distribution, ReachesOrigin)
    yield _ORIGINS[origin.access](origin)
    keys = [
        plan.component(wire.target, SigningKey) for wire in plan.outgoing(distribution, TrustsKey)
    ]
    yield _distribution(distribution, origin, [cfn(key.group) for key in keys])


def _account_wide(name: str) -> Sub:
    """A name that must be unique in the account, in all regions."""
    return Sub("${AWS::StackName}-${AWS::Region}-" + name)


def _cachings(distribution: Distribution) -> list[Caching]:
    used = [b.caching for b in distribution.behaviors if b.caching is not None]
    return list(dict.fromkeys(used))


def _cache_policy(distribution: Distribution, caching: Caching) -> Piece:
    name = f"{distribution.name}{caching.name}"
    return Piece(
        cf.CachePolicy(
            name,
            CachePolicyConfig=cf.CachePolicyConfig(
                Name=_account_wide(name),
                Comment=f"How long edge locations keep {caching.name.lower()}",
                MinTTL=caching.minimum,
                DefaultTTL=caching.default,
                MaxTTL=caching.maximum,
                ParametersInCacheKeyAndForwardedToOrigin=cf.ParametersInCacheKeyAndForwardedToOrigin(
                    EnableAcceptEncodingBrotli=True,
                    EnableAcceptEncodingGzip=True,
                    CookiesConfig=cf.CacheCookiesConfig(CookieBehavior="none"),
                    HeadersConfig=cf.CacheHeadersConfig(HeaderBehavior="none"),
                    QueryStringsConfig=cf.CacheQueryStringsConfig(QueryStringBehavior="none"),
                ),
            ),
        ),
        "The key is the path alone, so that most requests are answered at the edge",
    )


def _headers_policy(distribution: Distribution) -> Piece:
    name = f"{distribution.name}Headers"
    return Piece(
        cf.ResponseHeadersPolicy(
            name,
            ResponseHeadersPolicyConfig=cf.ResponseHeadersPolicyConfig(
                Name=_account_wide(name),
                Comment="Headers that tell browsers to be careful",
                SecurityHeadersConfig=cf.SecurityHeadersConfig(
                    ContentTypeOptions=cf.ContentTypeOptions(Override=True),
                    FrameOptions=cf.FrameOptions(FrameOption="DENY", Override=True),
                    ReferrerPolicy=cf.ReferrerPolicy(
                        ReferrerPolicy="strict-origin-when-cross-origin", Override=True
                    ),
                    StrictTransportSecurity=cf.StrictTransportSecurity(
                        AccessControlMaxAgeSec=YEAR, IncludeSubdomains=True, Override=True
                    ),
                ),
            ),
        ),
        "Browsers come back over HTTPS, guess no types and show the pages in no frame",
    )


def _identity(origin: ReachesOrigin) -> Piece:
    return Piece(
        cf.CloudFrontOriginAccessIdentity(
            origin.identity,
            CloudFrontOriginAccessIdentityConfig=cf.CloudFrontOriginAccessIdentityConfig(
                Comment=f"{origin.source} as {origin.target} knows it"
            ),
        ),
        f"A principal of its own: the one that the policy of {origin.target} admits",
    )


def _control(origin: ReachesOrigin) -> Piece:
    return Piece(
        cf.OriginAccessControl(
            origin.identity,
            OriginAccessControlConfig=cf.OriginAccessControlConfig(
                Name=_account_wide(origin.source),
                Description=f"How {origin.source} signs its requests to {origin.target}",
                OriginAccessControlOriginType="s3",
                SigningBehavior="always",
                SigningProtocol="sigv4",
            ),
        ),
        f"CloudFront signs each request to {origin.target} on the distribution's behalf",
    )


_ORIGINS = {"oai": _identity, "oac": _control}


def _behavior(
    distribution: Distribution, behavior: Behavior, target: str, groups: list[Any]
) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "TargetOriginId": target,
        # A redirected PUT would have sent its body in the clear first.
        "ViewerProtocolPolicy": "https-only" if behavior.writable else "redirect-to-https",
        "AllowedMethods": WRITING if behavior.writable else READING,
        "CachedMethods": READING,
        "Compress": not behavior.writable,
    }
    if behavior.caching is None:
        settings["CachePolicyId"] = CACHING_DISABLED
    else:
        settings["CachePolicyId"] = Ref(f"{distribution.name}{behavior.caching.name}")
    if behavior.writable:
        settings["OriginRequestPolicyId"] = CORS_S3_ORIGIN
    if distribution.headers:
        settings["ResponseHeadersPolicyId"] = Ref(f"{distribution.name}Headers")
    if behavior.private:
        settings["TrustedKeyGroups"] = groups
    return settings


def _distribution(distribution: Distribution, origin: ReachesOrigin, groups: list[Any]) -> Piece:
    *others, default = distribution.behaviors
    optional: dict[str, Any] = {}
    if distribution.root is not None:
        optional["DefaultRootObject"] = distribution.root
    if others:
        optional["CacheBehaviors"] = [
            cf.CacheBehavior(
                PathPattern=behavior.path,
                **_behavior(distribution, behavior, origin.target, groups),
            )
            for behavior in others
        ]
    if distribution.missing is not None:
        # The bucket may not be listed, so S3 answers 403 for what is not there.
        optional["CustomErrorResponses"] = [
            cf.CustomErrorResponse(
                ErrorCode=code,
                ResponseCode=404,
                ResponsePagePath=distribution.missing,
                ErrorCachingMinTTL=ERROR_SECONDS,
            )
            for code in (403, 404)
        ]
    access: dict[str, Any] = {
        "oai": lambda: {
            "S3OriginConfig": cf.S3OriginConfig(
                OriginAccessIdentity=Sub(
                    "origin-access-identity/cloudfront/${" + origin.identity + "}"
                )
            )
        },
        "oac": lambda: {
            "OriginAccessControlId": GetAtt(origin.identity, "Id"),
            "S3OriginConfig": cf.S3OriginConfig(OriginAccessIdentity=""),
        },
    }[origin.access]()
    return Piece(
        cf.Distribution(
            distribution.name,
            DistributionConfig=cf.DistributionConfig(
                Comment=distribution.description or f"{distribution.name} of the design",
                Enabled=True,
                HttpVersion="http2and3",
                IPV6Enabled=True,
                PriceClass="PriceClass_All",
                Origins=[
                    cf.Origin(
                        Id=origin.target,
                        DomainName=GetAtt(origin.target, "RegionalDomainName"),
                        **access,
                    )
                ],
                DefaultCacheBehavior=cf.DefaultCacheBehavior(
                    **_behavior(distribution, default, origin.target, groups)
                ),
                ViewerCertificate=cf.ViewerCertificate(CloudFrontDefaultCertificate=True),
                **optional,
            ),
        ),
        "Every edge location of the world answers for the bucket"
        + (", to whoever shows a signature that it trusts" if groups else ""),
    )
