"""Where moto's S3 keeps the bytes of objects: as contents, handed on as they are.

moto writes each object into a buffer of its own, reads it whole for every answer and closes it
when the object is overwritten or deleted. Here the buffer holds an immutable
:class:`~archlib.local.content.Content` instead: a download, a copy and a cache hold it as well,
and it goes with the last of them. Wherever moto only passes an object's value on, it passes the
content; everywhere else it reads bytes, as ever.
"""

from __future__ import annotations

import functools
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

from archlib.local.content import CHUNK, LARGE, Body, Content, Reader, Spool, joined
from archlib.local.patches import Patches
from archlib.local.s3 import checksum
from archlib.local.s3.parts import completed

_passing: ContextVar[bool] = ContextVar("archlib_s3_passing", default=False)


class Storage:
    """The bytes of all objects of a cloud."""

    def __init__(self) -> None:
        self._spool = Spool()

    def install(self, patches: Patches) -> None:
        """Give moto's objects our buffers."""
        import moto.core.botocore_stubber as stubber
        from moto.s3 import models, responses

        patches.set(models, "tempfile", SimpleNamespace(SpooledTemporaryFile=self._buffer))
        patches.set(models.FakeMultipart, "complete", _complete)
        for owner, name in (
            (responses.S3Response, "get_object"),
            (models.S3Backend, "upload_part_copy"),
        ):
            patches.set(owner, name, _passing_on(getattr(owner, name)))
        copy = _passing_on(models.S3Backend.copy_object)
        patches.set(models.S3Backend, "copy_object", functools.partialmethod(_copy, copy))
        respond = responses.S3Response.key_response
        patches.set(responses.S3Response, "key_response", _letting_go(respond))
        patches.set(stubber, "MockRawResponse", functools.partial(_raw, stubber.MockRawResponse))

    def close(self) -> None:
        """Let go of the files; what lies in them stays readable to those who hold it."""
        self._spool.close()

    def _buffer(self, *_: Any, **__: Any) -> Buffer:
        return Buffer(self._spool)


class Buffer:
    """As much of a file as moto uses for an object's bytes.

    ``read()`` of all of a large value gives the content itself where moto passes it on.
    """

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._held: Body | None = b""
        self._at = 0

    @property
    def held(self) -> Body:
        """What it holds; raises :class:`ValueError`, as files do, when it is closed."""
        if self._held is None:
            raise ValueError("I/O operation on closed file.")
        return self._held

    def seek(self, at: int) -> None:
        """Read and write from there."""
        self._at = at

    def truncate(self) -> None:
        """Forget what is behind the position."""
        self._held = self.held[: self._at]

    def write(self, data: Body) -> None:
        """Put ``data`` in at the position; what is large goes into a file."""
        if not isinstance(data, Content) and len(data) > LARGE:
            data = self._spool.keep((data,))
        end = self._at + len(data)
        self._held = joined((self.held[: self._at], data, self.held[end:]))
        self._at = end

    def read(self, size: int = -1) -> Body:
        """All from the position, or some of the next ``size`` bytes; none at the end."""
        end = None if size < 0 else self._at + min(size, LARGE)
        part = self.held[self._at : end]
        self._at += len(part)
        return part if _passing.get() and size < 0 else bytes(part)

    def close(self) -> None:
        """Let go of the bytes."""
        self._held = None


def _passing_on(original: Callable[..., Any]) -> Callable[..., Any]:
    """``original``, in which values are contents where they are large."""

    @functools.wraps(original)
    def call(*args: Any, **options: Any) -> Any:
        token = _passing.set(True)
        try:
            return original(*args, **options)
        finally:
            _passing.reset(token)

    return call


def _letting_go(original: Callable[..., Any]) -> Callable[..., Any]:
    """``original``, after which the request goes: it held itself, and with it all it carried."""

    @functools.wraps(original)
    def call(responder: Any, request: Any, *args: Any, **options: Any) -> Any:
        try:
            return original(responder, request, *args, **options)
        finally:
            request.environ.pop("werkzeug.request", None)

    return call


def _complete(upload: Any, body: Iterable[tuple[int, str]]) -> tuple[Body, str, Any]:
    """Join an upload's parts as moto does, without reading them together.

    AWS: Amazon S3 API Reference, "CompleteMultipartUpload" (``InvalidPart``, ``EntityTooSmall``);
    User Guide, "Checking object integrity in Amazon S3" (the ETag of an object in parts).
    """
    from moto.s3.exceptions import EntityTooSmall, InvalidPart, MalformedXML
    from moto.settings import S3_UPLOAD_PART_MIN_SIZE

    parts: list[Any] = []
    sizes: dict[int, int] = {}
    for number, etag in body:
        part = upload.parts.get(number)
        if part is None or part.etag.strip('"') != etag.strip('"'):
            raise InvalidPart()
        if parts and parts[-1].contentsize < S3_UPLOAD_PART_MIN_SIZE:
            raise EntityTooSmall()
        parts.append(part)
        sizes[number] = part.contentsize
    if not parts:
        raise MalformedXML()
    completed(upload, sizes)
    digests = b"".join(bytes.fromhex(part.etag.strip('"')) for part in parts)
    etag = f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"
    values = [part._value_buffer.held for part in parts]
    algorithm, kind = (upload.metadata.get(f"x-amz-checksum-{n}") for n in ("algorithm", "type"))
    return joined(values), etag, checksum.of_parts(algorithm, kind, values)


def _copy(
    backend: Any, copy: Callable[..., None], src_key: Any, dest_bucket_name: str,
    dest_key_name: str, **options: Any,
) -> None:  # fmt: skip
    """Copy an object; one that came in parts has a checksum of its own as a whole.

    AWS: Amazon S3 User Guide, "Checking object integrity in Amazon S3" (moto gives the copy the
    checksum of the parts' checksums, which no reader can verify).
    """
    copy(backend, src_key, dest_bucket_name, dest_key_name, **options)
    if src_key.checksum_type == "COMPOSITE":
        made = backend.get_object(dest_bucket_name, dest_key_name)
        made.checksum_type, made.checksum_value, made.checksum_parts = checksum.of_parts(
            src_key.checksum_algorithm, "FULL_OBJECT", [made._value_buffer.held]
        )


class _Raw(io.BufferedReader):
    """What botocore reads a large body from."""

    def stream(self, amount: int = CHUNK, **_: Any) -> Iterator[bytes]:
        """The rest of it, a part at a time."""
        while chunk := self.read(amount):
            yield chunk


def _raw(small: Callable[[Any], Any], body: Any) -> Any:
    return _Raw(Reader(body), CHUNK) if isinstance(body, Content) else small(body)
