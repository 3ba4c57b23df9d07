from __future__ import annotations

import pytest

TABLE = "todos"
KEY = {"owner": {"S": "ann"}, "id": {"S": "1"}}
ITEM = {**KEY, "title": {"S": "milk"}, "n": {"N": "1"}}
HIT = ("dax:GetItem", "hit", 200)


def key(id):
    return {"owner": {"S": "ann"}, "id": {"S": id}}


def get(dax, key=KEY, **more):
    return dax.get_item(TableName=TABLE, Key=key, **more).get("Item")


def stored(world, key=KEY):
    return world.cloud.raw("dynamodb").get_item(TableName=TABLE, Key=key).get("Item")


def cached(world, dax, key=KEY):
    """What the item cache holds; fails when the read is a miss."""
    with world.hops() as hops:
        found = get(dax, key)
    assert hops == [HIT]
    return found


def code_of(error):
    return error.value.response["Error"]["Code"]


def test_a_put_is_written_through(world, dax):
    with world.hops() as hops:
        assert dax.put_item(TableName=TABLE, Item=ITEM) == {}
    assert hops == [("dax:PutItem", None, 200), ("dynamodb:PutItem", None, 200)]
    assert stored(world) == ITEM
    assert cached(world, dax) == ITEM


def test_a_put_ends_negative_caching(world, dax):
    assert get(dax) is None
    dax.put_item(TableName=TABLE, Item=ITEM)
    assert cached(world, dax) == ITEM


def test_a_write_around_dax_is_not_seen_until_the_ttl_is_over(world, dax):
    dax.put_item(TableName=TABLE, Item=ITEM)
    world.db.put_item(TableName=TABLE, Item={**ITEM, "title": {"S": "around"}})
    assert get(dax)["title"] == {"S": "milk"}
    assert get(dax, ConsistentRead=True)["title"] == {"S": "around"}
    assert get(dax)["title"] == {"S": "milk"}
    world.cloud.clock.advance(minutes=5)
    assert get(dax)["title"] == {"S": "around"}


@pytest.mark.parametrize(
    ("asked", "attributes"),
    [
        ("NONE", None),
        ("ALL_OLD", ITEM),
        ("ALL_NEW", {**KEY, "title": {"S": "bread"}, "n": {"N": "3"}}),
        ("UPDATED_OLD", {"title": {"S": "milk"}, "n": {"N": "1"}}),
        ("UPDATED_NEW", {"title": {"S": "bread"}, "n": {"N": "3"}}),
    ],
)
def test_an_update_is_written_through_whatever_it_returns(world, dax, asked, attributes):
    dax.put_item(TableName=TABLE, Item=ITEM)
    result = dax.update_item(
        TableName=TABLE,
        Key=KEY,
        UpdateExpression="SET title = :t ADD n :two",
        ExpressionAttributeValues={":t": {"S": "bread"}, ":two": {"N": "2"}},
        ReturnValues=asked,
        ReturnConsumedCapacity="TOTAL",
    )
    assert result.get("Attributes") == attributes
    assert result["ConsumedCapacity"] == {"TableName": TABLE, "CapacityUnits": 1.0}
    assert cached(world, dax) == {**KEY, "title": {"S": "bread"}, "n": {"N": "3"}}


def test_an_update_with_every_kind_of_action(world, dax):
    dax.put_item(
        TableName=TABLE,
        Item={**ITEM, "list": {"L": [{"S": "a"}]}, "tags": {"SS": ["x", "y"]}, "gone": {"S": ""}},
    )
    dax.update_item(
        TableName=TABLE,
        Key=KEY,
        UpdateExpression=(
            "SET #l = list_append(#l, :more), n = n - :one, made = if_not_exists(made, :one) "
            "REMOVE gone ADD hits :one DELETE tags :x"
        ),
        ConditionExpression="n >= :one AND (attribute_not_exists(made) OR size(#l) > :one)",
        ExpressionAttributeNames={"#l": "list"},
        ExpressionAttributeValues={
            ":more": {"L": [{"S": "b"}]},
            ":one": {"N": "1"},
            ":x": {"SS": ["x"]},
        },
    )
    expected = {
        **ITEM,
        "list": {"L": [{"S": "a"}, {"S": "b"}]},
        "tags": {"SS": ["y"]},
        "n": {"N": "0"},
        "made": {"N": "1"},
        "hits": {"N": "1"},
    }
    assert stored(world) == cached(world, dax) == expected


def test_a_delete_takes_the_item_out_of_the_cache(world, dax):
    dax.put_item(TableName=TABLE, Item=ITEM)
    gone = dax.delete_item(TableName=TABLE, Key=KEY, ReturnValues="ALL_OLD")
    assert gone["Attributes"] == ITEM
    assert stored(world) is None
    assert get(dax) is None
    again = dax.delete_item(TableName=TABLE, Key=KEY, ReturnValues="ALL_OLD")
    assert "Attributes" not in again


def test_a_refused_write_leaves_the_cache_alone(world, dax):
    dax.put_item(TableName=TABLE, Item=ITEM)
    with pytest.raises(Exception, match="ConditionalCheckFailed") as error:
        dax.put_item(
            TableName=TABLE,
            Item={**ITEM, "title": {"S": "no"}},
            ConditionExpression="attribute_not_exists(id)",
        )
    assert code_of(error) == "ConditionalCheckFailedException"
    assert cached(world, dax) == ITEM


def test_batches_are_written_through(world, dax):
    dax.put_item(TableName=TABLE, Item=ITEM)
    two = {**ITEM, **key("2")}
    result = dax.batch_write_item(
        RequestItems={TABLE: [{"PutRequest": {"Item": two}}, {"DeleteRequest": {"Key": KEY}}]},
        ReturnConsumedCapacity="TOTAL",
    )
    assert result["UnprocessedItems"] == {}
    assert result["ConsumedCapacity"] == [{"TableName": TABLE, "CapacityUnits": 2.0}]
    assert cached(world, dax, key("2")) == two
    assert get(dax) is None


def test_a_transaction_is_read_back_in_the_background(world, dax):
    dax.put_item(TableName=TABLE, Item=ITEM)
    two = {**ITEM, **key("2")}
    with world.hops() as hops:
        result = dax.transact_write_items(
            TransactItems=[
                {
                    "Update": {
                        "TableName": TABLE,
                        "Key": KEY,
                        "UpdateExpression": "SET #t = :t",
                        "ConditionExpression": "#t = :milk",
                        "ExpressionAttributeNames": {"#t": "title"},
                        "ExpressionAttributeValues": {":t": {"S": "b"}, ":milk": {"S": "milk"}},
                    }
                },
                {"Put": {"TableName": TABLE, "Item": two}},
                {
                    "ConditionCheck": {
                        "TableName": TABLE,
                        "Key": key("3"),
                        "ConditionExpression": "attribute_not_exists(id)",
                    }
                },
            ],
            ReturnConsumedCapacity="TOTAL",
        )
    assert result["ConsumedCapacity"] == [
        {"TableName": TABLE, "CapacityUnits": 6.0, "WriteCapacityUnits": 6.0}
    ]
    assert hops == [
        ("dax:TransactWriteItems", None, 200),
        ("dynamodb:TransactWriteItems", None, 200),
        ("dynamodb:TransactGetItems", None, 200),
    ]
    assert world.reads() == 4.0
    assert cached(world, dax)["title"] == {"S": "b"}
    assert cached(world, dax, key("2")) == two


def test_a_cancelled_transaction_says_why(world, dax):
    with pytest.raises(Exception, match="ConditionalCheckFailed") as error:
        dax.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": TABLE, "Item": ITEM}},
                {
                    "ConditionCheck": {
                        "TableName": TABLE,
                        "Key": key("3"),
                        "ConditionExpression": "attribute_exists(id)",
                    }
                },
            ]
        )
    assert code_of(error) == "TransactionCanceledException"
    assert error.value.cancellation_reasons[3] == "ConditionalCheckFailed"
    assert stored(world) is None


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda dax: dax.get_item(TableName="none", Key=KEY), "ResourceNotFoundException"),
        (
            lambda dax: dax.put_item(TableName=TABLE, Item={**KEY, "x": {"S": "x" * 410_000}}),
            "ValidationException",
        ),
        (
            lambda dax: dax.query(
                TableName=TABLE,
                IndexName="none",
                KeyConditionExpression="id = :x",
                ExpressionAttributeValues={":x": {"S": "1"}},
            ),
            None,
        ),
    ],
)
def test_errors_of_dynamodb_keep_their_code(dax, act, code):
    with pytest.raises(Exception, match="An error occurred") as error:
        act(dax)
    assert code in (None, code_of(error))


def test_the_client_repeats_what_dax_refused(world):
    """amazon-dax-client 2.1.0 retries every error of the client's: twice, unless told not to."""
    from amazondax import AmazonDaxClient

    used = world.credentials()
    with (
        AmazonDaxClient(
            endpoint_url=world.url,
            region_name="us-east-1",
            aws_access_key_id=used.access_key,
            aws_secret_access_key=used.secret_key,
            aws_session_token=used.session_token,
        ) as client,
        world.hops() as hops,
        pytest.raises(Exception, match="ConditionalCheckFailed"),
    ):
        client.delete_item(TableName=TABLE, Key=KEY, ConditionExpression="attribute_exists(id)")
    assert [hop for hop in hops if hop[0] == "dax:DeleteItem"] == [
        ("dax:DeleteItem", None, 400)
    ] * 3


def test_throttling_reaches_the_caller(world, dax, monkeypatch):
    monkeypatch.setattr("archlib.local.latency.SERVICE", {"dynamodb": 0.0})
    world.db.create_table(
        TableName="small",
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    keys = [{"pk": {"S": str(n)}} for n in range(5)]
    with pytest.raises(Exception, match="ProvisionedThroughputExceeded") as error:
        [dax.get_item(TableName="small", Key=key) for key in keys]
    assert code_of(error) == "ProvisionedThroughputExceededException"
    assert dax.get_item(TableName="small", Key={"pk": {"S": "0"}}) == {}


def test_what_the_cloud_cannot_do_is_told_to_the_caller(world, dax, monkeypatch):
    def broken(request):
        raise NotImplementedError("no such thing")

    monkeypatch.setattr(world.service().engine, "serve", broken)
    mark = world.cloud.trace.mark()
    with pytest.raises(Exception, match="NotImplementedError: no such thing") as error:
        get(dax)
    assert code_of(error) == "InternalServerErrorException"
    assert world.cloud.trace.since(mark)[-1].status == 500
