"""A part of an object: ``Range`` and ``If-Range`` of GetObject and HeadObject.

AWS: Amazon S3 API Reference, "GetObject" ("Amazon S3 doesn't support retrieving multiple ranges
of data per GET request": such a request, like any header that is no range of bytes, gets the
whole object) and "HeadObject" (416 where the range is not satisfiable, else only the length is
another); "Error responses" (``InvalidRange``). The ``Content-Range`` of a 416 is RFC 9110's,
section 15.5.17.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlib.local.byte_range import parse, still_applies
from archlib.local.content import Body
from archlib.local.patches import Patches

#: Status, header fields and body, as moto's responders give them.
Answer = tuple[int, dict[str, Any], Any]


def install(patches: Patches) -> None:
    """Let moto's S3 cut ranges as this module says."""
    from moto.s3.responses import S3Response

    patches.set(S3Response, "_handle_range_header", _ranged)


def _ranged(responder: Any, request: Any, headers: dict[str, Any], content: Body) -> Answer:
    """The answer to a request with ``Range``, from that to the same without."""
    spans = parse(request.headers.get("range"))
    found = {name.lower(): value for name, value in headers.items()}
    validators = found.get("etag"), found.get("last-modified")
    whole = 200, headers, content
    if "accept-ranges" not in found or len(spans) != 1:
        # No answer of GetObject or HeadObject, or nothing that S3 takes for a range.
        return whole
    if not still_applies(request.headers.get("if-range"), *validators):
        return whole
    length = int(found["content-length"])
    if not length and spans[0].first is None:
        # A suffix of nothing is all of it, and no Content-Range can say so.
        return whole
    place = spans[0].within(length)
    if place is None:
        return _unsatisfiable(responder, request, length)
    first, last = place
    part = "" if request.method == "HEAD" else content[first : last + 1]
    return 206, cut(headers, first, last, length), part


def cut(headers: Mapping[str, Any], first: int, last: int, length: int) -> dict[str, Any]:
    """The fields of a part: the object's checksum is not the part's."""
    whole = (first, last) == (0, length - 1)
    kept = {
        name: value
        for name, value in headers.items()
        if whole or not name.lower().startswith("x-amz-checksum-")
    }
    kept.pop("Content-Length", None)
    kept["content-length"] = str(last - first + 1)
    kept["content-range"] = f"bytes {first}-{last}/{length}"
    return kept


def _unsatisfiable(responder: Any, request: Any, length: int) -> Answer:
    from moto.core.responses import ActionResult
    from moto.s3.exceptions import InvalidRange

    told = {"Content-Range": f"bytes */{length}"}
    if request.method == "HEAD":
        return 416, {"Content-Type": "application/xml", **told}, b""
    wrong = InvalidRange(actual_size=str(length), range_requested=request.headers["range"])
    status, headers, body = responder.serialized(ActionResult(wrong))
    return status, {**headers, **told}, body
