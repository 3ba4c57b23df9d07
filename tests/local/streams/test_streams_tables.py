"""DynamoDB Streams to functions: shapes, checkpoints, batches, failures."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from archlib.errors import ArchlibError, Unsupported
from archlib.local.streams import EventSourceMappings

#: Fails for items whose id begins with "bad".
PICKY = """
    import json
    def handler(event, context):
        print("EVENT " + json.dumps(event))
        if any(r["dynamodb"]["Keys"]["id"]["S"].startswith("bad") for r in event["Records"]):
            raise ValueError("bad item")
"""
#: Reports the items whose id begins with "bad".
REPORTS = """
    import json
    def handler(event, context):
        print("EVENT " + json.dumps(event))
        return {"batchItemFailures": [
            {"itemIdentifier": r["dynamodb"]["SequenceNumber"]} for r in event["Records"]
            if r["dynamodb"]["Keys"]["id"]["S"].startswith("bad")]}
"""


def together(lab: Any, *identifiers: str) -> None:
    """Several puts that one batch can hold."""
    lab.dynamodb.batch_write_item(
        RequestItems={"t": [{"PutRequest": {"Item": {"id": {"S": one}}}} for one in identifiers]}
    )


def test_the_record_field_by_field(streamed: Any) -> None:
    streamed.put("a", v="1")
    streamed.put("a", v="2")
    streamed.put("a", v="2")
    streamed.dynamodb.delete_item(TableName="t", Key={"id": {"S": "a"}})
    streamed.map(streamed.stream)
    (event,) = streamed.events()
    insert, modify, remove = event["Records"]
    assert len(insert.pop("eventID")) == 32
    number = insert["dynamodb"].pop("SequenceNumber")
    assert number.isdigit()
    assert isinstance(insert["dynamodb"].pop("ApproximateCreationDateTime"), int)
    assert insert == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "Keys": {"id": {"S": "a"}},
            "NewImage": {"id": {"S": "a"}, "v": {"S": "1"}},
            "SizeBytes": 8,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": streamed.stream,
    }
    assert modify["dynamodb"]["OldImage"]["v"] == {"S": "1"}
    assert modify["dynamodb"]["NewImage"]["v"] == {"S": "2"}
    assert remove["eventName"] == "REMOVE"
    assert "NewImage" not in remove["dynamodb"]
    assert "userIdentity" not in remove
    assert int(number) < int(modify["dynamodb"]["SequenceNumber"])


def test_a_streams_label_has_milliseconds(lab: Any) -> None:
    for name in ("first", "second"):
        arn = lab.table(name)
        lab.cloud.clock.advance(seconds=1.2345678)
        table = lab.dynamodb.describe_table(TableName=name)["Table"]
        assert re.fullmatch(r"2026-01-05T09:00:\d\d\.\d{3}", table["LatestStreamLabel"])
        assert (
            arn
            == table["LatestStreamArn"]
            == f"{table['TableArn']}/stream/" + (table["LatestStreamLabel"])
        )


@pytest.mark.parametrize(
    ("view", "images"),
    [("KEYS_ONLY", set()), ("NEW_IMAGE", {"NewImage"}), ("OLD_IMAGE", {"OldImage"})],
)
def test_view_types(lab: Any, view: str, images: set[str]) -> None:
    stream = lab.table(view=view)
    lab.function()
    lab.permit()
    lab.map(stream, StartingPosition="LATEST")
    lab.put("a", v="1")
    lab.put("a", v="2")
    change = lab.events()[-1]["Records"][0]["dynamodb"]
    assert {name for name in change if name.endswith("Image")} == images


def test_expired_items_name_dynamodb(streamed: Any) -> None:
    client = streamed.dynamodb
    client.update_time_to_live(
        TableName="t", TimeToLiveSpecification={"Enabled": True, "AttributeName": "gone"}
    )
    soon = str(int(streamed.cloud.clock.time()) + 60)
    client.put_item(TableName="t", Item={"id": {"S": "a"}, "gone": {"N": soon}})
    streamed.map(streamed.stream, StartingPosition="LATEST")
    streamed.cloud.clock.advance(days=3)
    (event,) = streamed.events()
    (record,) = event["Records"]
    assert record["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def test_a_refused_transaction_leaves_no_record(streamed: Any) -> None:
    streamed.put("there")
    put = {"TableName": "t", "ConditionExpression": "attribute_not_exists(id)"}
    with pytest.raises(ClientError, match="TransactionCanceled"):
        streamed.dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {**put, "Item": {"id": {"S": "new"}}}},
                {"Put": {**put, "Item": {"id": {"S": "there"}}}},
            ]
        )
    streamed.map(streamed.stream)
    assert streamed.batches() == [["there"]]


def test_starting_positions(streamed: Any) -> None:
    streamed.put("old")
    streamed.function(name="g")
    streamed.map(streamed.stream, StartingPosition="LATEST")
    streamed.put("new")
    streamed.map(streamed.stream, "g")
    assert streamed.batches() == [["new"]]
    assert streamed.batches("g") == [["old", "new"]]


def test_records_live_24_hours(streamed: Any) -> None:
    streamed.put("old")
    streamed.cloud.clock.advance(hours=20)
    streamed.put("new")
    streamed.cloud.clock.advance(hours=5)
    streamed.map(streamed.stream)
    assert streamed.batches() == [["new"]]


def test_hops(streamed: Any) -> None:
    streamed.map(streamed.stream)
    mark = streamed.cloud.trace.mark()
    streamed.put("a")
    hops = [h for h in streamed.cloud.trace.since(mark) if h.action == "lambda:InvokeFunction"]
    (hop,) = hops
    assert hop.source == streamed.stream
    assert "/stream/" in hop.source
    assert (hop.target.rsplit(":", 1)[1], hop.principal) == ("f", "lambda.amazonaws.com")


def test_batch_size_and_window(streamed: Any) -> None:
    uuid = streamed.map(streamed.stream, BatchSize=2, MaximumBatchingWindowInSeconds=10)
    streamed.put("a")
    assert streamed.batches() == []
    streamed.put("b")
    assert streamed.batches() == [["a", "b"]]
    streamed.put("c")
    streamed.cloud.clock.advance(seconds=9)
    assert len(streamed.batches()) == 1
    streamed.cloud.clock.advance(seconds=2)
    assert streamed.batches() == [["a", "b"], ["c"]]
    assert streamed.state(uuid)["LastProcessingResult"] == "OK"


def test_filters(streamed: Any) -> None:
    streamed.map(
        streamed.stream,
        filters=[
            {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": ["photo"]}}}},
            {"dynamodb": {"Keys": {"id": {"S": [{"prefix": "x"}]}}}},
        ],
    )
    streamed.put("a", kind="text")
    streamed.put("b", kind="photo")
    streamed.put("x1")
    assert streamed.batches() == [["b"], ["x1"]]


@pytest.mark.slow
def test_retries_until_the_record_expires(lab: Any) -> None:
    stream = lab.table()
    lab.function(PICKY)
    lab.permit()
    uuid = lab.map(stream)
    lab.put("bad")
    lab.put("good")
    assert lab.batches() == [["bad"]]
    assert lab.state(uuid)["LastProcessingResult"] == "PROBLEM: Function call failed"
    lab.cloud.clock.advance(seconds=8)
    assert lab.batches() == [["bad"]] * 4
    lab.cloud.clock.advance(hours=24)
    tried = len(lab.batches())
    assert lab.batches() == [["bad"]] * tried
    assert 1440 < tried < 1460  # Once a minute, at the longest, for 24 hours.
    lab.put("next")
    assert lab.batches()[tried:] == [["next"]]


def test_retries_are_limited_and_a_record_tells(lab: Any) -> None:
    stream, queue = lab.table(), lab.queue("dead")
    lab.function(PICKY)
    lab.permit()
    lab.allow("sqs:SendMessage", name="send")
    uuid = lab.map(
        stream, MaximumRetryAttempts=2,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )  # fmt: skip
    lab.put("bad")
    lab.put("good")
    lab.cloud.clock.advance(minutes=1)
    assert lab.batches() == [["bad"], ["bad"], ["bad"], ["good"]]
    (record,) = lab.bodies(queue)
    assert list(record) == ["requestContext", "responseContext", "version", "timestamp",
                            "DDBStreamBatchInfo"]  # fmt: skip
    context = record["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == (
        "RetryAttemptsExhausted", 3,
    )  # fmt: skip
    assert context["functionArn"].endswith(":function:f:$LATEST")
    assert record["responseContext"] == {
        "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled",
    }  # fmt: skip
    info = record["DDBStreamBatchInfo"]
    assert info["startSequenceNumber"] == info["endSequenceNumber"]
    assert (info["batchSize"], info["streamArn"]) == (1, stream)
    assert lab.state(uuid)["LastProcessingResult"] == "OK"


def test_a_bucket_gets_the_payload_too(lab: Any) -> None:
    stream = lab.table()
    lab.bucket("dead")
    lab.function(PICKY)
    lab.permit()
    lab.allow("s3:PutObject", name="put")
    uuid = lab.map(
        stream, MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::dead"}},
    )  # fmt: skip
    lab.put("bad")
    s3 = lab.cloud.control("s3")
    (key,) = [one["Key"] for one in s3.list_objects_v2(Bucket="dead")["Contents"]]
    assert key.startswith(f"aws/lambda/{uuid}/shardId-")
    record = json.loads(s3.get_object(Bucket="dead", Key=key)["Body"].read())
    payload = json.loads(record["payload"])
    assert payload["Records"][0]["dynamodb"]["Keys"]["id"]["S"] == "bad"


def test_bisect_isolates_the_bad_item(lab: Any) -> None:
    stream, queue = lab.table(), lab.queue("dead")
    lab.function(PICKY)
    lab.permit()
    lab.allow("sqs:SendMessage", name="send")
    lab.map(
        stream, MaximumRetryAttempts=0, BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )  # fmt: skip
    together(lab, "a", "b", "bad", "c")
    assert lab.batches() == [["a", "b", "bad", "c"], ["a", "b"], ["bad", "c"], ["bad"], ["c"]]
    assert [one["DDBStreamBatchInfo"]["batchSize"] for one in lab.bodies(queue)] == [1]


def test_partial_failures(lab: Any) -> None:
    stream = lab.table()
    lab.function(REPORTS)
    lab.permit()
    lab.map(stream, MaximumRetryAttempts=1, FunctionResponseTypes=["ReportBatchItemFailures"])
    together(lab, "a", "bad", "c")
    lab.cloud.clock.advance(minutes=1)
    assert lab.batches() == [["a", "bad", "c"], ["bad", "c"]]


def test_partial_failures_with_bisecting(lab: Any) -> None:
    stream, queue = lab.table(), lab.queue("dead")
    lab.function(REPORTS)
    lab.permit()
    lab.allow("sqs:SendMessage", name="send")
    lab.map(
        stream, MaximumRetryAttempts=0, BisectBatchOnFunctionError=True,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )  # fmt: skip
    together(lab, "a", "bad", "c")
    lab.cloud.clock.advance(minutes=1)
    assert lab.batches() == [["a", "bad", "c"], ["bad", "c"], ["bad"], ["c"]]
    (record,) = lab.bodies(queue)
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}


def test_maximum_age(lab: Any) -> None:
    stream, queue = lab.table(), lab.queue("dead")
    lab.function(PICKY)
    lab.permit()
    lab.allow("sqs:SendMessage", name="send")
    lab.map(
        stream, MaximumRecordAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )  # fmt: skip
    lab.put("bad")
    lab.cloud.clock.advance(minutes=5)
    (record,) = lab.bodies(queue)
    assert record["requestContext"]["condition"] == "RecordAgeExceeded"
    lab.put("good")
    assert lab.batches()[-1] == ["good"]


def test_the_role_must_be_allowed_to_read(streamed: Any) -> None:
    streamed.allow("dynamodb:GetRecords", name="read-dynamodb")
    with pytest.raises(ClientError) as caught:
        streamed.map(streamed.stream)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValueException"
    assert caught.value.response["Error"]["Message"] == (
        f"Cannot access stream {streamed.stream}. Please ensure the role can perform the "
        "GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in "
        "IAM."
    )


def test_a_role_that_loses_its_permission_stops_the_reading(streamed: Any) -> None:
    uuid = streamed.map(streamed.stream)
    streamed.allow("logs:*", name="read-dynamodb")
    mark = streamed.cloud.trace.mark()
    streamed.put("a")
    denied = [h for h in streamed.cloud.trace.since(mark) if h.status == 403]
    assert [(h.target, h.action) for h in denied] == [(streamed.stream, "dynamodb:GetRecords")]
    assert streamed.state(uuid)["LastProcessingResult"].startswith("PROBLEM: Access denied")
    streamed.permit()
    streamed.cloud.clock.advance(minutes=2)
    assert streamed.batches() == [["a"]]


def test_disable_update_list_delete(streamed: Any) -> None:
    client = streamed.cloud.client("lambda")
    uuid = streamed.map(streamed.stream)
    assert streamed.state(uuid)["State"] == "Enabled"
    assert client.update_event_source_mapping(UUID=uuid, Enabled=False)["State"] == "Updating"
    streamed.put("a")
    assert (streamed.batches(), streamed.state(uuid)["State"]) == ([], "Disabled")
    client.update_event_source_mapping(UUID=uuid, Enabled=True, BatchSize=7)
    assert (streamed.batches(), streamed.state(uuid)["BatchSize"]) == ([["a"]], 7)
    for keys in ({"FunctionName": "f"}, {"EventSourceArn": streamed.stream}, {}):
        listed = client.list_event_source_mappings(**keys)["EventSourceMappings"]
        assert [one["UUID"] for one in listed] == [uuid]
    with pytest.raises(ClientError, match="already exists") as caught:
        streamed.map(streamed.stream)
    assert caught.value.response["Error"]["Code"] == "ResourceConflictException"
    assert client.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"
    streamed.put("b")
    assert streamed.batches() == [["a"]]
    with pytest.raises(ClientError, match="does not exist"):
        streamed.state(uuid)


def test_twice(streamed: Any) -> None:
    streamed.map(streamed.stream)
    with streamed.cloud.plane(EventSourceMappings).deliver_twice(streamed.stream):
        streamed.put("a")
    streamed.put("b")
    first, again, other = streamed.events()
    assert first == again
    assert other["Records"][0]["dynamodb"]["Keys"]["id"]["S"] == "b"


@pytest.mark.slow
def test_an_endless_loop_is_named(lab: Any) -> None:
    stream = lab.table()
    arn = lab.function(
        """
        import boto3, json
        def handler(event, context):
            n = len(event["Records"][0]["dynamodb"]["Keys"]["id"]["S"])
            boto3.client("dynamodb").put_item(TableName="t", Item={"id": {"S": "x" * (n % 5 + 1)},
                "by": {"S": context.aws_request_id}})
        """
    )
    lab.permit()
    lab.allow("dynamodb:PutItem", name="put")
    lab.map(stream)
    with pytest.raises(ArchlibError, match="feeds itself") as caught:
        lab.put("x")
    assert f"{arn} -> {stream} -> {arn}" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"BatchSize": 10_001}, "less than or equal to 10000"),
        ({"MaximumRecordAgeInSeconds": 30}, "at least 60"),
        ({"StartingPosition": "AT_TIMESTAMP"}, "Unsupported starting position"),
        ({"ScalingConfig": {"MaximumConcurrency": 5}}, "Unsupported ScalingConfig"),
        ({"filters": [{"a": "b"}]}, "Invalid filter pattern"),
        ({"filters": [{"a": ["b"]}] * 6}, "less than or equal to 5"),
    ],
)
def test_refused_settings(streamed: Any, given: Any, message: str) -> None:
    with pytest.raises(ClientError, match=message):
        streamed.map(streamed.stream, **given)


@pytest.mark.parametrize(
    "given",
    [{"ParallelizationFactor": 2}, {"TumblingWindowInSeconds": 30}, {"Topics": ["t"]},
     {"MetricsConfig": {"Metrics": ["EventCount"]}}],
)  # fmt: skip
def test_unsupported_settings(streamed: Any, given: Any) -> None:
    with pytest.raises(Unsupported):
        streamed.map(streamed.stream, **given)


def test_unknown_sources_and_functions(streamed: Any) -> None:
    with pytest.raises(ClientError, match="Stream not found"):
        streamed.map(streamed.stream[:-1])
    with pytest.raises(ClientError, match="Function not found"):
        streamed.map(streamed.stream, "nobody")
    with pytest.raises(Unsupported, match="kafka"):
        streamed.map("arn:aws:kafka:us-east-1:123456789012:cluster/c/1")


def test_binary_values_and_the_streams_api(streamed: Any) -> None:
    streamed.dynamodb.put_item(
        TableName="t", Item={"id": {"S": "a"}, "b": {"B": b"\x01"}, "l": {"L": [{"N": "1.50"}]}}
    )
    streamed.map(streamed.stream)
    image = streamed.events()[0]["Records"][0]["dynamodb"]["NewImage"]
    assert image == {"id": {"S": "a"}, "b": {"B": "AQ=="}, "l": {"L": [{"N": "1.50"}]}}
    client = streamed.cloud.client("dynamodbstreams")
    described = client.describe_stream(StreamArn=streamed.stream)["StreamDescription"]
    (shard,) = described["Shards"]
    iterator = client.get_shard_iterator(
        StreamArn=streamed.stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    (record,) = client.get_records(ShardIterator=iterator)["Records"]
    assert (record["eventName"], record["awsRegion"]) == ("INSERT", "us-east-1")
    assert record["dynamodb"]["ApproximateCreationDateTime"].timestamp() == int(
        record["dynamodb"]["ApproximateCreationDateTime"].timestamp()
    )
    assert record["dynamodb"]["NewImage"]["l"] == {"L": [{"N": "1.50"}]}


def test_a_stream_that_is_switched_off(streamed: Any) -> None:
    uuid = streamed.map(streamed.stream)
    streamed.dynamodb.update_table(TableName="t", StreamSpecification={"StreamEnabled": False})
    streamed.put("a")
    streamed.cloud.clock.advance(days=30)
    assert streamed.batches() == []
    assert streamed.state(uuid)["State"] == "Enabled"


def test_a_deleted_function(streamed: Any) -> None:
    uuid = streamed.map(streamed.stream)
    streamed.cloud.client("lambda").delete_function(FunctionName="f")
    streamed.put("a")
    assert streamed.state(uuid)["LastProcessingResult"] == "PROBLEM: Function not found"
    streamed.function()
    streamed.cloud.clock.advance(minutes=2)
    assert streamed.batches() == [["a"]]


def test_throttling_uses_no_attempt_up(streamed: Any) -> None:
    streamed.map(streamed.stream, MaximumRetryAttempts=0)
    client = streamed.cloud.client("lambda")
    client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    streamed.put("a")
    assert streamed.batches() == []
    client.delete_function_concurrency(FunctionName="f")
    streamed.cloud.clock.advance(seconds=2)
    assert streamed.batches() == [["a"]]
