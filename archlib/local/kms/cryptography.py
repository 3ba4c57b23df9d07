"""Encrypting, decrypting and data keys.

Source: AWS KMS API Reference, "Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey" and its
relatives, "GenerateRandom".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.keys.derived import derived
from archlib.local.kms import refusals
from archlib.local.kms.ciphertext import read
from archlib.local.kms.keys import Key
from archlib.local.kms.material import pkcs8, spki
from archlib.local.kms.operation import OnKey
from archlib.local.kms.specs import ENCRYPT, SYMMETRIC
from archlib.local.kms.state import Keys
from archlib.local.refusal import ApiRefusal

_AES = {"AES_128": 16, "AES_256": 32}


class Cryptography:
    """Operations that seal and open."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._drawn = 0

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        on_key = {
            "Encrypt": OnKey(self._encrypt, "usable", by_alias=True),
            "GenerateDataKey": OnKey(self._data_key, "usable", by_alias=True),
            "GenerateDataKeyWithoutPlaintext": OnKey(self._data_key, "usable", by_alias=True),
            "GenerateDataKeyPair": OnKey(self._pair, "usable", by_alias=True),
            "GenerateDataKeyPairWithoutPlaintext": OnKey(self._pair, "usable", by_alias=True),
        }
        bound = {name: one.bound(self._keys) for name, one in on_key.items()}
        return {
            **bound,
            "Decrypt": self._decrypt,
            "ReEncrypt": self._re_encrypt,
            "GenerateRandom": self._random,
        }

    def _encrypt(self, call: ApiCall, key: Key) -> Result:
        params = call.params
        algorithm = params.get("EncryptionAlgorithm", SYMMETRIC)
        context = params.get("EncryptionContext") or {}
        blob = _sealed(key, algorithm, params["Plaintext"], context, "Encrypt")
        return {"CiphertextBlob": blob, "KeyId": key.arn, "EncryptionAlgorithm": algorithm}

    def _decrypt(self, call: ApiCall) -> Result:
        params = call.params
        algorithm = params.get("EncryptionAlgorithm", SYMMETRIC)
        key, plaintext = self._opened(
            call, params["CiphertextBlob"], params.get("KeyId"), algorithm,
            params.get("EncryptionContext") or {}, "Decrypt",
        )  # fmt: skip
        return {
            "KeyId": key.arn,
            "Plaintext": plaintext,
            "EncryptionAlgorithm": algorithm,
            **_material(key),
        }

    def _re_encrypt(self, call: ApiCall) -> Result:
        params = call.params
        old = params.get("SourceEncryptionAlgorithm", SYMMETRIC)
        new = params.get("DestinationEncryptionAlgorithm", SYMMETRIC)
        target = self._keys.named(call.region, params["DestinationKeyId"])
        target.require_usable()
        source, plaintext = self._opened(
            call, params["CiphertextBlob"], params.get("SourceKeyId"), old,
            params.get("SourceEncryptionContext") or {}, "ReEncrypt",
        )  # fmt: skip
        context = params.get("DestinationEncryptionContext") or {}
        return {
            "CiphertextBlob": _sealed(target, new, plaintext, context, "ReEncrypt"),
            "SourceKeyId": source.arn,
            "KeyId": target.arn,
            "SourceEncryptionAlgorithm": old,
            "DestinationEncryptionAlgorithm": new,
        }

    def _opened(
        self,
        call: ApiCall,
        blob: bytes,
        key_id: str | None,
        algorithm: str,
        context: Mapping[str, str],
        operation: str,
    ) -> tuple[Key, bytes]:
        """The key of a ciphertext and what it says."""
        named = None if key_id is None else self._keys.named(call.region, key_id)
        if named is not None and named.spec.asymmetric:
            call.hop.target = named.arn
            named.require_usable()
            _fits(named, algorithm, operation)
            return named, named.material.rsa_decrypt(algorithm, blob)
        return open_blob(self._keys, call, blob, named, context, operation)

    def _data_key(self, call: ApiCall, key: Key) -> Result:
        params = call.params
        spec, number = params.get("KeySpec"), params.get("NumberOfBytes")
        if (spec is None) == (number is None):
            raise refusals.invalid("Please specify either number of bytes or key spec.")
        plaintext = key.material.draw(number or _AES[spec or ""])
        blob = _sealed(
            key, SYMMETRIC, plaintext, params.get("EncryptionContext") or {}, call.operation
        )
        told: Result = {"CiphertextBlob": blob, "KeyId": key.arn, **_material(key)}
        if call.operation == "GenerateDataKey":
            told["Plaintext"] = plaintext
        return told

    def _pair(self, call: ApiCall, key: Key) -> Result:
        params = call.params
        spec = params["KeyPairSpec"]
        private = self._keys.private(spec, key.material.draw(16).hex())
        assert private is not None
        secret = pkcs8(private)
        context = params.get("EncryptionContext") or {}
        told: Result = {
            "PrivateKeyCiphertextBlob": _sealed(key, SYMMETRIC, secret, context, call.operation),
            "PublicKey": spki(private),
            "KeyId": key.arn,
            "KeyPairSpec": spec,
            **_material(key),
        }
        if call.operation == "GenerateDataKeyPair":
            told["PrivateKeyPlaintext"] = secret
        return told

    def _random(self, call: ApiCall) -> Result:
        number = call.params.get("NumberOfBytes")
        if number is None:
            raise refusals.invalid("NumberOfBytes is required")
        self._drawn += 1
        label = f"kms random {call.region} {self._drawn}"
        return {"Plaintext": derived(self._keys.cloud.seed, label, number)}


def open_blob(
    keys: Keys,
    call: ApiCall,
    blob: bytes,
    named: Key | None,
    context: Mapping[str, str],
    operation: str,
) -> tuple[Key, bytes]:
    """The key of a symmetric ciphertext and its plaintext.

    Raises InvalidCiphertextException, IncorrectKeyException when ``named`` is another key, and
    AccessDeniedException when the key is no more.
    """
    if read(blob) is None:
        raise refusals.bad_ciphertext()
    found = keys.of_ciphertext(call.region, blob)
    if found is None:
        raise ApiRefusal("AccessDeniedException", refusals.UNREADABLE)
    key, message = found
    if named is not None and named is not key:
        raise refusals.incorrect_key()
    call.hop.target = key.arn
    key.require_usable()
    key.require_use(ENCRYPT, operation)
    return key, key.material.unseal(message, context)


def _fits(key: Key, algorithm: str, operation: str) -> None:
    key.require_use(ENCRYPT, operation)
    if algorithm not in key.algorithms:
        raise refusals.wrong_algorithm(algorithm, key.spec.name)


def _sealed(
    key: Key, algorithm: str, plaintext: bytes, context: Mapping[str, str], operation: str
) -> bytes:
    _fits(key, algorithm, operation)
    if algorithm == SYMMETRIC:
        return key.material.seal(plaintext, context)
    if context:
        raise refusals.invalid("An encryption context needs a symmetric encryption key")
    try:
        return key.material.rsa_encrypt(algorithm, plaintext)
    except ValueError as problem:
        raise refusals.invalid(
            f"Algorithm {algorithm} and key spec {key.spec.name} cannot encrypt that much: "
            f"{problem}"
        ) from None


def _material(key: Key) -> dict[str, Any]:
    if key.spec.name != SYMMETRIC:
        return {}
    return {"KeyMaterialId": key.material.identifier(key.material.generations)}
