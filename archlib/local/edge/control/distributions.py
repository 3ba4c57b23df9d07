"""Distributions: created, read, updated, disabled, deleted.

Amazon CloudFront API Reference, "CreateDistribution" and its siblings. A change is in force at
the edge at once; the status still says ``InProgress`` for a while, as AWS's does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from archlib.local.edge.compiling import items
from archlib.local.edge.control import distribution_checks, key_groups, tagging
from archlib.local.edge.control.estate import Estate
from archlib.local.edge.control.seam import Operation, Record, check_version, page, refuse

if TYPE_CHECKING:
    from archlib.local.api import ApiCall, Result

#: Virtual seconds until a change is ``Deployed``.
DEPLOYING = 180.0


def find(estate: Estate, id: str) -> Record:
    """A distribution; raises ``NoSuchDistribution`` (404)."""
    found = estate.distributions.get(id)
    if found is None:
        raise refuse("NoSuchDistribution", "The specified distribution does not exist.", 404)
    return found


_EMPTY = {"Quantity": 0}
_READ = {"Quantity": 2, "Items": ["HEAD", "GET"]}


def completed(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with the members that CloudFront fills in."""
    made: dict[str, Any] = {
        "Aliases": dict(_EMPTY),
        "DefaultRootObject": "",
        "OriginGroups": dict(_EMPTY),
        "CacheBehaviors": dict(_EMPTY),
        "CustomErrorResponses": dict(_EMPTY),
        "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
        "PriceClass": "PriceClass_All",
        "ViewerCertificate": {
            "CloudFrontDefaultCertificate": True,
            "SSLSupportMethod": "vip",
            "MinimumProtocolVersion": "TLSv1",
            "CertificateSource": "cloudfront",
        },
        "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
        "WebACLId": "",
        "HttpVersion": "http2",
        "IsIPV6Enabled": True,
        "ContinuousDeploymentPolicyId": "",
        "Staging": False,
        **deepcopy(dict(config)),
    }
    made["DefaultCacheBehavior"] = _behavior(made["DefaultCacheBehavior"])
    for one in items(made, "Origins"):
        one.setdefault("OriginPath", "")
        one.setdefault("CustomHeaders", dict(_EMPTY))
        one.setdefault("ConnectionAttempts", 3)
        one.setdefault("ConnectionTimeout", 10)
        one.setdefault("OriginShield", {"Enabled": False})
        one.setdefault("OriginAccessControlId", "")
    if made["CacheBehaviors"].get("Items"):
        made["CacheBehaviors"]["Items"] = [_behavior(b) for b in made["CacheBehaviors"]["Items"]]
    return made


def _behavior(config: Mapping[str, Any]) -> dict[str, Any]:
    made = {
        "TrustedSigners": {"Enabled": False, "Quantity": 0},
        "TrustedKeyGroups": {"Enabled": False, "Quantity": 0},
        "AllowedMethods": {**_READ, "CachedMethods": dict(_READ)},
        "SmoothStreaming": False,
        "Compress": False,
        "LambdaFunctionAssociations": dict(_EMPTY),
        "FunctionAssociations": dict(_EMPTY),
        "FieldLevelEncryptionId": "",
        **config,
    }
    made["AllowedMethods"].setdefault("CachedMethods", dict(_READ))
    if "ForwardedValues" in made:
        for name, value in (("MinTTL", 0), ("DefaultTTL", 86400), ("MaxTTL", 31536000)):
            made.setdefault(name, value)
    return made


def _status(estate: Estate, record: Record) -> str:
    done = record.modified.timestamp() + DEPLOYING
    return "Deployed" if estate.cloud.clock.time() >= done else "InProgress"


def view(estate: Estate, record: Record) -> dict[str, Any]:
    """``Distribution``."""
    running = sum(
        1
        for one in estate.invalidations.get(record.id, {}).values()
        if one.fixed["Status"] == "InProgress"
    )
    return {
        "Id": record.id,
        "ARN": estate.arn("distribution", record.id),
        "Status": _status(estate, record),
        "LastModifiedTime": record.modified,
        "InProgressInvalidationBatches": running,
        "DomainName": record.fixed["DomainName"],
        "ActiveTrustedSigners": {"Enabled": False, "Quantity": 0},
        "ActiveTrustedKeyGroups": key_groups.active(estate, record.config),
        "DistributionConfig": record.copy,
    }


def _make(estate: Estate, given: Mapping[str, Any]) -> Record:
    for record in estate.distributions.values():
        if record.config["CallerReference"] == given["CallerReference"]:
            raise refuse(
                "DistributionAlreadyExists",
                "The caller reference that you are using to create a distribution is associated "
                f"with another distribution. Already exists: {record.id}",
                409,
            )
    distribution_checks.check(estate, given, None)
    config = completed(given)
    record = estate.record(estate.new_id(), config, DomainName=estate.new_domain())
    estate.distributions[record.id] = record
    estate.changed()
    return record


def _made(estate: Estate, record: Record) -> Result:
    location = f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{record.id}"
    return {"Distribution": view(estate, record), "Location": location, "ETag": record.etag}


def _create(estate: Estate, call: ApiCall) -> Result:
    return _made(estate, _make(estate, call.params["DistributionConfig"]))


def _create_with_tags(estate: Estate, call: ApiCall) -> Result:
    given = call.params["DistributionConfigWithTags"]
    record = _make(estate, given["DistributionConfig"])
    tagging.put(estate, estate.arn("distribution", record.id), given["Tags"])
    return _made(estate, record)


def _get(estate: Estate, call: ApiCall) -> Result:
    record = find(estate, call.params["Id"])
    return {"Distribution": view(estate, record), "ETag": record.etag}


def _get_config(estate: Estate, call: ApiCall) -> Result:
    record = find(estate, call.params["Id"])
    return {"DistributionConfig": record.copy, "ETag": record.etag}


def _update(estate: Estate, call: ApiCall) -> Result:
    record = find(estate, call.params["Id"])
    check_version(record, call.params.get("IfMatch"))
    given = call.params["DistributionConfig"]
    if given["CallerReference"] != record.config["CallerReference"]:
        raise refuse("IllegalUpdate", "The caller reference of a distribution cannot be changed.")
    distribution_checks.check(estate, given, record.id)
    estate.change(record, completed(given))
    return {"Distribution": view(estate, record), "ETag": record.etag}


def _delete(estate: Estate, call: ApiCall) -> Result:
    record = find(estate, call.params["Id"])
    check_version(record, call.params.get("IfMatch"))
    if record.config["Enabled"]:
        raise refuse(
            "DistributionNotDisabled",
            "The distribution you are trying to delete has not been disabled.",
            409,
        )
    del estate.distributions[record.id]
    estate.invalidations.pop(record.id, None)
    estate.tags.pop(estate.arn("distribution", record.id), None)
    estate.store.forget(record.id)
    estate.changed()
    return {}


_SUMMARY = ("Aliases", "Origins", "OriginGroups", "DefaultCacheBehavior", "CacheBehaviors",
            "CustomErrorResponses", "Comment", "PriceClass", "Enabled", "ViewerCertificate",
            "Restrictions", "WebACLId", "HttpVersion", "IsIPV6Enabled", "Staging")  # fmt: skip


def _summary(estate: Estate, record: Record) -> dict[str, Any]:
    shown = view(estate, record)
    config = shown.pop("DistributionConfig")
    for name in ("InProgressInvalidationBatches", "ActiveTrustedSigners", "ActiveTrustedKeyGroups"):
        del shown[name]
    return {**shown, "ETag": record.etag, **{name: config[name] for name in _SUMMARY}}


def _list(estate: Estate, call: ApiCall) -> Result:
    entries = [(r.id, _summary(estate, r)) for r in estate.distributions.values()]
    return page("DistributionList", call, entries)


def _by_policy(parameter: str, exists: Callable[[Estate, str], Any]) -> Operation:
    def listed(estate: Estate, call: ApiCall) -> Result:
        wanted = call.params[parameter]
        exists(estate, wanted)
        return page("DistributionIdList", call, [(id, id) for id in estate.users(wanted)])

    return listed


OPERATIONS: Mapping[str, Operation] = {
    "CreateDistribution": _create,
    "CreateDistributionWithTags": _create_with_tags,
    "GetDistribution": _get,
    "GetDistributionConfig": _get_config,
    "UpdateDistribution": _update,
    "DeleteDistribution": _delete,
    "ListDistributions": _list,
    "ListDistributionsByKeyGroup": _by_policy("KeyGroupId", key_groups.find),
    "ListDistributionsByCachePolicyId": _by_policy(
        "CachePolicyId", lambda estate, id: estate.cache_policy(id)
    ),
    "ListDistributionsByOriginRequestPolicyId": _by_policy(
        "OriginRequestPolicyId", lambda estate, id: estate.origin_request_policy(id)
    ),
    "ListDistributionsByResponseHeadersPolicyId": _by_policy(
        "ResponseHeadersPolicyId", lambda estate, id: estate.response_headers_policy(id)
    ),
}
