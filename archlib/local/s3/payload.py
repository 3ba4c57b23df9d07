"""The body of a signed request: that it is the one that was signed, and out of its chunks.

AWS: Amazon S3 API Reference, "Authenticating Requests: Using the Authorization Header"
(``x-amz-content-sha256``) and "Transferring payload in multiple chunks with a trailing checksum".
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from archlib.errors import Unsupported
from archlib.local.http import HttpRequest
from archlib.local.refusal import ApiRefusal

_SHA256 = "x-amz-content-sha256"
_UNSIGNED = "UNSIGNED-PAYLOAD"
_CHUNKED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_FRAMING = frozenset({"x-amz-decoded-content-length", "x-amz-trailer", "content-length", _SHA256})


def checked(request: HttpRequest) -> HttpRequest:
    """The request with its true body.

    Raises :class:`ApiRefusal` ``XAmzContentSHA256Mismatch`` for a body that is not the signed
    one, ``IncompleteBody`` for chunks that do not add up; :class:`Unsupported` for chunks that
    are signed one by one, which no Python client makes over HTTPS.
    """
    declared = request.header(_SHA256)
    if declared is None or declared == _UNSIGNED:
        return request
    if declared == _CHUNKED:
        return _joined(request)
    if declared.startswith("STREAMING-"):
        raise Unsupported(f"the local S3 does not read bodies of {declared}", where=request.url)
    computed = hashlib.sha256(request.body).hexdigest()
    if declared != computed:
        raise ApiRefusal(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ClientComputedContentSHA256=declared,
            S3ComputedContentSHA256=computed,
        )
    return request


def _joined(request: HttpRequest) -> HttpRequest:
    body, at, data = bytearray(), 0, request.body
    while True:
        end = data.find(b"\r\n", at)
        try:
            size = int(data[at:end].split(b";")[0], 16) if end >= 0 else -1
        except ValueError:
            size = -1
        if size < 0 or (size and data[end + 2 + size : end + 4 + size] != b"\r\n"):
            raise _incomplete()
        at = end + 2
        if size == 0:
            break
        body += data[at : at + size]
        at += size + 2
    if str(len(body)) != (request.header("x-amz-decoded-content-length") or str(len(body))):
        raise _incomplete()
    headers = [(n, _without_chunks(n, v)) for n, v in request.headers if n.lower() not in _FRAMING]
    for line in data[at:].decode("latin-1").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers.append((name.strip(), value.strip()))
    kept = tuple((n, v) for n, v in headers if v or n.lower() != "content-encoding")
    return replace(request, headers=kept, body=bytes(body))


def _without_chunks(name: str, value: str) -> str:
    if name.lower() != "content-encoding":
        return value
    return ",".join(c.strip() for c in value.split(",") if c.strip() != "aws-chunked")


def _incomplete() -> ApiRefusal:
    return ApiRefusal(
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    )
