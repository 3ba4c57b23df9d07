"""Asking the origins: S3 with an access identity or access control, custom ones, groups.

Developer Guide, "Restrict access to an Amazon S3 origin", "Use various origins with CloudFront
distributions", "Optimize high availability with CloudFront origin failover".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archlib.errors import NetworkBlocked, Unsupported
from archlib.local.edge import origin_request
from archlib.local.edge.configuration import Origin, OriginGroup
from archlib.local.edge.exchange import Exchange
from archlib.local.http import ConnectionRefused, HttpRequest, HttpResponse
from archlib.local.iam.callers import Asker, OriginAccessIdentity, ServicePrincipal
from archlib.local.s3.address import HOST as S3_HOST

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

PRINCIPAL = "cloudfront.amazonaws.com"

#: Methods for which CloudFront tries the second origin of a group.
_FAILOVER = frozenset({"GET", "HEAD", "OPTIONS"})

#: Regions that still know signature version 2, with which an access identity signs uploads
#: without their hash ("Use an origin access identity in Amazon S3 Regions that support only
#: Signature Version 4").
_OLD_REGIONS = frozenset(
    {"us-east-1", "us-west-1", "us-west-2", "eu-west-1", "ap-southeast-1", "ap-southeast-2",
     "ap-northeast-1", "sa-east-1"}
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """An origin's answer; ``failure`` says that there was none (502, 504)."""

    response: HttpResponse
    origin: Origin
    failure: str | None = None


class Origins:
    """Sends origin requests into the cloud."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def ask(
        self, exchange: Exchange, extra: Mapping[str, str], *, past_regional: bool = False
    ) -> Asked:
        """Ask the behavior's origin, or the members of its group in order."""
        distribution, target = exchange.distribution, exchange.behavior.target
        group = distribution.groups.get(target)
        if group is None:
            return self._one(exchange, distribution.origins[target], extra, past_regional)
        first = self._one(exchange, distribution.origins[group.primary], extra, past_regional)
        if not _fails_over(group, exchange.method, first):
            return first
        return self._one(exchange, distribution.origins[group.secondary], extra, past_regional)

    def _one(
        self, exchange: Exchange, origin: Origin, extra: Mapping[str, str], past_regional: bool
    ) -> Asked:
        clock = self._cloud.clock
        clock.spend(exchange.route.origin_seconds(origin.region, past_regional=past_regional))
        request = origin_request.build(exchange, origin, exchange.method, extra)
        began = clock.time()
        try:
            response = self._send(exchange, origin, request)
        except ConnectionRefused as refused:
            return Asked(HttpResponse(502), origin, str(refused))
        if clock.time() - began > origin.read_timeout:
            return Asked(HttpResponse(504), origin, "the origin did not respond in time")
        return Asked(response, origin)

    def _send(self, exchange: Exchange, origin: Origin, request: HttpRequest) -> HttpResponse:
        if S3_HOST.fullmatch(origin.domain) is None:
            try:
                return self._cloud.http.send(request)
            except NetworkBlocked as blocked:
                raise Unsupported(
                    f"an origin that nothing in the local cloud serves: {origin.domain}",
                    where=f"origin {origin.id} of {exchange.distribution.id}",
                ) from blocked
        from archlib.local.s3 import S3Plane

        host = request.header("host")
        if host != origin.domain:
            # S3 takes the Host header for the bucket's name ("Virtual hosting of buckets").
            return _wrong_bucket(host or "")
        asker = self._asker(exchange, origin)
        if isinstance(asker, OriginAccessIdentity) and _unhashed(origin, request):
            return _MISSING_HASH
        return self._cloud.plane(S3Plane).serve(
            request, asker=asker, source=exchange.distribution.arn
        )

    def _asker(self, exchange: Exchange, origin: Origin) -> Asker | None:
        access = origin.access
        if access.identity is not None:
            return OriginAccessIdentity(access.identity, access.canonical_id or "")
        signs = access.signing == "always" or (
            access.signing == "no-override" and "authorization" not in exchange.headers
        )
        if not signs:
            return None
        return ServicePrincipal(PRINCIPAL, exchange.distribution.arn, self._cloud.account)


def _fails_over(group: OriginGroup, method: str, first: Asked) -> bool:
    return method in _FAILOVER and (
        first.failure is not None or first.response.status in group.codes
    )


def _unhashed(origin: Origin, request: HttpRequest) -> bool:
    return (
        request.method == "PUT"
        and origin.region not in _OLD_REGIONS
        and request.header("x-amz-content-sha256") is None
    )


def _s3_error(status: int, code: str, message: str) -> HttpResponse:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    )
    headers = (("Content-Type", "application/xml"), ("Server", "AmazonS3"))
    return HttpResponse(status, headers, body.encode())


def _wrong_bucket(host: str) -> HttpResponse:
    from xml.sax.saxutils import escape

    message = f"The specified bucket does not exist: {escape(host)}"
    return _s3_error(404, "NoSuchBucket", message)


_MISSING_HASH = _s3_error(
    400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256"
)
