"""Range requests.

RFC 9110 section 14; Developer Guide, "How CloudFront processes partial requests for an object
(range GETs)": ranges must ascend, must not overlap and must all be valid, else the whole object
is the answer.
"""

from __future__ import annotations

import hashlib
import re

from archlib.local import byte_range
from archlib.local.byte_range import Span
from archlib.local.content import Body, joined
from archlib.local.edge.headers import replaced, value, without
from archlib.local.http import Headers, HttpResponse

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


def parse(header: str | None) -> tuple[Span, ...]:
    """The ranges of a ``Range`` header; none when the edge is to ignore it."""
    found = byte_range.parse(header)
    return found if _ascending(found) else ()


def _ascending(spans: tuple[Span, ...]) -> bool:
    end = -1
    for place, span in enumerate(spans):
        if span.first is None:
            return place == len(spans) - 1
        if span.first <= end:
            return False
        if span.last is None:
            return place == len(spans) - 1
        end = span.last
    return True


def place_of(answer: HttpResponse) -> tuple[int, int, int] | None:
    """First, last and complete length of a partial answer.

    None when it does not say, or is not as long as it says.
    """
    match = _CONTENT_RANGE.fullmatch((value(answer.headers, "content-range") or "").strip())
    if match is None or match[3] == "*":
        return None
    first, last, size = int(match[1]), int(match[2]), len(answer.content)
    told = value(answer.headers, "content-length")
    as_told = size == last - first + 1 and told in (None, str(size))
    return (first, last, int(match[3])) if as_told else None


def partial(status: int, headers: Headers, body: Body, spans: tuple[Span, ...]) -> HttpResponse:
    """The answer to ranges of a complete object: 206, 416, or for no range all of it."""
    if not spans or status != 200:
        return HttpResponse(status, headers, body)
    length = len(body)
    places = [p for p in (span.within(length) for span in spans) if p is not None]
    if not places:
        kept = without(headers, {"content-length", "content-encoding", "content-type"})
        fields = (("Content-Range", f"bytes */{length}"), ("Content-Length", "0"))
        return HttpResponse(416, replaced(kept, *fields))
    if len(places) == 1:
        return one(headers, body[places[0][0] : places[0][1] + 1], places[0], length)
    return _several(headers, body, places)


def one(headers: Headers, part: Body, place: tuple[int, int], length: int) -> HttpResponse:
    """A 206 with a single range."""
    fields = (
        ("Content-Range", f"bytes {place[0]}-{place[1]}/{length}"),
        ("Content-Length", str(len(part))),
    )
    return HttpResponse(206, replaced(headers, *fields), part)


def _several(headers: Headers, body: Body, places: list[tuple[int, int]]) -> HttpResponse:
    """A multipart/byteranges answer (RFC 9110, section 14.6)."""
    said = repr((places, len(body), headers)).encode()
    boundary = f"CloudFront_{hashlib.sha256(said).hexdigest()[:32]}"
    kind = value(headers, "content-type")
    typed = f"Content-Type: {kind}\r\n" if kind else ""
    parts: list[Body] = []
    for first, last in places:
        head = f"--{boundary}\r\n{typed}Content-Range: bytes {first}-{last}/{len(body)}\r\n\r\n"
        parts += (head.encode(), body[first : last + 1], b"\r\n")
    data = joined((*parts, f"--{boundary}--\r\n".encode()))
    fields = (
        ("Content-Type", f"multipart/byteranges; boundary={boundary}"),
        ("Content-Length", str(len(data))),
    )
    return HttpResponse(206, replaced(without(headers, {"content-range"}), *fields), data)
