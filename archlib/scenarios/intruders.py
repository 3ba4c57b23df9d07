"""Ways around a distribution to its bucket: what strangers try, and an administrator's slips."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from archlib.scenarios.browsing import outcome, send
from archlib.verify import Site


def object_url(site: Site, bucket: str, key: str) -> str:
    """An object's own URL in S3."""
    return f"https://{bucket}.s3.{site.region}.amazonaws.com/{key}"


def website_url(site: Site, bucket: str, key: str) -> str:
    """An object's URL at the bucket's website endpoint."""
    return f"http://{bucket}.s3-website-{site.region}.amazonaws.com/{key}"


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


#: How a distribution of somebody else's proves itself.
_WAYS: dict[str, Callable[[Site], dict[str, Any]]] = {"oai": _identity, "oac": _signing}


def other_distribution(site: Site, bucket: str, way: str) -> str:
    """Somebody's own distribution that names this bucket as its origin; its domain name.

    ``way`` is ``oai`` or ``oac``.
    """
    made = site.operator("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": f"other {way}",
            "Comment": "somebody else's",
            "Enabled": True,
            "Origins": {
                "Quantity": 1,
                "Items": [
                    {
                        "Id": "stolen",
                        "DomainName": f"{bucket}.s3.{site.region}.amazonaws.com",
                        **_WAYS[way](site),
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


def open_up(site: Site, bucket: str, key: str) -> dict[str, str]:
    """An administrator's slips: a public ACL and a public policy; then a stranger asks."""
    direct = object_url(site, bucket, key)
    s3 = site.operator("s3")
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return {
        "public ACL": outcome(lambda: s3.put_object_acl(Bucket=bucket, Key=key, ACL="public-read")),
        "public policy": outcome(lambda: s3.put_bucket_policy(Bucket=bucket, Policy=policy)),
        "a stranger reads": str(send("GET", direct).status),
    }
