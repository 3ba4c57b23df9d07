"""What moto forgets of an object that was uploaded in parts: where its parts are, and its ACL.

AWS: Amazon S3 API Reference, "GetObject" and "HeadObject": ``partNumber`` "effectively performs a
'ranged' request for the part specified" (206, ``x-amz-mp-parts-count``; an object that came in
one piece is its part 1), which SDKs' transfer managers download by; "GetObjectAcl".
"""

from __future__ import annotations

import functools
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from archlib.local.patches import Patches
from archlib.local.s3.ranges import Answer, cut


def install(patches: Patches) -> None:
    """Let moto's S3 answer for parts and ACLs as this module says."""
    from moto.s3.models import S3Backend
    from moto.s3.responses import S3Response

    patches.set(S3Response, "_key_response", _with_parts(S3Response._key_response))
    patches.set(S3Backend, "get_object_acl", lambda _, key: _acl(key))


def completed(upload: Any, sizes: dict[int, int]) -> None:
    """Remember the parts that an upload was completed with; others may have been sent as well."""
    upload.archlib_sizes = sizes


def _acl(key: Any) -> Any:
    """An object's ACL: private where the upload named none."""
    from moto.s3.models import get_canned_acl

    return key.acl or get_canned_acl("private")


def _with_parts(original: Any) -> Any:
    @functools.wraps(original)
    def key_response(responder: Any, request: Any, full_url: str) -> Any:
        query = responder.querystring
        wanted = query.get("partNumber", [None])[0]
        if wanted is None or request.method not in ("GET", "HEAD") or "uploadId" in query:
            return original(responder, request, full_url)
        number = _number(wanted, "range" in request.headers)
        # moto would tell of the part as if it were an object of its own.
        responder.querystring = {k: v for k, v in query.items() if k != "partNumber"}
        answer = responder._send_response(original(responder, request, _whole(full_url)))
        return _part(responder, request, answer, number) if answer[0] == 200 else answer

    return key_response


def _number(wanted: str, ranged: bool) -> int:
    from moto.s3.exceptions import InvalidArgumentError, S3ClientError

    if ranged:
        raise S3ClientError(
            "InvalidRequest", "Cannot specify both Range header and partNumber query parameter"
        )
    if not wanted.isascii() or not wanted.isdigit() or not 1 <= int(wanted) <= 10_000:
        raise InvalidArgumentError(
            "Part number must be an integer between 1 and 10000, inclusive", "partNumber", wanted
        )
    return int(wanted)


def _whole(url: str) -> str:
    """The URL that asks for the whole object."""
    split = urlsplit(url)
    kept = [p for p in parse_qsl(split.query, keep_blank_values=True) if p[0] != "partNumber"]
    return urlunsplit(split._replace(query=urlencode(kept)))


def _part(responder: Any, request: Any, answer: Answer, number: int) -> Answer:
    """The answer for one part, from that for the whole object."""
    status, headers, content = answer
    found = {name.lower(): value for name, value in headers.items()}
    length = int(found["content-length"]) if "content-length" in found else len(content)
    version = responder.querystring.get("versionId", [None])[0]
    key = responder.backend.get_object(responder.bucket_name, responder.parse_key_name(), version)
    sizes = getattr(getattr(key, "multipart", None), "archlib_sizes", None)
    places = sizes or {1: length}
    if number not in places:
        return _unsatisfiable(responder, request)
    told = {**headers, "x-amz-mp-parts-count": str(len(sizes))} if sizes else headers
    if not length:
        # No Content-Range can say that nothing is all there is.
        return status, told, content
    first = sum(size for part, size in places.items() if part < number)
    last = first + places[number] - 1
    body = "" if request.method == "HEAD" else content[first : last + 1]
    return 206, cut(told, first, last, length), body


def _unsatisfiable(responder: Any, request: Any) -> Answer:
    from moto.core.responses import ActionResult
    from moto.s3.exceptions import S3ClientError

    if request.method == "HEAD":
        return 416, {"Content-Type": "application/xml"}, b""
    wrong = S3ClientError("InvalidPartNumber", "The requested partnumber is not satisfiable")
    _, headers, body = responder.serialized(ActionResult(wrong))
    return 416, headers, body
