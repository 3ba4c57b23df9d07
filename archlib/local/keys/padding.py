"""RSA paddings that want random bytes, here given them: equal calls give equal results.

RFC 8017: RSAES-OAEP encryption (7.1.1), RSASSA-PSS signatures (8.1.1, 9.1.1), MGF1 (B.2.1). The
opposite ways (decryption, verification) need no random bytes and are left to ``cryptography``.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric import rsa


def mgf1(seed: bytes, length: int, digest: str) -> bytes:
    """The mask generation function."""
    made, counter = b"", 0
    while len(made) < length:
        made += hashlib.new(digest, seed + counter.to_bytes(4, "big")).digest()
        counter += 1
    return made[:length]


def oaep_encrypt(key: rsa.RSAPublicKey, message: bytes, digest: str, seed: bytes) -> bytes:
    """RSAES-OAEP with an empty label; ``seed`` is as long as the digest.

    Raises :class:`ValueError` when the message is longer than the key can take.
    """
    size, width = key.key_size // 8, hashlib.new(digest).digest_size
    room = size - 2 * width - 2
    if len(message) > room:
        raise ValueError(f"the message has {len(message)} bytes, the key takes {room}")
    label = hashlib.new(digest, b"").digest()
    block = label + bytes(room - len(message)) + b"\x01" + message
    masked = _xor(block, mgf1(seed, len(block), digest))
    masked_seed = _xor(seed, mgf1(masked, width, digest))
    numbers = key.public_numbers()
    encoded = int.from_bytes(b"\x00" + masked_seed + masked, "big")
    return pow(encoded, numbers.e, numbers.n).to_bytes(size, "big")


def pss_sign(key: rsa.RSAPrivateKey, hashed: bytes, digest: str, salt: bytes) -> bytes:
    """RSASSA-PSS over a digest that has been computed."""
    size = key.key_size // 8
    bits = key.key_size - 1
    width = (bits + 7) // 8
    hidden = hashlib.new(digest, bytes(8) + hashed + salt).digest()
    block = bytes(width - len(salt) - len(hidden) - 2) + b"\x01" + salt
    masked = bytearray(_xor(block, mgf1(hidden, len(block), digest)))
    masked[0] &= 0xFF >> (8 * width - bits)
    encoded = int.from_bytes(bytes(masked) + hidden + b"\xbc", "big")
    numbers = key.private_numbers()
    return pow(encoded, numbers.d, numbers.public_numbers.n).to_bytes(size, "big")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
