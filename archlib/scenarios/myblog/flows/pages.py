"""Reading the static site from four continents, and trying to get around the edge."""

from __future__ import annotations

import json
from typing import Any

from archlib.scenarios.browsing import outcome, send, url
from archlib.scenarios.myblog.readers import CITIES, SECOND, author_keys, publish_site
from archlib.verify import Site


def site_flow(site: Site) -> None:
    """Pages and files from the nearest edge; a new edition after an invalidation."""
    publish_site(site)
    for city in CITIES:
        with site.step(f"{city} reads first") as step, site.at(city):
            step.result = send("GET", url(site, "SiteUrl", "/"))
        with site.step(f"{city} reads again") as step, site.at(city):
            step.result = send("GET", url(site, "SiteUrl", "/"))
    with site.step("a file") as step:
        step.result = send("GET", url(site, "SiteUrl", "/assets/style.5f3a.css"))
    with site.step("a missing page") as step:
        step.result = send("GET", url(site, "SiteUrl", "/no-such-page"))
    with site.step("plain HTTP") as step:
        step.result = send("GET", url(site, "SiteUrl", "/").replace("https://", "http://"))
    with site.step("unchanged since") as step:
        tag = send("GET", url(site, "SiteUrl", "/")).header("etag")
        step.result = send("GET", url(site, "SiteUrl", "/"), headers={"If-None-Match": tag})
    bucket = site.outputs["SiteBucketName"]
    site.operator("s3").put_object(
        Bucket=bucket, Key="index.html", Body=SECOND, ContentType="text/html"
    )
    with site.step("after a change") as step:
        step.result = send("GET", url(site, "SiteUrl", "/"))
    site.operator("cloudfront").create_invalidation(
        DistributionId=site.outputs["SiteDistributionId"],
        InvalidationBatch={
            "Paths": {"Quantity": 1, "Items": ["/*"]},
            "CallerReference": "second edition",
        },
    )
    site.wait(minutes=15)
    with site.step("after an invalidation") as step:
        step.result = send("GET", url(site, "SiteUrl", "/"))


def detour_flow(site: Site) -> None:
    """Ask the bucket itself, without the edge."""
    publish_site(site)
    bucket = site.outputs["SiteBucketName"]
    direct = f"https://{bucket}.s3.{site.region}.amazonaws.com/index.html"
    with site.step("through the distribution") as step:
        step.result = send("GET", url(site, "SiteUrl", "/index.html"))
    with site.step("anonymously") as step:
        step.result = send("GET", direct)
    with site.step("by its website endpoint") as step:
        step.result = send(
            "GET", f"http://{bucket}.s3-website-{site.region}.amazonaws.com/index.html"
        )
    with site.step("as an author") as step:
        s3 = site.client("s3", **author_keys(site))
        step.result = outcome(lambda: s3.get_object(Bucket=bucket, Key="index.html"))
    with site.step("through another distribution") as step:
        domain = _other_distribution(site, bucket, "oai", **_identity(site))
        step.result = send("GET", f"https://{domain}/index.html")
    with site.step("through another distribution that signs") as step:
        domain = _other_distribution(site, bucket, "oac", **_signing(site))
        step.result = send("GET", f"https://{domain}/index.html")
    with site.step("after a slip") as step:
        step.result = _open_up(site, bucket, direct)


def _identity(site: Site) -> dict[str, Any]:
    """An origin access identity of somebody else, as a distribution names it."""
    made = site.operator("cloudfront").create_cloud_front_origin_access_identity(
        CloudFrontOriginAccessIdentityConfig={"CallerReference": "other", "Comment": "other"}
    )["CloudFrontOriginAccessIdentity"]["Id"]
    return {"S3OriginConfig": {"OriginAccessIdentity": f"origin-access-identity/cloudfront/{made}"}}


def _signing(site: Site) -> dict[str, Any]:
    """An origin access control of somebody else, as a distribution names it."""
    made = site.operator("cloudfront").create_origin_access_control(
        OriginAccessControlConfig={
            "Name": "other",
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )["OriginAccessControl"]["Id"]
    return {"OriginAccessControlId": made, "S3OriginConfig": {"OriginAccessIdentity": ""}}


def _other_distribution(site: Site, bucket: str, name: str, **access: Any) -> str:
    """Somebody's own distribution that names this bucket as its origin; its domain name."""
    made = site.operator("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": f"other {name}",
            "Comment": "somebody else's",
            "Enabled": True,
            "Origins": {
                "Quantity": 1,
                "Items": [
                    {
                        "Id": "stolen",
                        "DomainName": f"{bucket}.s3.{site.region}.amazonaws.com",
                        **access,
                    }
                ],
            },
            "DefaultCacheBehavior": {
                "TargetOriginId": "stolen",
                "ViewerProtocolPolicy": "redirect-to-https",
                "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
            },
        }
    )
    return str(made["Distribution"]["DomainName"])


def _open_up(site: Site, bucket: str, direct: str) -> dict[str, str]:
    """An administrator's slips: a public ACL and a public policy; then a stranger asks."""
    s3 = site.operator("s3")
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return {
        "public ACL": outcome(
            lambda: s3.put_object_acl(Bucket=bucket, Key="index.html", ACL="public-read")
        ),
        "public policy": outcome(lambda: s3.put_bucket_policy(Bucket=bucket, Policy=policy)),
        "a stranger reads": str(send("GET", direct).status),
    }
