"""Compression by the edge.

Developer Guide, "Serve compressed files": which content types, sizes and status codes, what
becomes of the ETag. The edge here compresses with gzip only; where Brotli alone is possible it
leaves the object as it is ("CloudFront compresses objects on a best-effort basis").
"""

from __future__ import annotations

import gzip

from archlib.local.content import Body
from archlib.local.edge.headers import index, replaced, without
from archlib.local.http import Headers

SMALLEST, LARGEST = 1_000, 10_000_000
STATUSES = frozenset({200, 403, 404})

_APPLICATION = """
dash+xml eot font font-sfnt javascript json opentype otf pdf pkcs7-mime protobuf rss+xml truetype
ttf vnd.apple.mpegurl vnd.mapbox-vector-tile vnd.ms-fontobject wasm xhtml+xml xml
x-font-opentype x-font-truetype x-font-ttf x-httpd-cgi x-javascript x-mpegurl x-opentype x-otf
x-perl x-ttf
"""
_FONT = "eot opentype otf ttf"
_TEXT = """
css csv html javascript js plain richtext tab-separated-values xml x-component x-java-source
x-script
"""

#: "File types that CloudFront compresses".
TYPES = frozenset(
    {f"application/{name}" for name in _APPLICATION.split()}
    | {f"font/{name}" for name in _FONT.split()}
    | {f"text/{name}" for name in _TEXT.split()}
    | {"image/svg+xml", "vnd.apple.mpegurl"}
)


def compressed(status: int, headers: Headers, body: Body) -> tuple[Headers, bytes] | None:
    """The object compressed with gzip; None for one that CloudFront would not compress."""
    fields = index(headers)
    kind = fields.get("content-type", "").partition(";")[0].strip().lower()
    if (
        status not in STATUSES
        or kind not in TYPES
        or "content-encoding" in fields
        or "content-length" not in fields
        or not SMALLEST <= len(body) <= LARGEST
    ):
        return None
    data = gzip.compress(bytes(body), mtime=0)
    headers = _weakened(headers, fields.get("etag"))
    vary = fields.get("vary", "")
    if "accept-encoding" not in vary.lower():
        vary = f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"
    made = replaced(
        without(headers, {"accept-ranges"}),
        ("Content-Encoding", "gzip"),
        ("Content-Length", str(len(data))),
        ("Vary", vary),
    )
    return made, data


def _weakened(headers: Headers, etag: str | None) -> Headers:
    if etag is None or etag.startswith("W/"):
        return headers
    if etag.startswith('"'):
        return replaced(headers, ("ETag", f"W/{etag}"))
    return without(headers, {"etag"})
