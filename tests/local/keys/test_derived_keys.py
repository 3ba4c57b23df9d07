"""Derived bytes, curves and paddings, against an independent implementation."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from archlib.local.keys import ecc
from archlib.local.keys.derived import derived
from archlib.local.keys.padding import oaep_encrypt, pss_sign
from archlib.local.keys.rsa import private_key

KEY = private_key(5)
DIGESTS = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(),
           "sha512": hashes.SHA512()}  # fmt: skip


def test_derived_bytes_depend_on_seed_and_label_only() -> None:
    made = derived(7, "a", 70)
    assert len(made) == 70
    assert derived(7, "a", 32) == made[:32]
    assert derived(8, "a", 70) != made != derived(7, "b", 70)


@pytest.mark.parametrize("name", ecc.CURVES)
def test_a_curve_key_signs_and_is_the_same_again(name: str) -> None:
    key = ecc.private_key(name, 7, "label")
    digest = ecc.CURVES[name].digest
    signature = key.sign(b"text", ec.ECDSA(digest))
    key.public_key().verify(signature, b"text", ec.ECDSA(digest))
    again = ecc.private_key(name, 7, "label")
    assert again.private_numbers() == key.private_numbers()
    other = ecc.private_key(name, 7, "other label")
    assert other.private_numbers() != key.private_numbers()


@pytest.mark.parametrize("name", ["sha1", "sha256"])
@pytest.mark.parametrize("length", [0, 1, 190])
def test_what_oaep_encrypts_openssl_decrypts(name: str, length: int) -> None:
    message = b"m" * length
    seed = derived(7, "seed", hashlib.new(name).digest_size)
    made = oaep_encrypt(KEY.public_key(), message, name, seed)
    scheme = padding.OAEP(padding.MGF1(DIGESTS[name]), DIGESTS[name], None)
    assert KEY.decrypt(made, scheme) == message
    assert oaep_encrypt(KEY.public_key(), message, name, seed) == made


def test_oaep_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="takes 190"):
        oaep_encrypt(KEY.public_key(), b"m" * 191, "sha256", bytes(32))


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512"])
def test_what_pss_signs_openssl_verifies(name: str) -> None:
    digest = DIGESTS[name]
    hashed = hashlib.new(name, b"text").digest()
    signature = pss_sign(KEY, hashed, name, derived(7, "salt", digest.digest_size))
    scheme = padding.PSS(padding.MGF1(digest), digest.digest_size)
    KEY.public_key().verify(signature, b"text", scheme, digest)
    with pytest.raises(InvalidSignature):
        KEY.public_key().verify(signature, b"test", scheme, digest)
