"""Who may use a key: key policies, IAM policies, grants, condition keys."""

from __future__ import annotations

from typing import Any

import pytest
from key_roles import ACCOUNT, allow, client_of, deny, document, key_policy, make_role, refused

from archlib.local.cloud import LocalCloud

DENIED = "AccessDeniedException"


def test_without_the_key_policy_iam_policies_do_not_count(cloud: LocalCloud, kms: Any) -> None:
    closed = kms.create_key(Policy=key_policy(delegates=False))["KeyMetadata"]["Arn"]
    mine = client_of(cloud, make_role(cloud, "worker", allow("kms:*")), "kms")
    code, said = refused(mine.encrypt, KeyId=closed, Plaintext=b"x")
    assert code == DENIED
    assert "no resource-based policy allows" in said
    kms.put_key_policy(KeyId=closed, Policy=key_policy())
    blob = mine.encrypt(KeyId=closed, Plaintext=b"x")["CiphertextBlob"]
    assert mine.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_the_key_policy_alone_suffices_for_whom_it_names(cloud: LocalCloud, kms: Any) -> None:
    role, other = make_role(cloud, "named"), make_role(cloud, "other")
    policy = key_policy(allow(["kms:Encrypt"], Principal={"AWS": role}))
    key = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    named = client_of(cloud, role, "kms")
    blob = named.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert refused(named.decrypt, CiphertextBlob=blob)[0] == DENIED
    assert refused(client_of(cloud, other, "kms").encrypt, KeyId=key, Plaintext=b"x")[0] == DENIED


CONDITIONS: list[tuple[dict[str, Any], str, dict[str, Any], dict[str, Any]]] = [
    ({"StringEquals": {"kms:EncryptionContext:Department": "IT"}}, "encrypt",
     {"Plaintext": b"x", "EncryptionContext": {"Department": "IT"}},
     {"Plaintext": b"x", "EncryptionContext": {"Department": "HR"}}),
    ({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["a"]},
      "Null": {"kms:EncryptionContextKeys": "false"}}, "encrypt",
     {"Plaintext": b"x", "EncryptionContext": {"a": "1"}},
     {"Plaintext": b"x", "EncryptionContext": {"a": "1", "b": "2"}}),
    ({"StringEquals": {"kms:RequestAlias": "alias/mine"}}, "encrypt",
     {"Plaintext": b"x", "KeyId": "alias/mine"}, {"Plaintext": b"x"}),
    ({"StringEquals": {"kms:CallerAccount": ACCOUNT}, "Null": {"kms:ViaService": "true"}},
     "encrypt", {"Plaintext": b"x"}, {}),
    ({"StringEquals": {"aws:ResourceTag/team": "blue"}}, "encrypt", {"Plaintext": b"x"}, {}),
    ({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/mine"}}, "encrypt",
     {"Plaintext": b"x"}, {}),
    ({"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT", "kms:KeyUsage": "ENCRYPT_DECRYPT",
                       "kms:KeyOrigin": "AWS_KMS"}}, "encrypt", {"Plaintext": b"x"}, {}),
    ({"NumericGreaterThanEquals": {"kms:ScheduleKeyDeletionPendingWindowInDays": "20"}},
     "schedule_key_deletion", {"PendingWindowInDays": 20}, {"PendingWindowInDays": 8}),
    ({"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt", "DescribeKey"]}},
     "create_grant", {"Operations": ["Decrypt"]}, {"Operations": ["Encrypt"]}),
    ({"StringEquals": {"kms:GrantConstraintType": "EncryptionContextEquals"}}, "create_grant",
     {"Operations": ["Decrypt"], "Constraints": {"EncryptionContextEquals": {"a": "b"}}},
     {"Operations": ["Decrypt"], "Constraints": {"EncryptionContextSubset": {"a": "b"}}}),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "operation", "fits", "does_not"), CONDITIONS)
def test_condition_keys(
    cloud: LocalCloud,
    kms: Any,
    condition: dict[str, Any],
    operation: str,
    fits: dict[str, Any],
    does_not: dict[str, Any],
) -> None:
    key = kms.create_key(Tags=[{"TagKey": "team", "TagValue": "blue"}])["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    role = make_role(cloud, "worker", allow("kms:*", Condition=condition))
    call = getattr(client_of(cloud, role, "kms"), operation)
    ask: dict[str, Any] = {"KeyId": key}
    if operation == "create_grant":
        ask["GranteePrincipal"] = role
    if does_not:
        assert refused(call, **{**ask, **does_not})[0] == DENIED
    call(**{**ask, **fits})


@pytest.fixture
def grantee(cloud: LocalCloud) -> str:
    return make_role(cloud, "grantee")


@pytest.fixture
def closed(kms: Any) -> str:
    """A key that no IAM policy opens."""
    return str(kms.create_key(Policy=key_policy(delegates=False))["KeyMetadata"]["Arn"])


def test_a_grant_allows_its_operations_until_it_is_revoked(
    cloud: LocalCloud, kms: Any, closed: str, grantee: str
) -> None:
    mine = client_of(cloud, grantee, "kms")
    assert refused(mine.encrypt, KeyId=closed, Plaintext=b"x")[0] == DENIED
    made = kms.create_grant(KeyId=closed, GranteePrincipal=grantee, Operations=["Encrypt"])
    blob = mine.encrypt(KeyId=closed, Plaintext=b"x", GrantTokens=[made["GrantToken"]])
    assert refused(mine.decrypt, CiphertextBlob=blob["CiphertextBlob"])[0] == DENIED
    listed = kms.list_grants(KeyId=closed)["Grants"]
    assert [(g["GrantId"], g["Operations"], g["KeyId"]) for g in listed] == [
        (made["GrantId"], ["Encrypt"], closed)
    ]
    kms.revoke_grant(KeyId=closed, GrantId=made["GrantId"])
    assert refused(mine.encrypt, KeyId=closed, Plaintext=b"x")[0] == DENIED


def test_an_explicit_deny_beats_a_grant(cloud: LocalCloud, kms: Any, closed: str) -> None:
    role = make_role(cloud, "grantee", deny("kms:Encrypt"))
    kms.create_grant(KeyId=closed, GranteePrincipal=role, Operations=["Encrypt"])
    _, said = refused(client_of(cloud, role, "kms").encrypt, KeyId=closed, Plaintext=b"x")
    assert "explicit deny" in said


@pytest.mark.parametrize(
    ("kind", "allowed", "denied"),
    [
        ("EncryptionContextEquals", [{"D": "IT"}], [{}, {"D": "IT", "E": "x"}, {"d": "IT"}]),
        ("EncryptionContextSubset", [{"D": "IT"}, {"D": "IT", "E": "x"}], [{}, {"D": "HR"},
                                                                          {"d": "IT"}]),
    ],
)  # fmt: skip
def test_grant_constraints_look_at_the_encryption_context(
    cloud: LocalCloud, kms: Any, closed: str, grantee: str, kind: str, allowed: Any, denied: Any
) -> None:
    kms.create_grant(
        KeyId=closed, GranteePrincipal=grantee, Operations=["Encrypt", "DescribeKey"],
        Constraints={kind: {"D": "IT"}},
    )  # fmt: skip
    mine = client_of(cloud, grantee, "kms")
    for context in allowed:
        mine.encrypt(KeyId=closed, Plaintext=b"x", EncryptionContext=context)
    for context in denied:
        assert refused(
            mine.encrypt, KeyId=closed, Plaintext=b"x", EncryptionContext=context
        )[0] == DENIED  # fmt: skip
    # DescribeKey has no encryption context: the constraint is not for it.
    mine.describe_key(KeyId=closed)


CHILDREN: list[tuple[dict[str, Any], bool]] = [
    ({"Operations": ["Decrypt"], "Constraints": {"EncryptionContextSubset": {"D": "IT"}}}, True),
    ({"Operations": ["Decrypt"],
      "Constraints": {"EncryptionContextSubset": {"D": "IT", "E": "x"}}}, True),
    ({"Operations": ["Decrypt"], "Constraints": {"EncryptionContextEquals": {"D": "IT"}}}, True),
    ({"Operations": ["Decrypt"]}, False),
    ({"Operations": ["Decrypt"], "Constraints": {"EncryptionContextSubset": {"E": "x"}}}, False),
    ({"Operations": ["Encrypt"], "Constraints": {"EncryptionContextSubset": {"D": "IT"}}}, False),
]  # fmt: skip


@pytest.mark.parametrize(("child", "possible"), CHILDREN)
def test_a_grant_made_by_a_grant_is_no_wider(
    cloud: LocalCloud, kms: Any, closed: str, grantee: str, child: dict[str, Any], possible: bool
) -> None:
    kms.create_grant(
        KeyId=closed, GranteePrincipal=grantee, Operations=["Decrypt", "CreateGrant"],
        Constraints={"EncryptionContextSubset": {"D": "IT"}},
    )  # fmt: skip
    mine = client_of(cloud, grantee, "kms")
    ask = {"KeyId": closed, "GranteePrincipal": make_role(cloud, "other"), **child}
    if possible:
        assert mine.create_grant(**ask)["GrantId"]
    else:
        assert refused(mine.create_grant, **ask)[0] == DENIED


def test_a_grant_is_retired_by_its_retiring_principal_or_a_grantee_who_may(
    cloud: LocalCloud, kms: Any, closed: str, grantee: str
) -> None:
    retiring = make_role(cloud, "retiring")
    plain = kms.create_grant(
        KeyId=closed, GranteePrincipal=grantee, Operations=["Decrypt"], RetiringPrincipal=retiring
    )
    own = kms.create_grant(
        KeyId=closed, GranteePrincipal=grantee, Operations=["Encrypt", "RetireGrant"]
    )
    mine, theirs = client_of(cloud, grantee, "kms"), client_of(cloud, retiring, "kms")
    assert (
        kms.list_retirable_grants(RetiringPrincipal=retiring)["Grants"][0]["GrantId"]
        == (plain["GrantId"])
    )
    assert refused(mine.retire_grant, GrantToken=plain["GrantToken"])[0] == DENIED
    assert refused(theirs.retire_grant, KeyId=closed, GrantId=own["GrantId"])[0] == DENIED
    mine.retire_grant(KeyId=closed, GrantId=own["GrantId"])
    theirs.retire_grant(GrantToken=plain["GrantToken"])
    assert kms.list_grants(KeyId=closed)["Grants"] == []


def test_a_named_grant_asked_for_again_is_the_same(kms: Any, closed: str, grantee: str) -> None:
    ask = {"KeyId": closed, "GranteePrincipal": grantee, "Operations": ["Decrypt"]}
    named = kms.create_grant(Name="one", **ask)
    assert kms.create_grant(Name="one", **ask)["GrantId"] == named["GrantId"]
    assert kms.create_grant(**ask)["GrantId"] != kms.create_grant(**ask)["GrantId"]


def test_re_encryption_needs_both_keys(cloud: LocalCloud, kms: Any, key: str) -> None:
    other = kms.create_key()["KeyMetadata"]["Arn"]
    role = make_role(cloud, "mover", allow("kms:ReEncryptFrom", key), allow("kms:Encrypt", key))
    mine = client_of(cloud, role, "kms")
    blob = mine.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert refused(mine.re_encrypt, CiphertextBlob=blob, DestinationKeyId=other)[0] == DENIED
    cloud.client("iam").put_role_policy(
        RoleName="mover", PolicyName="to", PolicyDocument=document(allow("kms:ReEncryptTo", other))
    )
    assert mine.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other)["KeyId"] == other
