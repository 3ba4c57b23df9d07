from __future__ import annotations

import pytest

TABLE = "todos"
KEY = {"owner": {"S": "ann"}, "id": {"S": "1"}}
ITEM = {
    **KEY,
    "title": {"S": "milk"},
    "count": {"N": "12.5"},
    "tags": {"SS": ["a", "b"]},
    "blob": {"B": b"\x00\x01"},
    "nested": {"M": {"list": {"L": [{"N": "1"}, {"BOOL": True}, {"NULL": True}]}}},
}
HIT = ("dax:GetItem", "hit", 200)
MISS = [("dax:GetItem", "miss", 200), ("dynamodb:GetItem", None, 200)]


def key(id, owner="ann"):
    return {"owner": {"S": owner}, "id": {"S": id}}


def get(dax, key=KEY, **more):
    return dax.get_item(TableName=TABLE, Key=key, **more)


def query(dax, **more):
    return dax.query(
        TableName=TABLE,
        KeyConditionExpression="#o = :o",
        ExpressionAttributeNames={"#o": "owner"},
        ExpressionAttributeValues={":o": {"S": "ann"}},
        **more,
    )


def ids(page):
    return [item["id"]["S"] for item in page["Items"]]


def test_the_second_read_is_served_by_the_item_cache(world, dax):
    world.db.put_item(TableName=TABLE, Item=ITEM)
    with world.hops() as hops:
        first, second = get(dax), get(dax)
    assert first == second == {"Item": ITEM}
    assert hops == [*MISS, HIT]
    assert world.reads() == 0.5


def test_hops_name_the_caller_the_cluster_and_the_table(world, dax):
    mark = world.cloud.trace.mark()
    get(dax)
    hops = world.cloud.trace.since(mark)
    read, below = [hop for hop in hops if hop.action.endswith("GetItem")]
    assert read.source == "arn:aws:lambda:us-east-1:123456789012:function:reader"
    assert read.target == below.source == world.arn
    assert below.target == "arn:aws:dynamodb:us-east-1:123456789012:table/todos"
    assert below.parent == read.number
    assert "assumed-role/reader-role/" in read.principal
    assert "assumed-role/cache-role/" in below.principal
    assert read.detail["cache_misses"] == 1
    assert read.duration > below.duration


def test_an_item_that_is_not_there_is_cached_too(world, dax):
    with world.hops() as hops:
        assert get(dax) == get(dax) == {}
    assert hops == [*MISS, HIT]
    world.db.put_item(TableName=TABLE, Item=ITEM)
    assert get(dax) == {}
    world.cloud.clock.advance(minutes=5)
    assert get(dax) == {"Item": ITEM}


def test_items_leave_after_the_record_ttl(world, dax):
    world.db.put_item(TableName=TABLE, Item=ITEM)
    get(dax)
    world.cloud.clock.advance(minutes=4, seconds=59)
    with world.hops() as hops:
        get(dax)
    assert hops == [HIT]
    world.cloud.clock.advance(seconds=1)
    with world.hops() as hops:
        get(dax)
    assert hops == MISS


def test_the_ttl_is_the_parameter_groups(world, dax):
    world.ttl(record=1000)
    get(dax)
    world.cloud.clock.advance(seconds=1)
    with world.hops() as hops:
        get(dax)
    assert hops == MISS


def test_a_record_ttl_of_zero_keeps_items_for_good(world, dax):
    world.ttl(record=0)
    get(dax)
    world.cloud.clock.advance(minutes=30)
    with world.hops() as hops:
        get(dax)
    assert hops == [HIT]


def test_strong_reads_pass_through_and_leave_nothing(world, dax):
    world.db.put_item(TableName=TABLE, Item=ITEM)
    with world.hops() as hops:
        got = get(dax, ConsistentRead=True, ReturnConsumedCapacity="TOTAL")
    assert got["ConsumedCapacity"] == {"TableName": TABLE, "CapacityUnits": 1.0}
    assert hops == [("dax:GetItem", "bypass", 200), ("dynamodb:GetItem", None, 200)]
    with world.hops() as hops:
        get(dax)
    assert hops == MISS


def test_capacity_is_returned_for_misses_only(world, dax):
    world.db.put_item(TableName=TABLE, Item=ITEM)
    first = get(dax, ReturnConsumedCapacity="INDEXES")
    assert first["ConsumedCapacity"] == {
        "TableName": TABLE,
        "CapacityUnits": 0.5,
        "Table": {"CapacityUnits": 0.5},
    }
    assert "ConsumedCapacity" not in get(dax, ReturnConsumedCapacity="TOTAL")


def test_projections_are_answered_from_the_whole_item(world, dax):
    world.db.put_item(TableName=TABLE, Item=ITEM)
    names = {"#n": "nested"}
    want = "id, #n.#l[1], title, absent"
    expected = {
        "id": {"S": "1"},
        "title": {"S": "milk"},
        "nested": {"M": {"list": {"L": [{"BOOL": True}]}}},
    }
    ask = {"ProjectionExpression": want, "ExpressionAttributeNames": {**names, "#l": "list"}}
    assert get(dax, **ask) == {"Item": expected}
    with world.hops() as hops:
        assert get(dax, **ask) == {"Item": expected}
        assert get(dax) == {"Item": ITEM}
        assert get(dax, AttributesToGet=["title"]) == {"Item": {"title": {"S": "milk"}}}
    assert hops == [HIT] * 3


def test_queries_are_cached_by_all_their_parameters(world, dax):
    for id in "123":
        world.db.put_item(TableName=TABLE, Item={**ITEM, **key(id)})
    with world.hops() as hops:
        assert ids(query(dax)) == ids(query(dax)) == ["1", "2", "3"]
        assert ids(query(dax, ScanIndexForward=False)) == ["3", "2", "1"]
        assert query(dax, Select="COUNT")["Count"] == 3
    assert [cache for action, cache, _ in hops if action == "dax:Query"] == [
        "miss",
        "hit",
        "miss",
        "miss",
    ]
    assert query(dax)["Items"][0] == ITEM


def test_pages_go_on_where_they_ended(world, dax):
    for id in "12345":
        world.db.put_item(TableName=TABLE, Item={**ITEM, **key(id)})
    first = query(dax, Limit=2)
    assert first["LastEvaluatedKey"] == key("2")
    second = query(dax, Limit=2, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert (ids(first), ids(second)) == (["1", "2"], ["3", "4"])
    third = query(dax, Limit=2, ExclusiveStartKey=second["LastEvaluatedKey"])
    assert ids(third) == ["5"]
    assert "LastEvaluatedKey" not in third


def test_filters_and_projections_work_on_queries_and_scans(world, dax):
    for id in "123":
        world.db.put_item(TableName=TABLE, Item={**ITEM, **key(id), "title": {"S": f"t{id}"}})
    page = dax.query(
        TableName=TABLE,
        KeyConditionExpression="#o = :o AND id BETWEEN :a AND :b",
        FilterExpression="title <> :t",
        ProjectionExpression="id, title",
        ExpressionAttributeNames={"#o": "owner"},
        ExpressionAttributeValues={
            ":o": {"S": "ann"},
            ":a": {"S": "1"},
            ":b": {"S": "3"},
            ":t": {"S": "t2"},
        },
    )
    assert page["Items"] == [
        {"id": {"S": "1"}, "title": {"S": "t1"}},
        {"id": {"S": "3"}, "title": {"S": "t3"}},
    ]
    assert (page["Count"], page["ScannedCount"]) == (2, 3)
    found = dax.scan(
        TableName=TABLE,
        FilterExpression="id IN (:a, :b)",
        ExpressionAttributeValues={":a": {"S": "1"}, ":b": {"S": "3"}},
    )
    assert ids(found) == ["1", "3"]
    with world.hops() as hops:
        dax.scan(
            TableName=TABLE,
            FilterExpression="id IN (:a, :b)",
            ExpressionAttributeValues={":a": {"S": "1"}, ":b": {"S": "3"}},
        )
    assert hops == [("dax:Scan", "hit", 200)]


def test_a_query_on_an_index_pages_with_a_compound_key(world, dax):
    world.table(
        "indexed",
        key=(("pk", "S"),),
        attributes=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "tag")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-tag",
                "KeySchema": [{"AttributeName": "tag", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    for pk in "12":
        world.db.put_item(TableName="indexed", Item={"pk": {"S": pk}, "tag": {"S": "a"}})
    ask = {
        "TableName": "indexed",
        "IndexName": "by-tag",
        "KeyConditionExpression": "tag = :t",
        "ExpressionAttributeValues": {":t": {"S": "a"}},
        "Limit": 1,
    }
    first = dax.query(**ask, ReturnConsumedCapacity="INDEXES")
    assert first["LastEvaluatedKey"] == {"pk": {"S": "1"}, "tag": {"S": "a"}}
    assert first["ConsumedCapacity"]["GlobalSecondaryIndexes"] == {"by-tag": {"CapacityUnits": 0.5}}
    second = dax.query(**ask, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert second["Items"] == [{"pk": {"S": "2"}, "tag": {"S": "a"}}]


def test_queries_leave_after_the_query_ttl_and_writes_do_not_touch_them(world, dax):
    world.ttl(query=60_000)
    dax.put_item(TableName=TABLE, Item=ITEM)
    assert ids(query(dax)) == ["1"]
    dax.put_item(TableName=TABLE, Item={**ITEM, **key("2")})
    assert ids(query(dax)) == ["1"]
    assert ids(query(dax, ConsistentRead=True)) == ["1", "2"]
    assert ids(query(dax)) == ["1"]
    world.cloud.clock.advance(seconds=60)
    assert ids(query(dax)) == ["1", "2"]


def test_a_query_ttl_of_zero_caches_no_query(world, dax):
    world.ttl(query=0)
    with world.hops() as hops:
        query(dax), query(dax)
    assert [cache for action, cache, _ in hops if action == "dax:Query"] == ["miss", "miss"]


def test_a_batch_fetches_only_what_is_missing(world, dax):
    for id in "123":
        world.db.put_item(TableName=TABLE, Item={**ITEM, **key(id)})
    get(dax)
    keys = [key(id) for id in ("1", "2", "none")]
    mark = world.cloud.trace.mark()
    got = dax.batch_get_item(RequestItems={TABLE: {"Keys": keys}}, ReturnConsumedCapacity="TOTAL")
    assert sorted(i["id"]["S"] for i in got["Responses"][TABLE]) == ["1", "2"]
    assert got["ConsumedCapacity"] == [{"TableName": TABLE, "CapacityUnits": 1.0}]
    hop = next(h for h in world.cloud.trace.since(mark) if h.action == "dax:BatchGetItem")
    assert (hop.cache, hop.detail["cache_hits"], hop.detail["cache_misses"]) == ("miss", 1, 2)
    with world.hops() as hops:
        again = dax.batch_get_item(
            RequestItems={TABLE: {"Keys": keys}}, ReturnConsumedCapacity="TOTAL"
        )
    assert hops == [("dax:BatchGetItem", "hit", 200)]
    assert again["ConsumedCapacity"] == [{"TableName": TABLE, "CapacityUnits": 0.0}]
    projected = dax.batch_get_item(
        RequestItems={TABLE: {"Keys": keys[:1], "ProjectionExpression": "title"}}
    )
    assert projected["Responses"] == {TABLE: [{"title": {"S": "milk"}}]}
    with world.hops() as hops:
        dax.batch_get_item(RequestItems={TABLE: {"Keys": keys, "ConsistentRead": True}})
    assert hops[0] == ("dax:BatchGetItem", "bypass", 200)


def test_transactional_reads_pass_through(world, dax):
    world.db.put_item(TableName=TABLE, Item=ITEM)
    gets = [
        {"Get": {"TableName": TABLE, "Key": KEY}},
        {"Get": {"TableName": TABLE, "Key": key("none")}},
    ]
    with world.hops() as hops:
        got = dax.transact_get_items(TransactItems=gets, ReturnConsumedCapacity="TOTAL")
    assert got["Responses"] == [{"Item": ITEM}, {}]
    assert got["ConsumedCapacity"] == [
        {"TableName": TABLE, "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}
    ]
    assert hops == [
        ("dax:TransactGetItems", "bypass", 200),
        ("dynamodb:TransactGetItems", None, 200),
    ]
    with world.hops() as hops:
        get(dax)
    assert hops == MISS


@pytest.mark.parametrize(
    ("schema", "item"),
    [
        ((("pk", "N"),), {"pk": {"N": "7"}}),
        ((("pk", "B"),), {"pk": {"B": b"\x01"}}),
        ((("pk", "N"), ("sk", "N")), {"pk": {"N": "7"}, "sk": {"N": "-1.5"}}),
        ((("pk", "S"), ("sk", "B")), {"pk": {"S": "a"}, "sk": {"B": b"\x01"}}),
    ],
)
def test_keys_of_every_type(world, dax, schema, item):
    world.table("typed", key=schema)
    dax.put_item(TableName="typed", Item={**item, "x": {"N": "1"}})
    assert world.db.get_item(TableName="typed", Key=item)["Item"]["x"] == {"N": "1"}
    assert dax.get_item(TableName="typed", Key=item)["Item"] == {**item, "x": {"N": "1"}}
    assert dax.scan(TableName="typed")["Items"] == [{**item, "x": {"N": "1"}}]


def test_the_resource_interface_of_the_client(world):
    from amazondax import AmazonDaxClient

    used = world.credentials()
    resource = AmazonDaxClient.resource(
        endpoint_url=world.url,
        region_name="us-east-1",
        aws_access_key_id=used.access_key,
        aws_secret_access_key=used.secret_key,
        aws_session_token=used.session_token,
    )
    with resource:
        from boto3.dynamodb.conditions import Key

        table = resource.Table(TABLE)
        table.put_item(Item={"owner": "ann", "id": "1", "n": 5})
        assert table.get_item(Key={"owner": "ann", "id": "1"})["Item"]["n"] == 5
        found = table.query(KeyConditionExpression=Key("owner").eq("ann") & Key("id").gt("0"))
        assert found["Items"] == [{"owner": "ann", "id": "1", "n": 5}]


def test_large_items_survive(world, dax):
    big = {**KEY, "body": {"S": "x" * 300_000}, "blob": {"B": b"\x07" * 50_000}}
    dax.put_item(TableName=TABLE, Item=big)
    assert get(dax) == {"Item": big}
    assert get(dax, ConsistentRead=True) == {"Item": big}
