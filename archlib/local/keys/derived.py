"""Bytes that look random and are a function of a seed and a label."""

from __future__ import annotations

import hashlib
import hmac


def derived(seed: int, label: str, length: int) -> bytes:
    """``length`` bytes; labels that differ give streams that have nothing in common."""
    key = hashlib.sha256(f"archlib bytes {seed}".encode()).digest()
    blocks, made = 0, b""
    while len(made) < length:
        made += hmac.digest(key, f"{label}\n{blocks}".encode(), "sha256")
        blocks += 1
    return made[:length]
