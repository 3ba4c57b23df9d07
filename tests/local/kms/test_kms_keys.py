"""Keys as resources: states, policies, aliases, tags, rotation, virtual time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from key_roles import (
    ACCOUNT,
    KMS,
    ROOT,
    allow,
    client_of,
    document,
    key_policy,
    make_role,
    refused,
)

from archlib.errors import Unsupported
from archlib.local.cloud import LocalCloud

USES: dict[str, Callable[[Any, str], Any]] = {
    "Encrypt": lambda kms, key: kms.encrypt(KeyId=key, Plaintext=b"x"),
    "GenerateDataKey": lambda kms, key: kms.generate_data_key(KeyId=key, KeySpec="AES_256"),
    "CreateGrant": lambda kms, key: kms.create_grant(
        KeyId=key, GranteePrincipal=ROOT, Operations=["Decrypt"]
    ),
    "EnableKeyRotation": lambda kms, key: kms.enable_key_rotation(KeyId=key),
}


@pytest.mark.parametrize("use", USES)
def test_a_disabled_key_is_of_no_use_until_it_is_enabled(kms: Any, key: str, use: str) -> None:
    kms.disable_key(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    assert refused(lambda: USES[use](kms, key)) == ("DisabledException", f"{key} is disabled.")
    kms.enable_key(KeyId=key)
    USES[use](kms, key)


@pytest.mark.parametrize("use", USES)
def test_a_key_that_waits_for_its_end_is_of_no_use(kms: Any, key: str, use: str) -> None:
    kms.schedule_key_deletion(KeyId=key)
    said = ("KMSInvalidStateException", f"{key} is pending deletion.")
    assert refused(lambda: USES[use](kms, key)) == said


def test_deletion_happens_at_its_virtual_time_and_takes_the_aliases(
    cloud: LocalCloud, kms: Any, key: str
) -> None:
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    end = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)["DeletionDate"]
    assert (end - cloud.clock.now()).days in (6, 7)
    cloud.clock.advance(days=6)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    cloud.clock.advance(days=1)
    gone = ("NotFoundException", f"Key '{key}' does not exist")
    assert refused(kms.describe_key, KeyId=key) == gone
    alias = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/mine"
    assert refused(kms.describe_key, KeyId="alias/mine") == (
        "NotFoundException",
        f"Alias {alias} is not found.",
    )
    assert refused(kms.decrypt, CiphertextBlob=blob)[0] == "AccessDeniedException"


def test_a_deletion_taken_back_leaves_the_key_disabled(
    cloud: LocalCloud, kms: Any, key: str
) -> None:
    not_pending = ("KMSInvalidStateException", f"{key} is not pending deletion.")
    assert refused(kms.cancel_key_deletion, KeyId=key) == not_pending
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    cloud.clock.advance(days=3)
    kms.cancel_key_deletion(KeyId=key)
    cloud.clock.advance(days=30)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    # A second schedule counts from its own beginning.
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=10)
    kms.cancel_key_deletion(KeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=20)
    cloud.clock.advance(days=11)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"


REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("describe_key", {"KeyId": "no-such"}, "NotFoundException", "Invalid keyId 'no-such'"),
    ("schedule_key_deletion", {"KeyId": "{key}", "PendingWindowInDays": 3}, "ValidationException",
     "between 7 and 30"),
    ("enable_key", {"KeyId": "alias/mine"}, "NotFoundException", "Invalid keyId"),
    ("create_alias", {"AliasName": "alias/mine", "TargetKeyId": "{key}"},
     "AlreadyExistsException", "alias/mine already exists"),
    ("create_alias", {"AliasName": "alias/aws/x", "TargetKeyId": "{key}"},
     "NotAuthorizedException", ""),
    ("create_alias", {"AliasName": "mine", "TargetKeyId": "{key}"}, "ValidationException",
     "must start with the prefix"),
    ("create_key", {"Policy": "no"}, "MalformedPolicyDocumentException", "JSON"),
    ("create_key", {"KeySpec": "RSA_2048"}, "ValidationException", "must specify a KeyUsage"),
    ("create_key", {"KeySpec": "ECC_NIST_P256", "KeyUsage": "ENCRYPT_DECRYPT"},
     "ValidationException", "not compatible"),
    ("create_key", {"KeySpec": "TOY"}, "ValidationException",
     "Value 'TOY' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set"),
    ("get_key_policy", {"KeyId": "{key}", "PolicyName": "other"}, "NotFoundException",
     "No such policy exists"),
    ("tag_resource", {"KeyId": "{key}", "Tags": [{"TagKey": "aws:x", "TagValue": "y"}]},
     "TagException", "reserved"),
    ("encrypt", {"KeyId": "{key}", "Plaintext": b"x" * 4097}, "ValidationException",
     "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or "
     "equal to 4096"),
    ("generate_data_key", {"KeyId": "{key}"}, "ValidationException",
     "either number of bytes or key spec"),
    ("sign", {"KeyId": "{key}", "Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"},
     "InvalidKeyUsageException", "key usage is ENCRYPT_DECRYPT which is not valid for Sign"),
    ("get_public_key", {"KeyId": "{key}"}, "UnsupportedOperationException", "asymmetric"),
    ("create_grant", {"KeyId": "{key}", "GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:role/no",
     "Operations": ["Decrypt"]}, "InvalidArnException", "valid principal"),
    ("create_grant", {"KeyId": "{key}", "GranteePrincipal": ROOT, "Operations": ["Sign"]},
     "ValidationException", "not supported"),
    ("retire_grant", {"GrantToken": "no"}, "InvalidGrantTokenException", "token"),
    ("revoke_grant", {"KeyId": "{key}", "GrantId": "no"}, "NotFoundException", "not found"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "params", "code", "said"), REFUSED)
def test_what_is_refused_and_how(
    kms: Any, key: str, operation: str, params: dict[str, Any], code: str, said: str
) -> None:
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    filled = {k: v.format(key=key) if isinstance(v, str) else v for k, v in params.items()}
    got = refused(getattr(kms, operation), **filled)
    assert got[0] == code
    assert said in got[1]


@pytest.mark.parametrize(
    ("operation", "params", "what"),
    [
        ("create_key", {"KeySpec": "RSA_4096", "KeyUsage": "SIGN_VERIFY"}, "RSA_4096"),
        ("create_key", {"Origin": "EXTERNAL"}, "EXTERNAL"),
        ("replicate_key", {"KeyId": "x", "ReplicaRegion": "eu-west-1"}, "kms:ReplicateKey"),
        ("describe_custom_key_stores", {}, "kms:DescribeCustomKeyStores"),
    ],
)
def test_what_is_not_imitated_is_named(
    kms: Any, operation: str, params: dict[str, Any], what: str
) -> None:
    with pytest.raises(Unsupported, match=what):
        getattr(kms, operation)(**params)


def test_a_key_policy_must_leave_a_way_back(kms: Any, cloud: LocalCloud) -> None:
    role = make_role(cloud, "keeper")
    only_use = document(allow("kms:Encrypt", Principal={"AWS": role}))
    said = "The new key policy will not allow you to update the key policy in the future."
    assert refused(kms.create_key, Policy=only_use) == ("MalformedPolicyDocumentException", said)
    made = kms.create_key(Policy=only_use, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]
    assert refused(kms.put_key_policy, KeyId=made["KeyId"], Policy=only_use)[1] == said
    kms.put_key_policy(KeyId=made["KeyId"], Policy=key_policy())
    assert kms.get_key_policy(KeyId=made["KeyId"])["Policy"] == key_policy()


def test_a_key_policy_names_nobody_who_does_not_exist(kms: Any) -> None:
    ghost = f"arn:aws:iam::{ACCOUNT}:role/ghost"
    wrong = key_policy(allow("kms:Encrypt", Principal={"AWS": ghost}))
    code, said = refused(kms.create_key, Policy=wrong)
    assert code == "MalformedPolicyDocumentException"
    assert "invalid principals" in said
    assert ghost in said


def test_aliases_move_between_keys_of_one_kind(kms: Any, key: str) -> None:
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    blob = kms.encrypt(KeyId="alias/mine", Plaintext=b"x")["CiphertextBlob"]
    kms.update_alias(AliasName="alias/mine", TargetKeyId=other)
    assert kms.describe_key(KeyId="alias/mine")["KeyMetadata"]["KeyId"] == other
    assert kms.decrypt(CiphertextBlob=blob)["KeyId"] == key
    code, _ = refused(kms.update_alias, AliasName="alias/mine", TargetKeyId=signing)
    assert code == "ValidationException"
    assert [a["AliasName"] for a in kms.list_aliases(KeyId=other)["Aliases"]] == ["alias/mine"]
    kms.delete_alias(AliasName="alias/mine")
    assert kms.list_aliases()["Aliases"] == []


def test_material_rotates_by_the_clock_and_old_ciphertexts_stay_readable(
    cloud: LocalCloud, kms: Any, key: str
) -> None:
    first = kms.encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 90)
    cloud.clock.advance(days=181)
    kms.rotate_key_on_demand(KeyId=key)
    rotations = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert [one["RotationType"] for one in rotations] == ["AUTOMATIC", "AUTOMATIC", "ON_DEMAND"]
    current = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert rotations[-1]["KeyMaterialId"] == current
    assert kms.decrypt(CiphertextBlob=first)["Plaintext"] == b"old"
    kms.disable_key_rotation(KeyId=key)
    cloud.clock.advance(days=400)
    assert len(kms.list_key_rotations(KeyId=key)["Rotations"]) == 3


def test_lists_come_in_pages(kms: Any) -> None:
    made = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(5)]
    pages = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})
    assert [k["KeyId"] for page in pages for k in page["Keys"]] == made


def test_an_aws_managed_key_appears_when_it_is_named_and_nobody_manages_it(kms: Any) -> None:
    arn = kms.describe_key(KeyId="alias/aws/secretsmanager")["KeyMetadata"]["Arn"]
    told = kms.describe_key(KeyId=arn)["KeyMetadata"]
    assert told["KeyManager"] == "AWS"
    assert kms.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"] is True
    for operation in (kms.disable_key, kms.schedule_key_deletion):
        assert refused(operation, KeyId=arn)[0] == "AccessDeniedException"
    code, _ = refused(kms.describe_key, KeyId="alias/aws/none")
    assert code == "NotFoundException"


def test_nobody_uses_an_aws_managed_key_directly(cloud: LocalCloud, kms: Any) -> None:
    arn = kms.describe_key(KeyId="alias/aws/ssm")["KeyMetadata"]["Arn"]
    mine = client_of(cloud, make_role(cloud, "all", allow("kms:*")), "kms")
    assert refused(mine.encrypt, KeyId=arn, Plaintext=b"x")[0] == "AccessDeniedException"
    assert mine.describe_key(KeyId=arn)["KeyMetadata"]["KeyId"]


def test_keys_are_regional(cloud: LocalCloud, kms: Any, key: str) -> None:
    elsewhere = cloud.client("kms", region="eu-west-1")
    assert refused(elsewhere.describe_key, KeyId=key)[0] == "NotFoundException"
    assert elsewhere.list_keys()["Keys"] == []


def test_every_operation_is_served_or_refused_by_name(cloud: LocalCloud, kms: Any) -> None:
    served = {name for service, name in cloud.api.handled if service == "kms"}
    assert set(kms.meta.service_model.operation_names) - served == set()


def test_two_clouds_of_one_seed_make_the_same_keys_and_ciphertexts() -> None:
    def history() -> list[Any]:
        with LocalCloud(planes=KMS) as cloud:
            kms = cloud.client("kms")
            made = kms.create_key()["KeyMetadata"]["Arn"]
            pair = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
            grant = kms.create_grant(KeyId=made, GranteePrincipal=ROOT, Operations=["Decrypt"])
            signed = kms.sign(KeyId=pair, Message=b"m", SigningAlgorithm="RSASSA_PSS_SHA_256")
            return [
                made,
                kms.encrypt(KeyId=made, Plaintext=b"x")["CiphertextBlob"],
                kms.generate_data_key(KeyId=made, KeySpec="AES_128")["Plaintext"],
                kms.get_public_key(KeyId=pair)["PublicKey"],
                signed["Signature"],
                grant["GrantId"],
                kms.generate_random(NumberOfBytes=9)["Plaintext"],
            ]

    assert history() == history()


def test_moto_s_own_services_find_the_keys(cloud: LocalCloud, key: str) -> None:
    ec2 = cloud.raw("ec2")
    assert ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)["KmsKeyId"] == key
