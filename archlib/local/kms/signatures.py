"""Signatures, message authentication codes and public keys.

Source: AWS KMS API Reference, "Sign", "Verify", "GetPublicKey", "GenerateMac", "VerifyMac".
"""

from __future__ import annotations

import hmac

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Handler, Result
from archlib.local.kms import refusals
from archlib.local.kms.keys import Key
from archlib.local.kms.material import digest_size, hashed
from archlib.local.kms.operation import OnKey
from archlib.local.kms.specs import ENCRYPT, MAC, SIGN
from archlib.local.kms.state import Keys
from archlib.local.refusal import ApiRefusal


class Signatures:
    """Operations that prove who wrote something."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        on_key = {
            "Sign": OnKey(_sign, "usable", by_alias=True),
            "Verify": OnKey(_verify, "usable", by_alias=True),
            "GetPublicKey": OnKey(_public_key, "usable", by_alias=True),
            "GenerateMac": OnKey(_mac, "usable", by_alias=True),
            "VerifyMac": OnKey(_verify_mac, "usable", by_alias=True),
        }
        return {name: one.bound(self._keys) for name, one in on_key.items()}


def _sign(call: ApiCall, key: Key) -> Result:
    algorithm = call.params["SigningAlgorithm"]
    signature = key.material.sign(algorithm, _digest(call, key))
    return {"KeyId": key.arn, "Signature": signature, "SigningAlgorithm": algorithm}


def _verify(call: ApiCall, key: Key) -> Result:
    algorithm = call.params["SigningAlgorithm"]
    if not key.material.verify(algorithm, _digest(call, key), call.params["Signature"]):
        raise ApiRefusal("KMSInvalidSignatureException", "")
    return {"KeyId": key.arn, "SignatureValid": True, "SigningAlgorithm": algorithm}


def _digest(call: ApiCall, key: Key) -> bytes:
    """What is signed: the message's digest, computed here or by the caller."""
    algorithm, kind = call.params["SigningAlgorithm"], call.params.get("MessageType", "RAW")
    key.require_use(SIGN, call.operation)
    if algorithm not in key.algorithms:
        raise refusals.wrong_algorithm(algorithm, key.spec.name)
    message: bytes = call.params["Message"]
    if kind == "RAW":
        return hashed(algorithm, message)
    if kind != "DIGEST":
        raise Unsupported(f"MessageType {kind} is not imitated", where=f"kms:{call.operation}")
    if len(message) != digest_size(algorithm):
        raise refusals.invalid(f"Digest is invalid length for algorithm {algorithm}.")
    return message


def _public_key(call: ApiCall, key: Key) -> Result:
    if not key.spec.asymmetric:
        raise refusals.unsupported_on(key.arn, "is not an asymmetric key.")
    listed = "EncryptionAlgorithms" if key.usage == ENCRYPT else "SigningAlgorithms"
    return {
        "KeyId": key.arn,
        "PublicKey": key.material.public_der(),
        "CustomerMasterKeySpec": key.spec.name,
        "KeySpec": key.spec.name,
        "KeyUsage": key.usage,
        listed: list(key.algorithms),
    }


def _mac(call: ApiCall, key: Key) -> Result:
    return {"KeyId": key.arn, "Mac": _made(call, key), "MacAlgorithm": call.params["MacAlgorithm"]}


def _verify_mac(call: ApiCall, key: Key) -> Result:
    if not hmac.compare_digest(_made(call, key), call.params["Mac"]):
        raise ApiRefusal("KMSInvalidMacException", "")
    return {"KeyId": key.arn, "MacValid": True, "MacAlgorithm": call.params["MacAlgorithm"]}


def _made(call: ApiCall, key: Key) -> bytes:
    algorithm = call.params["MacAlgorithm"]
    key.require_use(MAC, call.operation)
    if algorithm not in key.algorithms:
        raise refusals.wrong_algorithm(algorithm, key.spec.name)
    return key.material.mac(algorithm, call.params["Message"])
