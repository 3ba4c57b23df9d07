"""Key specs: what each kind of key can be used for, and with which algorithms.

Source: AWS Key Management Service Developer Guide, "Key spec reference"; AWS KMS API Reference,
"CreateKey".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ENCRYPT, SIGN, MAC = "ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC"

SYMMETRIC = "SYMMETRIC_DEFAULT"


@dataclass(frozen=True)
class KeySpec:
    """One kind of key: its algorithms by key usage."""

    name: str
    algorithms: Mapping[str, tuple[str, ...]]

    @property
    def usages(self) -> tuple[str, ...]:
        """What a key of this kind may be used for."""
        return tuple(self.algorithms)

    @property
    def asymmetric(self) -> bool:
        """Whether the key has a public half."""
        return self.name.startswith(("RSA", "ECC"))


_OAEP = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
_RSA = tuple(
    f"{scheme}_SHA_{bits}"
    for scheme in ("RSASSA_PKCS1_V1_5", "RSASSA_PSS")
    for bits in (256, 384, 512)
)

SPECS: Mapping[str, KeySpec] = {
    spec.name: spec
    for spec in (
        KeySpec(SYMMETRIC, {ENCRYPT: (SYMMETRIC,)}),
        KeySpec("RSA_2048", {ENCRYPT: _OAEP, SIGN: _RSA}),
        KeySpec("ECC_NIST_P256", {SIGN: ("ECDSA_SHA_256",)}),
        KeySpec("ECC_NIST_P384", {SIGN: ("ECDSA_SHA_384",)}),
        KeySpec("ECC_NIST_P521", {SIGN: ("ECDSA_SHA_512",)}),
        KeySpec("ECC_SECG_P256K1", {SIGN: ("ECDSA_SHA_256",)}),
        *(KeySpec(f"HMAC_{b}", {MAC: (f"HMAC_SHA_{b}",)}) for b in (224, 256, 384, 512)),
    )
}
"""The kinds that the local cloud makes."""
