"""The control plane: versions, refusals, errors as AWS words them."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from edge_site import PLANES, Site
from test_edge_origins import OPTIMIZED, bucket, control, distribution, get

from archlib.errors import Unsupported
from archlib.local import LocalCloud
from archlib.local.edge.control import OPERATIONS
from archlib.local.iam.operations import TABLES


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def changed(cloud: LocalCloud, made: dict[str, Any], **more: Any) -> dict[str, Any]:
    client = cloud.client("cloudfront")
    found = client.get_distribution_config(Id=made["Id"])
    config = {**found["DistributionConfig"], **more}
    result = client.update_distribution(
        Id=made["Id"], IfMatch=found["ETag"], DistributionConfig=config
    )
    return dict(result["Distribution"])


def test_a_distribution_is_deployed_after_a_while(cloud: LocalCloud) -> None:
    bucket(cloud)
    made = distribution(cloud)
    assert made["Status"] == "InProgress"
    cloud.client("cloudfront").get_waiter("distribution_deployed").wait(Id=made["Id"])
    found = cloud.client("cloudfront").get_distribution(Id=made["Id"])["Distribution"]
    assert found["Status"] == "Deployed"


def test_versions_guard_changes(cloud: LocalCloud) -> None:
    bucket(cloud)
    client, made = cloud.client("cloudfront"), distribution(cloud)
    found = client.get_distribution_config(Id=made["Id"])
    changed(cloud, made, Comment="first")
    with pytest.raises(ClientError) as outdated:
        client.update_distribution(
            Id=made["Id"], IfMatch=found["ETag"], DistributionConfig=found["DistributionConfig"]
        )
    assert code(outdated) == "PreconditionFailed"
    with pytest.raises(ClientError) as missing:
        client.update_distribution(Id=made["Id"], DistributionConfig=found["DistributionConfig"])
    assert code(missing) == "InvalidIfMatchVersion"


def test_only_a_disabled_distribution_can_be_deleted(cloud: LocalCloud) -> None:
    bucket(cloud)
    client, made = cloud.client("cloudfront"), distribution(cloud)
    etag = client.get_distribution(Id=made["Id"])["ETag"]
    with pytest.raises(ClientError) as enabled:
        client.delete_distribution(Id=made["Id"], IfMatch=etag)
    assert code(enabled) == "DistributionNotDisabled"
    changed(cloud, made, Enabled=False)
    with pytest.raises(requests.ConnectionError):
        get(made)
    etag = client.get_distribution(Id=made["Id"])["ETag"]
    client.delete_distribution(Id=made["Id"], IfMatch=etag)
    with pytest.raises(ClientError) as gone:
        client.get_distribution(Id=made["Id"])
    assert code(gone) == "NoSuchDistribution"


def test_what_is_used_cannot_be_deleted(cloud: LocalCloud) -> None:
    bucket(cloud)
    client, origin = cloud.client("cloudfront"), control(cloud)
    distribution(cloud, origin=origin)
    id = origin["OriginAccessControlId"]
    etag = client.get_origin_access_control(Id=id)["ETag"]
    with pytest.raises(ClientError) as used:
        client.delete_origin_access_control(Id=id, IfMatch=etag)
    assert code(used) == "OriginAccessControlInUse"


def test_managed_policies_are_listed_and_fixed(cloud: LocalCloud) -> None:
    client = cloud.client("cloudfront")
    managed = client.list_cache_policies(Type="managed")["CachePolicyList"]
    names = {one["CachePolicy"]["CachePolicyConfig"]["Name"] for one in managed["Items"]}
    assert {"Managed-CachingOptimized", "Managed-CachingDisabled"} <= names
    assert client.list_cache_policies(Type="custom")["CachePolicyList"]["Quantity"] == 0
    etag = client.get_cache_policy(Id=OPTIMIZED)["ETag"]
    with pytest.raises(ClientError) as illegal:
        client.delete_cache_policy(Id=OPTIMIZED, IfMatch=etag)
    assert code(illegal) == "IllegalDelete"


REFUSED = {
    "LambdaFunctionAssociations": {
        "Quantity": 1,
        "Items": [{"EventType": "viewer-request",
                   "LambdaFunctionARN": "arn:aws:lambda:us-east-1:123456789012:function:f:1"}],
    },
    "FunctionAssociations": {
        "Quantity": 1,
        "Items": [{"EventType": "viewer-request",
                   "FunctionARN": "arn:aws:cloudfront::123456789012:function/f"}],
    },
    "FieldLevelEncryptionId": "X",
    "RealtimeLogConfigArn": "arn:aws:cloudfront::123456789012:realtime-log-config/x",
    "TrustedSigners": {"Enabled": True, "Quantity": 1, "Items": ["self"]},
    "GrpcConfig": {"Enabled": True},
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_imitated_is_refused_by_its_path(cloud: LocalCloud, name: str) -> None:
    bucket(cloud)
    behavior = {
        "TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all", "CachePolicyId": OPTIMIZED,
        name: REFUSED[name],
    }  # fmt: skip
    with pytest.raises(Unsupported) as refused:
        distribution(cloud, DefaultCacheBehavior=behavior)
    assert f"DistributionConfig.DefaultCacheBehavior.{name}" in str(refused.value)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("WebACLId", "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b"),
        ("Logging", {"Enabled": True, "IncludeCookies": False, "Bucket": "b", "Prefix": ""}),
        ("Staging", True),
        ("ContinuousDeploymentPolicyId", "x"),
    ],
)
def test_distribution_wide_features_are_refused(cloud: LocalCloud, member: str, value: Any) -> None:
    bucket(cloud)
    with pytest.raises(Unsupported, match=f"DistributionConfig.{member}"):
        distribution(cloud, **{member: value})


def test_operations_that_are_not_imitated_are_refused(cloud: LocalCloud) -> None:
    with pytest.raises(Unsupported, match="DeleteMonitoringSubscription"):
        cloud.client("cloudfront").delete_monitoring_subscription(DistributionId="E1")


def wrong(cloud: LocalCloud, **more: Any) -> str:
    bucket(cloud)
    with pytest.raises(ClientError) as refused:
        distribution(cloud, **more)
    return code(refused)


def behavior(**more: Any) -> dict[str, Any]:
    return {
        "TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all", "CachePolicyId": OPTIMIZED,
        **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"DefaultCacheBehavior": behavior(TargetOriginId="x")}, "NoSuchOrigin"),
        ({"DefaultCacheBehavior": behavior(CachePolicyId="x")}, "NoSuchCachePolicy"),
        ({"DefaultCacheBehavior": behavior(ResponseHeadersPolicyId="x")},
         "NoSuchResponseHeadersPolicy"),
        ({"DefaultCacheBehavior": behavior(MinTTL=1)}, "InvalidArgument"),
        ({"DefaultRootObject": "/index.html"}, "InvalidDefaultRootObject"),
        ({"Aliases": {"Quantity": 1, "Items": ["a.example"]}}, "InvalidViewerCertificate"),
        ({"origin": {"S3OriginConfig": {"OriginAccessIdentity": "x"}}},
         "InvalidOriginAccessIdentity"),
        ({"origin": {"S3OriginConfig": {"OriginAccessIdentity": ""},
                     "OriginAccessControlId": "x"}}, "NoSuchOriginAccessControl"),
        ({"origin": {"S3OriginConfig": {"OriginAccessIdentity": ""},
                     "DomainName": "site.s3-website-us-east-1.amazonaws.com"}}, "InvalidArgument"),
        ({"CustomErrorResponses": {"Quantity": 1, "Items": [
            {"ErrorCode": 412, "ResponsePagePath": "/x", "ResponseCode": "200"}]}},
         "InvalidResponseCode"),
        ({"Restrictions": {"GeoRestriction": {"RestrictionType": "whitelist", "Quantity": 0}}},
         "InvalidGeoRestrictionParameter"),
    ],
)  # fmt: skip
def test_errors_of_a_configuration(cloud: LocalCloud, more: dict[str, Any], expected: str) -> None:
    assert wrong(cloud, **more) == expected


def test_aliases_need_a_certificate_that_covers_them(cloud: LocalCloud) -> None:
    bucket(cloud, **{"index.html": b"home"})
    acm = cloud.client("acm", region="us-east-1")
    arn = acm.request_certificate(DomainName="*.example.com")["CertificateArn"]
    certificate = {"ACMCertificateArn": arn, "SSLSupportMethod": "sni-only"}

    def aliases(*names: str) -> dict[str, Any]:
        return {"Quantity": len(names), "Items": list(names)}

    with pytest.raises(ClientError) as uncovered:
        distribution(cloud, Aliases=aliases("example.com"), ViewerCertificate=certificate)
    assert code(uncovered) == "InvalidViewerCertificate"
    named = aliases("www.example.com")
    distribution(cloud, "2", Aliases=named, ViewerCertificate=certificate)
    assert requests.get("https://www.example.com/", timeout=5).status_code == 403
    with pytest.raises(ClientError) as taken:
        distribution(cloud, "3", Aliases=named, ViewerCertificate=certificate)
    assert code(taken) == "CNAMEAlreadyExists"


def test_tags_and_functions_are_kept(cloud: LocalCloud) -> None:
    bucket(cloud)
    client, made = cloud.client("cloudfront"), distribution(cloud)
    client.tag_resource(Resource=made["ARN"], Tags={"Items": [{"Key": "a", "Value": "b"}]})
    held = client.list_tags_for_resource(Resource=made["ARN"])["Tags"]["Items"]
    assert held == [{"Key": "a", "Value": "b"}]
    config = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    code_text = b"function handler(event) { return event.request; }"
    function = client.create_function(Name="f", FunctionConfig=config, FunctionCode=code_text)
    client.publish_function(Name="f", IfMatch=function["ETag"])
    assert client.get_function(Name="f", Stage="LIVE")["FunctionCode"].read() == code_text
    with pytest.raises(Unsupported, match="no engine"):
        client.test_function(Name="f", IfMatch=function["ETag"], EventObject=b"{}")


@pytest.mark.parametrize(
    ("reference", "quantity", "path", "code"),
    [
        ("one", 1, "/b", "InvalidationBatchAlreadyExists"),
        ("two", 2, "/a", "InconsistentQuantities"),
    ],
)
def test_an_invalidation_that_contradicts_is_refused(
    cloud: LocalCloud, reference: str, quantity: int, path: str, code: str
) -> None:
    site = Site(cloud, 1, {})
    cloudfront = cloud.client("cloudfront")

    def ask(reference: str, quantity: int, path: str) -> Any:
        paths = {"Quantity": quantity, "Items": [path]}
        batch = {"CallerReference": reference, "Paths": paths}
        return cloudfront.create_invalidation(
            DistributionId=site.made["Id"], InvalidationBatch=batch
        )

    ask("one", 1, "/a")
    with pytest.raises(ClientError) as refused:
        ask(reference, quantity, path)
    assert refused.value.response["Error"]["Code"] == code


def test_an_invalidation_completes(cloud: LocalCloud) -> None:
    bucket(cloud)
    client, made = cloud.client("cloudfront"), distribution(cloud)
    batch = {"CallerReference": "1", "Paths": {"Quantity": 1, "Items": ["/*"]}}
    asked = client.create_invalidation(DistributionId=made["Id"], InvalidationBatch=batch)
    id = asked["Invalidation"]["Id"]
    assert asked["Invalidation"]["Status"] == "InProgress"
    again = client.create_invalidation(DistributionId=made["Id"], InvalidationBatch=batch)
    assert again["Invalidation"]["Id"] == id, "the same caller reference is the same invalidation"
    client.get_waiter("invalidation_completed").wait(DistributionId=made["Id"], Id=id)
    many = {
        "CallerReference": "2",
        "Paths": {"Quantity": 16, "Items": [f"/{n}*" for n in range(16)]},
    }
    with pytest.raises(ClientError) as too_many:
        client.create_invalidation(DistributionId=made["Id"], InvalidationBatch=many)
    assert code(too_many) == "TooManyInvalidationsInProgress"


def test_limits_of_a_request(cloud: LocalCloud) -> None:
    site = Site(cloud, 1, {})
    assert site.send("GET", "/" + "a" * 8_192).status == 413
    assert site.send("GET", "/a", {"X-Long": "a" * 33_000}).status == 413
    assert site.send("GET", "/a").status == 200


def test_ids_and_headers_are_the_same_every_time() -> None:
    def run() -> list[Any]:
        with LocalCloud(planes=PLANES) as cloud:
            site = Site(cloud, 1, {"origin": [{"cc": "max-age=60"}]})
            return [site.made["Id"], *(site.send("GET", "/a").headers for _ in range(3))]

    assert run() == run()


def test_every_operation_has_its_permission() -> None:
    assert set(OPERATIONS) == set(TABLES["cloudfront"])
