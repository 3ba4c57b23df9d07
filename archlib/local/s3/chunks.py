"""Bodies sent in chunks: taken apart, their signatures and checksums looked at.

AWS: Amazon S3 API Reference, "Signature calculations for the authorization header: Transferring
payload in multiple chunks (chunked upload) (AWS Signature Version 4)", "Transferring payload in
multiple chunks with a trailing checksum", "Trailing header signature calculation".
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass

from archlib.local.refusal import ApiRefusal
from archlib.local.s3.signature import MISMATCH

_EMPTY = hashlib.sha256(b"").hexdigest()

Trailer = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Seal:
    """What chunk signatures are made with: the day's key, and the request's own signature."""

    key: bytes
    timestamp: str
    scope: str
    signature: str

    def chunk(self, previous: str, data: bytes) -> str:
        """The signature of one chunk after the one before it."""
        return self._sign("AWS4-HMAC-SHA256-PAYLOAD", previous, _EMPTY,
                          hashlib.sha256(data).hexdigest())  # fmt: skip

    def trailer(self, previous: str, fields: Trailer) -> str:
        """The signature of the trailing headers."""
        text = "".join(f"{name.lower()}:{value}\n" for name, value in fields)
        return self._sign("AWS4-HMAC-SHA256-TRAILER", previous,
                          hashlib.sha256(text.encode()).hexdigest())  # fmt: skip

    def _sign(self, kind: str, previous: str, *digests: str) -> str:
        text = "\n".join((kind, self.timestamp, self.scope, previous, *digests))
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()


def joined(data: bytes, seal: Seal | None) -> tuple[bytes, Trailer]:
    """The body and the trailing headers.

    ``seal`` is given where every chunk is signed. Raises :class:`ApiRefusal` ``IncompleteBody``
    for chunks that do not add up, ``SignatureDoesNotMatch`` for one that is not as signed.
    """
    body, at = bytearray(), 0
    previous = seal.signature if seal is not None else ""
    while True:
        size, extension, at = _head(data, at)
        if size and data[at + size : at + size + 2] != b"\r\n":
            raise incomplete()
        if seal is not None:
            previous = _verified(seal.chunk(previous, data[at : at + size]), extension)
        if size == 0:
            break
        body += data[at : at + size]
        at += size + 2
    fields = tuple(_fields(data[at:]))
    told = tuple((n, v) for n, v in fields if n.lower() != "x-amz-trailer-signature")
    if seal is not None and told:
        given = dict((n.lower(), v) for n, v in fields).get("x-amz-trailer-signature", "")
        if not hmac.compare_digest(seal.trailer(previous, told).encode(), given.encode()):
            raise ApiRefusal("SignatureDoesNotMatch", MISMATCH, 403)
    return bytes(body), told


def _head(data: bytes, at: int) -> tuple[int, bytes, int]:
    """A chunk's size, its extension, and where its data begin."""
    end = data.find(b"\r\n", at)
    length, _, extension = data[at:end].partition(b";")
    try:
        size = int(length, 16) if end >= 0 else -1
    except ValueError:
        size = -1
    if size < 0:
        raise incomplete()
    return size, extension, end + 2


def _verified(wanted: str, extension: bytes) -> str:
    given = extension.removeprefix(b"chunk-signature=")
    if not hmac.compare_digest(wanted.encode(), given):
        raise ApiRefusal("SignatureDoesNotMatch", MISMATCH, 403)
    return wanted


def _fields(rest: bytes) -> Iterator[tuple[str, str]]:
    for line in rest.decode("latin-1").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip(), value.strip()


def incomplete() -> ApiRefusal:
    """What S3 says of a body that is not all there."""
    return ApiRefusal(
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    )
