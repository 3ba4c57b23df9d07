"""From an HTTP request to moto's S3 and back, and S3's own way of saying no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from archlib.local.content import Body, Content
from archlib.local.http import HttpRequest, HttpResponse
from archlib.local.identity import RAW_KEY
from archlib.local.refusal import ApiRefusal
from archlib.local.s3.address import Address
from archlib.local.s3.signature import unsigned_query

#: Answers that never have a body (moto gives its 304 one), and headers of the upload that moto
#: gives back as if they were the object's.
_WITHOUT_BODY = frozenset({204, 304})
_MOTO_ONLY = frozenset({"x-amz-content-sha256", "x-amz-sdk-checksum-algorithm"})

_REQUEST_HEADERS_DROPPED = frozenset({"authorization", "host", "x-amz-security-token"})

#: moto's name of a header -> S3's.
_RENAMED = {"x-amzn-requestid": "x-amz-request-id"}

#: Which of S3's machines answered: there is only this one.
_HOST_ID = "archlibLocalCloudHostId0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQR="


def connection_keys(request: HttpRequest) -> dict[str, str]:
    """The condition keys that a plain HTTP request brings along."""
    keys = {
        "aws:SecureTransport": "true" if request.scheme == "https" else "false",
        "aws:SourceIp": request.source_ip,
    }
    for header, key in (("User-Agent", "aws:UserAgent"), ("Referer", "aws:Referer")):
        if (value := request.header(header)) is not None:
            keys[key] = value
    return keys


def from_moto(request: HttpRequest, where: Address, access_key: str | None = None) -> HttpResponse:
    """Let moto's S3 answer; the signature is checked by now, and it would only confuse moto.

    Raises :class:`NotImplementedError` for what moto does not have.
    """
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.compat import HTTPHeaders
    from moto.core.models import botocore_stubber

    headers = HTTPHeaders()
    for name, value in request.headers:
        if name.lower() not in _REQUEST_HEADERS_DROPPED:
            headers[name] = value
    # moto answers unsigned requests by object ACL alone; who may is decided by now.
    key = access_key or RAW_KEY
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={key}/20260105/us-east-1/s3/aws4"
    query = unsigned_query(request.query)
    # moto takes the region from the host; a bucket is made in it.
    endpoint = "s3.amazonaws.com" if where.region is None else f"s3.{where.region}.amazonaws.com"
    host = endpoint if where.bucket is None else f"{where.bucket}.{endpoint}"
    path = request.path if request.host.startswith(f"{where.bucket}.") else _below(request.path)
    url = f"https://{host}{path}" + (f"?{query}" if query else "")
    prepared: Callable[..., Any] = AWSPreparedRequest
    answer = botocore_stubber.process_request(
        prepared(request.method, url, headers, request.body, False)
    )
    assert answer is not None, url
    status, given, body = answer
    data = _data(body)
    if int(status) in _WITHOUT_BODY:
        data = b""
    kept = tuple(
        (_RENAMED.get(k.lower(), str(k)), str(v))
        for k, v in given.items()
        if k.lower() not in _MOTO_ONLY
    )
    return HttpResponse(int(status), kept, data)


def _data(body: Any) -> Body:
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, Content) else bytes(body)


def _below(path: str) -> str:
    """A path-style path without its bucket."""
    return "/" + path.lstrip("/").partition("/")[2]


def error(refusal: ApiRefusal, request_id: str) -> HttpResponse:
    """S3's XML error body (Amazon S3 API Reference, "Error responses")."""
    # A redirect tells the region in a header only.
    told = dict(refusal.fields)
    if refusal.status == 301:
        told.pop("Region", None)
    said = "".join(f"<{n}>{escape(str(v))}</{n}>" for n, v in told.items())
    request_id = request_id.upper()
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
        f"{said}<RequestId>{request_id}</RequestId><HostId>{_HOST_ID}</HostId></Error>"
    )
    headers = [
        ("Content-Type", "application/xml"),
        ("x-amz-request-id", request_id),
        ("x-amz-id-2", _HOST_ID),
    ]
    if "Region" in refusal.fields:
        headers.append(("x-amz-bucket-region", str(refusal.fields["Region"])))
    return HttpResponse(refusal.status, tuple(headers), body.encode())
