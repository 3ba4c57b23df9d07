"""KMS keys. A key's policy must allow even within the account (see the lookups).

AWS: "Actions, resources, and condition keys for AWS Key Management Service".
"""

from __future__ import annotations

from collections.abc import Iterable

from archlib.errors import Unsupported
from archlib.local.iam.authorization import (
    Authorization,
    Call,
    Context,
    Table,
    and_tags,
    keys,
    merged,
    on,
    same_name,
    tags,
)


def _arn(call: Call, key_id: str) -> str:
    return call.facts.key_arn(key_id) or (
        key_id if key_id.startswith("arn:") else call.arn("kms", f"key/{key_id}")
    )


def key_arn(call: Call) -> str:
    """The key's ARN, through its alias if need be; for a Decrypt without one, the ciphertext's.

    Raises:
        Unsupported: nothing says which key is meant.
    """
    key_id = call.params.get("KeyId") or call.params.get("TargetKeyId")
    if key_id:
        return _arn(call, key_id)
    arn = call.facts.key_of_ciphertext(call.params.get("CiphertextBlob", b""))
    if arn is None:
        raise Unsupported("the key of this ciphertext is unknown", where=f"kms:{call.operation}")
    return arn


def _encryption_context(call: Call) -> Context:
    pairs = call.params.get("EncryptionContext") or {}
    found: dict[str, str | tuple[str, ...]] = {
        f"kms:EncryptionContext:{key}": value for key, value in pairs.items()
    }
    if pairs:
        found["kms:EncryptionContextKeys"] = tuple(pairs)
    return found


def _request_alias(call: Call) -> Context:
    key_id = call.params.get("KeyId") or ""
    alias = key_id.rpartition(":")[2]
    return {"kms:RequestAlias": alias} if alias.startswith("alias/") else {}


_KEYS = merged(
    _encryption_context,
    _request_alias,
    keys(
        {
            "EncryptionAlgorithm": "kms:EncryptionAlgorithm",
            "SigningAlgorithm": "kms:SigningAlgorithm",
            "MacAlgorithm": "kms:MacAlgorithm",
            "PendingWindowInDays": "kms:ScheduleKeyDeletionPendingWindowInDays",
            "Operations": "kms:GrantOperations",
            "GranteePrincipal": "kms:GranteePrincipal",
        }
    ),
)


def _alias_and_key(call: Call) -> tuple[str, ...]:
    name = call.params["AliasName"]
    alias = call.arn("kms", name)
    key = call.params.get("TargetKeyId") or call.facts.key_arn(name)
    return (alias, _arn(call, key)) if key else (alias,)


def _re_encrypt(call: Call) -> Iterable[Authorization]:
    source = call.params.get("SourceKeyId")
    old = _arn(call, source) if source else key_arn(call)
    yield Authorization("kms:ReEncryptFrom", old)
    yield Authorization("kms:ReEncryptTo", _arn(call, call.params["DestinationKeyId"]))


KMS: Table = {
    **same_name(
        "kms",
        "CancelKeyDeletion CreateGrant Decrypt DeleteImportedKeyMaterial DescribeKey DisableKey "
        "DisableKeyRotation EnableKey EnableKeyRotation Encrypt GenerateDataKey "
        "GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext "
        "GenerateDataKeyWithoutPlaintext GenerateMac GetKeyPolicy GetKeyRotationStatus "
        "GetParametersForImport GetPublicKey ImportKeyMaterial ListGrants ListKeyPolicies "
        "ListResourceTags PutKeyPolicy RevokeGrant RotateKeyOnDemand ScheduleKeyDeletion Sign "
        "UntagResource UpdateKeyDescription Verify VerifyMac",
        key_arn,
        _KEYS,
    ),
    "TagResource": on("kms:TagResource", key_arn, tags()),
    **same_name("kms", "CreateAlias DeleteAlias UpdateAlias", _alias_and_key),
    "ReEncrypt": _re_encrypt,
    "CreateKey": and_tags(
        on(
            "kms:CreateKey",
            context=merged(tags(), keys({"KeySpec": "kms:KeySpec", "KeyUsage": "kms:KeyUsage"})),
        ),
        "kms:TagResource",
    ),
    **same_name("kms", "GenerateRandom ListAliases ListKeys ListRetirableGrants"),
}
