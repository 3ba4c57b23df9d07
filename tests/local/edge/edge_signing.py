"""Signed URLs and signed cookies for tests: botocore's signer signs, the edge verifies."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from archlib.local import LocalCloud
from archlib.local.keys.rsa import private_key

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

#: Test keys by name. They protect nothing: everybody can compute them.
KEYS: Mapping[str, Private] = {
    "one": private_key(0),
    "two": private_key(1),
    "stranger": private_key(2),
    "curve": ec.derive_private_key(20260105, ec.SECP256R1()),
}
HASHES = {"SHA1": hashes.SHA1(), "SHA256": hashes.SHA256()}


def pem(private: Private) -> str:
    """The public half."""
    made = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return made.decode()


def signature(private: Private, message: bytes, algorithm: str = "SHA1") -> bytes:
    if isinstance(private, rsa.RSAPrivateKey):
        return private.sign(message, padding.PKCS1v15(), HASHES[algorithm])
    return private.sign(message, ec.ECDSA(HASHES[algorithm]))


def written(data: bytes) -> str:
    """CloudFront's base64, apart from the library's own."""
    text = base64.b64encode(data).decode()
    return text.replace("+", "-").replace("=", "_").replace("/", "~")


def statement(resource: str | None, **conditions: Any) -> str:
    """A custom policy of one statement; ``DateLessThan=`` and its like give bare values."""
    kinds = {"DateLessThan": "AWS:EpochTime", "DateGreaterThan": "AWS:EpochTime",
             "IpAddress": "AWS:SourceIp"}  # fmt: skip
    condition = {name: {kinds[name]: value} for name, value in conditions.items()}
    one = {"Condition": condition} if resource is None else {
        "Resource": resource, "Condition": condition}  # fmt: skip
    return json.dumps({"Statement": [one]}, separators=(",", ":"))


def signed(
    url: str,
    key_id: str,
    *,
    key: str | Private = "one",
    expires: int | None = None,
    policy: str | None = None,
    algorithm: str | None = None,
) -> str:
    """A signed URL; ``algorithm`` signs and is said, None means SHA-1 by default."""
    private = KEYS[key] if isinstance(key, str) else key
    signer = CloudFrontSigner(
        key_id, lambda message: signature(private, message, algorithm or "SHA1")
    )
    until = None if expires is None else datetime.fromtimestamp(expires, UTC)
    made = str(signer.generate_presigned_url(url, date_less_than=until, policy=policy))
    return made if algorithm is None else f"{made}&Hash-Algorithm={algorithm}"


def parameters(signed_url: str) -> dict[str, str]:
    """The parameters of a signature in a URL."""
    pairs = (part.partition("=") for part in signed_url.partition("?")[2].split("&"))
    names = ("Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm")
    return {name: value for name, _, value in pairs if name in names}


def cookies(signed_url: str) -> dict[str, str]:
    """The cookies that say what the URL says."""
    return {f"CloudFront-{name}": value for name, value in parameters(signed_url).items()}


def register(cloud: LocalCloud, name: str, private: Private | None = None) -> str:
    """Create a public key; its id."""
    made = cloud.client("cloudfront").create_public_key(
        PublicKeyConfig={
            "CallerReference": name,
            "Name": name,
            "EncodedKey": pem(private or KEYS[name]),
        }
    )
    return str(made["PublicKey"]["Id"])


def group(cloud: LocalCloud, name: str, *keys: str) -> str:
    """Create a key group; its id."""
    made = cloud.client("cloudfront").create_key_group(
        KeyGroupConfig={"Name": name, "Items": list(keys)}
    )
    return str(made["KeyGroup"]["Id"])
