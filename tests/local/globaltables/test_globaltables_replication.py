"""Global tables: replicas, replication on the virtual clock, conflicts, costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from archlib.errors import Unsupported, UsageError
from archlib.local import LocalCloud
from archlib.local.dynamodb import DynamoDbPlane
from archlib.local.globaltables import GlobalTablesPlane

PLANES = ("archlib.local.iam:IamEnforcement", "archlib.local.dynamodb:DynamoDbPlane",
          "archlib.local.globaltables:GlobalTablesPlane")  # fmt: skip
HERE, THERE, FAR = "us-east-1", "eu-west-1", "ap-northeast-1"


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=PLANES) as cloud:
        yield cloud


def client(cloud: LocalCloud, region: str = HERE) -> Any:
    return cloud.client("dynamodb", region=region)


def make(cloud: LocalCloud, **more: Any) -> None:
    params = {
        "TableName": "Posts",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    }
    client(cloud).create_table(**{k: v for k, v in {**params, **more}.items() if v is not None})


def add(cloud: LocalCloud, target: str = THERE, region: str = HERE, **more: Any) -> Any:
    updates = [{"Create": {"RegionName": target, **more}}]
    return client(cloud, region).update_table(TableName="Posts", ReplicaUpdates=updates)


@pytest.fixture
def table(cloud: LocalCloud) -> LocalCloud:
    make(cloud)
    add(cloud)
    return cloud


def put(cloud: LocalCloud, region: str, key: str = "1", **values: str) -> None:
    item = {"id": {"S": key}, **{name: {"S": text} for name, text in values.items()}}
    client(cloud, region).put_item(TableName="Posts", Item=item)


def get(cloud: LocalCloud, region: str, key: str = "1", strong: bool = False) -> dict[str, str]:
    answer = client(cloud, region).get_item(
        TableName="Posts", Key={"id": {"S": key}}, ConsistentRead=strong
    )
    return {name: value["S"] for name, value in answer.get("Item", {}).items()}


def refusal(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**params)
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    return str(error["Message"])


def hops(cloud: LocalCloud) -> list[Any]:
    return [hop for hop in cloud.trace.hops if hop.action == "dynamodb:Replicate"]


# -- data ------------------------------------------------------------------------------------------


def test_a_write_arrives_after_the_lag_and_not_before(table: LocalCloud) -> None:
    put(table, HERE, text="hello")
    assert get(table, HERE) == {"id": "1", "text": "hello"}
    table.clock.advance(seconds=0.9)
    assert get(table, THERE) == {}
    assert get(table, THERE, strong=True) == {}
    table.clock.advance(seconds=0.1)
    assert get(table, THERE) == {"id": "1", "text": "hello"}


def test_replication_is_a_hop_between_the_tables(table: LocalCloud) -> None:
    put(table, HERE)
    table.clock.advance(seconds=1)
    (hop,) = hops(table)
    assert hop.source == "arn:aws:dynamodb:us-east-1:123456789012:table/Posts"
    assert hop.target == "arn:aws:dynamodb:eu-west-1:123456789012:table/Posts"
    assert hop.parent is None
    assert hop.detail["lag"] == pytest.approx(1)
    assert hop.detail["applied"] is True


def test_updates_and_deletes_arrive_once_and_do_not_come_back(table: LocalCloud) -> None:
    client(table, THERE).update_item(
        TableName="Posts",
        Key={"id": {"S": "1"}},
        UpdateExpression="SET likes = :n",
        ExpressionAttributeValues={":n": {"S": "5"}},
    )
    table.clock.advance(seconds=10)
    assert get(table, HERE) == {"id": "1", "likes": "5"}
    client(table, HERE).delete_item(TableName="Posts", Key={"id": {"S": "1"}})
    table.clock.advance(seconds=10)
    assert get(table, THERE) == {}
    assert [hop.source.split(":")[3] for hop in hops(table)] == [THERE, HERE]


def test_the_last_writer_wins_everywhere(table: LocalCloud) -> None:
    put(table, HERE, by="first")
    table.clock.advance(seconds=0.5)
    put(table, THERE, by="second")
    assert get(table, HERE)["by"] == "first"
    table.clock.advance(seconds=5)
    assert get(table, HERE)["by"] == get(table, THERE)["by"] == "second"
    assert sorted(hop.detail["applied"] for hop in hops(table)) == [False, True]


def test_a_late_older_write_does_not_resurrect_a_deleted_item(table: LocalCloud) -> None:
    table.plane(GlobalTablesPlane).set_lag(HERE, THERE, 60)
    put(table, HERE, by="slow")
    table.clock.advance(seconds=1)
    client(table, THERE).delete_item(TableName="Posts", Key={"id": {"S": "1"}})
    put(table, THERE, by="new")
    client(table, THERE).delete_item(TableName="Posts", Key={"id": {"S": "1"}})
    table.clock.advance(seconds=100)
    assert get(table, HERE) == get(table, THERE) == {}


def test_conditions_see_the_regions_own_version(table: LocalCloud) -> None:
    put(table, HERE, by="here")
    absent = {"ConditionExpression": "attribute_not_exists(id)"}
    item = {"id": {"S": "1"}, "by": {"S": "there"}}
    client(table, THERE).put_item(TableName="Posts", Item=item, **absent)
    table.clock.advance(seconds=5)
    assert get(table, HERE)["by"] == get(table, THERE)["by"] == "there"
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        client(table, HERE).put_item(TableName="Posts", Item=item, **absent)


def test_a_cancelled_transaction_replicates_nothing(table: LocalCloud) -> None:
    put(table, HERE, key="taken")
    table.clock.advance(seconds=5)
    before = len(hops(table))
    new = {"Put": {"TableName": "Posts", "Item": {"id": {"S": "new"}}}}
    blocked = {
        "Put": {
            "TableName": "Posts",
            "Item": {"id": {"S": "taken"}},
            "ConditionExpression": "attribute_not_exists(id)",
        }
    }
    with pytest.raises(ClientError, match="TransactionCanceled"):
        client(table).transact_write_items(TransactItems=[new, blocked])
    table.clock.advance(seconds=5)
    assert get(table, THERE, key="new") == {}
    assert len(hops(table)) == before
    other = {"Put": {"TableName": "Posts", "Item": {"id": {"S": "other"}}}}
    client(table).transact_write_items(TransactItems=[new, other])
    table.clock.advance(seconds=5)
    assert get(table, THERE, key="new")
    assert get(table, THERE, key="other")
    assert len(hops(table)) == before + 2


def test_batches_and_partiql_replicate(table: LocalCloud) -> None:
    requests = [{"PutRequest": {"Item": {"id": {"S": str(n)}}}} for n in range(3)]
    client(table).batch_write_item(RequestItems={"Posts": requests})
    client(table).execute_statement(Statement="INSERT INTO Posts VALUE {'id': 'sql'}")
    table.clock.advance(seconds=2)
    assert client(table, THERE).scan(TableName="Posts")["Count"] == 4


def test_the_lag_of_one_direction_can_be_changed(table: LocalCloud) -> None:
    plane = table.plane(GlobalTablesPlane)
    plane.set_lag(HERE, THERE, 30)
    put(table, HERE, key="slow")
    put(table, THERE, key="quick")
    table.clock.advance(seconds=2)
    assert get(table, HERE, key="quick")
    assert not get(table, THERE, key="slow")
    table.clock.advance(seconds=28)
    assert get(table, THERE, key="slow")
    with pytest.raises(UsageError):
        plane.set_lag(HERE, THERE, -1)


def test_no_attributes_are_added_and_the_replicas_stream_has_the_write(table: LocalCloud) -> None:
    put(table, HERE, text="x")
    table.clock.advance(seconds=1)
    assert get(table, THERE) == {"id": "1", "text": "x"}
    streams = table.client("dynamodbstreams", region=THERE)
    arn = client(table, THERE).describe_table(TableName="Posts")["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    (record,) = streams.get_records(ShardIterator=iterator)["Records"]
    assert record["eventName"] == "INSERT"
    assert record["dynamodb"]["NewImage"] == {"id": {"S": "1"}, "text": {"S": "x"}}


def test_deletions_by_ttl_replicate_and_cost_only_the_replica(table: LocalCloud) -> None:
    client(table, THERE).update_time_to_live(
        TableName="Posts", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"}
    )
    ttl = client(table, HERE).describe_time_to_live(TableName="Posts")["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ends"}
    ends = int(table.clock.time()) + 60
    item = {"id": {"S": "1"}, "ends": {"N": str(ends)}}
    client(table).put_item(TableName="Posts", Item=item)
    table.clock.advance(seconds=2)
    before = table.plane(DynamoDbPlane).capacity_of("Posts").write
    table.clock.advance(days=3)
    for region in (HERE, THERE):
        assert client(table, region).scan(TableName="Posts")["Count"] == 0
    assert table.plane(DynamoDbPlane).capacity_of("Posts").write == before


def test_replicated_writes_consume_write_units_in_the_replica(table: LocalCloud) -> None:
    put(table, HERE, text="x" * 2500)
    table.clock.advance(seconds=1)
    assert table.plane(GlobalTablesPlane).replicated_units("Posts", region=THERE) == 3
    assert table.plane(DynamoDbPlane).capacity_of("Posts", region=THERE).write == 3
    assert table.plane(GlobalTablesPlane).replicated_units("Posts", region=HERE) == 0
    assert hops(table)[0].detail["write_units"] == 3


# -- control ---------------------------------------------------------------------------------------


def test_describing_lists_the_replicas_elsewhere(table: LocalCloud) -> None:
    for region, other in ((HERE, THERE), (THERE, HERE)):
        described = client(table, region).describe_table(TableName="Posts")["Table"]
        assert described["GlobalTableVersion"] == "2019.11.21"
        assert described["Replicas"] == [{"RegionName": other, "ReplicaStatus": "ACTIVE"}]
    assert table.plane(GlobalTablesPlane).regions("Posts") == (HERE, THERE)


def test_a_new_replica_has_what_was_there_before(cloud: LocalCloud) -> None:
    make(cloud)
    put(cloud, HERE, key="old", text="x")
    add(cloud)
    assert get(cloud, THERE, key="old")["text"] == "x"
    assert hops(cloud) == []
    put(cloud, THERE, key="old", text="y")
    cloud.clock.advance(seconds=1)
    assert get(cloud, HERE, key="old")["text"] == "y"


def test_a_third_replica_hears_both(table: LocalCloud) -> None:
    add(table, FAR, region=THERE)
    put(table, HERE, key="a")
    put(table, THERE, key="b")
    table.clock.advance(seconds=1)
    assert get(table, FAR, key="a")
    assert get(table, FAR, key="b")
    assert len(hops(table)) == 4


def test_streams_are_turned_on_with_the_first_replica_and_stay_on(cloud: LocalCloud) -> None:
    make(cloud, StreamSpecification=None)
    add(cloud)
    for region in (HERE, THERE):
        described = client(cloud, region).describe_table(TableName="Posts")["Table"]
        assert described["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
        assert "Disabling Stream is not allowed for a Global Table replica" in refusal(
            client(cloud, region).update_table,
            TableName="Posts",
            StreamSpecification={"StreamEnabled": False},
        )


@pytest.mark.parametrize(
    ("updates", "says"),
    [
        ([{"Create": {"RegionName": HERE}}], "Cannot add or delete the local region"),
        ([{"Create": {"RegionName": "mars-1"}}], "Region mars-1 is not supported"),
        ([{"Create": {"RegionName": THERE}}], "already existed as tables"),
        ([{"Delete": {"RegionName": FAR}}], f"without these replicas: [{FAR}]"),
        ([{"Update": {"RegionName": THERE}}], "no actions specified"),
        ([{}], "no actions specified"),
        (
            [{"Create": {"RegionName": FAR}}, {"Delete": {"RegionName": THERE}}],
            "more than one create or delete replica actions",
        ),
        (
            [{"Create": {"RegionName": FAR}, "Delete": {"RegionName": THERE}}],
            "more than one type of replica actions",
        ),
    ],
)
def test_refusals_in_awss_words(table: LocalCloud, updates: Any, says: str) -> None:
    message = refusal(client(table).update_table, TableName="Posts", ReplicaUpdates=updates)
    assert says in message


def test_replicas_are_the_only_change_of_a_request(table: LocalCloud) -> None:
    message = refusal(
        client(table).update_table,
        TableName="Posts",
        TableClass="STANDARD",
        ReplicaUpdates=[{"Create": {"RegionName": FAR}}],
    )
    assert "Replica modification must be the only operation" in message


def test_provisioned_writes_must_scale(cloud: LocalCloud) -> None:
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    make(cloud, BillingMode="PROVISIONED", ProvisionedThroughput=units)
    says = "Table write capacity should either be Pay-Per-Request or AutoScaled."
    create = {"TableName": "Posts", "ReplicaUpdates": [{"Create": {"RegionName": THERE}}]}
    assert refusal(client(cloud).update_table, **create) == says
    scaling = cloud.client("application-autoscaling")
    which = {
        "ServiceNamespace": "dynamodb",
        "ResourceId": "table/Posts",
        "ScalableDimension": "dynamodb:table:WriteCapacityUnits",
    }
    scaling.register_scalable_target(**which, MinCapacity=5, MaxCapacity=50)
    assert refusal(client(cloud).update_table, **create) == says
    scaling.put_scaling_policy(
        **which,
        PolicyName="writes",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 70.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "DynamoDBWriteCapacityUtilization"
            },
        },
    )
    add(cloud, ProvisionedThroughputOverride={"ReadCapacityUnits": 9})
    throughput = client(cloud, THERE).describe_table(TableName="Posts")["Table"]
    assert throughput["ProvisionedThroughput"]["ReadCapacityUnits"] == 9
    assert throughput["ProvisionedThroughput"]["WriteCapacityUnits"] == 5
    (replica,) = client(cloud).describe_table(TableName="Posts")["Table"]["Replicas"]
    assert replica["ProvisionedThroughputOverride"] == {"ReadCapacityUnits": 9}


def test_indexes_and_billing_are_common_to_all_replicas(table: LocalCloud) -> None:
    client(table, THERE).update_table(
        TableName="Posts",
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "by", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "ByAuthor",
                    "KeySchema": [{"AttributeName": "by", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    put(table, THERE, by="me")
    table.clock.advance(seconds=1)
    found = client(table, HERE).query(
        TableName="Posts",
        IndexName="ByAuthor",
        KeyConditionExpression="#b = :b",
        ExpressionAttributeNames={"#b": "by"},
        ExpressionAttributeValues={":b": {"S": "me"}},
    )
    assert found["Count"] == 1


def test_a_replica_may_have_its_own_table_class(table: LocalCloud) -> None:
    own = {"RegionName": THERE, "TableClassOverride": "STANDARD_INFREQUENT_ACCESS"}
    client(table).update_table(TableName="Posts", ReplicaUpdates=[{"Update": own}])
    (replica,) = client(table).describe_table(TableName="Posts")["Table"]["Replicas"]
    assert replica["ReplicaTableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    there = client(table, THERE).describe_table(TableName="Posts")["Table"]
    assert there["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    here = client(table).describe_table(TableName="Posts")["Table"]
    assert "TableClassSummary" not in here


def test_removing_the_replica_deletes_its_table_and_ends_replication(table: LocalCloud) -> None:
    put(table, HERE, key="late")
    client(table).update_table(
        TableName="Posts", ReplicaUpdates=[{"Delete": {"RegionName": THERE}}]
    )
    table.clock.advance(seconds=5)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client(table, THERE).describe_table(TableName="Posts")
    described = client(table).describe_table(TableName="Posts")["Table"]
    assert "Replicas" not in described
    assert "GlobalTableVersion" not in described
    put(table, HERE, key="alone")
    table.clock.advance(seconds=5)
    assert hops(table) == []
    add(table)
    assert get(table, THERE, key="alone")


def test_the_source_of_a_replica_is_held_for_a_day(table: LocalCloud) -> None:
    held = "acted as a source region for new replica(s)"
    delete = {"TableName": "Posts", "ReplicaUpdates": [{"Delete": {"RegionName": HERE}}]}
    assert held in refusal(client(table).delete_table, TableName="Posts")
    assert held in refusal(client(table, THERE).update_table, **delete)
    table.clock.advance(days=1)
    client(table, THERE).update_table(**delete)
    assert client(table, THERE).list_tables()["TableNames"] == ["Posts"]
    assert client(table, HERE).list_tables()["TableNames"] == []


def test_a_protected_replica_stays(table: LocalCloud) -> None:
    client(table, THERE).update_table(TableName="Posts", DeletionProtectionEnabled=True)
    message = refusal(
        client(table).update_table,
        TableName="Posts",
        ReplicaUpdates=[{"Delete": {"RegionName": THERE}}],
    )
    assert "deletion protection enabled" in message


@pytest.mark.parametrize(
    "params",
    [
        {
            "MultiRegionConsistency": "STRONG",
            "ReplicaUpdates": [{"Create": {"RegionName": THERE}}],
        },
        {"ReplicaUpdates": [{"Create": {"RegionName": THERE, "KMSMasterKeyId": "k"}}]},
    ],
)
def test_what_is_not_imitated_is_refused(cloud: LocalCloud, params: Any) -> None:
    make(cloud)
    with pytest.raises(Unsupported):
        client(cloud).update_table(TableName="Posts", **params)


def test_the_clouds_end_gives_moto_its_streams_back() -> None:
    from moto.dynamodb.models.table import StreamShard

    before = StreamShard.add
    with LocalCloud(planes=PLANES):
        assert StreamShard.add is not before
    assert StreamShard.add is before


def test_expiry_survives_the_loss_of_the_region_that_wrote(table: LocalCloud) -> None:
    setting = {"Enabled": True, "AttributeName": "ends"}
    client(table).update_time_to_live(TableName="Posts", TimeToLiveSpecification=setting)
    item = {"id": {"S": "1"}, "ends": {"N": str(int(table.clock.time()) + 90_000)}}
    client(table).put_item(TableName="Posts", Item=item)
    table.clock.advance(days=1)
    client(table).delete_table(TableName="Posts")
    assert client(table, THERE).scan(TableName="Posts")["Count"] == 1
    table.clock.advance(days=3)
    assert client(table, THERE).scan(TableName="Posts")["Count"] == 0
