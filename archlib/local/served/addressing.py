"""Under which names a served cloud is reached, and which real host a request means.

====================================================  =============================================
``Host: abc.execute-api.us-east-1.amazonaws.com``       the real names, as they are
``abc.execute-api.localhost``                           a REST API, in whichever region it is
``d123.cloudfront.localhost``                           a distribution
``bucket.s3.localhost``                                 a bucket, virtual-hosted
``bucket.s3-website.localhost``                         a bucket's website
``www.example.com.localhost``                           any name that the cloud serves (an alias)
``/_archlib/execute-api/abc/prod/…``                    the same by path, for one name and one port
``/_archlib/cloudfront/d123/…``
``/_archlib/s3-website/bucket/…``
``/_archlib/host/www.example.com/…``
====================================================  =============================================

Names below ``localhost`` never leave the machine (RFC 6761, section 6.3); browsers and curl know
them without a name server.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from archlib.local.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: What the server itself answers lies below this path.
OWN = "/_archlib/"

_PATH = re.compile(r"/_archlib/(execute-api|cloudfront|s3-website|host)/([^/?]+)(/.*)?")
_LOCALHOST = ".localhost"
_REGION = r"[a-z]{2}(?:-[a-z]+)+-\d"
_API = re.compile(rf"([a-z0-9]+)\.execute-api(?:\.({_REGION}))?")
_DISTRIBUTION = re.compile(r"(d[a-z0-9]+)\.cloudfront")
_WEBSITE = re.compile(rf"(.+)\.s3-website(?:[.-]({_REGION}))?")
_S3 = re.compile(rf"(?:(.+)\.)?s3(?:\.({_REGION}))?")


def is_own_name(host: str) -> bool:
    """Whether a host name means the machine and not something in the cloud."""
    name = host.strip("[]")
    if name in ("", "localhost", "localhost.localdomain"):
        return True
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


class Addresses:
    """Finds what a request means in one cloud."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._places: Mapping[str, Callable[[str], str]] = {
            "execute-api": lambda name: self._api(name, None),
            "cloudfront": lambda name: f"{name.removesuffix('.cloudfront.net')}.cloudfront.net",
            "s3-website": lambda name: self._website(name, None),
            "host": str,
        }

    def meant(self, request: HttpRequest) -> HttpRequest:
        """The request to the real host; one to the machine's own name stays as it is."""
        if is_own_name(request.host):
            return self._by_path(request)
        if request.host.endswith(_LOCALHOST):
            host = self._by_name(request.host.removesuffix(_LOCALHOST))
            return request if host is None else _to(request, host, request.path)
        return request

    def _by_path(self, request: HttpRequest) -> HttpRequest:
        matched = _PATH.fullmatch(request.path)
        if matched is None:
            return request
        place, name, rest = matched.groups()
        return _to(request, self._places[place](name.lower()), rest or "/")

    def _by_name(self, name: str) -> str | None:
        if self._cloud.http.serves(name):
            return name
        if found := _API.fullmatch(name):
            return self._api(*found.groups())
        if found := _DISTRIBUTION.fullmatch(name):
            return f"{found[1]}.cloudfront.net"
        if found := _WEBSITE.fullmatch(name):
            return self._website(*found.groups())
        if found := _S3.fullmatch(name):
            bucket, region = found.groups()
            endpoint = f"s3.{region}.amazonaws.com" if region else "s3.amazonaws.com"
            return f"{bucket}.{endpoint}" if bucket else endpoint
        return f"{name}.s3.amazonaws.com" if self._bucket(name) is not None else None

    def _api(self, name: str, region: str | None) -> str:
        from moto.apigateway.models import apigateway_backends

        if region is None:
            backends = apigateway_backends[self._cloud.account]
            region = next(
                (where for where, backend in backends.items() if name in backend.apis),
                self._cloud.region,
            )
        return f"{name}.execute-api.{region}.amazonaws.com"

    def _website(self, name: str, region: str | None) -> str:
        bucket = self._bucket(name)
        region = region or (self._cloud.region if bucket is None else bucket.region_name)
        return f"{name}.s3-website-{region}.amazonaws.com"

    def _bucket(self, name: str) -> Any:
        from moto.s3.models import s3_backends

        return s3_backends[self._cloud.account]["aws"].buckets.get(name)


def _to(request: HttpRequest, host: str, path: str) -> HttpRequest:
    """The request as it would be to a real host; a website's endpoint speaks HTTP only."""
    headers = tuple(
        (name, host if name.lower() == "host" else value) for name, value in request.headers
    )
    scheme = "http" if ".s3-website" in host else "https"
    return replace(
        request, scheme=scheme, host=host, port=None, path=path, headers=headers, original=request
    )


def local_again(response: HttpResponse, meant: HttpRequest) -> HttpResponse:
    """An answer as a client under a local name needs it.

    Redirects lead to the name under which it knows the host; a browser is not told to take HTTPS
    for that name from now on, whose plain port would then be closed to it.
    """
    sent = meant.original
    if sent is None or sent.host == meant.host:
        return response
    headers = tuple(
        (name, _local_location(value, meant, sent) if name.lower() == "location" else value)
        for name, value in response.headers
        if name.lower() != "strict-transport-security"
    )
    return replace(response, headers=headers)


def _local_location(location: str, meant: HttpRequest, sent: HttpRequest) -> str:
    parts = urlsplit(location)
    if parts.netloc != meant.host or sent.path != meant.path:
        return location
    port = f":{sent.port}" if sent.port else ""
    return parts._replace(scheme=sent.scheme, netloc=f"{sent.host}{port}").geturl()
