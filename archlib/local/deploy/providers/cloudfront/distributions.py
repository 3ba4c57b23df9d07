"""AWS::CloudFront::Distribution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlib.local.deploy.providers.cloudfront.arguments import call, retag, shape_of, structure
from archlib.local.deploy.providers.tagging import as_map
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.spec import INTEGER, TAGS, ListOf, Spec, one_of, record


def _behavior(value: Mapping[str, Any]) -> dict[str, Any]:
    """Allowed and cached methods are one member of the API's behavior."""
    made = {k: v for k, v in value.items() if k not in ("AllowedMethods", "CachedMethods")}
    if "AllowedMethods" in value or "CachedMethods" in value:
        allowed = value.get("AllowedMethods", ["GET", "HEAD"])
        made["AllowedMethods"] = {"Items": allowed}
        if "CachedMethods" in value:
            made["AllowedMethods"]["CachedMethods"] = value["CachedMethods"]
    if "ForwardedValues" in made:
        made["ForwardedValues"] = {"Cookies": {"Forward": "none"}, **made["ForwardedValues"]}
    return made


def _origin(value: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(value)
    if "S3OriginConfig" in made:
        made["S3OriginConfig"] = {"OriginAccessIdentity": "", **made["S3OriginConfig"]}
    if "CustomOriginConfig" in made:
        ports = {"HTTPPort": 80, "HTTPSPort": 443}
        made["CustomOriginConfig"] = {**ports, **made["CustomOriginConfig"]}
    return made


def distribution_config(context: Context, value: Properties, reference: str) -> dict[str, Any]:
    """The API's DistributionConfig from the resource's."""
    given = {"Comment": "", **value}
    given["DefaultCacheBehavior"] = _behavior(given["DefaultCacheBehavior"])
    for name, convert in (("CacheBehaviors", _behavior), ("Origins", _origin)):
        if name in given:
            given[name] = [convert(one) for one in given[name]]
    made = structure(given, shape_of(context, "CreateDistribution", "DistributionConfig"))
    return {**made, "CallerReference": reference}


def _create_distribution(context: Context, values: Properties) -> Made:
    config = distribution_config(context, values["DistributionConfig"], context.random(24))
    tags = [{"Key": k, "Value": v} for k, v in as_map(values.get("Tags")).items()]
    result = call(
        context,
        "CreateDistributionWithTags",
        DistributionConfigWithTags={"DistributionConfig": config, "Tags": {"Items": tags}},
    )["Distribution"]
    return Made(result["Id"], {"Id": result["Id"], "DomainName": result["DomainName"]})


def _update_distribution(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    found = call(context, "GetDistribution", Id=existing.physical_id)
    reference = found["Distribution"]["DistributionConfig"]["CallerReference"]
    if "DistributionConfig" in changed:
        config = distribution_config(context, new["DistributionConfig"], reference)
        call(context, "UpdateDistribution", Id=existing.physical_id, IfMatch=found["ETag"],
              DistributionConfig=config)  # fmt: skip
    if "Tags" in changed:
        retag(context, found["Distribution"]["ARN"], existing, new)


def _delete_distribution(context: Context, existing: Existing) -> None:
    """Disable it, then delete it; AWS takes minutes in between."""
    found = call(context, "GetDistributionConfig", Id=existing.physical_id)
    if found["DistributionConfig"]["Enabled"]:
        config = {**found["DistributionConfig"], "Enabled": False}
        found = call(context, "UpdateDistribution", Id=existing.physical_id,
                      IfMatch=found["ETag"], DistributionConfig=config)  # fmt: skip
    call(context, "DeleteDistribution", Id=existing.physical_id, IfMatch=found["ETag"])


_METHODS = ListOf(one_of("GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"))
_BEHAVIOR: dict[str, Spec] = {
    "AllowedMethods": _METHODS,
    "CachedMethods": _METHODS,
    "ForwardedValues": record(
        "QueryString:b! Headers:[] QueryStringCacheKeys:[]",
        Cookies=record("WhitelistedNames:[]", Forward=one_of("none", "whitelist", "all"),
                       required="Forward"),
    ),
    "ViewerProtocolPolicy": one_of("allow-all", "https-only", "redirect-to-https"),
}  # fmt: skip
_PLAIN = (
    "CachePolicyId Compress:b DefaultTTL:n MaxTTL:n MinTTL:n OriginRequestPolicyId "
    "ResponseHeadersPolicyId TargetOriginId! TrustedKeyGroups:[]"
)
_ORIGIN = record(
    "ConnectionAttempts:i ConnectionTimeout:i DomainName! Id! OriginAccessControlId OriginPath",
    CustomOriginConfig=record(
        "HTTPPort:i HTTPSPort:i OriginKeepaliveTimeout:i OriginReadTimeout:i OriginSSLProtocols:[]",
        OriginProtocolPolicy=one_of("http-only", "match-viewer", "https-only"),
        required="OriginProtocolPolicy",
    ),
    OriginCustomHeaders=ListOf(record("HeaderName! HeaderValue!")),
    S3OriginConfig=record("OriginAccessIdentity"),
)
_CONFIG = record(
    "Aliases:[] Comment DefaultRootObject Enabled:b! IPV6Enabled:b",
    CacheBehaviors=ListOf(
        record(f"{_PLAIN} PathPattern!", **_BEHAVIOR, required="ViewerProtocolPolicy")
    ),
    CustomErrorResponses=ListOf(
        record("ErrorCachingMinTTL:n ErrorCode:i! ResponseCode:i ResponsePagePath")
    ),
    DefaultCacheBehavior=record(_PLAIN, **_BEHAVIOR, required="ViewerProtocolPolicy"),
    HttpVersion=one_of("http1.1", "http2", "http3", "http2and3"),
    OriginGroups=record(
        "Quantity:i!",
        Items=ListOf(
            record(
                "Id!",
                FailoverCriteria=record(
                    StatusCodes=record("Quantity:i!", Items=ListOf(INTEGER)),
                    required="StatusCodes",
                ),
                Members=record("Quantity:i!", Items=ListOf(record("OriginId!"))),
                required="FailoverCriteria Members",
            )
        ),
    ),
    Origins=ListOf(_ORIGIN),
    PriceClass=one_of("PriceClass_100", "PriceClass_200", "PriceClass_All"),
    Restrictions=record(
        GeoRestriction=record(
            "Locations:[]",
            RestrictionType=one_of("blacklist", "whitelist", "none"),
            required="RestrictionType",
        ),
        required="GeoRestriction",
    ),
    ViewerCertificate=record(
        "AcmCertificateArn CloudFrontDefaultCertificate:b MinimumProtocolVersion SslSupportMethod"
    ),
    required="DefaultCacheBehavior",
)

DISTRIBUTION = ResourceType(
    name="AWS::CloudFront::Distribution",
    properties=record(DistributionConfig=_CONFIG, Tags=TAGS, required="DistributionConfig"),
    create=_create_distribution,
    update=_update_distribution,
    delete=_delete_distribution,
    attributes=("DomainName", "Id"),
    arn="arn:{partition}:cloudfront::{account}:distribution/{id}",
    notes="Serves at once; its status is InProgress for three minutes.",
)
