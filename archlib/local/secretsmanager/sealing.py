"""Sealing secret values with KMS, in the name of whoever calls.

Source: AWS Secrets Manager User Guide, "Secret encryption and decryption in AWS Secrets Manager":
a new data key for every value, the encryption context, the calls that validate access to a key,
re-encryption when the key changes; knowledge centre, "secrets-manager-cross-account-key" (the
wording of a denial). A key that is disabled or on its way out gives EncryptionFailure and
DecryptionFailure (API Reference, "Errors").
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archlib.local.api import ApiCall
from archlib.local.keys.derived import derived
from archlib.local.kms import Errand, KmsPlane
from archlib.local.refusal import ApiRefusal
from archlib.local.secretsmanager import refusals
from archlib.local.secretsmanager.secret import (
    CURRENT,
    PENDING,
    PREVIOUS,
    Envelope,
    Secret,
    Version,
)

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

DEFAULT_KEY = "alias/aws/secretsmanager"

_NO_ACCESS = "Access to KMS is not allowed"
_NOT_CURRENT = f"{_NO_ACCESS}. This version of secret is not encrypted with the current KMS key."
_VALIDATION = "RequestToValidateKeyAccess"


class Sealer:
    """Seals and opens the values of one cloud."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._drawn = 0

    def validate(self, call: ApiCall, secret: Secret) -> None:
        """Ask KMS whether the caller may use the secret's own key; the result is discarded."""
        if secret.key_id is None:
            return
        context = {"SecretARN": secret.arn, "SecretVersionId": _VALIDATION}
        errand = self._errand(call, secret)
        try:
            data_key = errand.data_key(secret.key_id, context)
            errand.decrypt(data_key.blob, context)
        except ApiRefusal as refusal:
            raise _cannot_encrypt(refusal) from None

    def seal(self, call: ApiCall, secret: Secret, version: Version, value: bytes) -> Envelope:
        """A value under the secret's key."""
        context = _context(secret, version)
        try:
            errand = self._errand(call, secret)
            data_key = errand.data_key(secret.key_id or DEFAULT_KEY, context)
        except ApiRefusal as refusal:
            raise _cannot_encrypt(refusal) from None
        self._drawn += 1
        nonce = derived(self._cloud.seed, f"secretsmanager nonce {self._drawn}", 12)
        sealed = AESGCM(data_key.plaintext).encrypt(nonce, value, None)
        return Envelope(data_key.key_arn, data_key.blob, nonce, sealed)

    def open(self, call: ApiCall, secret: Secret, version: Version) -> bytes:
        """The value of a version: under whichever of its keys the caller may use.

        Raises AccessDeniedException or DecryptionFailure.
        """
        errand, context = self._errand(call, secret), _context(secret, version)
        first: ApiRefusal | None = None
        for envelope in version.envelopes:
            try:
                data_key = errand.decrypt(envelope.data_key, context)
            except ApiRefusal as refusal:
                first = first or refusal
                continue
            return AESGCM(data_key).decrypt(envelope.nonce, envelope.sealed, None)
        assert first is not None
        if first.code != "AccessDeniedException":
            raise ApiRefusal(
                "DecryptionFailure",
                "Secrets Manager can't decrypt the protected secret text using the provided KMS "
                "key.",
            )
        current = self._key_arn(secret)
        if all(envelope.key_arn != current for envelope in version.envelopes):
            raise ApiRefusal("AccessDeniedException", _NOT_CURRENT)
        raise ApiRefusal("AccessDeniedException", _NO_ACCESS)

    def re_encrypt(self, call: ApiCall, secret: Secret) -> None:
        """After a change of the key: the labelled versions are sealed under the new one as well.

        Versions that the caller cannot decrypt, or encrypt under the new key, stay as they are:
        "existing versions are not re-encrypted". The old envelopes stay too, so that nobody is
        locked out.
        """
        errand = self._errand(call, secret)
        for label in (CURRENT, PENDING, PREVIOUS):
            version = secret.labelled(label)
            if version is None or not version.envelopes:
                continue
            newest, context = version.envelopes[0], _context(secret, version)
            try:
                data_key = errand.decrypt(newest.data_key, context)
                key_id = secret.key_id or DEFAULT_KEY
                blob = errand.encrypt(key_id, data_key, context)
            except ApiRefusal:
                continue
            moved = replace(newest, key_arn=self._key_arn(secret), data_key=blob)
            if all(envelope.key_arn != moved.key_arn for envelope in version.envelopes):
                version.envelopes.insert(0, moved)

    def _key_arn(self, secret: Secret) -> str:
        kms = self._cloud.plane(KmsPlane)
        return kms.key_arn(secret.region, secret.key_id or DEFAULT_KEY) or ""

    def _errand(self, call: ApiCall, secret: Secret) -> Errand:
        return self._cloud.plane(KmsPlane).errand(call, "secretsmanager", secret.arn)

    def key_ids(self, version: Version) -> list[str]:
        """The keys of a version as ListSecretVersionIds names them."""
        default = self._cloud.plane(KmsPlane)
        told = []
        for envelope in version.envelopes:
            region = envelope.key_arn.split(":")[3]
            managed = envelope.key_arn == default.key_arn(region, DEFAULT_KEY)
            told.append("DefaultEncryptionKey" if managed else envelope.key_arn)
        return told


def _context(secret: Secret, version: Version) -> dict[str, str]:
    return {"SecretARN": secret.arn, "SecretVersionId": version.id}


def _cannot_encrypt(refusal: ApiRefusal) -> ApiRefusal:
    if refusal.code in ("DisabledException", "KMSInvalidStateException"):
        return ApiRefusal(
            "EncryptionFailure",
            "Secrets Manager can't encrypt the protected secret text using the provided KMS key. "
            "Check that the KMS key is available, enabled, and not in an invalid state.",
        )
    if refusal.code == "InvalidKeyUsageException":
        return refusals.request("Cannot generate a data key with an asymmetric KMS key")
    return ApiRefusal("AccessDeniedException", _NO_ACCESS)
