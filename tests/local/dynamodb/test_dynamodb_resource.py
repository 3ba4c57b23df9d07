from __future__ import annotations

from decimal import Decimal

import boto3
import botocore.client
import pytest
from boto3.dynamodb.conditions import Attr, Key

from archlib.local.cloud import LocalCloud
from archlib.local.dynamodb import DynamoDbPlane

PLANES = ("archlib.local.dynamodb:DynamoDbPlane",)


@pytest.fixture
def cloud():
    with LocalCloud(planes=PLANES) as cloud:
        yield cloud


@pytest.fixture
def table(cloud):
    return boto3.resource("dynamodb").create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
    )


def test_python_values_go_in_and_come_out(cloud, table):
    item = {"pk": "a", "sk": "1", "n": Decimal("1.5"), "tags": {"x", "y"}, "m": {"l": [1, True]}}
    table.put_item(Item=item)
    assert table.get_item(Key={"pk": "a", "sk": "1"})["Item"] == item
    changed = table.update_item(
        Key={"pk": "a", "sk": "1"},
        UpdateExpression="SET n = :n",
        ConditionExpression=Attr("n").lt(2),
        ExpressionAttributeValues={":n": 7},
        ReturnValues="UPDATED_NEW",
    )
    assert changed["Attributes"] == {"n": 7}
    page = table.query(
        KeyConditionExpression=Key("pk").eq("a") & Key("sk").begins_with("1"),
        FilterExpression=Attr("n").gt(100),
        ReturnConsumedCapacity="TOTAL",
    )
    assert (page["Count"], page["ConsumedCapacity"]["CapacityUnits"]) == (0, 0.5)
    assert cloud.plane(DynamoDbPlane).capacity_of("t").write == 2
    assert cloud.trace.hops[-1].detail["capacity_units"] == 0.5
    assert cloud.trace.hops[-1].source == "client"


def test_errors_are_those_of_the_resources_client(table):
    with pytest.raises(table.meta.client.exceptions.ConditionalCheckFailedException):
        table.put_item(Item={"pk": "a", "sk": "1"}, ConditionExpression=Attr("pk").exists())


def test_the_batch_writer_and_paging(table):
    with table.batch_writer() as batch:
        for number in range(60):
            batch.put_item(Item={"pk": "a", "sk": f"{number:03}"})
    ask = {"KeyConditionExpression": Key("pk").eq("a"), "Limit": 25}
    found, page = [], table.query(**ask)
    found += page["Items"]
    while "LastEvaluatedKey" in page:
        page = table.query(**ask, ExclusiveStartKey=page["LastEvaluatedKey"])
        found += page["Items"]
    assert [item["sk"] for item in found] == [f"{number:03}" for number in range(60)]


def test_the_seam_is_closed_again():
    before = botocore.client.BaseClient._make_api_call
    with LocalCloud(planes=PLANES):
        assert botocore.client.BaseClient._make_api_call is not before
    assert botocore.client.BaseClient._make_api_call is before
