"""Secrets Manager.

AWS: "Actions, resources, and condition keys for AWS Secrets Manager".
"""

from __future__ import annotations

from archlib.local.iam.authorization import (
    Call,
    Context,
    Table,
    all_of,
    and_tags,
    given,
    keys,
    merged,
    named,
    on,
    same_name,
    tag_keys,
    tags,
    when,
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


def _secret_id(call: Call) -> Context:
    """``SecretId`` is an ARN, however the request names the secret."""
    arn = secret_arn(call)
    return {"secretsmanager:SecretId": arn} if arn != "*" else {}


def _key(call: Call) -> Context:
    """The KMS key of a new secret, as it is named and as the key that it means."""
    named = call.params.get("KmsKeyId")
    if not named:
        return {}
    arn = call.facts.key_arn(named)
    return {
        "secretsmanager:KmsKeyId": named,
        **({"secretsmanager:KmsKeyArn": arn} if arn else {}),
    }


def _rules(call: Call) -> Context:
    return {"secretsmanager:ModifyRotationRules": str("RotationRules" in call.params).lower()}


_KEYS = merged(
    _secret_id,
    keys(
        {
            "VersionId": "secretsmanager:VersionId",
            "VersionStage": "secretsmanager:VersionStage",
            "Description": "secretsmanager:Description",
            "RecoveryWindowInDays": "secretsmanager:RecoveryWindowInDays",
            "ForceDeleteWithoutRecovery": "secretsmanager:ForceDeleteWithoutRecovery",
            "BlockPublicPolicy": "secretsmanager:BlockPublicPolicy",
            "RotationLambdaARN": "secretsmanager:RotationLambdaARN",
            "RotateImmediately": "secretsmanager:RotateImmediately",
        }
    ),
)

_new = named("secretsmanager", "secret:{}", "Name")
_NEW = merged(
    keys(
        {
            "Name": "secretsmanager:Name",
            "Description": "secretsmanager:Description",
            "ForceOverwriteReplicaSecret": "secretsmanager:ForceOverwriteReplicaSecret",
            "AddReplicaRegions.Region": "secretsmanager:AddReplicaRegions",
            "Type": "secretsmanager:Type",
        }
    ),
    _key,
    tags(),
)

SECRETSMANAGER: Table = {
    **same_name(
        "secretsmanager",
        "CancelRotateSecret DeleteResourcePolicy DeleteSecret DescribeSecret GetResourcePolicy "
        "GetSecretValue ListSecretVersionIds PutResourcePolicy PutSecretValue "
        "RemoveRegionsFromReplication ReplicateSecretToRegions RestoreSecret "
        "StopReplicationToReplica UpdateSecretVersionStage ValidateResourcePolicy",
        secret_arn,
        _KEYS,
    ),
    "UpdateSecret": on("secretsmanager:UpdateSecret", secret_arn, merged(_KEYS, _key)),
    # "You also need lambda:InvokeFunction permissions on the rotation function" (RotateSecret).
    "RotateSecret": all_of(
        on("secretsmanager:RotateSecret", secret_arn, merged(_KEYS, _rules)),
        when("RotationLambdaARN", on("lambda:InvokeFunction", given("RotationLambdaARN"))),
    ),
    "TagResource": on("secretsmanager:TagResource", secret_arn, merged(_KEYS, tags())),
    "UntagResource": on("secretsmanager:UntagResource", secret_arn, merged(_KEYS, tag_keys())),
    "CreateSecret": and_tags(
        on("secretsmanager:CreateSecret", _new, _NEW),
        "secretsmanager:TagResource",
        _new,
    ),
    # Each secret of the batch is judged when it is read.
    "BatchGetSecretValue": all_of(
        on("secretsmanager:BatchGetSecretValue"),
        when("Filters", on("secretsmanager:ListSecrets")),
    ),
    **same_name("secretsmanager", "GetRandomPassword ListSecrets"),
}
