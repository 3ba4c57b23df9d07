"""CloudFront: distributions, policies, origin access, functions.

Source: "Amazon CloudFront resource type reference" in the AWS CloudFormation User Guide. What
CloudFormation writes as a list the API wants as ``{Quantity, Items}``; the rest is spelling.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore import xform_name

from archlib.local.deploy.providers.tagging import as_map
from archlib.local.deploy.resource_type import Context, Existing, Made, Properties, ResourceType
from archlib.local.deploy.shapes import member_name
from archlib.local.deploy.spec import (
    INTEGER,
    STRINGS,
    TAGS,
    ListOf,
    Record,
    Spec,
    one_of,
    record,
)

_CLOUDFRONT = "cloudfront"

#: CloudFormation's name -> the API's, where more than casing differs.
_RENAMED = {
    "IPV6Enabled": "IsIPV6Enabled",
    "OriginCustomHeaders": "CustomHeaders",
    "Locations": "Items",
}


def quantified(value: Any, shape: Any) -> Any:
    """A CloudFormation value as the API's ``shape`` wants it: lists become Quantity and Items."""
    if shape.type_name == "structure":
        if isinstance(value, list):
            member = shape.members["Items"]
            made = [quantified(item, member.member) for item in value]
            return {"Quantity": len(made), **({"Items": made} if made else {})}
        return _structure(value, shape)
    if shape.type_name == "list":
        return [quantified(item, shape.member) for item in value]
    if shape.type_name == "string":
        return str(value)
    return value


def _structure(value: Mapping[str, Any], shape: Any) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, item in value.items():
        spelled = member_name(shape, _RENAMED.get(name, name))
        if spelled is None:
            raise KeyError(f"{shape.name} has no member {name}")
        made[spelled] = quantified(item, shape.members[spelled])
    if "Quantity" in shape.members:
        made["Quantity"] = len(made.get("Items", ()))
    return made


def _shape(context: Context, operation: str, member: str) -> Any:
    return context.models(_CLOUDFRONT).operation_model(operation).input_shape.members[member]


def _call(context: Context, operation: str, **arguments: Any) -> dict[str, Any]:
    result: dict[str, Any] = getattr(context.client(_CLOUDFRONT), xform_name(operation))(
        **arguments
    )
    return result


# -- distributions ---------------------------------------------------------------------------


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
    made = _structure(given, _shape(context, "CreateDistribution", "DistributionConfig"))
    return {**made, "CallerReference": reference}


def _create_distribution(context: Context, values: Properties) -> Made:
    config = distribution_config(context, values["DistributionConfig"], context.random(24))
    tags = [{"Key": k, "Value": v} for k, v in as_map(values.get("Tags")).items()]
    result = _call(
        context,
        "CreateDistributionWithTags",
        DistributionConfigWithTags={"DistributionConfig": config, "Tags": {"Items": tags}},
    )["Distribution"]
    return Made(result["Id"], {"Id": result["Id"], "DomainName": result["DomainName"]})


def _update_distribution(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    found = _call(context, "GetDistribution", Id=existing.physical_id)
    reference = found["Distribution"]["DistributionConfig"]["CallerReference"]
    if "DistributionConfig" in changed:
        config = distribution_config(context, new["DistributionConfig"], reference)
        _call(context, "UpdateDistribution", Id=existing.physical_id, IfMatch=found["ETag"],
              DistributionConfig=config)  # fmt: skip
    if "Tags" in changed:
        _retag(context, found["Distribution"]["ARN"], existing, new)


def _retag(context: Context, arn: str, existing: Existing, new: Properties) -> None:
    before, after = as_map(existing.properties.get("Tags")), as_map(new.get("Tags"))
    if gone := [key for key in before if key not in after]:
        _call(context, "UntagResource", Resource=arn, TagKeys={"Items": gone})
    if put := [{"Key": k, "Value": v} for k, v in after.items() if before.get(k) != v]:
        _call(context, "TagResource", Resource=arn, Tags={"Items": put})


def _delete_distribution(context: Context, existing: Existing) -> None:
    """Disable it, then delete it; AWS takes minutes in between."""
    found = _call(context, "GetDistributionConfig", Id=existing.physical_id)
    if found["DistributionConfig"]["Enabled"]:
        config = {**found["DistributionConfig"], "Enabled": False}
        found = _call(context, "UpdateDistribution", Id=existing.physical_id,
                      IfMatch=found["ETag"], DistributionConfig=config)  # fmt: skip
    _call(context, "DeleteDistribution", Id=existing.physical_id, IfMatch=found["ETag"])


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
    "ResponseHeadersPolicyId TargetOriginId!"
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


# -- what is made of one configuration ---------------------------------------------------------


def _simple(
    name: str,
    spec: Record,
    *,
    kind: str | None = None,
    attributes: tuple[str, ...] = ("Id",),
    referenced: bool = False,
    notes: str = "",
) -> ResourceType:
    """A resource type that is one configuration: created, updated and deleted as a whole.

    ``referenced`` ones carry a caller reference, which CloudFormation makes.
    """
    kind = kind or name.rpartition("::")[2]
    member = f"{kind}Config"

    def config(context: Context, values: Properties) -> dict[str, Any]:
        shape = _shape(context, f"Create{kind}", member)
        return _structure(values[member], shape)

    def create(context: Context, values: Properties) -> Made:
        made = config(context, values)
        if referenced:
            made["CallerReference"] = context.random(24)
        result = _call(context, f"Create{kind}", **{member: made})[kind]
        values_of = {"LastModifiedTime": str(result.get("LastModifiedTime", ""))}
        return Made(result["Id"], {one: values_of.get(one) or result[one] for one in attributes})

    def update(
        context: Context, existing: Existing, new: Properties, changed: frozenset[str]
    ) -> None:
        id = existing.physical_id
        found = _call(context, f"Get{kind}Config", Id=id)
        made = config(context, new)
        if referenced:
            made["CallerReference"] = found[member]["CallerReference"]
        _call(context, f"Update{kind}", Id=id, IfMatch=found["ETag"], **{member: made})

    def delete(context: Context, existing: Existing) -> None:
        version = _call(context, f"Get{kind}", Id=existing.physical_id)["ETag"]
        _call(context, f"Delete{kind}", Id=existing.physical_id, IfMatch=version)

    return ResourceType(
        name=name,
        properties=Record({member: spec}, frozenset({member})),
        create=create,
        update=update,
        delete=delete,
        attributes=attributes,
        notes=notes,
    )


IDENTITY = _simple(
    "AWS::CloudFront::CloudFrontOriginAccessIdentity",
    record("Comment!"),
    attributes=("Id", "S3CanonicalUserId"),
    referenced=True,
)

ACCESS_CONTROL = _simple(
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

CACHE_POLICY = _simple(
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

ORIGIN_REQUEST_POLICY = _simple(
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

RESPONSE_HEADERS_POLICY = _simple(
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


# -- functions -----------------------------------------------------------------------------


def _function(context: Context, values: Properties) -> dict[str, Any]:
    shape = _shape(context, "CreateFunction", "FunctionConfig")
    return {
        "Name": values["Name"],
        "FunctionConfig": _structure(values["FunctionConfig"], shape),
        "FunctionCode": values["FunctionCode"].encode(),
    }


def _create_function(context: Context, values: Properties) -> Made:
    result = _call(context, "CreateFunction", **_function(context, values))
    arn = result["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
    made = Made(
        arn, {"FunctionARN": arn, "FunctionMetadata.FunctionARN": arn, "Stage": "DEVELOPMENT"}
    )
    context.note(made)
    if values.get("AutoPublish"):
        _call(context, "PublishFunction", Name=values["Name"], IfMatch=result["ETag"])
    if values.get("Tags"):
        _call(context, "TagResource", Resource=arn, Tags={"Items": values["Tags"]})
    return made


def _update_function(
    context: Context, existing: Existing, new: Properties, changed: frozenset[str]
) -> None:
    version = _call(context, "DescribeFunction", Name=new["Name"])["ETag"]
    if changed - {"Tags", "AutoPublish"}:
        given = _function(context, new)
        version = _call(context, "UpdateFunction", IfMatch=version, **given)["ETag"]
    if new.get("AutoPublish"):
        _call(context, "PublishFunction", Name=new["Name"], IfMatch=version)
    if "Tags" in changed:
        _retag(context, existing.physical_id, existing, new)


def _delete_function(context: Context, existing: Existing) -> None:
    name = existing.properties["Name"]
    version = _call(context, "DescribeFunction", Name=name)["ETag"]
    _call(context, "DeleteFunction", Name=name, IfMatch=version)


FUNCTION = ResourceType(
    name="AWS::CloudFront::Function",
    properties=record(
        "AutoPublish:b FunctionCode! Name!",
        FunctionConfig=record(
            "Comment!",
            Runtime=one_of("cloudfront-js-1.0", "cloudfront-js-2.0"),
            required="Runtime",
        ),
        Tags=TAGS,
        required="FunctionConfig",
    ),
    create=_create_function,
    update=_update_function,
    delete=_delete_function,
    replacement=frozenset({"Name"}),
    attributes=("FunctionARN", "FunctionMetadata.FunctionARN", "Stage"),
    name_property="Name",
    notes="Kept and published; no behavior can use it, since nothing here runs it.",
)

TYPES = (
    DISTRIBUTION,
    IDENTITY,
    ACCESS_CONTROL,
    CACHE_POLICY,
    ORIGIN_REQUEST_POLICY,
    RESPONSE_HEADERS_POLICY,
    FUNCTION,
)
