"""Secrets under KMS keys: who may use them through Secrets Manager, and what the trace shows."""

from __future__ import annotations

from typing import Any

import pytest
from key_roles import allow, client_of, deny, document, key_policy, make_role, refused

from archlib.local.cloud import LocalCloud

NO_ACCESS = ("AccessDeniedException", "Access to KMS is not allowed")
EVERYTHING = allow("secretsmanager:*")
VIA = "secretsmanager.us-east-1.amazonaws.com"


@pytest.fixture
def kms(cloud: LocalCloud) -> Any:
    return cloud.client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    """A key that IAM policies may open."""
    return str(kms.create_key()["KeyMetadata"]["Arn"])


def test_the_aws_managed_key_is_open_to_whoever_may_use_the_service(
    cloud: LocalCloud, secrets: Any
) -> None:
    secrets.create_secret(Name="s", SecretString="1")
    mine = client_of(cloud, make_role(cloud, "reader", EVERYTHING), "secretsmanager")
    assert mine.get_secret_value(SecretId="s")["SecretString"] == "1"
    mine.put_secret_value(SecretId="s", SecretString="2")
    assert "KmsKeyId" not in secrets.describe_secret(SecretId="s")
    listed = secrets.list_secret_version_ids(SecretId="s")["Versions"]
    assert {tuple(v["KmsKeyIds"]) for v in listed} == {("DefaultEncryptionKey",)}


def test_a_deny_for_the_managed_key_counts(cloud: LocalCloud, secrets: Any) -> None:
    secrets.create_secret(Name="s", SecretString="1")
    role = make_role(cloud, "reader", EVERYTHING, deny("kms:Decrypt"))
    mine = client_of(cloud, role, "secretsmanager")
    assert refused(mine.get_secret_value, SecretId="s") == NO_ACCESS


def test_reading_needs_decrypt_of_the_caller(cloud: LocalCloud, secrets: Any, key: str) -> None:
    secrets.create_secret(Name="s", SecretString="1", KmsKeyId=key)
    assert secrets.describe_secret(SecretId="s")["KmsKeyId"] == key
    mine = client_of(cloud, make_role(cloud, "reader", EVERYTHING), "secretsmanager")
    assert refused(mine.get_secret_value, SecretId="s") == NO_ACCESS
    batch = mine.batch_get_secret_value(SecretIdList=["s"])["Errors"][0]
    assert (batch["ErrorCode"], batch["Message"]) == NO_ACCESS
    # Looking at the secret needs no key.
    mine.describe_secret(SecretId="s")
    cloud.client("iam").put_role_policy(
        RoleName="reader", PolicyName="key", PolicyDocument=document(allow("kms:Decrypt", key))
    )
    assert mine.get_secret_value(SecretId="s")["SecretString"] == "1"
    assert refused(mine.put_secret_value, SecretId="s", SecretString="2") == NO_ACCESS


def test_the_key_policy_must_let_the_caller_in(cloud: LocalCloud, secrets: Any, kms: Any) -> None:
    closed = kms.create_key(Policy=key_policy(delegates=False))["KeyMetadata"]["Arn"]
    secrets.create_secret(Name="s", SecretString="1", KmsKeyId=closed)
    role = make_role(cloud, "reader", EVERYTHING, allow("kms:*"))
    mine = client_of(cloud, role, "secretsmanager")
    assert refused(mine.get_secret_value, SecretId="s") == NO_ACCESS
    through = allow(
        "kms:Decrypt", Principal={"AWS": role}, Condition={"StringEquals": {"kms:ViaService": VIA}}
    )
    kms.put_key_policy(KeyId=closed, Policy=key_policy(through, delegates=False))
    assert mine.get_secret_value(SecretId="s")["SecretString"] == "1"
    # Through Secrets Manager, and in no other way.
    direct = client_of(cloud, role, "kms")
    assert refused(direct.encrypt, KeyId=closed, Plaintext=b"x")[0] == "AccessDeniedException"


def test_a_grant_lets_a_caller_in(cloud: LocalCloud, secrets: Any, kms: Any) -> None:
    closed = kms.create_key(Policy=key_policy(delegates=False))["KeyMetadata"]["Arn"]
    arn = secrets.create_secret(Name="s", SecretString="1", KmsKeyId=closed)["ARN"]
    secrets.create_secret(Name="t", SecretString="2", KmsKeyId=closed)
    role = make_role(cloud, "reader", EVERYTHING)
    grant = kms.create_grant(
        KeyId=closed, GranteePrincipal=role, Operations=["Decrypt"],
        Constraints={"EncryptionContextSubset": {"SecretARN": arn}},
    )  # fmt: skip
    mine = client_of(cloud, role, "secretsmanager")
    assert mine.get_secret_value(SecretId="s")["SecretString"] == "1"
    assert refused(mine.get_secret_value, SecretId="t") == NO_ACCESS
    kms.revoke_grant(KeyId=closed, GrantId=grant["GrantId"])
    assert refused(mine.get_secret_value, SecretId="s") == NO_ACCESS


CONDITIONS: list[tuple[dict[str, Any], bool]] = [
    ({"StringEquals": {"kms:ViaService": VIA}}, True),
    ({"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}, False),
    ({"ArnLike": {"kms:EncryptionContext:SecretARN": "*:secret:s-??????"}}, True),
    ({"ArnLike": {"kms:EncryptionContext:SecretARN": "*:secret:t-??????"}}, False),
    ({"StringEquals": {"kms:EncryptionContext:SecretVersionId": "v" * 32}}, True),
    ({"StringEquals": {"kms:EncryptionContext:SecretVersionId": "w" * 32}}, False),
    ({"ForAllValues:StringEquals":
      {"kms:EncryptionContextKeys": ["SecretARN", "SecretVersionId"]}}, True),
    ({"Bool": {"aws:ViaAWSService": "true"}}, True),
    ({"ForAnyValue:StringEquals": {"aws:CalledVia": "secretsmanager.amazonaws.com"}}, True),
    ({"StringEquals": {"aws:ResourceTag/for": "secrets"}}, True),
    ({"StringEquals": {"aws:ResourceTag/for": "logs"}}, False),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "opens"), CONDITIONS)
def test_conditions_on_the_use_of_the_key(
    cloud: LocalCloud, secrets: Any, kms: Any, condition: dict[str, Any], opens: bool
) -> None:
    tags = [{"TagKey": "for", "TagValue": "secrets"}]
    key = kms.create_key(Tags=tags)["KeyMetadata"]["Arn"]
    secrets.create_secret(Name="s", SecretString="1", KmsKeyId=key, ClientRequestToken="v" * 32)
    role = make_role(cloud, "reader", EVERYTHING, allow("kms:Decrypt", Condition=condition))
    mine = client_of(cloud, role, "secretsmanager")
    if opens:
        assert mine.get_secret_value(SecretId="s")["SecretString"] == "1"
    else:
        assert refused(mine.get_secret_value, SecretId="s") == NO_ACCESS


@pytest.mark.parametrize("missing", ["kms:GenerateDataKey", "kms:Decrypt"])
def test_creating_under_a_key_needs_both_permissions(
    cloud: LocalCloud, secrets: Any, key: str, missing: str
) -> None:
    role = make_role(cloud, "maker", EVERYTHING, allow("kms:*"), deny(missing))
    mine = client_of(cloud, role, "secretsmanager")
    # Access is validated even when there is no value to encrypt yet.
    for value in ({}, {"SecretString": "1"}):
        assert refused(mine.create_secret, Name="s", KmsKeyId=key, **value) == NO_ACCESS
    cloud.client("iam").put_role_policy(
        RoleName="maker", PolicyName="own", PolicyDocument=document(
            EVERYTHING, allow(["kms:GenerateDataKey", "kms:Decrypt"], key)
        ),
    )  # fmt: skip
    mine.create_secret(Name="s", KmsKeyId=key, SecretString="1")


def test_validation_calls_say_that_they_are_such(cloud: LocalCloud, secrets: Any, key: str) -> None:
    only_real = allow("kms:*", Condition={
        "StringNotEquals": {"kms:EncryptionContext:SecretVersionId": "RequestToValidateKeyAccess"}
    })  # fmt: skip
    mine = client_of(cloud, make_role(cloud, "maker", EVERYTHING, only_real), "secretsmanager")
    assert refused(mine.create_secret, Name="s", SecretString="1", KmsKeyId=key) == NO_ACCESS


def test_idempotence_compares_with_the_callers_permission(
    cloud: LocalCloud, secrets: Any, key: str
) -> None:
    secrets.create_secret(Name="s", SecretString="1", KmsKeyId=key, ClientRequestToken="v" * 32)
    role = make_role(cloud, "writer", EVERYTHING, allow("kms:GenerateDataKey", key))
    mine = client_of(cloud, role, "secretsmanager")
    mine.put_secret_value(SecretId="s", SecretString="2")
    ask = {"SecretId": "s", "SecretString": "1", "ClientRequestToken": "v" * 32}
    assert refused(mine.put_secret_value, **ask) == NO_ACCESS


def test_a_key_that_cannot_be_used_fails_as_aws_says(
    cloud: LocalCloud, secrets: Any, kms: Any, key: str
) -> None:
    secrets.create_secret(Name="s", SecretString="1", KmsKeyId=key)
    for use in (kms.disable_key, kms.schedule_key_deletion):
        use(KeyId=key)
        assert refused(secrets.get_secret_value, SecretId="s")[0] == "DecryptionFailure"
        code, said = refused(secrets.put_secret_value, SecretId="s", SecretString="2")
        assert code == "EncryptionFailure"
        assert "Check that the KMS key is available, enabled" in said
    cloud.clock.advance(days=31)
    # The key is gone, and the value with it.
    assert refused(secrets.get_secret_value, SecretId="s")[0] == "DecryptionFailure"
    assert refused(secrets.create_secret, Name="t", KmsKeyId=key) == NO_ACCESS
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    assert refused(secrets.create_secret, Name="t", KmsKeyId=signing["Arn"]) == (
        "InvalidRequestException",
        "Cannot generate a data key with an asymmetric KMS key",
    )


def test_a_change_of_key_re_encrypts_the_labelled_versions(
    cloud: LocalCloud, secrets: Any, kms: Any, key: str
) -> None:
    other = kms.create_key()["KeyMetadata"]["Arn"]
    old = secrets.create_secret(Name="s", SecretString="0", KmsKeyId=key)["VersionId"]
    for text in ("1", "2"):
        secrets.put_secret_value(SecretId="s", SecretString=text)
    secrets.update_secret(SecretId="s", KmsKeyId=other)
    listed = secrets.list_secret_version_ids(SecretId="s", IncludeDeprecated=True)["Versions"]
    assert {tuple(v["KmsKeyIds"]) for v in listed} == {(key,), (other, key)}
    # Either key opens what was re-encrypted; the new one alone does not open the rest.
    new_only = make_role(cloud, "new", EVERYTHING, allow("kms:Decrypt", other))
    old_only = make_role(cloud, "old", EVERYTHING, allow("kms:Decrypt", key))
    for role in (new_only, old_only):
        mine = client_of(cloud, role, "secretsmanager")
        assert mine.get_secret_value(SecretId="s")["SecretString"] == "2"
        previous = mine.get_secret_value(SecretId="s", VersionStage="AWSPREVIOUS")
        assert previous["SecretString"] == "1"
    mine = client_of(cloud, new_only, "secretsmanager")
    code, said = refused(mine.get_secret_value, SecretId="s", VersionId=old)
    assert code == "AccessDeniedException"
    assert "not encrypted with the current KMS key" in said
    secrets.update_secret(SecretId="s", KmsKeyId="")
    assert "KmsKeyId" not in secrets.describe_secret(SecretId="s")


def test_who_cannot_decrypt_changes_the_key_for_what_comes(
    cloud: LocalCloud, secrets: Any, kms: Any, key: str
) -> None:
    other = kms.create_key()["KeyMetadata"]["Arn"]
    secrets.create_secret(Name="s", SecretString="1", KmsKeyId=key)
    role = make_role(cloud, "changer", EVERYTHING, allow("kms:*", other))
    client_of(cloud, role, "secretsmanager").update_secret(SecretId="s", KmsKeyId=other)
    listed = secrets.list_secret_version_ids(SecretId="s")["Versions"]
    assert [v["KmsKeyIds"] for v in listed] == [[key]]


def test_uses_of_a_key_of_ones_own_are_hops_from_the_secret_to_the_key(
    cloud: LocalCloud, secrets: Any, key: str
) -> None:
    arn = secrets.create_secret(Name="s", SecretString="1", KmsKeyId=key)["ARN"]
    role = make_role(cloud, "reader", EVERYTHING, allow("kms:Decrypt", key))
    mine = client_of(cloud, role, "secretsmanager")
    mark = cloud.trace.mark()
    mine.get_secret_value(SecretId="s")
    call, use = cloud.trace.since(mark)
    assert (call.action, call.target) == ("secretsmanager:GetSecretValue", arn)
    assert (use.source, use.target, use.action, use.parent) == (
        arn,
        key,
        "kms:Decrypt",
        call.number,
    )
    assert use.principal == call.principal
    assert "identity-based policy" in str(use.detail["iam"])
    cloud.client("iam").delete_role_policy(RoleName="reader", PolicyName="own")
    cloud.client("iam").put_role_policy(
        RoleName="reader", PolicyName="own", PolicyDocument=document(EVERYTHING)
    )
    mark = cloud.trace.mark()
    assert refused(mine.get_secret_value, SecretId="s") == NO_ACCESS
    call, use = cloud.trace.since(mark)
    assert [hop.error for hop in (call, use)] == ["AccessDeniedException"] * 2


def test_nothing_is_drawn_for_the_aws_managed_key(cloud: LocalCloud, secrets: Any) -> None:
    mark = cloud.trace.mark()
    secrets.create_secret(Name="s", SecretString="1")
    secrets.get_secret_value(SecretId="s")
    assert [hop.action for hop in cloud.trace.since(mark)] == [
        "secretsmanager:CreateSecret",
        "secretsmanager:GetSecretValue",
    ]


def test_a_value_is_not_kept_in_plain_text(cloud: LocalCloud, secrets: Any) -> None:
    from archlib.local.secretsmanager import SecretsManagerPlane

    secrets.create_secret(Name="s", SecretString="the plain value")
    plane = cloud.plane(SecretsManagerPlane)
    assert "the plain value" not in repr(plane._secrets.all("us-east-1"))
