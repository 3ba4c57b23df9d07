"""Elliptic curve keys that are a function of a seed and a label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from archlib.local.keys.derived import derived


@dataclass(frozen=True)
class Curve:
    """A named curve: its implementation, the order of its base point, its usual hash."""

    curve: ec.EllipticCurve
    order: int
    digest: hashes.HashAlgorithm


#: By the names that KMS gives them. Orders: SEC 2, "Recommended Elliptic Curve Domain Parameters".
CURVES: Mapping[str, Curve] = {
    "ECC_NIST_P256": Curve(
        ec.SECP256R1(),
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        hashes.SHA256(),
    ),
    "ECC_NIST_P384": Curve(
        ec.SECP384R1(),
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
        hashes.SHA384(),
    ),
    "ECC_NIST_P521": Curve(
        ec.SECP521R1(),
        0x01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409,
        hashes.SHA512(),
    ),
    "ECC_SECG_P256K1": Curve(
        ec.SECP256K1(),
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
        hashes.SHA256(),
    ),
}


def private_key(name: str, seed: int, label: str) -> ec.EllipticCurvePrivateKey:
    """The key of a curve in :data:`CURVES` for a label."""
    curve = CURVES[name]
    # Eight bytes more than the order has make every residue as good as equally likely.
    width = (curve.order.bit_length() + 7) // 8 + 8
    number = int.from_bytes(derived(seed, f"{name} {label}", width), "big")
    return ec.derive_private_key(number % (curve.order - 1) + 1, curve.curve)
