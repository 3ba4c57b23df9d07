"""The RSA keys of one cloud, each handed out once.

A cloud hands out keys in order, starting at a place that its seed chooses, and never twice.
Clouds with different seeds may meet the same key.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from archlib.local.keys.rsa import KNOWN_KEYS, private_key


class RsaRing:
    """Hands out the RSA-2048 keys of one cloud."""

    def __init__(self, seed: int) -> None:
        self._issued = 0
        digest = hashlib.sha256(f"archlib key ring {seed}".encode()).digest()
        self._first = int.from_bytes(digest[:4], "big") % KNOWN_KEYS

    def next(self) -> RSAPrivateKey:
        """A key nobody in this cloud has had."""
        number = self._issued
        self._issued += 1
        if number < KNOWN_KEYS:
            number = (self._first + number) % KNOWN_KEYS
        return private_key(number)
