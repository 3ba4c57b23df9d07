"""Bodies: which are binary, which are compressed, how large they may be.

AWS: "Binary media types for REST APIs in API Gateway", "Content type conversions in API
Gateway", "Payload compression for REST APIs in API Gateway", "Quotas for configuring and
running a REST API".
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from archlib.local.gateway.exchange import Answer, Exchange, media_type

#: Payload limit in bytes (10 MB; AWS's own message names the figure).
MAXIMUM_BODY = 10_485_760
#: Total size of all header values in bytes.
MAXIMUM_HEADERS = 10_240


def is_binary(binary_media_types: tuple[str, ...], content_type: str | None) -> bool:
    """Whether a media type is among the API's binary ones; the first of a list decides."""
    if not binary_media_types:
        return False
    wanted = media_type(content_type)
    return any(fnmatchcase(wanted, kind.lower()) or kind == "*/*" for kind in binary_media_types)


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {"gzip": _gzip, "deflate": zlib.compress}
DECODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "identity": lambda body: body,
}


def compress(answer: Answer, exchange: Exchange) -> Answer:
    """Compress a large enough answer for a client that accepts it."""
    least = exchange.api.minimum_compression
    if least is None or len(answer.body) < least or answer.header("Content-Encoding"):
        return answer
    accepted = exchange.header("accept-encoding") or ""
    offered = {part.split(";")[0].strip().lower() for part in accepted.split(",")}
    for name, encode in ENCODERS.items():
        if name in offered or "*" in offered:
            packed = encode(answer.body)
            return Answer(answer.status, (*answer.headers, ("Content-Encoding", name)), packed)
    return answer


def returns_binary(exchange: Exchange) -> bool:
    """Whether the client may get bytes: its first accepted media type is a binary one."""
    kinds = exchange.api.binary_media_types
    return "*/*" in kinds or is_binary(kinds, exchange.header("accept"))
