"""Secrets Manager.

AWS: "Actions, resources, and condition keys for AWS Secrets Manager".
"""

from __future__ import annotations

from archlib.local.iam.authorization import (
    Call,
    Table,
    and_tags,
    keys,
    merged,
    named,
    on,
    same_name,
    tag_keys,
    tags,
)


def secret_arn(call: Call) -> str:
    """The secret's full ARN (with its six random characters) when it exists."""
    secret = str(call.params.get("SecretId") or "")
    if not secret:
        return "*"
    known = call.facts.secret_arn(secret)
    return known or (
        secret if secret.startswith("arn:") else call.arn("secretsmanager", f"secret:{secret}")
    )


_KEYS = keys(
    {
        "SecretId": "secretsmanager:SecretId",
        "VersionId": "secretsmanager:VersionId",
        "VersionStage": "secretsmanager:VersionStage",
        "RecoveryWindowInDays": "secretsmanager:RecoveryWindowInDays",
        "ForceDeleteWithoutRecovery": "secretsmanager:ForceDeleteWithoutRecovery",
        "BlockPublicPolicy": "secretsmanager:BlockPublicPolicy",
        "Name": "secretsmanager:Name",
    }
)

_new = named("secretsmanager", "secret:{}", "Name")

SECRETSMANAGER: Table = {
    **same_name(
        "secretsmanager",
        "CancelRotateSecret DeleteResourcePolicy DeleteSecret DescribeSecret GetResourcePolicy "
        "GetSecretValue ListSecretVersionIds PutResourcePolicy PutSecretValue "
        "RemoveRegionsFromReplication ReplicateSecretToRegions RestoreSecret RotateSecret "
        "StopReplicationToReplica UpdateSecret UpdateSecretVersionStage ValidateResourcePolicy",
        secret_arn,
        _KEYS,
    ),
    "TagResource": on("secretsmanager:TagResource", secret_arn, merged(_KEYS, tags())),
    "UntagResource": on("secretsmanager:UntagResource", secret_arn, merged(_KEYS, tag_keys())),
    "CreateSecret": and_tags(
        on("secretsmanager:CreateSecret", _new, merged(_KEYS, tags())),
        "secretsmanager:TagResource",
        _new,
    ),
    **same_name("secretsmanager", "BatchGetSecretValue GetRandomPassword ListSecrets"),
}
