"""Public keys: which CloudFront takes, and whether a signature is theirs.

Developer Guide, "Specify signers that can create signed URLs and signed cookies" (the key pair
must be RSA 2048 or ECDSA 256, in PEM format); "Create a signed URL using a custom policy" (SHA-1
unless ``Hash-Algorithm`` says SHA-256, with either kind of key).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

PublicKey = RSAPublicKey | EllipticCurvePublicKey

#: ``Hash-Algorithm`` -> the hash; SHA1 is the default.
HASHES: Mapping[str, hashes.HashAlgorithm] = {"SHA1": hashes.SHA1(), "SHA256": hashes.SHA256()}
DEFAULT = "SHA1"

#: A PEM whose lines ran together, as in an environment variable, CloudFront does not read.
_PEM = re.compile(
    r"-----BEGIN (?P<kind>(?:RSA )?PUBLIC KEY)-----\r?\n"
    r"(?:[A-Za-z0-9+/=]+\r?\n)+"
    r"-----END (?P=kind)-----\s*"
)


@lru_cache(maxsize=256)
def load(pem: str) -> PublicKey:
    """A public key from its PEM; raises :class:`ValueError`."""
    if _PEM.fullmatch(pem) is None:
        raise ValueError("no public key in PEM format")
    key = load_pem_public_key(pem.encode("ascii"))
    if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey):
        raise ValueError("neither an RSA nor an ECDSA key")
    return key


def acceptable(pem: str) -> PublicKey:
    """A key that CloudFront takes: RSA of 2048 bits or ECDSA P-256; raises :class:`ValueError`."""
    key = load(pem)
    if isinstance(key, RSAPublicKey):
        if key.key_size != 2048:
            raise ValueError(f"an RSA key of {key.key_size} bits, not 2048")
    elif not isinstance(key.curve, SECP256R1):
        raise ValueError(f"an ECDSA key on {key.curve.name}, not P-256")
    return key


def verifies(key: PublicKey, signature: bytes, message: bytes, algorithm: str) -> bool:
    """Whether a signature (RSA: PKCS #1 v1.5, ECDSA: DER) is the key's over a message."""
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, message, PKCS1v15(), HASHES[algorithm])
        else:
            key.verify(signature, message, ECDSA(HASHES[algorithm]))
    except InvalidSignature:
        return False
    return True
