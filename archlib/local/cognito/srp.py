"""Secure Remote Password (SRP-6a) as Cognito speaks it, server side.

The group is the 3072-bit one of RFC 5054 with generator 2. Cognito's own choices are: the
identity is ``<pool name><user id>`` (the pool id after its underscore), all hashes are
SHA-256 over even-length hex with a zero byte before a high first bit, and the session key is
16 bytes of HKDF with the info ``Caldera Derived Key``. AWS documents the protocol only
through its clients; this follows ``amazon-cognito-identity-js`` and is checked in the tests
against pycognito, an independent client.

A :class:`Verifier` is all the user pool stores of a password. A plain password is checked by
computing its verifier again.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A0879"
    "8E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B"
    "0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA4836"
    "1C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804"
    "F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6"
    "955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64"
    "ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D226"
    "1AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2"
    "08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G = 2
_INFO = b"Caldera Derived Key\x01"


def padded(number: int) -> bytes:
    """A number as big-endian bytes with a zero byte before a set first bit."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _hash(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


K = _hash(padded(N), padded(G))


@dataclass(frozen=True)
class Verifier:
    """What a user pool keeps of a password: a 128-bit salt and ``g^x mod N``."""

    salt: int
    value: int

    def matches(self, identity: str, password: str) -> bool:
        """Whether ``password`` is the one this verifier was made from."""
        return hmac.compare_digest(
            padded(self.value), padded(verifier(identity, password, self.salt).value)
        )


def verifier(identity: str, password: str, salt: int) -> Verifier:
    """The verifier of a password; ``identity`` is the pool's name and the user's id, joined."""
    inner = hashlib.sha256(f"{identity}:{password}".encode()).digest()
    return Verifier(salt, pow(G, _hash(padded(salt), inner), N))


@dataclass(frozen=True)
class ServerExchange:
    """One sign-in under way: the client's public value and the server's two values."""

    verifier: Verifier
    client_public: int
    private: int
    public: int

    def session_key(self) -> bytes:
        """The 16 bytes that both sides agree on if, and only if, the password is right."""
        scramble = _hash(padded(self.client_public), padded(self.public))
        secret = pow(self.client_public * pow(self.verifier.value, scramble, N), self.private, N)
        extracted = hmac.digest(padded(scramble), padded(secret), "sha256")
        return hmac.digest(extracted, _INFO, "sha256")[:16]

    def proves(self, identity: str, secret_block: bytes, timestamp: str, signature: bytes) -> bool:
        """Whether ``signature`` is what a client that knows the password would send."""
        message = identity.encode() + secret_block + timestamp.encode()
        return hmac.compare_digest(hmac.digest(self.session_key(), message, "sha256"), signature)


def begin(stored: Verifier, client_public: int, private: int) -> ServerExchange:
    """The server's first step; raises :class:`ValueError` for a client value of 0 modulo N.

    A client that sends such a value would know the session key without the password
    (RFC 5054, section 2.5.4).
    """
    if client_public % N == 0:
        raise ValueError("SRP_A is 0 modulo N")
    return ServerExchange(
        stored, client_public, private, (K * stored.value + pow(G, private, N)) % N
    )
