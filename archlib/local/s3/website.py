"""S3 website endpoints: ``http://{bucket}.s3-website-{region}.amazonaws.com``.

AWS: Amazon S3 User Guide, "Website endpoints" (HTTP only; GET and HEAD of public objects only),
"Configuring an index document", "Configuring a custom error document", "(Optional) Configuring
a webpage redirect" (routing rules, ``x-amz-website-redirect-location``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from archlib.local.http import ConnectionRefused, HttpRequest, HttpResponse

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

HOST = re.compile(
    r"(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.s3-website[.-]"
    r"(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com"
)

#: Serves a request of S3's REST API: how the endpoint reaches the objects.
Serve = Callable[..., HttpResponse]

_REASONS = {
    301: "Moved Permanently", 302: "Found", 303: "See Other", 307: "Temporary Redirect",
    308: "Permanent Redirect", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
}  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A bucket's website configuration as ``GetBucketWebsite`` tells it."""

    bucket: str
    index: str | None
    error: str | None
    all_to: Mapping[str, str] | None
    rules: tuple[Mapping[str, Mapping[str, str]], ...]

    def rule(self, key: str, status: int | None) -> Mapping[str, Mapping[str, str]] | None:
        """The first routing rule for a key prefix, and for an error once there is one."""
        for rule in self.rules:
            condition = rule.get("Condition") or {}
            code = condition.get("HttpErrorCodeReturnedEquals")
            wanted = None if code is None else int(code)
            if key.startswith(condition.get("KeyPrefixEquals", "")) and wanted == status:
                return rule
        return None


class Website:
    """The website endpoints of all buckets."""

    def __init__(self, cloud: LocalCloud, serve: Serve) -> None:
        self._cloud = cloud
        self._serve = serve

    def serve(self, request: HttpRequest) -> HttpResponse:
        """Answer a request; raises :class:`ConnectionRefused` for HTTPS."""
        if request.scheme != "http":
            raise ConnectionRefused(f"{request.host} serves HTTP only (port 80)")
        found = HOST.fullmatch(request.host)
        assert found is not None, request.host
        response = self._answer(request, found["bucket"], found["region"])
        if request.method == "HEAD":
            return replace(response, content=b"")
        return response

    def _answer(self, request: HttpRequest, bucket: str, region: str) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return _page(405, "MethodNotAllowed",
                         "The specified method is not allowed against this resource.")  # fmt: skip
        client: Any = self._cloud.raw("s3", region=region)
        try:
            client.head_bucket(Bucket=bucket)
        except client.exceptions.ClientError:
            return _page(404, "NoSuchBucket", "The specified bucket does not exist", bucket)
        try:
            given = client.get_bucket_website(Bucket=bucket)
        except client.exceptions.ClientError:
            return _page(404, "NoSuchWebsiteConfiguration",
                         "The specified bucket does not have a website configuration",
                         bucket)  # fmt: skip
        site = Site(
            bucket,
            (given.get("IndexDocument") or {}).get("Suffix"),
            (given.get("ErrorDocument") or {}).get("Key"),
            given.get("RedirectAllRequestsTo"),
            tuple(given.get("RoutingRules") or ()),
        )
        return self._page_of(request, site, unquote(request.path.lstrip("/")))

    def _page_of(self, request: HttpRequest, site: Site, key: str) -> HttpResponse:
        if site.all_to is not None:
            return _redirect(request, {"Protocol": "http", **site.all_to}, key, "")
        if (rule := site.rule(key, None)) is not None:
            return _by_rule(request, rule, key)
        if not key or key.endswith("/"):
            return self._object(request, site, key, f"{key}{site.index}")
        return self._object(request, site, key, key)

    def _object(self, request: HttpRequest, site: Site, key: str, name: str) -> HttpResponse:
        response = self._get(request, site, name)
        if response.status in (403, 404) and name == key and not self._exists(site, key):
            below = self._get(request, site, f"{key}/{site.index}")
            if below.status == 200:
                # A folder: "S3 redirects to the name with a trailing slash".
                return HttpResponse(302, (("Location", f"/{quote(key)}/"),))
        if response.status < 400:
            target = response.header("x-amz-website-redirect-location")
            return _moved(301, target) if target else response
        if (rule := site.rule(key, response.status)) is not None:
            return _by_rule(request, rule, key)
        return self._error(request, site, response)

    def _exists(self, site: Site, key: str) -> bool:
        from moto.s3.models import s3_backends

        buckets = s3_backends[self._cloud.account]["aws"].buckets
        return key in buckets[site.bucket].keys

    def _error(self, request: HttpRequest, site: Site, response: HttpResponse) -> HttpResponse:
        if site.error is not None:
            page = self._get(request, site, site.error)
            if page.status == 200:
                return replace(page, status=response.status)
        codes = {403: ("AccessDenied", "Access Denied")}
        default = ("NoSuchKey", "The specified key does not exist.")
        code, message = codes.get(response.status, default)
        return _page(response.status, code, message)

    def _get(self, request: HttpRequest, site: Site, key: str) -> HttpResponse:
        """The object, as anybody may have it over S3's REST API."""
        kept = tuple(
            (name, value)
            for name, value in request.headers
            if name.lower() in ("range", "if-range", "if-none-match", "if-modified-since",
                                "if-match", "if-unmodified-since", "user-agent", "referer")
        )  # fmt: skip
        inner = HttpRequest(
            "GET", "http", f"{site.bucket}.s3.amazonaws.com", None, "/" + quote(key), "", kept, b"",
            request.source_ip,
        )  # fmt: skip
        above = self._cloud.trace.current
        return self._serve(inner, source=above.target if above else None)


def _by_rule(request: HttpRequest, rule: Mapping[str, Mapping[str, str]], key: str) -> HttpResponse:
    prefix = (rule.get("Condition") or {}).get("KeyPrefixEquals", "")
    return _redirect(request, rule["Redirect"], key, prefix)


def _redirect(
    request: HttpRequest, redirect: Mapping[str, str], key: str, prefix: str
) -> HttpResponse:
    if "ReplaceKeyWith" in redirect:
        key = redirect["ReplaceKeyWith"]
    elif "ReplaceKeyPrefixWith" in redirect:
        key = redirect["ReplaceKeyPrefixWith"] + key[len(prefix) :]
    host = redirect.get("HostName", request.host)
    protocol = redirect.get("Protocol", request.scheme)
    query = f"?{request.query}" if request.query else ""
    status = int(redirect.get("HttpRedirectCode", 301))
    return _moved(status, f"{protocol}://{host}/{quote(key)}{query}")


def _moved(status: int, location: str) -> HttpResponse:
    return HttpResponse(status, (("Location", location), ("Content-Length", "0")))


def _page(status: int, code: str, message: str, bucket: str | None = None) -> HttpResponse:
    """The endpoint's own HTML error page."""
    title = f"{status} {_REASONS.get(status, '')}".strip()
    lines = [f"<li>Code: {code}</li>", f"<li>Message: {escape(message)}</li>"]
    if bucket is not None:
        lines.append(f"<li>BucketName: {escape(bucket)}</li>")
    body = (
        f"<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n<ul>\n"
        + "\n".join(lines)
        + "\n</ul>\n<hr/>\n</body>\n</html>\n"
    ).encode()
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Server", "AmazonS3"),
               ("Content-Length", str(len(body))))  # fmt: skip
    return HttpResponse(status, headers, body)
