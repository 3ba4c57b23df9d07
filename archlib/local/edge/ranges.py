"""Range requests.

RFC 9110 section 14; Developer Guide, "How CloudFront processes partial requests for an object
(range GETs)": ranges must ascend, must not overlap and must all be valid, else the whole object
is the answer.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from archlib.local.edge.headers import replaced, value, without
from archlib.local.http import Headers, HttpResponse

_SPEC = re.compile(r"(\d+)-(\d*)|-(\d+)")
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(frozen=True)
class Span:
    """``first`` to ``last`` inclusive; no ``last`` is up to the end, no ``first`` a suffix."""

    first: int | None
    last: int | None

    def within(self, length: int) -> tuple[int, int] | None:
        """The positions in an object of ``length`` bytes; None where none is satisfied."""
        if self.first is None:
            assert self.last is not None
            return (max(0, length - self.last), length - 1) if self.last and length else None
        if self.first >= length:
            return None
        return self.first, length - 1 if self.last is None else min(self.last, length - 1)

    def __str__(self) -> str:
        return (
            f"{'' if self.first is None else self.first}-{'' if self.last is None else self.last}"
        )


def parse(header: str | None) -> tuple[Span, ...]:
    """The ranges of a ``Range`` header; none when it is to be ignored."""
    if header is None:
        return ()
    unit, equals, specs = header.strip().partition("=")
    if unit.strip().lower() != "bytes" or not equals:
        return ()
    found: list[Span] = []
    for spec in specs.split(","):
        match = _SPEC.fullmatch(spec.strip())
        if match is None:
            return ()
        if match[3] is not None:
            found.append(Span(None, int(match[3])))
            continue
        first, last = int(match[1]), int(match[2]) if match[2] else None
        if last is not None and last < first:
            return ()
        found.append(Span(first, last))
    return tuple(found) if _ascending(found) else ()


def _ascending(spans: list[Span]) -> bool:
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


def content_range(headers: Headers) -> tuple[int, int, int | None] | None:
    """First, last and complete length of a partial answer; None when it does not say."""
    match = _CONTENT_RANGE.fullmatch((value(headers, "content-range") or "").strip())
    if match is None:
        return None
    return int(match[1]), int(match[2]), None if match[3] == "*" else int(match[3])


def partial(status: int, headers: Headers, body: bytes, spans: tuple[Span, ...]) -> HttpResponse:
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


def one(headers: Headers, part: bytes, place: tuple[int, int], length: int) -> HttpResponse:
    """A 206 with a single range."""
    fields = (
        ("Content-Range", f"bytes {place[0]}-{place[1]}/{length}"),
        ("Content-Length", str(len(part))),
    )
    return HttpResponse(206, replaced(headers, *fields), part)


def _several(headers: Headers, body: bytes, places: list[tuple[int, int]]) -> HttpResponse:
    """A multipart/byteranges answer (RFC 9110, section 14.6)."""
    boundary = f"CloudFront_{hashlib.sha256(repr(places).encode() + body).hexdigest()[:32]}"
    kind = value(headers, "content-type")
    parts = []
    for first, last in places:
        typed = f"Content-Type: {kind}\r\n" if kind else ""
        head = f"--{boundary}\r\n{typed}Content-Range: bytes {first}-{last}/{len(body)}\r\n\r\n"
        parts.append(head.encode() + body[first : last + 1] + b"\r\n")
    data = b"".join(parts) + f"--{boundary}--\r\n".encode()
    fields = (
        ("Content-Type", f"multipart/byteranges; boundary={boundary}"),
        ("Content-Length", str(len(data))),
    )
    return HttpResponse(206, replaced(without(headers, {"content-range"}), *fields), data)
