"""Tables say which key of KMS they are encrypted with, and it is one that exists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from key_roles import allow, client_of, make_role, refused

from archlib.local import LocalCloud


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as cloud:
        yield cloud


def make(cloud: LocalCloud, name: str, **encryption: Any) -> dict[str, Any] | None:
    """What the description of a new table says of its encryption."""
    given = {"SSESpecification": encryption} if encryption else {}
    cloud.client("dynamodb").create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        **given,
    )  # fmt: skip
    return described(cloud, name)


def described(cloud: LocalCloud, name: str) -> dict[str, Any] | None:
    table = cloud.client("dynamodb").describe_table(TableName=name)["Table"]
    found: dict[str, Any] | None = table.get("SSEDescription")
    return found


def test_a_table_without_a_specification_has_a_key_of_awss_own(cloud: LocalCloud) -> None:
    assert make(cloud, "plain") is None
    assert make(cloud, "disabled", Enabled=False) is None
    assert cloud.client("kms").list_aliases()["Aliases"] == []


def test_the_managed_key_is_made_once_and_is_there(cloud: LocalCloud) -> None:
    first = make(cloud, "first", Enabled=True, SSEType="KMS")
    assert first is not None
    assert first == make(cloud, "second", Enabled=True)
    kms = cloud.client("kms")
    key = kms.describe_key(KeyId=first["KMSMasterKeyArn"])["KeyMetadata"]
    assert (key["KeyManager"], key["Arn"]) == ("AWS", first["KMSMasterKeyArn"])
    assert [one["AliasName"] for one in kms.list_aliases()["Aliases"]] == ["alias/aws/dynamodb"]


def test_a_key_is_named_in_any_way_and_told_as_its_arn(cloud: LocalCloud) -> None:
    kms = cloud.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/tables", TargetKeyId=key["KeyId"])
    for number, named in enumerate((key["KeyId"], key["Arn"], "alias/tables")):
        told = make(cloud, f"table-{number}", Enabled=True, KMSMasterKeyId=named)
        assert told == {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key["Arn"]}


def test_a_key_that_does_not_exist_is_refused_and_changes_nothing(cloud: LocalCloud) -> None:
    with pytest.raises(ClientError, match="KMS key alias/none does not exist in us-east-1"):
        make(cloud, "none", Enabled=True, KMSMasterKeyId="alias/none")
    dynamodb = cloud.client("dynamodb")
    assert dynamodb.list_tables()["TableNames"] == []
    before = make(cloud, "kept", Enabled=True)
    with pytest.raises(ClientError, match="ValidationException"):
        dynamodb.update_table(
            TableName="kept", SSESpecification={"Enabled": True, "KMSMasterKeyId": "alias/none"}
        )
    assert described(cloud, "kept") == before


def test_encryption_is_changed_and_taken_back(cloud: LocalCloud) -> None:
    assert make(cloud, "t") is None
    dynamodb = cloud.client("dynamodb")
    dynamodb.update_table(TableName="t", SSESpecification={"Enabled": True})
    told = described(cloud, "t")
    assert told is not None
    assert told["Status"] == "ENABLED"
    dynamodb.update_table(TableName="t", SSESpecification={"Enabled": False})
    assert described(cloud, "t") is None


def member(cloud: LocalCloud, name: str, *statements: dict[str, Any]) -> Any:
    role = make_role(cloud, name, allow("dynamodb:*"), *statements)
    return client_of(cloud, role, "dynamodb")


def test_items_under_a_key_of_ones_own_need_the_key(cloud: LocalCloud) -> None:
    kms = cloud.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    make(cloud, "secret", Enabled=True, KMSMasterKeyId=key)
    make(cloud, "managed", Enabled=True)
    make(cloud, "plain")
    nobody = member(cloud, "nobody")
    context = {"kms:EncryptionContext:aws:dynamodb:tableName": "secret",
               "kms:ViaService": "dynamodb.us-east-1.amazonaws.com"}  # fmt: skip
    somebody = member(
        cloud, "somebody", allow("kms:Decrypt", key, Condition={"StringEquals": context})
    )
    item = {"pk": {"S": "x"}}
    write = {"secret": [{"PutRequest": {"Item": item}}]}
    for operation, params in (
        ("put_item", {"TableName": "secret", "Item": item}),
        ("get_item", {"TableName": "secret", "Key": item}),
        ("scan", {"TableName": "secret"}),
        ("batch_write_item", {"RequestItems": write}),
        ("transact_get_items", {"TransactItems": [{"Get": {"TableName": "secret", "Key": item}}]}),
    ):
        code, message = refused(getattr(nobody, operation), **params)
        assert code == "AccessDeniedException"
        assert message.startswith("KMS key access denied error: ")
        getattr(somebody, operation)(**params)
    for table in ("managed", "plain"):
        nobody.put_item(TableName=table, Item=item)
    assert "Table" in nobody.describe_table(TableName="secret")
    kms.disable_key(KeyId=key)
    assert "is disabled" in refused(somebody.scan, TableName="secret")[1]
    kms.enable_key(KeyId=key)
    cloud.client("dynamodb").update_table(TableName="secret", SSESpecification={"Enabled": False})
    nobody.scan(TableName="secret")
