"""SecureString values: encrypted with KMS, in the name of whoever calls.

Source: AWS Systems Manager User Guide, "AWS KMS encryption for AWS Systems Manager Parameter Store
SecureString parameters": a standard parameter's value is encrypted by KMS itself (kms:Encrypt), an
advanced one's in an envelope (kms:GenerateDataKey), both bound to ``PARAMETER_ARN``; a key that
cannot be used gives InvalidKeyId "with a detailed error message from AWS KMS".
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archlib.local.api import ApiCall
from archlib.local.keys.derived import derived
from archlib.local.kms import Errand, KmsPlane
from archlib.local.refusal import ApiRefusal
from archlib.local.ssm.parameter import Parameter, Tier, Version

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

DEFAULT_KEY = "alias/aws/ssm"
_NONCE = 12


class Sealer:
    """Seals and opens the values of one cloud."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._drawn = 0

    def seal(self, call: ApiCall, arn: str, key_id: str, tier: Tier, value: str) -> str:
        """A value under a key, as GetParameter shows it."""
        errand, context = self._errand(call, arn), {"PARAMETER_ARN": arn}
        try:
            if tier == "Standard":
                return _text(errand.encrypt(key_id, value.encode(), context))
            data_key = errand.data_key(key_id, context)
        except ApiRefusal as refusal:
            raise self._said(refusal) from None
        self._drawn += 1
        nonce = derived(self._cloud.seed, f"ssm nonce {self._drawn}", _NONCE)
        sealed = AESGCM(data_key.plaintext).encrypt(nonce, value.encode(), None)
        return _text(len(data_key.blob).to_bytes(2, "big") + data_key.blob + nonce + sealed)

    def open(self, call: ApiCall, parameter: Parameter, version: Version) -> str:
        """The value in plain text; raises AccessDeniedException or InvalidKeyId."""
        if version.kind != "SecureString":
            return version.value
        errand = self._errand(call, parameter.arn)
        context, blob = {"PARAMETER_ARN": parameter.arn}, base64.b64decode(version.value)
        try:
            if version.tier == "Standard":
                return errand.decrypt(blob, context).decode()
            size = int.from_bytes(blob[:2], "big")
            sealed = blob[2 + size :]
            data_key = errand.decrypt(blob[2 : 2 + size], context)
        except ApiRefusal as refusal:
            raise self._said(refusal) from None
        return AESGCM(data_key).decrypt(sealed[:_NONCE], sealed[_NONCE:], None).decode()

    def _errand(self, call: ApiCall, arn: str) -> Errand:
        return self._cloud.plane(KmsPlane).errand(call, "ssm", arn)

    def _said(self, refusal: ApiRefusal) -> ApiRefusal:
        """What KMS said, as Systems Manager passes it on."""
        denied = refusal.code == "AccessDeniedException"
        return ApiRefusal(
            refusal.code if denied else "InvalidKeyId",
            f"{refusal.message} (Service: AWSKMS; Status Code: {refusal.status}; Error Code: "
            f"{refusal.code}; Request ID: {self._cloud.new_uuid()}; Proxy: null)",
        )


def _text(blob: bytes) -> str:
    return base64.b64encode(blob).decode()
