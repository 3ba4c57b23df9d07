"""Secrets, their versions and labels, deletion, policies, lists."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from key_roles import ACCOUNT, KMS, allow, client_of, deny, document, make_role, refused

from archlib.errors import Unsupported
from archlib.local.cloud import LocalCloud

TOKEN, OTHER = "t" * 32, "u" * 32
MARKED = (
    "InvalidRequestException",
    "You can't perform this operation on the secret because it was marked for deletion.",
)
NOT_FOUND = (
    "ResourceNotFoundException",
    "Secrets Manager can't find the specified secret.",
)
NO_CURRENT = (
    "ResourceNotFoundException",
    "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
)


def value(secrets: Any, **which: Any) -> Any:
    return secrets.get_secret_value(SecretId="s", **which)["SecretString"]


def stages(secrets: Any) -> dict[str, list[str]]:
    told: dict[str, list[str]] = secrets.describe_secret(SecretId="s")["VersionIdsToStages"]
    return {version: sorted(labels) for version, labels in told.items()}


def test_a_secret_without_a_value_exists_and_has_none(secrets: Any) -> None:
    made = secrets.create_secret(Name="s", Description="later")
    assert "VersionId" not in made
    assert refused(secrets.get_secret_value, SecretId="s") == NO_CURRENT
    told = secrets.describe_secret(SecretId="s")
    assert told["Description"] == "later"
    assert "VersionIdsToStages" not in told
    assert "LastAccessedDate" not in told
    assert secrets.list_secret_version_ids(SecretId="s")["Versions"] == []
    put = secrets.put_secret_value(SecretId="s", SecretString="now")
    assert put["VersionStages"] == ["AWSCURRENT"]
    assert value(secrets) == "now"


def test_labels_follow_the_current_value(secrets: Any) -> None:
    one = secrets.create_secret(Name="s", SecretString="1")["VersionId"]
    two = secrets.put_secret_value(SecretId="s", SecretString="2")["VersionId"]
    assert stages(secrets) == {one: ["AWSPREVIOUS"], two: ["AWSCURRENT"]}
    three = secrets.update_secret(SecretId="s", SecretString="3")["VersionId"]
    assert stages(secrets) == {two: ["AWSPREVIOUS"], three: ["AWSCURRENT"]}
    assert [value(secrets), value(secrets, VersionStage="AWSPREVIOUS")] == ["3", "2"]
    # A version without labels is deprecated, and can still be read by its id.
    assert value(secrets, VersionId=one) == "1"
    listed = secrets.list_secret_version_ids(SecretId="s")["Versions"]
    assert {v["VersionId"] for v in listed} == {two, three}
    everything = secrets.list_secret_version_ids(SecretId="s", IncludeDeprecated=True)
    assert {v["VersionId"] for v in everything["Versions"]} == {one, two, three}


def test_a_pending_version_leaves_the_current_one_alone(secrets: Any) -> None:
    one = secrets.create_secret(Name="s", SecretString="1")["VersionId"]
    secrets.put_secret_value(
        SecretId="s", SecretString="2", ClientRequestToken=TOKEN, VersionStages=["AWSPENDING", "x"]
    )
    assert value(secrets) == "1"
    assert value(secrets, VersionStage="AWSPENDING") == "2"
    secrets.update_secret_version_stage(
        SecretId="s", VersionStage="AWSCURRENT", MoveToVersionId=TOKEN, RemoveFromVersionId=one
    )
    assert stages(secrets) == {one: ["AWSPREVIOUS"], TOKEN: ["AWSCURRENT", "AWSPENDING", "x"]}
    secrets.update_secret_version_stage(
        SecretId="s", VersionStage="AWSPENDING", RemoveFromVersionId=TOKEN
    )
    # Back again: the labels change places.
    secrets.update_secret_version_stage(
        SecretId="s", VersionStage="AWSCURRENT", MoveToVersionId=one, RemoveFromVersionId=TOKEN
    )
    assert stages(secrets) == {one: ["AWSCURRENT"], TOKEN: ["AWSPREVIOUS", "x"]}


def test_the_first_value_is_current_whatever_its_labels(secrets: Any) -> None:
    secrets.create_secret(Name="s")
    put = secrets.put_secret_value(SecretId="s", SecretString="1", VersionStages=["mine"])
    assert sorted(put["VersionStages"]) == ["AWSCURRENT", "mine"]


def test_a_repeated_token_changes_nothing_and_conflicts_with_another_value(
    cloud: LocalCloud, secrets: Any
) -> None:
    made = secrets.create_secret(Name="s", SecretString="1", ClientRequestToken=TOKEN)
    assert made["VersionId"] == TOKEN
    again = secrets.create_secret(Name="s", SecretString="1", ClientRequestToken=TOKEN)
    assert (again["ARN"], again["VersionId"]) == (made["ARN"], TOKEN)
    same = secrets.put_secret_value(SecretId="s", SecretString="1", ClientRequestToken=TOKEN)
    assert same["VersionStages"] == ["AWSCURRENT"]
    code, said = refused(
        secrets.put_secret_value, SecretId="s", SecretString="2", ClientRequestToken=TOKEN
    )
    assert code == "ResourceExistsException"
    assert said == (
        f"You can't use ClientRequestToken {TOKEN} because that value is already in use for a "
        f"version of secret {made['ARN']}."
    )
    # Text is not the bytes of the text.
    assert refused(
        secrets.put_secret_value, SecretId="s", SecretBinary=b"1", ClientRequestToken=TOKEN
    )[0] == "ResourceExistsException"  # fmt: skip
    # UpdateSecret does not even take the same value.
    assert refused(
        secrets.update_secret, SecretId="s", SecretString="1", ClientRequestToken=TOKEN
    )[0] == "ResourceExistsException"  # fmt: skip
    assert len(stages(secrets)) == 1


def test_binary_values_come_back_as_bytes(secrets: Any) -> None:
    secrets.create_secret(Name="s", SecretBinary=b"\x00\xff")
    got = secrets.get_secret_value(SecretId="s")
    assert got["SecretBinary"] == b"\x00\xff"
    assert "SecretString" not in got


@pytest.mark.parametrize("name", ["SecretString", "SecretBinary"])
def test_a_value_has_at_most_65_536_bytes(secrets: Any, name: str) -> None:
    most: Any = "x" * 65_536 if name == "SecretString" else b"x" * 65_536
    secrets.create_secret(Name="s", **{name: most})
    assert len(secrets.get_secret_value(SecretId="s")[name]) == 65_536
    code, said = refused(secrets.put_secret_value, SecretId="s", **{name: most + most[:1]})
    assert code == "ValidationException"
    assert "less than or equal to 65536" in said
    # Bytes are what counts, not characters.
    assert refused(secrets.put_secret_value, SecretId="s", SecretString="é" * 40_000)[0] == code


REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("get_secret_value", {"SecretId": "none"}, *NOT_FOUND),
    ("get_secret_value", {"SecretId": "s", "VersionStage": "x"}, "ResourceNotFoundException",
     "Secrets Manager can't find the specified secret value for staging label: x"),
    ("get_secret_value", {"SecretId": "s", "VersionId": OTHER}, "ResourceNotFoundException",
     f"Secrets Manager can't find the specified secret value for VersionId: {OTHER}"),
    ("get_secret_value", {"SecretId": "s", "VersionId": TOKEN, "VersionStage": "x"},
     "InvalidRequestException",
     "You provided a VersionStage that is not associated to the provided VersionId."),
    ("create_secret", {"Name": "s", "SecretString": "1"}, "ResourceExistsException",
     "The operation failed because the secret s already exists."),
    ("create_secret", {"Name": "a b"}, "ValidationException",
     "Invalid name. Must be a valid name containing alphanumeric characters, or any of the "
     "following: -/_+=.@!"),
    ("put_secret_value", {"SecretId": "s"}, "InvalidRequestException",
     "You must provide either SecretString or SecretBinary."),
    ("put_secret_value", {"SecretId": "s", "SecretString": "1", "SecretBinary": b"1"},
     "InvalidRequestException", "You can't specify both a binary secret value and a string secret "
     "value in the same secret."),
    ("update_secret_version_stage", {"SecretId": "s", "VersionStage": "AWSCURRENT",
     "MoveToVersionId": "{two}"}, "InvalidParameterException",
     f"The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently "
     f"attached to version {TOKEN}, so you must explicitly reference that version in "
     "RemoveFromVersionId."),
    ("update_secret_version_stage", {"SecretId": "s", "VersionStage": "AWSCURRENT",
     "RemoveFromVersionId": TOKEN}, "InvalidParameterException",
     "You can only move staging label AWSCURRENT to a different secret version. It can't be "
     "completely removed."),
    ("update_secret_version_stage", {"SecretId": "s", "VersionStage": "x",
     "RemoveFromVersionId": TOKEN}, "InvalidParameterException",
     f"Staging label x is not currently attached to version {TOKEN}."),
    ("delete_secret", {"SecretId": "s", "RecoveryWindowInDays": 6}, "InvalidParameterException",
     "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."),
    ("delete_secret", {"SecretId": "s", "RecoveryWindowInDays": 7,
     "ForceDeleteWithoutRecovery": True}, "InvalidParameterException",
     "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."),
    ("delete_secret", {"SecretId": "none"}, *NOT_FOUND),
    ("rotate_secret", {"SecretId": "s"}, "InvalidRequestException",
     "No Lambda rotation function ARN is associated with this secret."),
    ("get_random_password", {"PasswordLength": 3}, "InvalidParameterException",
     "Password length is too short based on the required types."),
    ("list_secrets", {"NextToken": "x"}, "InvalidNextTokenException",
     "The NextToken value is invalid."),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "params", "code", "said"), REFUSED)
def test_what_is_refused_and_how(
    secrets: Any, operation: str, params: dict[str, Any], code: str, said: str
) -> None:
    secrets.create_secret(Name="s", SecretString="1", ClientRequestToken=TOKEN)
    two = secrets.put_secret_value(SecretId="s", SecretString="2", VersionStages=["two"])
    filled = {
        k: v.format(two=two["VersionId"]) if isinstance(v, str) else v for k, v in params.items()
    }
    assert refused(getattr(secrets, operation), **filled) == (code, said)


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("replicate_secret_to_regions", {"SecretId": "s", "AddReplicaRegions": [{}]}),
        ("validate_resource_policy", {"ResourcePolicy": "{}"}),
        ("create_secret", {"Name": "t", "AddReplicaRegions": [{"Region": "eu-west-1"}]}),
    ],
)
def test_what_is_not_imitated_is_named(
    secrets: Any, operation: str, params: dict[str, Any]
) -> None:
    with pytest.raises(Unsupported, match=r"secretsmanager:|AddReplicaRegions"):
        getattr(secrets, operation)(**params)


def test_a_secret_is_found_by_name_arn_and_partial_arn(secrets: Any) -> None:
    made = secrets.create_secret(Name="app/key", SecretString="1")
    arn = made["ARN"]
    prefix = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:app/key"
    assert re.fullmatch(re.escape(prefix) + r"-[A-Za-z0-9]{6}", arn)
    for name in ("app/key", arn, prefix):
        assert secrets.get_secret_value(SecretId=name)["ARN"] == arn
    assert refused(secrets.describe_secret, SecretId=f"{prefix}-AAAAAA") == NOT_FOUND
    # A name that looks like the end of an ARN is found by its whole ARN only.
    tricky = secrets.create_secret(Name="My-abcdef", SecretString="2")["ARN"]
    assert secrets.get_secret_value(SecretId=tricky)["SecretString"] == "2"
    assert refused(secrets.describe_secret, SecretId=tricky[:-7]) == NOT_FOUND
    assert refused(secrets.describe_secret, SecretId=arn.replace(ACCOUNT, "1" * 12)) == NOT_FOUND


def test_a_secret_created_again_has_another_arn(secrets: Any) -> None:
    first = secrets.create_secret(Name="s")["ARN"]
    secrets.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
    assert secrets.create_secret(Name="s")["ARN"] != first


def test_deletion_waits_for_the_recovery_window(cloud: LocalCloud, secrets: Any) -> None:
    secrets.create_secret(Name="s", SecretString="1")
    asked = cloud.clock.now()
    gone = secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7)["DeletionDate"]
    assert abs(gone - asked - timedelta(days=7)) < timedelta(seconds=1)
    for operation, more in (
        (secrets.get_secret_value, {}),
        (secrets.put_secret_value, {"SecretString": "2"}),
        (secrets.update_secret, {"Description": "x"}),
        (secrets.get_resource_policy, {}),
        (secrets.delete_secret, {}),
        (secrets.rotate_secret, {}),
    ):
        assert refused(operation, SecretId="s", **more) == MARKED
    assert secrets.describe_secret(SecretId="s")["DeletedDate"] == gone
    assert secrets.list_secrets()["SecretList"] == []
    listed = secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]
    assert [abs(one["DeletedDate"] - asked) < timedelta(seconds=1) for one in listed] == [True]
    assert refused(secrets.create_secret, Name="s") == (
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for "
        "deletion.",
    )
    cloud.clock.advance(days=6, hours=23)
    assert refused(secrets.get_secret_value, SecretId="s") == MARKED
    cloud.clock.advance(hours=2)
    assert refused(secrets.get_secret_value, SecretId="s") == NOT_FOUND
    assert refused(secrets.restore_secret, SecretId="s") == NOT_FOUND


def test_a_restored_secret_stays(cloud: LocalCloud, secrets: Any) -> None:
    secrets.create_secret(Name="s", SecretString="1")
    secrets.delete_secret(SecretId="s")
    cloud.clock.advance(days=29)
    secrets.restore_secret(SecretId="s")
    cloud.clock.advance(days=30)
    assert value(secrets) == "1"


def test_deletion_without_recovery_is_immediate_and_never_fails(secrets: Any) -> None:
    secrets.create_secret(Name="s", SecretString="1")
    secrets.delete_secret(SecretId="s")
    for name in ("s", "s", "never"):
        told = secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        assert told["Name"] == name
    assert refused(secrets.describe_secret, SecretId="s") == NOT_FOUND


def test_access_is_told_by_the_day(cloud: LocalCloud, secrets: Any) -> None:
    secrets.create_secret(Name="s", SecretString="1")
    cloud.clock.advance(days=2, hours=3)
    value(secrets)
    accessed = secrets.describe_secret(SecretId="s")["LastAccessedDate"]
    now = cloud.clock.now()
    assert accessed == datetime(now.year, now.month, now.day, tzinfo=UTC)
    version = secrets.list_secret_version_ids(SecretId="s")["Versions"][0]
    assert version["LastAccessedDate"] == accessed


def test_outdated_versions_go_after_a_day_and_the_limit_holds(
    cloud: LocalCloud, secrets: Any
) -> None:
    secrets.create_secret(Name="s", SecretString="0")
    for number in range(99):
        secrets.put_secret_value(SecretId="s", SecretString=str(number))
    assert refused(secrets.put_secret_value, SecretId="s", SecretString="x")[0] == (
        "LimitExceededException"
    )
    cloud.clock.advance(days=1, hours=1)
    secrets.put_secret_value(SecretId="s", SecretString="new")
    kept = secrets.list_secret_version_ids(SecretId="s", IncludeDeprecated=True)["Versions"]
    assert len(kept) <= 100
    assert value(secrets, VersionStage="AWSPREVIOUS") == "98"


def test_a_version_has_at_most_twenty_labels(secrets: Any) -> None:
    secrets.create_secret(Name="s", SecretString="1")
    labels = [f"l{number}" for number in range(20)]
    secrets.put_secret_value(SecretId="s", SecretString="2", VersionStages=labels)
    code, _ = refused(
        secrets.update_secret_version_stage, SecretId="s", VersionStage="more",
        MoveToVersionId=secrets.get_secret_value(SecretId="s", VersionStage="l1")["VersionId"],
    )  # fmt: skip
    assert code == "LimitExceededException"


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"Key": "name", "Values": ["app/"]}, ["app/one", "app/two"]),
    ({"Key": "name", "Values": ["App"]}, []),
    ({"Key": "name", "Values": ["!app/"]}, ["other"]),
    ({"Key": "description", "Values": ["THE"]}, ["app/one"]),
    ({"Key": "tag-key", "Values": ["team"]}, ["app/two"]),
    ({"Key": "tag-value", "Values": ["bl"]}, ["app/two"]),
    ({"Key": "all", "Values": ["blue team"]}, ["app/two"]),
]


@pytest.mark.parametrize(("one", "names"), FILTERS)
def test_filters(secrets: Any, one: dict[str, Any], names: list[str]) -> None:
    secrets.create_secret(Name="app/one", Description="The first", SecretString="1")
    secrets.create_secret(Name="app/two", SecretString="2", Tags=[{"Key": "team", "Value": "blue"}])
    secrets.create_secret(Name="other", SecretString="3")
    listed = secrets.list_secrets(Filters=[one])["SecretList"]
    assert [secret["Name"] for secret in listed] == names
    read = secrets.batch_get_secret_value(Filters=[one])["SecretValues"]
    assert [secret["Name"] for secret in read] == names


def test_lists_are_sorted_and_come_in_pages(secrets: Any) -> None:
    for name in ("b", "a", "c"):
        secrets.create_secret(Name=name)
    by_name = secrets.list_secrets(SortBy="name", SortOrder="desc")["SecretList"]
    assert [secret["Name"] for secret in by_name] == ["c", "b", "a"]
    pages = secrets.get_paginator("list_secrets").paginate(PaginationConfig={"PageSize": 2})
    assert [s["Name"] for page in pages for s in page["SecretList"]] == ["b", "a", "c"]


def test_passwords_keep_their_rules(secrets: Any) -> None:
    default = secrets.get_random_password()["RandomPassword"]
    assert len(default) == 32
    for kind in ("[a-z]", "[A-Z]", "[0-9]", r"[^\w\s]"):
        assert re.search(kind, default)
    plain = secrets.get_random_password(
        PasswordLength=24, ExcludePunctuation=True, ExcludeCharacters="abc", IncludeSpace=True
    )["RandomPassword"]
    assert re.fullmatch(r"[d-zA-Z0-9 ]{24}", plain)
    short = secrets.get_random_password(PasswordLength=2, RequireEachIncludedType=False)
    assert len(short["RandomPassword"]) == 2


# -- permissions ---------------------------------------------------------------------------------


def test_a_resource_policy_opens_the_secret_and_a_deny_closes_it(
    cloud: LocalCloud, secrets: Any
) -> None:
    role = make_role(cloud, "reader")
    secrets.create_secret(Name="s", SecretString="1")
    mine = client_of(cloud, role, "secretsmanager")
    assert refused(mine.get_secret_value, SecretId="s")[0] == "AccessDeniedException"
    opened = document(allow("secretsmanager:GetSecretValue", Principal={"AWS": role}))
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=opened)
    assert json.loads(secrets.get_resource_policy(SecretId="s")["ResourcePolicy"])
    assert value(mine) == "1"
    closed = document(
        allow("secretsmanager:GetSecretValue", Principal={"AWS": role}),
        deny("secretsmanager:GetSecretValue", Principal="*",
             Condition={"StringNotEquals": {"secretsmanager:VersionStage": "AWSPREVIOUS"}}),
    )  # fmt: skip
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=closed)
    assert "explicit deny" in refused(mine.get_secret_value, SecretId="s")[1]
    secrets.delete_resource_policy(SecretId="s")
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="s")
    assert refused(mine.get_secret_value, SecretId="s")[0] == "AccessDeniedException"


def test_broad_policies_are_refused_when_asked_to(secrets: Any) -> None:
    secrets.create_secret(Name="s")
    broad = document(allow("secretsmanager:GetSecretValue", Principal="*"))
    ask = {"SecretId": "s", "ResourcePolicy": broad}
    code, _ = refused(secrets.put_resource_policy, BlockPublicPolicy=True, **ask)
    assert code == "PublicPolicyException"
    limited = document(
        allow("secretsmanager:GetSecretValue", Principal="*",
              Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT}})
    )  # fmt: skip
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=limited, BlockPublicPolicy=True)
    secrets.put_resource_policy(**ask)


@pytest.mark.parametrize(
    "policy", ["no", document(allow("secretsmanager:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}"
                                                                         ":role/ghost"}))]
)  # fmt: skip
def test_malformed_policies_are_refused(secrets: Any, policy: str) -> None:
    secrets.create_secret(Name="s")
    code, _ = refused(secrets.put_resource_policy, SecretId="s", ResourcePolicy=policy)
    assert code == "MalformedPolicyDocumentException"


CONDITIONS: list[tuple[dict[str, Any], str, dict[str, Any], dict[str, Any] | None]] = [
    ({"StringEquals": {"secretsmanager:ResourceTag/team": "blue"}}, "get_secret_value", {}, None),
    ({"StringEquals": {"aws:ResourceTag/team": "blue"}}, "describe_secret", {}, None),
    ({"ArnLike": {"secretsmanager:SecretId": "*:secret:s-??????"}}, "get_secret_value", {}, None),
    ({"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}}, "get_secret_value",
     {"VersionStage": "AWSCURRENT"}, {"VersionStage": "AWSPREVIOUS"}),
    ({"NumericGreaterThanEquals": {"secretsmanager:RecoveryWindowInDays": "10"}}, "delete_secret",
     {"RecoveryWindowInDays": 10}, {"RecoveryWindowInDays": 7}),
    ({"Bool": {"secretsmanager:BlockPublicPolicy": "true"}}, "put_resource_policy",
     {"ResourcePolicy": document(allow("secretsmanager:*", Principal={"AWS": ACCOUNT})),
      "BlockPublicPolicy": True},
     {"ResourcePolicy": document(allow("secretsmanager:*", Principal={"AWS": ACCOUNT}))}),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "operation", "fits", "does_not"), CONDITIONS)
def test_condition_keys(
    cloud: LocalCloud,
    secrets: Any,
    condition: dict[str, Any],
    operation: str,
    fits: dict[str, Any],
    does_not: dict[str, Any] | None,
) -> None:
    secrets.create_secret(Name="s", SecretString="1", Tags=[{"Key": "team", "Value": "blue"}])
    secrets.put_secret_value(SecretId="s", SecretString="2")
    secrets.create_secret(Name="other", SecretString="1")
    role = make_role(cloud, "worker", allow("secretsmanager:*", Condition=condition))
    call = getattr(client_of(cloud, role, "secretsmanager"), operation)
    wrong = {"SecretId": "other"} if does_not is None else {"SecretId": "s", **does_not}
    assert refused(call, **wrong)[0] == "AccessDeniedException"
    call(SecretId="s", **fits)


def test_each_secret_of_a_batch_is_judged(cloud: LocalCloud, secrets: Any) -> None:
    mine = secrets.create_secret(Name="mine", SecretString="1")["ARN"]
    secrets.create_secret(Name="theirs", SecretString="2")
    role = make_role(
        cloud, "reader", allow("secretsmanager:BatchGetSecretValue"),
        allow("secretsmanager:GetSecretValue", mine),
    )  # fmt: skip
    client = client_of(cloud, role, "secretsmanager")
    got = client.batch_get_secret_value(SecretIdList=["mine", "theirs", "none"])
    assert [one["SecretString"] for one in got["SecretValues"]] == ["1"]
    assert [(one["SecretId"], one["ErrorCode"]) for one in got["Errors"]] == [
        ("theirs", "AccessDeniedException"),
        ("none", "ResourceNotFoundException"),
    ]


def test_every_operation_is_served_or_refused_by_name(cloud: LocalCloud, secrets: Any) -> None:
    served = {name for service, name in cloud.api.handled if service == "secretsmanager"}
    assert set(secrets.meta.service_model.operation_names) - served == set()


def test_two_clouds_of_one_seed_make_the_same_secrets() -> None:
    def history() -> list[str]:
        with LocalCloud(planes=(*KMS, "archlib.local.secretsmanager:SecretsManagerPlane")) as cloud:
            client = cloud.client("secretsmanager")
            made = client.create_secret(Name="s", SecretString="1")
            password = client.get_random_password()["RandomPassword"]
            return [made["ARN"], made["VersionId"], password]

    assert history() == history()
