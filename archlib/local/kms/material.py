"""Key material and what can be done with it; each key's is a function of the cloud's seed.

Symmetric keys seal with AES-256-GCM, nonces and data keys come from the key's own stream of
bytes: the same calls give the same ciphertexts. Signatures and asymmetric encryption are
deterministic for the same reason. AWS Key Management Service Developer Guide, "Cryptographic
details", "Key spec reference".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archlib.local.keys.derived import derived
from archlib.local.keys.padding import oaep_encrypt, pss_sign
from archlib.local.kms import ciphertext
from archlib.local.kms.ciphertext import Ciphertext
from archlib.local.kms.refusals import bad_ciphertext

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_HASHES: Mapping[str, Callable[[], hashes.HashAlgorithm]] = {
    "1": hashes.SHA1,
    "224": hashes.SHA224,
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
}


@dataclass
class Material:
    """The material of one key: bytes by generation, or a private key.

    ``generations`` counts rotations: what an earlier generation sealed can still be opened.
    """

    seed: int
    key_id: str
    private: Private | None = None
    generations: int = 1
    _drawn: int = field(default=0, repr=False)

    def draw(self, length: int) -> bytes:
        """The next bytes of the key's stream."""
        self._drawn += 1
        return derived(self.seed, f"kms {self.key_id} {self._drawn}", length)

    def identifier(self, generation: int) -> str:
        """``KeyMaterialId``: names a generation of the material."""
        return hashlib.sha256(self._secret(generation)).hexdigest()

    def _secret(self, generation: int) -> bytes:
        return derived(self.seed, f"kms {self.key_id} material {generation}", 32)

    # -- symmetric -------------------------------------------------------------------------

    def seal(self, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """A ciphertext blob."""
        generation, nonce = self.generations, self.draw(12)
        together = ciphertext.bound(self.key_id, context)
        sealed = AESGCM(self._secret(generation)).encrypt(nonce, plaintext, together)
        return Ciphertext(self.key_id, generation, nonce, sealed).written()

    def unseal(self, message: Ciphertext, context: Mapping[str, str]) -> bytes:
        """The plaintext; raises InvalidCiphertextException."""
        together = ciphertext.bound(self.key_id, context)
        if not 1 <= message.generation <= self.generations:
            raise bad_ciphertext()
        try:
            cipher = AESGCM(self._secret(message.generation))
            return cipher.decrypt(message.nonce, message.sealed, together)
        except InvalidTag:
            raise bad_ciphertext() from None

    def mac(self, algorithm: str, message: bytes) -> bytes:
        """An HMAC; ``algorithm`` is ``HMAC_SHA_256``, for example."""
        made = hmac.HMAC(self._secret(1) * 2, _digest(algorithm))
        made.update(message)
        return made.finalize()

    # -- asymmetric --------------------------------------------------------------------------

    def public_der(self) -> bytes:
        """The public half as SubjectPublicKeyInfo."""
        assert self.private is not None
        return spki(self.private)

    def rsa_encrypt(self, algorithm: str, plaintext: bytes) -> bytes:
        """RSAES-OAEP; raises :class:`ValueError` when it does not fit."""
        assert isinstance(self.private, rsa.RSAPrivateKey)
        digest = _digest(algorithm)
        seed = self.draw(digest.digest_size)
        return oaep_encrypt(self.private.public_key(), plaintext, digest.name, seed)

    def rsa_decrypt(self, algorithm: str, blob: bytes) -> bytes:
        """The opposite; raises InvalidCiphertextException."""
        assert isinstance(self.private, rsa.RSAPrivateKey)
        digest = _digest(algorithm)
        try:
            return self.private.decrypt(
                blob, padding.OAEP(padding.MGF1(digest), digest, label=None)
            )
        except ValueError:
            raise bad_ciphertext() from None

    def sign(self, algorithm: str, hashed: bytes) -> bytes:
        """A signature over a digest of the algorithm's hash."""
        digest = _digest(algorithm)
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            scheme = ec.ECDSA(Prehashed(digest), deterministic_signing=True)
            return self.private.sign(hashed, scheme)
        assert isinstance(self.private, rsa.RSAPrivateKey)
        if "PSS" in algorithm:
            label = f"kms {self.key_id} salt {algorithm} {hashed.hex()}"
            salt = derived(self.seed, label, digest.digest_size)
            return pss_sign(self.private, hashed, digest.name, salt)
        return self.private.sign(hashed, padding.PKCS1v15(), Prehashed(digest))

    def verify(self, algorithm: str, hashed: bytes, signature: bytes) -> bool:
        """Whether a signature is one over the digest."""
        digest = _digest(algorithm)
        try:
            if isinstance(self.private, ec.EllipticCurvePrivateKey):
                public = self.private.public_key()
                public.verify(signature, hashed, ec.ECDSA(Prehashed(digest)))
            else:
                assert isinstance(self.private, rsa.RSAPrivateKey)
                scheme: padding.AsymmetricPadding = padding.PKCS1v15()
                if "PSS" in algorithm:
                    scheme = padding.PSS(padding.MGF1(digest), digest.digest_size)
                self.private.public_key().verify(signature, hashed, scheme, Prehashed(digest))
        except InvalidSignature:
            return False
        return True


def digest_size(algorithm: str) -> int:
    """How many bytes the hash of an algorithm has."""
    return _digest(algorithm).digest_size


def hashed(algorithm: str, message: bytes) -> bytes:
    """A message's digest by an algorithm's hash."""
    return hashlib.new(_digest(algorithm).name, message).digest()


def spki(private: Private) -> bytes:
    """A key's public half, DER."""
    return private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def pkcs8(private: Private) -> bytes:
    """A private key, DER."""
    return private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _digest(algorithm: str) -> hashes.HashAlgorithm:
    return _HASHES[algorithm.rpartition("_")[2]]()
