"""What CloudFront refuses in a distribution's configuration.

Amazon CloudFront API Reference, "CreateDistribution" (errors) and the data types it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from archlib.local.edge import refused
from archlib.local.edge.compiling import items
from archlib.local.edge.control import key_groups
from archlib.local.edge.control.seam import refuse
from archlib.local.refusal import ApiRefusal
from archlib.local.s3.address import HOST as S3_HOST

if TYPE_CHECKING:
    from archlib.local.edge.control.estate import Estate

Config = Mapping[str, Any]

_METHODS = (
    frozenset({"GET", "HEAD"}),
    frozenset({"GET", "HEAD", "OPTIONS"}),
    frozenset({"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}),
)
#: Codes for which an error page can be configured, and codes it can be sent with.
ERROR_CODES = frozenset({400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504})
_PAGE_CODES = ERROR_CODES | {200}
_FAILOVER_CODES = frozenset({403, 404, 416, 429, 500, 502, 503, 504})


def check(estate: Estate, config: Config, own: str | None) -> None:
    """Raise AWS's error, or :class:`Unsupported` for what is not imitated.

    ``own`` is the id of the distribution that is being updated.
    """
    refused.check(config)
    origins = {one["Id"]: one for one in items(config, "Origins")}
    if not origins:
        raise refuse("MissingArgument", "The parameter Origins is required.")
    groups = {one["Id"]: one for one in items(config, "OriginGroups")}
    for one in origins.values():
        _origin(estate, one)
    for one in groups.values():
        _group(one, origins)
    behaviors = list(_behaviors(config))
    if len({pattern for pattern, _ in behaviors}) < len(behaviors):
        raise _argument("The parameter PathPattern must be unique among the cache behaviors.")
    for _, one in behaviors:
        _behavior(estate, one, origins, groups)
        key_groups.check_behavior(estate, one, own)
    for one in items(config, "CustomErrorResponses"):
        _error_page(one)
    _aliases(estate, config, own)
    if (config.get("DefaultRootObject") or "").startswith("/"):
        raise refuse(
            "InvalidDefaultRootObject",
            "The default root object file name is too big or contains an invalid character.",
        )
    geo = (config.get("Restrictions") or {}).get("GeoRestriction") or {}
    if geo.get("RestrictionType", "none") != "none" and not geo.get("Items"):
        raise refuse(
            "InvalidGeoRestrictionParameter",
            "The specified geo restriction parameter is not valid.",
        )


def _argument(message: str) -> ApiRefusal:
    return refuse("InvalidArgument", message)


def _behaviors(config: Config) -> Iterator[tuple[str, Config]]:
    for one in items(config, "CacheBehaviors"):
        yield one["PathPattern"].lstrip("/"), one
    yield "*default*", config["DefaultCacheBehavior"]


def _origin(estate: Estate, one: Config) -> None:
    s3, custom = one.get("S3OriginConfig"), one.get("CustomOriginConfig")
    if (s3 is None) == (custom is None):
        raise _argument("Exactly one of S3OriginConfig and CustomOriginConfig must be given.")
    path = one.get("OriginPath") or ""
    if path and (not path.startswith("/") or path.endswith("/")):
        raise _argument("The parameter OriginPath must begin with / and must not end with it.")
    named = S3_HOST.fullmatch(one["DomainName"].lower())
    if s3 is not None and (named is None or not named["bucket"]):
        raise _argument("The parameter Origin DomainName does not refer to a valid S3 bucket.")
    control = one.get("OriginAccessControlId")
    identity = (s3 or {}).get("OriginAccessIdentity") or ""
    if control and identity:
        raise refuse(
            "IllegalOriginAccessConfiguration",
            "An origin cannot contain both an origin access control (OAC) and an origin access "
            "identity (OAI).",
        )
    if control:
        estate.access_control(control)
    if control and custom is not None:
        raise _argument("An S3 origin access control needs an S3 origin.")
    if identity:
        prefix, _, name = identity.rpartition("/")
        if prefix != "origin-access-identity/cloudfront":
            raise refuse(
                "InvalidOriginAccessIdentity",
                "The origin access identity must be origin-access-identity/cloudfront/ and its id.",
            )
        estate.canonical_user(name)


def _group(one: Config, origins: Mapping[str, Config]) -> None:
    members = [member["OriginId"] for member in items(one, "Members")]
    if len(members) != 2 or any(member not in origins for member in members):
        raise _argument("An origin group must have two origins of the distribution as members.")
    codes = set(items(one["FailoverCriteria"], "StatusCodes"))
    if not codes or not codes <= _FAILOVER_CODES:
        raise _argument("The failover criteria of an origin group have an invalid status code.")


def _behavior(
    estate: Estate, one: Config, origins: Mapping[str, Config], groups: Mapping[str, Config]
) -> None:
    target = one["TargetOriginId"]
    if target not in origins and target not in groups:
        raise refuse("NoSuchOrigin", f"One or more of your origins or origin groups do not exist: "
                     f"{target}", 404)  # fmt: skip
    allowed = frozenset(items(one, "AllowedMethods") or ("GET", "HEAD"))
    cached = frozenset(items(one.get("AllowedMethods"), "CachedMethods") or ("GET", "HEAD"))
    if allowed not in _METHODS or cached not in _METHODS[:2] or not cached <= allowed:
        raise _argument("The parameter AllowedMethods or CachedMethods has an invalid set.")
    if target in groups and allowed == _METHODS[2]:
        raise _argument(
            "You cannot set AllowedMethods to include POST, PUT, PATCH, or DELETE for a cached "
            "behavior associated with an origin group."
        )
    if one.get("CachePolicyId"):
        if any(name in one for name in ("ForwardedValues", "MinTTL", "DefaultTTL", "MaxTTL")):
            raise _argument("The parameter ForwardedValues cannot be used when a cache policy is.")
        estate.cache_policy(one["CachePolicyId"])
    elif not one.get("ForwardedValues"):
        raise _argument("The parameter ForwardedValues is required.")
    else:
        _legacy(one, origins.get(target))
    if one.get("OriginRequestPolicyId"):
        if not one.get("CachePolicyId"):
            raise _argument("An origin request policy needs a cache policy.")
        estate.origin_request_policy(one["OriginRequestPolicyId"])
    if one.get("ResponseHeadersPolicyId"):
        estate.response_headers_policy(one["ResponseHeadersPolicyId"])


def _legacy(one: Config, origin: Config | None) -> None:
    values = one["ForwardedValues"]
    headers = {name.lower() for name in items(values, "Headers")}
    if "host" in headers and origin is not None and origin.get("S3OriginConfig") is not None:
        raise refuse(
            "InvalidHeadersForS3Origin",
            "The headers specified are not valid for an Amazon S3 origin.",
        )
    if "*" in headers and one.get("MinTTL", 0) != 0:
        raise refuse(
            "InvalidTTLOrder", "MinTTL must be 0 when all headers are forwarded to the origin."
        )
    low, middle = one.get("MinTTL", 0), one.get("DefaultTTL", 86400)
    if not low <= middle <= one.get("MaxTTL", 31536000):
        raise refuse("InvalidTTLOrder", "The TTL order specified in the response is not valid.")


def _error_page(one: Config) -> None:
    page, status = one.get("ResponsePagePath") or "", one.get("ResponseCode") or ""
    wrong = int(one["ErrorCode"]) not in ERROR_CODES
    wrong = wrong or (bool(status) and int(status) not in _PAGE_CODES)
    if wrong:
        raise refuse(
            "InvalidResponseCode", "A response code is not valid: it has no custom error response."
        )
    if bool(page) != bool(status) or (page and not page.startswith("/")):
        raise _argument("ResponsePagePath (with a leading /) and ResponseCode go together.")


def _aliases(estate: Estate, config: Config, own: str | None) -> None:
    aliases = items(config, "Aliases")
    for other in estate.distributions.values():
        taken = {name.lower() for name in items(other.config, "Aliases")}
        for name in aliases:
            if other.id != own and name.lower() in taken:
                raise refuse(
                    "CNAMEAlreadyExists",
                    "One or more of the CNAMEs you provided are already associated with a "
                    "different resource.",
                    409,
                )
    certificate = config.get("ViewerCertificate") or {}
    arn = certificate.get("ACMCertificateArn")
    if arn is None:
        if aliases:
            raise _certificate(
                "To add an alternate domain name (CNAME) to a CloudFront distribution, you must "
                "attach a trusted certificate that validates your authorization to use the domain "
                "name."
            )
        return
    names = _names_of(estate, arn)
    if not certificate.get("SSLSupportMethod"):
        raise _argument("SSLSupportMethod is required with an ACM certificate.")
    for name in aliases:
        if not any(_covers(one, name.lower()) for one in names):
            raise _certificate(
                "The certificate that is attached to your distribution doesn't cover the "
                f"alternate domain name (CNAME) {name}."
            )


def _certificate(message: str) -> ApiRefusal:
    return refuse("InvalidViewerCertificate", message)


def _names_of(estate: Estate, arn: str) -> tuple[str, ...]:
    """The names in an ACM certificate, which has to be in us-east-1."""
    from moto.acm.models import acm_backends

    parts = arn.split(":")
    found: Any = None
    if len(parts) == 6 and parts[3] == "us-east-1":
        backend: Any = acm_backends[estate.cloud.account]["us-east-1"]
        found = backend._certificates.get(arn)
    if found is None:
        raise _certificate(
            "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, "
            "or doesn't include a valid certificate chain."
        )
    described = found.describe()["Certificate"]
    names = (described["DomainName"], *described.get("SubjectAlternativeNames", ()))
    return tuple(str(name).lower() for name in names)


def _covers(certified: str, name: str) -> bool:
    if certified.startswith("*."):
        first, _, rest = name.partition(".")
        return bool(first) and rest == certified[2:]
    return certified == name
