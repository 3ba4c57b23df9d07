"""Requests through one edge location against the same loop over a plain dict.

Both sides serve the same requests, make the same cache key, keep answers for the same time on the
same clock, and on a miss ask the same origin in the same name: a private bucket, whose policy is
judged each time. The edge is measured at its own entry, with ready requests. 95 of 100 requests
are hits: each object is asked for twenty times within its lifetime.
"""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

from archlib.local import LocalCloud
from archlib.local.edge import EdgePlane
from archlib.local.edge.cache_key import cache_key
from archlib.local.edge.headers import index
from archlib.local.http import HttpRequest, HttpResponse
from archlib.local.iam import ServicePrincipal
from archlib.local.plane import PLANES
from archlib.local.s3 import S3Plane
from benchmarks.measured import Measured

REQUESTS, ROUNDS = 10_000, 5
PER_OBJECT = 20
EDGE = "archlib.local.edge:EdgePlane"
BUCKET = "bench"
ORIGIN = f"{BUCKET}.s3.us-east-1.amazonaws.com"
PRINCIPAL = "cloudfront.amazonaws.com"
TTL = 86_400


def edge_against_a_dict() -> Measured:
    """Ratio per request, each side the best of several rounds, interleaved in one run."""
    planes = PLANES if EDGE in PLANES else (*PLANES, EDGE)
    with LocalCloud(planes=planes) as cloud:
        plane, (domain, arn) = cloud.plane(EdgePlane), _site(cloud)
        requests = _requests(domain)
        edge = plain = float("inf")
        for _ in range(ROUNDS):
            plane.forget()
            hits, seconds = _through_the_edge(plane, requests)
            assert hits == REQUESTS - REQUESTS // PER_OBJECT, hits
            edge = min(edge, seconds)
            plain = min(plain, _over_a_dict(cloud, plane, requests, arn))
    return Measured(
        "edge / plain dict",
        edge / plain,
        3.0,
        f"{edge / REQUESTS * 1e6:.1f} us / {plain / REQUESTS * 1e6:.1f} us a request, "
        f"{REQUESTS} requests, 95 % hits",
    )


def _site(cloud: LocalCloud) -> tuple[str, str]:
    """A private bucket and its distribution; returns the domain name and the ARN."""
    s3, cloudfront = cloud.client("s3"), cloud.client("cloudfront")
    s3.create_bucket(Bucket=BUCKET)
    for number in range(REQUESTS // PER_OBJECT):
        s3.put_object(
            Bucket=BUCKET, Key=str(number), Body=b"x" * 500, ContentType="text/html",
            CacheControl=f"max-age={TTL}",
        )  # fmt: skip
    control = cloudfront.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": "bench",
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )["OriginAccessControl"]["Id"]
    made = cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": "bench",
            "Comment": "",
            "Enabled": True,
            "Origins": {
                "Quantity": 1,
                "Items": [
                    {
                        "Id": "o",
                        "DomainName": ORIGIN,
                        "OriginAccessControlId": control,
                        "S3OriginConfig": {"OriginAccessIdentity": ""},
                    }
                ],
            },
            "DefaultCacheBehavior": {
                "TargetOriginId": "o",
                "ViewerProtocolPolicy": "https-only",
                "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
            },
        }
    )["Distribution"]
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": PRINCIPAL},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": made["ARN"]}},
    }
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    return made["DomainName"], made["ARN"]


def _requests(domain: str) -> list[HttpRequest]:
    headers = (
        ("Host", domain),
        ("User-Agent", "bench"),
        ("Accept", "*/*"),
        ("Accept-Encoding", "gzip, deflate, br"),
    )
    return [
        HttpRequest("GET", "https", domain, None, f"/{n // PER_OBJECT}", "", headers, b"")
        for n in range(REQUESTS)
    ]


def _through_the_edge(plane: EdgePlane, requests: list[HttpRequest]) -> tuple[int, float]:
    hits, serve = 0, plane.serve
    start = perf_counter()
    for request in requests:
        answer = serve(request)
        hits += answer.header("X-Cache") == "Hit from cloudfront"
    return hits, perf_counter() - start


def _over_a_dict(
    cloud: LocalCloud, plane: EdgePlane, requests: list[HttpRequest], arn: str
) -> float:
    found = plane._distribution(requests[0].host)
    assert found is not None
    behavior, now, ask = found.default, cloud.clock.time, cloud.plane(S3Plane).serve
    asker = ServicePrincipal(PRINCIPAL, arn, cloud.account)
    cache: dict[Any, tuple[float, HttpResponse]] = {}
    start = perf_counter()
    for request in requests:
        key = cache_key(behavior, request.method, request.path, request.query,
                        index(request.headers))  # fmt: skip
        held = cache.get(key)
        if held is None or now() >= held[0]:
            asked = HttpRequest("GET", "https", ORIGIN, None, request.path, request.query, (), b"")
            held = cache[key] = (now() + TTL, ask(asked, asker=asker))
        assert held[1].status == 200
    return perf_counter() - start
