"""Encryption, data keys, signatures: against independent implementations."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from key_roles import refused

CONTEXT = {"Department": "IT", "Purpose": "Test"}


def test_a_ciphertext_opens_with_its_context_and_no_other(kms: Any, key: str) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"text", EncryptionContext=CONTEXT)["CiphertextBlob"]
    reordered = dict(reversed(CONTEXT.items()))
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext=reordered)
    assert (opened["Plaintext"], opened["KeyId"]) == (b"text", key)
    for wrong in ({}, {"Department": "IT"}, {**CONTEXT, "More": "x"}, {"department": "IT"}):
        assert refused(kms.decrypt, CiphertextBlob=blob, EncryptionContext=wrong)[0] == (
            "InvalidCiphertextException"
        )
    assert b"text" not in blob


def test_a_changed_or_foreign_ciphertext_is_refused(kms: Any, key: str) -> None:
    blob = bytearray(kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"])
    for position in (0, len(blob) - 1):
        changed = bytearray(blob)
        changed[position] ^= 1
        code, _ = refused(kms.decrypt, CiphertextBlob=bytes(changed))
        assert code == "InvalidCiphertextException"
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    assert refused(kms.decrypt, CiphertextBlob=bytes(blob), KeyId=other)[0] == (
        "IncorrectKeyException"
    )
    # The same message twice gives two ciphertexts.
    assert kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"] != bytes(blob)


def test_data_keys_come_sealed_and_open(kms: Any, key: str) -> None:
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=CONTEXT)
    assert len(made["Plaintext"]) == 32
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)
    assert opened["Plaintext"] == made["Plaintext"]
    sealed = kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=7)
    assert "Plaintext" not in sealed
    assert len(kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"]) == 7


@pytest.mark.parametrize("spec", ["RSA_2048", "ECC_NIST_P256"])
def test_data_key_pairs_fit_together(kms: Any, key: str, spec: str) -> None:
    made = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec)
    opened = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"])["Plaintext"]
    assert opened == made["PrivateKeyPlaintext"]
    private: Any = serialization.load_der_private_key(opened, None)
    public: Any = serialization.load_der_public_key(made["PublicKey"])
    assert private.public_key().public_numbers() == public.public_numbers()
    again = kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec=spec)
    assert again["PublicKey"] != made["PublicKey"]
    assert "PrivateKeyPlaintext" not in again


def test_re_encryption_moves_to_another_key_and_context(kms: Any, key: str) -> None:
    other = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"text", EncryptionContext=CONTEXT)["CiphertextBlob"]
    moved = kms.re_encrypt(
        CiphertextBlob=blob, SourceEncryptionContext=CONTEXT, DestinationKeyId=other
    )
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key, other)
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"text"


def pair(kms: Any, spec: str, usage: str = "SIGN_VERIFY") -> str:
    return str(kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"])


RSA_SCHEMES = {
    "RSASSA_PKCS1_V1_5_SHA_256": (padding.PKCS1v15(), hashes.SHA256()),
    "RSASSA_PKCS1_V1_5_SHA_512": (padding.PKCS1v15(), hashes.SHA512()),
    "RSASSA_PSS_SHA_256": (padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()),
    "RSASSA_PSS_SHA_384": (padding.PSS(padding.MGF1(hashes.SHA384()), 48), hashes.SHA384()),
}


@pytest.mark.parametrize("algorithm", RSA_SCHEMES)
def test_rsa_signatures_hold_outside(kms: Any, algorithm: str) -> None:
    key = pair(kms, "RSA_2048")
    signature = kms.sign(KeyId=key, Message=b"m", SigningAlgorithm=algorithm)["Signature"]
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(signature, b"m", *RSA_SCHEMES[algorithm])
    ask = {"KeyId": key, "SigningAlgorithm": algorithm, "Signature": signature}
    assert kms.verify(Message=b"m", **ask)["SignatureValid"] is True
    assert refused(kms.verify, Message=b"n", **ask)[0] == "KMSInvalidSignatureException"


@pytest.mark.parametrize(
    ("spec", "algorithm", "digest"),
    [
        ("ECC_NIST_P256", "ECDSA_SHA_256", hashes.SHA256()),
        ("ECC_NIST_P384", "ECDSA_SHA_384", hashes.SHA384()),
        ("ECC_SECG_P256K1", "ECDSA_SHA_256", hashes.SHA256()),
    ],
)
def test_elliptic_signatures_hold_outside(
    kms: Any, spec: str, algorithm: str, digest: hashes.HashAlgorithm
) -> None:
    key = pair(kms, spec)
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, ec.EllipticCurvePublicKey)
    signature = kms.sign(KeyId=key, Message=b"m", SigningAlgorithm=algorithm)["Signature"]
    public.verify(signature, b"m", ec.ECDSA(digest))
    hashed = hashlib.new(digest.name, b"m").digest()
    ask = {"KeyId": key, "SigningAlgorithm": algorithm, "MessageType": "DIGEST"}
    assert kms.verify(Message=hashed, Signature=signature, **ask)["SignatureValid"]
    assert refused(kms.sign, Message=b"short", **ask)[0] == "ValidationException"
    code, _ = refused(kms.sign, KeyId=key, Message=b"m", SigningAlgorithm="RSASSA_PSS_SHA_256")
    assert code == "InvalidKeyUsageException"


def test_asymmetric_encryption_needs_its_key_and_fits_only_so_much(kms: Any) -> None:
    key = pair(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    ask = {"KeyId": key, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    blob = kms.encrypt(Plaintext=b"text", **ask)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, **ask)["Plaintext"] == b"text"
    assert refused(kms.decrypt, CiphertextBlob=blob)[0] == "InvalidCiphertextException"
    assert refused(kms.encrypt, Plaintext=b"x" * 191, **ask)[0] == "ValidationException"
    public: Any = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    scheme = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    outside = public.encrypt(b"from outside", scheme)
    assert kms.decrypt(CiphertextBlob=outside, **ask)["Plaintext"] == b"from outside"


def test_message_authentication_codes(kms: Any) -> None:
    key = pair(kms, "HMAC_256", "GENERATE_VERIFY_MAC")
    ask = {"KeyId": key, "MacAlgorithm": "HMAC_SHA_256"}
    mac = kms.generate_mac(Message=b"m", **ask)["Mac"]
    assert len(mac) == hmac.new(b"", b"", "sha256").digest_size
    assert kms.verify_mac(Message=b"m", Mac=mac, **ask)["MacValid"] is True
    assert refused(kms.verify_mac, Message=b"n", Mac=mac, **ask)[0] == "KMSInvalidMacException"


def test_a_rehearsal_does_nothing_and_says_so(kms: Any, key: str) -> None:
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x", DryRun=True)[0] == (
        "DryRunOperationException"
    )
    kms.disable_key(KeyId=key)
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x", DryRun=True)[0] == "DisabledException"
