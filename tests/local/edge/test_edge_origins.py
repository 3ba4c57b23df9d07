"""Origins: private buckets by OAI and OAC, websites, uploads, what the trace says."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from edge_site import PLANES

from archlib.errors import Unsupported
from archlib.local import LocalCloud
from archlib.local.edge import EdgePlane

OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]


def bucket(cloud: LocalCloud, name: str = "site", **objects: bytes) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=name)
    for key, body in (objects or {"index.html": b"home"}).items():
        s3.put_object(Bucket=name, Key=key, Body=body, ContentType="text/html")


def allow(cloud: LocalCloud, principal: Any, *actions: str, condition: Any = None) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": list(actions or ("s3:GetObject",)),
        "Resource": "arn:aws:s3:::site/*",
        **({"Condition": condition} if condition else {}),
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("s3").put_bucket_policy(Bucket="site", Policy=document)


def distribution(
    cloud: LocalCloud, reference: str = "1", *, origin: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    chosen = {
        "Id": "o",
        "DomainName": "site.s3.us-east-1.amazonaws.com",
        **({"S3OriginConfig": {"OriginAccessIdentity": ""}} if origin is None else origin),
    }
    config = {
        "CallerReference": reference,
        "Comment": "",
        "Enabled": True,
        "DefaultRootObject": "index.html",
        "Origins": {"Quantity": 1, "Items": [chosen]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "o",
            "ViewerProtocolPolicy": "redirect-to-https",
            "CachePolicyId": OPTIMIZED,
            "AllowedMethods": {"Quantity": 7, "Items": ALL,
                               "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]}},
        },
        **more,
    }  # fmt: skip
    made = cloud.client("cloudfront").create_distribution(DistributionConfig=config)
    return dict(made["Distribution"])


def control(cloud: LocalCloud, signing: str = "always") -> dict[str, Any]:
    made = cloud.client("cloudfront").create_origin_access_control(
        OriginAccessControlConfig={
            "Name": signing,
            "SigningProtocol": "sigv4",
            "SigningBehavior": signing,
            "OriginAccessControlOriginType": "s3",
        }
    )["OriginAccessControl"]
    return {"S3OriginConfig": {"OriginAccessIdentity": ""}, "OriginAccessControlId": made["Id"]}


def identity(cloud: LocalCloud) -> tuple[dict[str, Any], dict[str, Any]]:
    made = cloud.client("cloudfront").create_cloud_front_origin_access_identity(
        CloudFrontOriginAccessIdentityConfig={"CallerReference": "1", "Comment": ""}
    )["CloudFrontOriginAccessIdentity"]
    reference = f"origin-access-identity/cloudfront/{made['Id']}"
    return {"S3OriginConfig": {"OriginAccessIdentity": reference}}, made


def get(made: dict[str, Any], path: str = "/", **more: Any) -> requests.Response:
    return requests.get(f"https://{made['DomainName']}{path}", timeout=5, **more)


def source(made: dict[str, Any]) -> dict[str, Any]:
    return {"StringEquals": {"AWS:SourceArn": made["ARN"]}}


SERVICE = {"Service": "cloudfront.amazonaws.com"}


def test_access_control_answers_only_its_distribution(cloud: LocalCloud) -> None:
    bucket(cloud)
    origin = control(cloud)
    mine, other = distribution(cloud, "1", origin=origin), distribution(cloud, "2", origin=origin)
    assert get(mine).status_code == 403
    allow(cloud, SERVICE, condition=source(mine))
    assert (get(mine).status_code, get(mine).text) == (200, "home")
    assert get(other).status_code == 403
    direct = requests.get("https://site.s3.us-east-1.amazonaws.com/index.html", timeout=5)
    assert direct.status_code == 403


def test_access_control_that_never_signs_is_anonymous(cloud: LocalCloud) -> None:
    bucket(cloud)
    mine = distribution(cloud, origin=control(cloud, "never"))
    allow(cloud, SERVICE, condition=source(mine))
    assert get(mine).status_code == 403
    assert cloud.trace.hops[-1].principal == "anonymous"


@pytest.mark.parametrize("form", ["arn", "canonical"])
def test_access_identity_is_named_by_its_arn_or_canonical_user(
    cloud: LocalCloud, form: str
) -> None:
    bucket(cloud)
    origin, made = identity(cloud)
    mine, plain = distribution(cloud, origin=origin), distribution(cloud, "2")
    arn = f"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {made['Id']}"
    named = {"AWS": arn} if form == "arn" else {"CanonicalUser": made["S3CanonicalUserId"]}
    assert get(mine).status_code == 403
    allow(cloud, named)
    assert get(mine).text == "home"
    assert get(plain).status_code == 403, "a distribution without the identity is anonymous"


def test_another_access_identity_is_denied(cloud: LocalCloud) -> None:
    bucket(cloud)
    origin, _ = identity(cloud)
    other = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2OTHER0000000"
    allow(cloud, {"AWS": other})
    assert get(distribution(cloud, origin=origin)).status_code == 403


def test_explicit_deny_wins_over_the_grant(cloud: LocalCloud) -> None:
    bucket(cloud)
    mine = distribution(cloud, origin=control(cloud))
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": SERVICE, "Action": "s3:*",
             "Resource": "arn:aws:s3:::site/*"},
            {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
             "Resource": "arn:aws:s3:::site/*"},
        ],
    }  # fmt: skip
    cloud.client("s3").put_bucket_policy(Bucket="site", Policy=json.dumps(document))
    assert get(mine).status_code == 403


def test_a_missing_object_is_404_only_for_who_may_list(cloud: LocalCloud) -> None:
    bucket(cloud)
    mine = distribution(cloud, origin=control(cloud))
    allow(cloud, SERVICE)
    assert get(mine, "/nothing").status_code == 403
    statements = [
        {"Effect": "Allow", "Principal": SERVICE, "Action": "s3:GetObject",
         "Resource": "arn:aws:s3:::site/*"},
        {"Effect": "Allow", "Principal": SERVICE, "Action": "s3:ListBucket",
         "Resource": "arn:aws:s3:::site"},
    ]  # fmt: skip
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    cloud.client("s3").put_bucket_policy(Bucket="site", Policy=document)
    assert get(mine, "/nothing").status_code == 404


def test_uploads_pass_to_the_bucket_when_its_policy_allows(cloud: LocalCloud) -> None:
    bucket(cloud)
    mine = distribution(cloud, origin=control(cloud))
    allow(cloud, SERVICE, condition=source(mine))
    url = f"https://{mine['DomainName']}/photos/a.jpg"
    headers = {"Content-Type": "image/jpeg"}
    assert requests.put(url, data=b"photo", headers=headers, timeout=5).status_code == 403
    allow(cloud, SERVICE, "s3:GetObject", "s3:PutObject", condition=source(mine))
    answer = requests.put(url, data=b"photo", headers=headers, timeout=5)
    assert (answer.status_code, answer.headers["X-Cache"]) == (200, "Miss from cloudfront")
    stored = cloud.client("s3").get_object(Bucket="site", Key="photos/a.jpg")
    assert (stored["Body"].read(), stored["ContentType"]) == (b"photo", "image/jpeg")


def test_an_access_identity_needs_the_body_hash_in_newer_regions() -> None:
    with LocalCloud(region="eu-central-1", planes=PLANES) as cloud:
        s3 = cloud.client("s3")
        where = {"LocationConstraint": "eu-central-1"}
        s3.create_bucket(Bucket="site", CreateBucketConfiguration=where)
        origin, made = identity(cloud)
        origin["DomainName"] = "site.s3.eu-central-1.amazonaws.com"
        allow(cloud, {"CanonicalUser": made["S3CanonicalUserId"]}, "s3:PutObject")
        url = f"https://{distribution(cloud, origin=origin)['DomainName']}/a"
        assert requests.put(url, data=b"x", timeout=5).status_code == 400
        hashed = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
        assert requests.put(url, data=b"x", headers=hashed, timeout=5).status_code == 200


def test_the_trace_tells_hits_from_misses(cloud: LocalCloud) -> None:
    bucket(cloud)
    mine = distribution(cloud, origin=control(cloud))
    allow(cloud, SERVICE, condition=source(mine))
    mark = cloud.trace.mark()
    get(mine)
    get(mine)
    edge, origin, hit = cloud.trace.since(mark)
    assert (edge.source, edge.target, edge.action) == ("client", mine["ARN"], "cloudfront:GET /")
    assert (edge.cache, hit.cache, hit.parent) == ("miss", "hit", None)
    assert (origin.source, origin.target, origin.parent) == (
        mine["ARN"], "arn:aws:s3:::site", edge.number)  # fmt: skip
    assert origin.principal == "cloudfront.amazonaws.com"
    assert hit.detail["x_cache"] == "Hit from cloudfront"
    assert hit.detail["edge"] == "IAD89-C1"
    assert hit.duration < edge.duration / 10


def test_a_far_viewer_gains_most_from_the_edge(cloud: LocalCloud) -> None:
    bucket(cloud)
    mine = distribution(cloud, origin=control(cloud))
    allow(cloud, SERVICE, condition=source(mine))
    with cloud.plane(EdgePlane).viewer_in("Sydney"):
        mark = cloud.trace.mark()
        get(mine)
        get(mine)
    miss, *_, hit = cloud.trace.since(mark)
    assert hit.detail["edge"] == "SYD62-C1"
    assert hit.duration < 0.02 < 0.2 < miss.duration


def website_of(cloud: LocalCloud) -> None:
    bucket(cloud, **{"index.html": b"home", "sub/index.html": b"sub", "error.html": b"sorry"})
    s3 = cloud.client("s3")
    s3.delete_public_access_block(Bucket="site")
    allow(cloud, "*")
    s3.put_bucket_website(
        Bucket="site",
        WebsiteConfiguration={
            "IndexDocument": {"Suffix": "index.html"},
            "ErrorDocument": {"Key": "error.html"},
            "RoutingRules": [
                {"Condition": {"KeyPrefixEquals": "old/"},
                 "Redirect": {"ReplaceKeyPrefixWith": "new/", "HttpRedirectCode": "302"}},
            ],
        },
    )  # fmt: skip


WEBSITE = "site.s3-website-us-east-1.amazonaws.com"


def test_a_website_endpoint_by_itself(cloud: LocalCloud) -> None:
    website_of(cloud)
    ask = requests.Session()
    assert ask.get(f"http://{WEBSITE}/", timeout=5).text == "home"
    assert ask.get(f"http://{WEBSITE}/sub/", timeout=5).text == "sub"
    folder = ask.get(f"http://{WEBSITE}/sub", timeout=5, allow_redirects=False)
    assert (folder.status_code, folder.headers["Location"]) == (302, "/sub/")
    moved = ask.get(f"http://{WEBSITE}/old/x", timeout=5, allow_redirects=False)
    assert (moved.status_code, moved.headers["Location"]) == (302, f"http://{WEBSITE}/new/x")
    assert ask.put(f"http://{WEBSITE}/x", timeout=5).status_code == 405
    with pytest.raises(requests.ConnectionError):
        ask.get(f"https://{WEBSITE}/", timeout=5)


def test_a_website_endpoint_as_origin(cloud: LocalCloud) -> None:
    website_of(cloud)
    custom = {
        "DomainName": WEBSITE,
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443,
                               "OriginProtocolPolicy": "http-only"},
    }  # fmt: skip
    mine = distribution(cloud, origin=custom, DefaultRootObject="")
    assert get(mine).text == "home"
    assert get(mine, "/sub/").text == "sub"


def test_a_website_endpoint_speaks_no_https(cloud: LocalCloud) -> None:
    website_of(cloud)
    custom = {
        "DomainName": WEBSITE,
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443,
                               "OriginProtocolPolicy": "https-only"},
    }  # fmt: skip
    assert get(distribution(cloud, origin=custom)).status_code == 502


def test_a_private_bucket_has_no_website(cloud: LocalCloud) -> None:
    bucket(cloud)
    cloud.client("s3").put_bucket_website(
        Bucket="site", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}
    )
    assert requests.get(f"http://{WEBSITE}/", timeout=5).status_code == 403


def test_an_origin_outside_the_cloud_is_refused_by_name(cloud: LocalCloud) -> None:
    custom = {
        "DomainName": "elsewhere.example.org",
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443,
                               "OriginProtocolPolicy": "https-only"},
    }  # fmt: skip
    with pytest.raises(Unsupported, match=r"elsewhere\.example\.org"):
        get(distribution(cloud, origin=custom))


def test_all_viewer_headers_mislead_a_bucket(cloud: LocalCloud) -> None:
    bucket(cloud)
    mine = distribution(cloud, origin=control(cloud))
    allow(cloud, SERVICE)
    client = cloud.client("cloudfront")
    found = client.get_distribution_config(Id=mine["Id"])
    config = found["DistributionConfig"]
    all_viewer = "216adef6-5c7f-47e4-b989-5492eafa07d3"
    config["DefaultCacheBehavior"].update(CachePolicyId=DISABLED, OriginRequestPolicyId=all_viewer)
    client.update_distribution(Id=mine["Id"], IfMatch=found["ETag"], DistributionConfig=config)
    assert "NoSuchBucket" in get(mine).text
