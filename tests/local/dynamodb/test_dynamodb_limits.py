from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError

from archlib.local.cloud import LocalCloud
from archlib.local.dynamodb import DynamoDbPlane
from archlib.local.dynamodb.expiry import DELETION_DELAY

PLANES = ("archlib.local.kms:KmsPlane", "archlib.local.dynamodb:DynamoDbPlane")
KEYS = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
}


@pytest.fixture
def cloud():
    with LocalCloud(planes=PLANES) as cloud:
        yield cloud


@pytest.fixture
def db(cloud):
    return cloud.client("dynamodb")


def provisioned(db, read, write, **more):
    throughput = {"ReadCapacityUnits": read, "WriteCapacityUnits": write}
    db.create_table(TableName="t", ProvisionedThroughput=throughput, **KEYS, **more)


def put(db, pk="1", size=0):
    return db.put_item(TableName="t", Item={"pk": {"S": pk}, "b": {"S": "x" * size}})


def until_refused(action, limit=10_000):
    for count in range(limit):
        try:
            action()
        except ClientError as error:
            return count, error.response["Error"]
    raise AssertionError(f"not refused in {limit} calls")


@pytest.fixture
def instant(monkeypatch):
    """Calls take no virtual time, so that the buckets are seen alone."""
    monkeypatch.setattr("archlib.local.latency.SERVICE", {"dynamodb": 0.0})


def test_provisioned_units_are_given_each_second(cloud, db, instant):
    provisioned(db, 5, 5)
    count, error = until_refused(lambda: put(db))
    assert count == 5
    assert error["Code"] == "ProvisionedThroughputExceededException"
    assert error["Message"].startswith("The level of configured provisioned throughput")
    assert db.get_item(TableName="t", Key={"pk": {"S": "1"}})["Item"]
    cloud.clock.advance(seconds=1)
    assert until_refused(lambda: put(db))[0] == 5


def test_a_refused_write_changes_and_costs_nothing(cloud, db, instant):
    provisioned(db, 5, 1)
    put(db, "1")
    with pytest.raises(db.exceptions.ProvisionedThroughputExceededException):
        put(db, "2")
    assert db.scan(TableName="t")["Count"] == 1
    assert cloud.plane(DynamoDbPlane).capacity_of("t").write == 1


def test_unused_units_are_kept_for_300_seconds(cloud, db, instant):
    provisioned(db, 5, 2)
    cloud.clock.advance(hours=1)
    assert until_refused(lambda: put(db))[0] == 600


def test_a_big_write_leaves_the_bucket_in_debt(cloud, db, instant):
    provisioned(db, 5, 2)
    put(db, size=10_000)
    cloud.clock.advance(seconds=3)
    with pytest.raises(ClientError):
        put(db)
    cloud.clock.advance(seconds=2)
    put(db)


def test_reads_and_writes_have_buckets_of_their_own(cloud, db, instant):
    provisioned(db, 2, 1)
    key = {"TableName": "t", "Key": {"pk": {"S": "1"}}}
    assert until_refused(lambda: db.get_item(**key))[0] == 4
    put(db)
    with pytest.raises(db.exceptions.ProvisionedThroughputExceededException):
        db.scan(TableName="t")


def test_a_starved_index_throttles_the_table(cloud, db, instant):
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "tag")]
    db.create_table(
        TableName="t",
        KeySchema=KEYS["KeySchema"],
        AttributeDefinitions=attributes,
        ProvisionedThroughput={"ReadCapacityUnits": 100, "WriteCapacityUnits": 100},
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-tag",
                "KeySchema": [{"AttributeName": "tag", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 3},
            }
        ],
    )
    numbers = iter(range(1000))

    def tagged():
        db.put_item(TableName="t", Item={"pk": {"S": str(next(numbers))}, "tag": {"S": "a"}})

    count, error = until_refused(tagged)
    assert count == 3
    assert "global secondary indexes" in error["Message"]

    def search():
        db.query(
            TableName="t",
            IndexName="by-tag",
            KeyConditionExpression="tag = :t",
            ExpressionAttributeValues={":t": {"S": "a"}},
        )

    assert until_refused(search)[0] == 2
    assert db.get_item(TableName="t", Key={"pk": {"S": "0"}})["Item"]


def test_a_batch_gives_back_what_it_could_not_take(cloud, db, instant):
    provisioned(db, 1, 3)
    puts = [{"PutRequest": {"Item": {"pk": {"S": str(n)}}}} for n in range(5)]
    left = db.batch_write_item(RequestItems={"t": puts})["UnprocessedItems"]
    assert left == {"t": puts[3:]}
    with pytest.raises(db.exceptions.ProvisionedThroughputExceededException):
        db.batch_write_item(RequestItems=left)
    keys = [{"pk": {"S": str(n)}} for n in range(3)]
    read = db.batch_get_item(RequestItems={"t": {"Keys": keys}})
    assert len(read["Responses"]["t"]) == 2
    assert read["UnprocessedKeys"] == {"t": {"Keys": keys[2:]}}


def test_on_demand_takes_4000_writes_a_second_and_twice_the_previous_peak(cloud, db, instant):
    db.create_table(TableName="t", BillingMode="PAY_PER_REQUEST", **KEYS)

    def write(units):
        put(db, size=units * 1024 - 5)

    for _ in range(10):
        write(300)
    cloud.clock.advance(seconds=1)
    count, error = until_refused(lambda: write(300))
    assert count == 14
    assert error["Code"] == "ThrottlingException"
    cloud.clock.advance(minutes=31)
    assert until_refused(lambda: write(300))[0] == 28


def test_an_on_demand_maximum_is_a_ceiling(cloud, db, instant):
    db.create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        OnDemandThroughput={"MaxReadRequestUnits": 100, "MaxWriteRequestUnits": 7},
        **KEYS,
    )
    count, error = until_refused(lambda: put(db))
    assert (count, error["Code"]) == (7, "ThrottlingException")
    assert "maximum OnDemandThroughput" in error["Message"]
    db.update_table(
        TableName="t", OnDemandThroughput={"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": 9}
    )
    cloud.clock.advance(seconds=1)
    assert until_refused(lambda: put(db))[0] == 9


def test_switching_to_on_demand_lifts_the_limit(cloud, db, instant):
    provisioned(db, 1, 1)
    until_refused(lambda: put(db))
    described = db.update_table(TableName="t", BillingMode="PAY_PER_REQUEST")["TableDescription"]
    assert described["BillingModeSummary"] == {
        "BillingMode": "PAY_PER_REQUEST",
        "LastUpdateToPayPerRequestDateTime": cloud.clock.now(),
    }
    assert described["ProvisionedThroughput"]["WriteCapacityUnits"] == 0
    for _ in range(50):
        put(db)
    with pytest.raises(ClientError, match="ProvisionedThroughput must be specified"):
        db.update_table(TableName="t", BillingMode="PROVISIONED")


def test_a_throttled_call_does_not_wait_in_real_time(cloud, db, instant):
    provisioned(db, 1, 1)
    began = time.perf_counter()
    until_refused(lambda: put(db))
    assert time.perf_counter() - began < 1


def ttl_table(db):
    db.create_table(TableName="t", BillingMode="PAY_PER_REQUEST", **KEYS)
    spec = {"Enabled": True, "AttributeName": "expires"}
    db.update_time_to_live(TableName="t", TimeToLiveSpecification=spec)


def expiring(db, pk, expires):
    db.put_item(TableName="t", Item={"pk": {"S": pk}, "expires": expires})


def present(db):
    return sorted(item["pk"]["S"] for item in db.scan(TableName="t")["Items"])


def test_expired_items_go_away_some_time_after_their_expiry(cloud, db):
    ttl_table(db)
    soon = int(cloud.clock.time()) + 3600
    expiring(db, "soon", {"N": str(soon)})
    expiring(db, "later", {"N": str(soon + 86400)})
    expiring(db, "text", {"S": str(soon)})
    expiring(db, "ancient", {"N": "1000"})
    cloud.clock.advance(hours=2)
    assert present(db) == ["ancient", "later", "soon", "text"]
    written = cloud.plane(DynamoDbPlane).capacity_of("t").write
    cloud.clock.advance(seconds=DELETION_DELAY)
    assert present(db) == ["ancient", "later", "text"]
    cloud.clock.advance(days=30)
    assert present(db) == ["ancient", "text"]
    assert cloud.plane(DynamoDbPlane).capacity_of("t").write == written


def test_an_expiry_that_moved_is_respected(cloud, db):
    ttl_table(db)
    now = int(cloud.clock.time())
    expiring(db, "kept", {"N": str(now + 60)})
    db.update_item(
        TableName="t",
        Key={"pk": {"S": "kept"}},
        UpdateExpression="SET expires = :e",
        ExpressionAttributeValues={":e": {"N": str(now + 10 * 86400)}},
    )
    cloud.clock.advance(days=5)
    assert present(db) == ["kept"]
    cloud.clock.advance(days=8)
    assert present(db) == []


def test_enabling_ttl_catches_items_that_are_there_already(cloud, db):
    db.create_table(TableName="t", BillingMode="PAY_PER_REQUEST", **KEYS)
    expiring(db, "old", {"N": str(int(cloud.clock.time()) + 5)})
    cloud.clock.advance(days=5)
    assert present(db) == ["old"]
    spec = {"Enabled": True, "AttributeName": "expires"}
    db.update_time_to_live(TableName="t", TimeToLiveSpecification=spec)
    cloud.clock.advance(seconds=1)
    assert present(db) == []
    described = db.describe_time_to_live(TableName="t")["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}


def test_table_properties_survive(db):
    db.create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        TableClass="STANDARD_INFREQUENT_ACCESS",
        DeletionProtectionEnabled=True,
        SSESpecification={"Enabled": True, "SSEType": "KMS"},
        **KEYS,
    )
    described = db.describe_table(TableName="t")["Table"]
    assert described["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert described["DeletionProtectionEnabled"] is True
    assert described["SSEDescription"]["Status"] == "ENABLED"
    assert "GlobalSecondaryIndexes" not in described
    with pytest.raises(ClientError, match="DeletionProtectionEnabled"):
        db.delete_table(TableName="t")
    db.update_table(TableName="t", DeletionProtectionEnabled=False, TableClass="STANDARD")
    described = db.describe_table(TableName="t")["Table"]
    assert described["TableClassSummary"]["TableClass"] == "STANDARD"
    spec = {"PointInTimeRecoveryEnabled": True}
    db.update_continuous_backups(TableName="t", PointInTimeRecoverySpecification=spec)
    recovery = db.describe_continuous_backups(TableName="t")["ContinuousBackupsDescription"]
    assert recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    db.update_contributor_insights(TableName="t", ContributorInsightsAction="ENABLE")
    insights = db.describe_contributor_insights(TableName="t")
    assert insights["ContributorInsightsStatus"] == "ENABLED"
    db.delete_table(TableName="t")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        db.describe_contributor_insights(TableName="t")
