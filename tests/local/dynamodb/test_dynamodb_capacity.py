from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from archlib.errors import Unsupported
from archlib.local.cloud import LocalCloud
from archlib.local.dynamodb import CapacityTotals, DynamoDbPlane

PLANES = ("archlib.local.dynamodb:DynamoDbPlane",)
STRING = {"owner": "S", "id": "S", "when": "S", "tag": "S"}


def key_schema(*names):
    return [
        {"AttributeName": name, "KeyType": kind}
        for name, kind in zip(names, ("HASH", "RANGE"), strict=False)
    ]


@pytest.fixture
def cloud():
    with LocalCloud(planes=PLANES) as cloud:
        yield cloud


@pytest.fixture
def db(cloud):
    client = cloud.client("dynamodb")
    client.create_table(
        TableName="todos",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=key_schema("owner", "id"),
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in STRING.items()
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-tag",
                "KeySchema": key_schema("tag"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "by-when",
                "KeySchema": key_schema("owner", "when"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return client


def item(id="1", owner="ann", size=0, **attributes):
    made = {"owner": {"S": owner}, "id": {"S": id}}
    made.update({name: {"S": value} for name, value in attributes.items()})
    if size:
        from archlib.local.dynamodb.sizes import item_size

        made["body"] = {"S": "x" * (size - item_size(made) - len("body"))}
        assert item_size(made) == size
    return made


def key(id="1", owner="ann"):
    return item(id, owner)


def units(result):
    return result["ConsumedCapacity"]["CapacityUnits"]


def put(db, **options):
    return db.put_item(TableName="todos", Item=item(**options), ReturnConsumedCapacity="TOTAL")


@pytest.mark.parametrize(("size", "cost"), [(100, 1), (1024, 1), (1025, 2), (9 * 1024, 9)])
def test_a_put_costs_a_unit_for_each_kilobyte(db, size, cost):
    assert units(put(db, size=size)) == cost


def test_a_replaced_item_costs_the_larger_of_the_two(db):
    put(db, size=5000)
    assert units(put(db, size=100)) == 5
    assert units(put(db, size=100)) == 1


@pytest.mark.parametrize(
    ("size", "eventual", "strong"), [(100, 0.5, 1), (4096, 0.5, 1), (4097, 1, 2), (10_000, 1.5, 3)]
)
def test_a_get_costs_half_a_unit_for_each_4_kb_or_a_whole_one(db, size, eventual, strong):
    put(db, size=size)
    ask = {"TableName": "todos", "Key": key(), "ReturnConsumedCapacity": "TOTAL"}
    assert units(db.get_item(**ask)) == eventual
    assert units(db.get_item(**ask, ConsistentRead=True)) == strong
    assert units(db.get_item(**ask, ProjectionExpression="id")) == eventual


def test_a_missing_item_costs_as_much_as_a_small_one(db):
    ask = {"TableName": "todos", "Key": key("none"), "ReturnConsumedCapacity": "TOTAL"}
    assert units(db.get_item(**ask)) == 0.5
    assert units(db.get_item(**ask, ConsistentRead=True)) == 1


def test_nothing_is_returned_unless_asked_for_but_the_hop_knows(cloud, db):
    put(db)
    mark = cloud.trace.mark()
    assert "ConsumedCapacity" not in db.get_item(TableName="todos", Key=key(), ConsistentRead=True)
    assert "ConsumedCapacity" not in db.delete_item(TableName="todos", Key=key())
    read, write = cloud.trace.since(mark)
    assert (read.detail["capacity_units"], read.detail["consistent"]) == (1.0, True)
    assert (write.detail["capacity_units"], write.detail["write_units"]) == (1.0, 1.0)


def test_updates_cost_the_larger_size_and_deletes_the_old_one(db):
    put(db, size=3000)
    grown = db.update_item(
        TableName="todos",
        Key=key(),
        UpdateExpression="SET more = :m",
        ExpressionAttributeValues={":m": {"S": "y" * 2000}},
        ReturnConsumedCapacity="TOTAL",
    )
    assert units(grown) == 5
    shrunk = db.update_item(
        TableName="todos",
        Key=key(),
        UpdateExpression="REMOVE more, body",
        ReturnConsumedCapacity="TOTAL",
    )
    assert units(shrunk) == 5
    delete = {"TableName": "todos", "Key": key(), "ReturnConsumedCapacity": "TOTAL"}
    put(db, size=2500)
    assert units(db.delete_item(**delete)) == 3
    assert units(db.delete_item(**delete)) == 1


def test_a_failed_condition_costs_what_the_write_would_have_cost(cloud, db):
    put(db, size=3000)
    mark = cloud.trace.mark()
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        db.put_item(
            TableName="todos",
            Item=item(size=100),
            ConditionExpression="attribute_not_exists(id)",
        )
    (hop,) = cloud.trace.since(mark)
    assert hop.detail["capacity_units"] == 3
    assert (hop.status, hop.error) == (400, "ConditionalCheckFailedException")
    assert cloud.plane(DynamoDbPlane).capacity_of("todos") == CapacityTotals(0, 3 + 3)


def test_an_invalid_request_costs_nothing(cloud, db):
    with pytest.raises(ClientError, match="ValidationException"):
        db.put_item(TableName="todos", Item={"owner": {"S": "a"}})
    assert cloud.plane(DynamoDbPlane).capacity_of("todos") == CapacityTotals(0, 0)


def test_a_query_adds_up_what_it_evaluates_before_it_rounds(db):
    for number in range(10):
        put(db, id=str(number), size=1000, owner="ann")
    ask = {
        "TableName": "todos",
        "KeyConditionExpression": "#o = :o",
        "ExpressionAttributeNames": {"#o": "owner"},
        "ExpressionAttributeValues": {":o": {"S": "ann"}},
        "ReturnConsumedCapacity": "TOTAL",
    }
    assert units(db.query(**ask)) == 1.5
    assert units(db.query(**ask, ConsistentRead=True)) == 3
    narrow = {**ask, "ExpressionAttributeNames": {"#o": "owner", "#b": "body"}}
    values = {":o": {"S": "ann"}, ":none": {"S": "nothing"}}
    filtered = db.query(
        **{**narrow, "ExpressionAttributeValues": values},
        FilterExpression="#b = :none",
    )
    assert (filtered["Count"], filtered["ScannedCount"], units(filtered)) == (0, 10, 1.5)
    assert units(db.query(**ask, ProjectionExpression="id")) == 1.5
    assert units(db.query(**ask, Select="COUNT")) == 1.5
    assert units(db.query(**ask, Limit=4)) == 0.5
    assert units(db.query(**{**ask, "ExpressionAttributeValues": {":o": {"S": "no"}}})) == 0.5


def test_a_scan_is_counted_like_a_query(db):
    for number in range(10):
        put(db, id=str(number), size=1000)
    ask = {"TableName": "todos", "ReturnConsumedCapacity": "TOTAL"}
    assert units(db.scan(**ask)) == 1.5
    none = {"FilterExpression": "id = :n", "ExpressionAttributeValues": {":n": {"S": "-"}}}
    filtered = db.scan(**ask, **none)
    assert (filtered["Count"], units(filtered)) == (0, 1.5)


def test_a_page_that_ends_at_its_limit_has_a_key_to_go_on_from(db):
    for number in range(4):
        put(db, id=str(number))
    ask = {
        "TableName": "todos",
        "KeyConditionExpression": "#o = :o",
        "ExpressionAttributeNames": {"#o": "owner"},
        "ExpressionAttributeValues": {":o": {"S": "ann"}},
        "Limit": 2,
    }
    first = db.query(**ask)
    second = db.query(**ask, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert second["LastEvaluatedKey"] == key("3")
    third = db.query(**ask, ExclusiveStartKey=second["LastEvaluatedKey"])
    assert (third["Count"], "LastEvaluatedKey" in third) == (0, False)


def test_a_megabyte_is_a_page(db):
    for number in range(4):
        put(db, id=str(number), size=300_000)
    page = db.scan(TableName="todos", ReturnConsumedCapacity="TOTAL")
    assert page["Count"] == 3
    assert units(page) == 110.0
    assert page["LastEvaluatedKey"] == key("2")


def test_indexes_are_charged_and_shown(db):
    written = db.put_item(
        TableName="todos", Item=item(tag="a", when="now"), ReturnConsumedCapacity="INDEXES"
    )
    assert written["ConsumedCapacity"] == {
        "TableName": "todos",
        "CapacityUnits": 3.0,
        "Table": {"CapacityUnits": 1.0},
        "LocalSecondaryIndexes": {"by-when": {"CapacityUnits": 1.0}},
        "GlobalSecondaryIndexes": {"by-tag": {"CapacityUnits": 1.0}},
    }
    moved = db.update_item(
        TableName="todos",
        Key=key(),
        UpdateExpression="SET tag = :t",
        ExpressionAttributeValues={":t": {"S": "b"}},
        ReturnConsumedCapacity="INDEXES",
    )
    assert moved["ConsumedCapacity"]["GlobalSecondaryIndexes"] == {"by-tag": {"CapacityUnits": 2.0}}
    found = db.query(
        TableName="todos",
        IndexName="by-tag",
        KeyConditionExpression="tag = :t",
        ExpressionAttributeValues={":t": {"S": "b"}},
        ReturnConsumedCapacity="INDEXES",
    )
    assert found["Count"] == 1
    assert found["ConsumedCapacity"] == {
        "TableName": "todos",
        "CapacityUnits": 0.5,
        "Table": {"CapacityUnits": 0.0},
        "GlobalSecondaryIndexes": {"by-tag": {"CapacityUnits": 0.5}},
    }


def test_batches_round_every_item_up_by_itself(db):
    batch = {"todos": [{"PutRequest": {"Item": item(str(n), size=1500)}} for n in range(3)]}
    written = db.batch_write_item(RequestItems=batch, ReturnConsumedCapacity="TOTAL")
    assert written["ConsumedCapacity"] == [{"TableName": "todos", "CapacityUnits": 6.0}]
    keys = {"todos": {"Keys": [key(str(n)) for n in range(4)]}}
    read = db.batch_get_item(RequestItems=keys, ReturnConsumedCapacity="TOTAL")
    assert read["ConsumedCapacity"] == [{"TableName": "todos", "CapacityUnits": 2.0}]
    assert read["UnprocessedKeys"] == {}
    assert "ConsumedCapacity" not in db.batch_get_item(RequestItems=keys)


def test_a_batch_of_26_writes_is_refused(db):
    batch = {"todos": [{"PutRequest": {"Item": item(str(n))}} for n in range(26)]}
    with pytest.raises(ClientError, match="Too many items"):
        db.batch_write_item(RequestItems=batch)


def test_transactions_cost_double_and_name_their_direction(db):
    written = db.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "todos", "Item": item("1", size=1500)}},
            {"Put": {"TableName": "todos", "Item": item("2")}},
        ],
        ReturnConsumedCapacity="TOTAL",
    )
    assert written["ConsumedCapacity"] == [
        {"TableName": "todos", "CapacityUnits": 6.0, "WriteCapacityUnits": 6.0}
    ]
    read = db.transact_get_items(
        TransactItems=[
            {
                "Get": {
                    "TableName": "todos",
                    "Key": key(n),
                    "ProjectionExpression": "id",
                }
            }
            for n in ("1", "2", "3")
        ],
        ReturnConsumedCapacity="INDEXES",
    )
    assert read["Responses"] == [{"Item": {"id": {"S": "1"}}}, {"Item": {"id": {"S": "2"}}}, {}]
    assert read["ConsumedCapacity"] == [
        {
            "TableName": "todos",
            "CapacityUnits": 6.0,
            "ReadCapacityUnits": 6.0,
            "Table": {"CapacityUnits": 6.0, "ReadCapacityUnits": 6.0},
        }
    ]


def test_a_cancelled_transaction_costs_its_preparation(cloud, db):
    with pytest.raises(ClientError, match="TransactionCanceled"):
        db.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": "todos", "Item": item("1", size=1500)}},
                {
                    "ConditionCheck": {
                        "TableName": "todos",
                        "Key": key("2"),
                        "ConditionExpression": "attribute_exists(id)",
                    }
                },
            ]
        )
    assert cloud.plane(DynamoDbPlane).capacity_of("todos").write == 3
    assert db.scan(TableName="todos")["Count"] == 0


def test_a_token_makes_a_transaction_happen_once_for_ten_minutes(cloud, db):
    add = {
        "TransactItems": [
            {
                "Update": {
                    "TableName": "todos",
                    "Key": key(),
                    "UpdateExpression": "ADD n :one",
                    "ExpressionAttributeValues": {":one": {"N": "1"}},
                }
            }
        ],
        "ClientRequestToken": "token",
        "ReturnConsumedCapacity": "TOTAL",
    }

    def count():
        return db.get_item(TableName="todos", Key=key())["Item"]["n"]["N"]

    db.transact_write_items(**add)
    again = db.transact_write_items(**add)
    assert count() == "1"
    assert again["ConsumedCapacity"][0]["ReadCapacityUnits"] == 2.0
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        db.transact_write_items(
            TransactItems=[{"Put": {"TableName": "todos", "Item": item("9")}}],
            ClientRequestToken="token",
        )
    cloud.clock.advance(minutes=10)
    db.transact_write_items(**add)
    assert count() == "2"


def test_totals_are_kept_per_table_until_it_is_deleted(cloud, db):
    plane = cloud.plane(DynamoDbPlane)
    put(db, size=2000)
    db.get_item(TableName="todos", Key=key())
    assert plane.capacity_of("todos") == CapacityTotals(read=0.5, write=2.0)
    arn = db.describe_table(TableName="todos")["Table"]["TableArn"]
    assert plane.capacity_of(arn) == CapacityTotals(read=0.5, write=2.0)
    cloud.control("dynamodb").get_item(TableName="todos", Key=key())
    cloud.raw("dynamodb").get_item(TableName="todos", Key=key())
    assert plane.capacity_of("todos").read == 0.5
    db.delete_table(TableName="todos")
    assert plane.capacity_of("todos") == CapacityTotals()


def test_an_item_above_400_kb_is_refused(db):
    with pytest.raises(ClientError, match="Item size has exceeded the maximum allowed size"):
        put(db, size=400 * 1024 + 1)


def test_partiql_does_not_pretend_to_know_its_capacity(cloud, db):
    put(db)
    statement = "SELECT * FROM todos WHERE owner = 'ann' AND id = '1'"
    with pytest.raises(Unsupported, match="ReturnConsumedCapacity"):
        db.execute_statement(Statement=statement, ReturnConsumedCapacity="TOTAL")
    assert len(db.execute_statement(Statement=statement)["Items"]) == 1


def test_partiql_however_it_is_written(db):
    put(db)
    for text in ("SELECT * FROM todos WHERE owner='ann' AND id='1'",
                 """SELECT * FROM "todos" WHERE owner = 'ann' AND id='1'"""):  # fmt: skip
        assert len(db.execute_statement(Statement=text)["Items"]) == 1
        (answer,) = db.batch_execute_statement(Statements=[{"Statement": text}])["Responses"]
        assert answer["Item"]["owner"] == {"S": "ann"}
    with pytest.raises(Unsupported, match="cannot evaluate this PartiQL"):
        db.execute_statement(Statement="nonsense")


def test_binary_and_nested_values_are_weighed_as_they_are_stored(db):
    heavy = {**key(), "b": {"B": b"\x00" * 3000}, "m": {"M": {"l": {"L": [{"B": b"\x00" * 3000}]}}}}
    assert units(
        db.put_item(TableName="todos", Item=heavy, ReturnConsumedCapacity="TOTAL")
    ) == pytest.approx(6)
    ask = {"TableName": "todos", "Key": key(), "ReturnConsumedCapacity": "TOTAL"}
    got = db.get_item(**ask, ConsistentRead=True)
    assert got["Item"] == heavy
    assert units(got) == 2


def test_an_unknown_table_is_refused_by_name(db):
    for ask in (
        lambda: db.get_item(TableName="none", Key=key()),
        lambda: db.put_item(TableName="none", Item=item()),
        lambda: db.batch_get_item(RequestItems={"none": {"Keys": [key()]}}),
    ):
        with pytest.raises(db.exceptions.ResourceNotFoundException):
            ask()
