"""The keys that sign a pool's tokens, with the ids under which they are published."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa

from archlib.local.cognito.jws import encode
from archlib.local.keys.ring import RsaRing


@dataclass(frozen=True)
class SigningKey:
    """A private key with the id under which its public half is published."""

    kid: str
    private: rsa.RSAPrivateKey

    @property
    def public(self) -> rsa.RSAPublicKey:
        """The half that verifies."""
        return self.private.public_key()

    def jwk(self) -> dict[str, str]:
        """The public half as an RFC 7517 key, with the members Cognito publishes."""
        numbers = self.public.public_numbers()
        return {
            "alg": "RS256",
            "e": encode(numbers.e.to_bytes(3, "big")),
            "kid": self.kid,
            "kty": "RSA",
            "n": encode(numbers.n.to_bytes(256, "big")),
            "use": "sig",
        }


class KeyRing:
    """Signing keys of one cloud, each once; ``keys`` are the cloud's."""

    def __init__(self, seed: int, keys: RsaRing | None = None) -> None:
        self._seed = seed
        self._keys = keys or RsaRing(seed)

    def next(self, label: str) -> SigningKey:
        """A key nobody in this cloud has had; ``label`` makes its id unique to its owner."""
        kid = hashlib.sha256(f"kid {self._seed} {label}".encode()).digest()
        return SigningKey(base64.b64encode(kid).decode(), self._keys.next())
