"""KMS keys. A key's policy must allow even within the account (see the lookups).

AWS: "Actions, resources, and condition keys for AWS Key Management Service".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archlib.local.iam.authorization import (
    GRANT_ID,
    Authorization,
    Call,
    Context,
    Table,
    and_tags,
    keys,
    merged,
    on,
    same_name,
    tag_keys,
    tags,
)
from archlib.local.iam.pattern import ContextValue


def _arn(call: Call, key_id: str) -> str:
    return call.facts.key_arn(key_id) or (
        key_id if key_id.startswith("arn:") else call.arn("kms", f"key/{key_id}")
    )


def key_arn(call: Call) -> str:
    """The key's ARN, through its alias if need be; for a Decrypt without one, the ciphertext's.

    ``"*"`` when nothing says which key is meant: KMS then refuses the ciphertext.
    """
    key_id = call.params.get("KeyId") or call.params.get("TargetKeyId")
    if key_id:
        return _arn(call, key_id)
    return call.facts.key_of_ciphertext(call.params.get("CiphertextBlob", b"")) or "*"


def _encryption_context(call: Call) -> Context:
    return _pairs(call.params.get("EncryptionContext"))


def _pairs(pairs: Mapping[str, str] | None) -> Context:
    """An encryption context as condition keys."""
    found: dict[str, str | tuple[str, ...]] = {
        f"kms:EncryptionContext:{key}": value for key, value in (pairs or {}).items()
    }
    if pairs:
        found["kms:EncryptionContextKeys"] = tuple(pairs)
    return found


def _request_alias(call: Call) -> Context:
    key_id = call.params.get("KeyId") or ""
    alias = key_id.rpartition(":")[2]
    return {"kms:RequestAlias": alias} if alias.startswith("alias/") else {}


def _caller(call: Call) -> Context:
    return {"kms:CallerAccount": call.account}


#: Operations that use SYMMETRIC_DEFAULT without being told.
_SYMMETRIC = frozenset(
    {
        "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "ReEncrypt",
    }
)  # fmt: skip


def _algorithm(call: Call) -> Context:
    default = "SYMMETRIC_DEFAULT" if call.operation in _SYMMETRIC else None
    algorithm = call.params.get("EncryptionAlgorithm", default)
    return {"kms:EncryptionAlgorithm": algorithm} if algorithm else {}


_KEYS = merged(
    _caller,
    _encryption_context,
    _request_alias,
    _algorithm,
    keys(
        {
            "SigningAlgorithm": "kms:SigningAlgorithm",
            "MessageType": "kms:MessageType",
            "MacAlgorithm": "kms:MacAlgorithm",
            "KeyPairSpec": "kms:DataKeyPairSpec",
            "PendingWindowInDays": "kms:ScheduleKeyDeletionPendingWindowInDays",
            "RotationPeriodInDays": "kms:RotationPeriodInDays",
            "BypassPolicyLockoutSafetyCheck": "kms:BypassPolicyLockoutSafetyCheck",
        }
    ),
)


def _grant(call: Call) -> Context:
    """What a grant would allow, to whom and within which limits."""
    constraints = call.params.get("Constraints") or {}
    found: dict[str, ContextValue] = {}
    for kind in ("EncryptionContextSubset", "EncryptionContextEquals"):
        if constraints.get(kind):
            found["kms:GrantConstraintType"] = kind
            found.update(_pairs(constraints[kind]))
    return found


def _retired(call: Call) -> str:
    token = call.params.get("GrantToken")
    if token:
        return call.facts.key_of_grant_token(token) or "*"
    return key_arn(call)


def _grant_id(call: Call) -> Context:
    """Which grant is to be retired: not a key of AWS's, for the lookup of grants alone."""
    named = call.params.get("GrantId")
    token = call.params.get("GrantToken")
    found = named or (call.facts.grant_of_token(token) if token else None)
    return {GRANT_ID: found} if found else {}


def _alias_and_key(call: Call) -> tuple[str, ...]:
    name = call.params["AliasName"]
    alias = call.arn("kms", name)
    key = call.params.get("TargetKeyId") or call.facts.key_arn(name)
    return (alias, _arn(call, key)) if key else (alias,)


def _alias_and_keys(call: Call) -> tuple[str, ...]:
    """Moving an alias touches the key it leaves as well."""
    old = call.facts.key_arn(call.params["AliasName"])
    found = _alias_and_key(call)
    return (*found, old) if old and old not in found else found


def _re_encrypt(call: Call) -> Iterable[Authorization]:
    source = call.params.get("SourceKeyId")
    old = _arn(call, source) if source else key_arn(call)
    new = _arn(call, call.params["DestinationKeyId"])
    same = {"kms:ReEncryptOnSameKey": str(old == new).lower()}
    for action, key, kind in (("From", old, "Source"), ("To", new, "Destination")):
        algorithm = call.params.get(f"{kind}EncryptionAlgorithm", "SYMMETRIC_DEFAULT")
        yield Authorization(
            f"kms:ReEncrypt{action}",
            key,
            {
                **_caller(call),
                **_pairs(call.params.get(f"{kind}EncryptionContext")),
                "kms:EncryptionAlgorithm": algorithm,
                **same,
            },
        )


KMS: Table = {
    **same_name(
        "kms",
        "CancelKeyDeletion Decrypt DeleteImportedKeyMaterial DeriveSharedSecret DescribeKey "
        "DisableKey DisableKeyRotation EnableKey EnableKeyRotation Encrypt GenerateDataKey "
        "GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext "
        "GenerateDataKeyWithoutPlaintext GenerateMac GetKeyPolicy GetKeyRotationStatus "
        "GetParametersForImport GetPublicKey ImportKeyMaterial ListGrants ListKeyPolicies "
        "ListKeyRotations ListResourceTags PutKeyPolicy ReplicateKey RevokeGrant "
        "RotateKeyOnDemand ScheduleKeyDeletion Sign UpdateKeyDescription UpdatePrimaryRegion "
        "Verify VerifyMac",
        key_arn,
        _KEYS,
    ),
    "CreateGrant": on(
        "kms:CreateGrant",
        key_arn,
        merged(
            _caller,
            _grant,
            keys(
                {
                    "Operations": "kms:GrantOperations",
                    "GranteePrincipal": "kms:GranteePrincipal",
                    "RetiringPrincipal": "kms:RetiringPrincipal",
                }
            ),
        ),
    ),
    "RetireGrant": on("kms:RetireGrant", _retired, merged(_caller, _grant_id)),
    "TagResource": on("kms:TagResource", key_arn, merged(_caller, tags())),
    "UntagResource": on("kms:UntagResource", key_arn, merged(_caller, tag_keys())),
    **same_name("kms", "CreateAlias DeleteAlias", _alias_and_key, _caller),
    "UpdateAlias": on("kms:UpdateAlias", _alias_and_keys, _caller),
    "ReEncrypt": _re_encrypt,
    "CreateKey": and_tags(
        on(
            "kms:CreateKey",
            context=merged(
                _caller,
                tags(),
                keys(
                    {
                        "KeySpec": "kms:KeySpec",
                        "KeyUsage": "kms:KeyUsage",
                        "Origin": "kms:KeyOrigin",
                        "MultiRegion": "kms:MultiRegion",
                        "BypassPolicyLockoutSafetyCheck": "kms:BypassPolicyLockoutSafetyCheck",
                    }
                ),
            ),
        ),
        "kms:TagResource",
    ),
    **same_name(
        "kms",
        "CreateCustomKeyStore ConnectCustomKeyStore DeleteCustomKeyStore "
        "DescribeCustomKeyStores DisconnectCustomKeyStore GenerateRandom ListAliases ListKeys "
        "ListRetirableGrants UpdateCustomKeyStore",
    ),
}
