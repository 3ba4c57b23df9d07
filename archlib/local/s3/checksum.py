"""Checksums of objects that are uploaded in parts, over contents that are not in memory.

AWS: Amazon S3 User Guide, "Checking object integrity in Amazon S3": of the parts' checksums
(``COMPOSITE``) or of the whole object (``FULL_OBJECT``); without a wish it is the latter with
CRC64NVME. moto takes CRC32 for CRC32C and CRC64NVME where no library for them is installed, which
every SDK that verifies what it downloads finds out; here they are computed.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from archlib.local.content import Body, Content
from archlib.local.patches import Patches
from archlib.local.s3.cyclic import crc32c, crc64nvme

#: A cyclic redundancy check: the next bytes and the value so far -> the value.
_Crc = Callable[[bytes, int], int]


class _Running(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class _Cyclic:
    """A cyclic redundancy check as hashlib's objects are used."""

    def __init__(self, crc: _Crc, size: int) -> None:
        self._crc, self._size, self._value = crc, size, 0

    def update(self, data: bytes, /) -> None:
        self._value = self._crc(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


#: Algorithm -> a fresh computation.
_ALGORITHMS: dict[str, Callable[[], _Running]] = {
    "CRC32": lambda: _Cyclic(zlib.crc32, 4),
    "CRC32C": lambda: _Cyclic(crc32c, 4),
    "CRC64NVME": lambda: _Cyclic(crc64nvme, 8),
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA256": lambda: hashlib.sha256(usedforsecurity=False),
}


def install(patches: Patches) -> None:
    """Let moto's S3 compute what it is asked for."""
    from moto.s3 import models, responses, utils

    computed = functools.partial(_computed, utils.compute_checksum)
    for module in (models, responses):
        patches.set(module, "compute_checksum", computed)


def _computed(
    original: Callable[..., Any], body: bytes, algorithm: str, encode_base64: bool = True
) -> bytes:
    if algorithm not in ("CRC32C", "CRC64NVME"):
        return bytes(original(body, algorithm, encode_base64))
    made = digest(algorithm, (body,))
    return base64.b64encode(made) if encode_base64 else made


def digest(algorithm: str, chunks: Iterable[bytes]) -> bytes:
    """The checksum of ``chunks`` after one another."""
    running = _ALGORITHMS[algorithm]()
    for chunk in chunks:
        running.update(chunk)
    return running.digest()


def of_parts(
    algorithm: str | None, kind: str | None, parts: Sequence[Body]
) -> tuple[str, str, int]:
    """Type, value (base64) and number of parts of an object's checksum, as moto stores them."""
    chosen = algorithm or "CRC64NVME"
    kind = kind or ("FULL_OBJECT" if chosen == "CRC64NVME" else "COMPOSITE")
    if kind == "COMPOSITE":
        made = digest(chosen, (digest(chosen, _chunks([part])) for part in parts))
        return kind, base64.b64encode(made).decode(), len(parts)
    return kind, base64.b64encode(digest(chosen, _chunks(parts))).decode(), 1


def _chunks(parts: Iterable[Body]) -> Iterator[bytes]:
    for part in parts:
        yield from Content.of(part).chunks()
