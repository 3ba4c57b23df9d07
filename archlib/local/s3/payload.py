"""The body of a request: that it is the one that was signed, out of its chunks, and unharmed.

AWS: Amazon S3 API Reference, "Authenticating Requests: Using the Authorization Header"
(``x-amz-content-sha256``); Amazon S3 User Guide, "Checking object integrity" (``Content-MD5`` and
``x-amz-checksum-*``); Amazon S3 API Reference, "Error responses" (``BadDigest``,
``InvalidDigest``).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from archlib.errors import Unsupported
from archlib.local.http import HttpRequest
from archlib.local.refusal import ApiRefusal
from archlib.local.s3.checksum import digest
from archlib.local.s3.chunks import Seal, incomplete, joined

_SHA256 = "x-amz-content-sha256"
_UNSIGNED = "UNSIGNED-PAYLOAD"
#: How chunks are sent -> whether each is signed.
_CHUNKED: Mapping[str, bool] = {
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER": False,
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": True,
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": True,
}
_FRAMING = frozenset({"x-amz-decoded-content-length", "x-amz-trailer", "content-length", _SHA256})

#: Header -> (algorithm, bytes of its digest, its digest of a body).
_DIGESTS: Mapping[str, tuple[str, int, Callable[[bytes], bytes]]] = {
    "content-md5": ("Content-MD5", 16, lambda body: hashlib.md5(body).digest()),
    "x-amz-checksum-crc32": ("CRC32", 4, lambda body: digest("CRC32", (body,))),
    "x-amz-checksum-crc32c": ("CRC32C", 4, lambda body: digest("CRC32C", (body,))),
    "x-amz-checksum-crc64nvme": ("CRC64NVME", 8, lambda body: digest("CRC64NVME", (body,))),
    "x-amz-checksum-sha1": ("SHA1", 20, lambda body: digest("SHA1", (body,))),
    "x-amz-checksum-sha256": ("SHA256", 32, lambda body: digest("SHA256", (body,))),
}


def checked(request: HttpRequest, seal: Seal | None = None) -> HttpRequest:
    """The request with its true body. ``seal`` belongs to a request that is signed in headers.

    Raises :class:`ApiRefusal` ``XAmzContentSHA256Mismatch`` for a body that is not the signed
    one, ``IncompleteBody`` for chunks that do not add up, ``BadDigest`` for a checksum that is
    another body's, ``InvalidDigest`` or ``InvalidRequest`` for one that is none;
    :class:`Unsupported` for chunks signed by SigV4A.
    """
    declared = request.header(_SHA256)
    if declared is None or declared == _UNSIGNED:
        return _unharmed(request)
    if declared in _CHUNKED:
        if _CHUNKED[declared] and seal is None:
            raise ApiRefusal("AccessDenied", "Access Denied", 403)
        return _unharmed(_joined(request, seal if _CHUNKED[declared] else None))
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
    return _unharmed(request)


def _unharmed(request: HttpRequest) -> HttpRequest:
    """Compare the checksums that a body is sent with; those of a whole object are not its own."""
    if not request.body and request.method != "PUT":
        return request
    whole = request.method == "POST" and "uploadId=" in request.query
    for name, value in () if whole else request.headers:
        known = _DIGESTS.get(name.lower())
        if known is None:
            continue
        algorithm, size, computed = known
        if _decoded(name.lower(), value, size) != computed(request.body):
            raise ApiRefusal(
                "BadDigest",
                f"The {algorithm} you specified did not match the calculated checksum.",
            )
    return request


def _decoded(name: str, value: str, size: int) -> bytes:
    """The digest that a header tells; one that cannot be any body's is refused as such."""
    try:
        told = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        told = b""
    if len(told) == size:
        return told
    if name == "content-md5":
        raise ApiRefusal("InvalidDigest", "The Content-MD5 you specified was invalid.")
    raise ApiRefusal("InvalidRequest", f"Value for {name} header is invalid.")


def _joined(request: HttpRequest, seal: Seal | None) -> HttpRequest:
    body, trailer = joined(request.body, seal)
    if str(len(body)) != (request.header("x-amz-decoded-content-length") or str(len(body))):
        raise incomplete()
    headers = [(n, _without_chunks(n, v)) for n, v in request.headers if n.lower() not in _FRAMING]
    kept = tuple((n, v) for n, v in (*headers, *trailer) if v or n.lower() != "content-encoding")
    return replace(request, headers=kept, body=body)


def _without_chunks(name: str, value: str) -> str:
    if name.lower() != "content-encoding":
        return value
    return ",".join(c.strip() for c in value.split(",") if c.strip() != "aws-chunked")
