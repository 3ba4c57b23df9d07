"""Signed tokens in JWS compact form (RFC 7515), RS256 only, read without mercy.

The decoder accepts exactly one spelling of each token: base64url without padding and with
zero spare bits, so no bit of a token can change unnoticed.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256


class Malformed(ValueError):
    """The text is not a token; the message says where it stops being one."""


@dataclass(frozen=True)
class Parsed:
    """A token taken apart. Nothing in it is to be believed before :func:`verified`."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def encode(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str, what: str = "part") -> bytes:
    """The bytes behind base64url; raises :class:`Malformed` for any other spelling."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(f"its {what} is not base64url") from None
    if encode(data) != text:
        raise Malformed(f"its {what} is not canonical base64url")
    return data


def sign(claims: dict[str, Any], key: RSAPrivateKey, kid: str) -> str:
    """A token over ``claims`` in their order, signed with RS256."""
    header = {"kid": kid, "alg": "RS256"}
    signed = ".".join(
        encode(json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode())
        for part in (header, claims)
    )
    return f"{signed}.{encode(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def parse(token: str) -> Parsed:
    """A token's parts; raises :class:`Malformed` for text that is not a JSON Web Token."""
    parts = token.split(".")
    if len(parts) != 3:
        raise Malformed(f"it has {len(parts)} parts, not 3")
    header = _object(decode(parts[0], "header"), "header")
    claims = _object(decode(parts[1], "payload"), "payload")
    return Parsed(header, claims, f"{parts[0]}.{parts[1]}".encode(), decode(parts[2], "signature"))


def verified(parsed: Parsed, key: RSAPublicKey) -> bool:
    """Whether the signature is RS256 of ``key`` over the token's first two parts."""
    try:
        key.verify(parsed.signature, parsed.signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _object(data: bytes, what: str) -> dict[str, Any]:
    try:
        value = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Malformed(f"its {what} is not JSON") from None
    if not isinstance(value, dict):
        raise Malformed(f"its {what} is not a JSON object")
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)
