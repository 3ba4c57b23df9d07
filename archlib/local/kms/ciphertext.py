"""What a ciphertext of a symmetric key looks like: opaque, and it knows its key.

"The ciphertext includes metadata" (AWS KMS API Reference, "Decrypt"); the format is AWS's own
secret, this one is ours, behind the bytes that AWS's begin with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

_MAGIC = b"\x01\x02\x02\x00\x78"
_NONCE = 12


@dataclass(frozen=True)
class Ciphertext:
    """A sealed message with the key and the generation of its material that sealed it."""

    key_id: str
    generation: int
    nonce: bytes
    sealed: bytes

    def written(self) -> bytes:
        """The blob."""
        name = self.key_id.encode()
        head = _MAGIC + bytes([len(name)]) + name + self.generation.to_bytes(2, "big")
        return head + self.nonce + self.sealed


def read(blob: bytes) -> Ciphertext | None:
    """A blob taken apart; None when it is no ciphertext of a symmetric key."""
    begin = len(_MAGIC) + 1
    if not blob.startswith(_MAGIC) or len(blob) < begin:
        return None
    end = begin + blob[begin - 1]
    rest = blob[end + 2 :]
    if len(rest) <= _NONCE:
        return None
    return Ciphertext(
        blob[begin:end].decode("ascii", "replace"),
        int.from_bytes(blob[end : end + 2], "big"),
        rest[:_NONCE],
        rest[_NONCE:],
    )


def bound(key_id: str, context: Mapping[str, str]) -> bytes:
    """What a message is sealed together with: its key and its encryption context, in no order."""
    return json.dumps([key_id, dict(context)], sort_keys=True).encode()
