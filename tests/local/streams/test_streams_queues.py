"""SQS queues and Kinesis streams to functions."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from archlib.local.streams.outcome import FAILURE, SUCCESS, outcome

PICKY = """
    import json
    def handler(event, context):
        print("EVENT " + json.dumps(event))
        bad = [r["messageId"] for r in event["Records"] if r["body"].startswith("bad")]
        if any(r["body"] == "fatal" for r in event["Records"]):
            raise ValueError("fatal")
        return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}
"""
REPORTS = ["ReportBatchItemFailures"]


def send(lab: Any, *bodies: str, queue: str | None = None, **given: Any) -> None:
    sqs = lab.cloud.client("sqs")
    entries = [{"Id": str(n), "MessageBody": one, **given} for n, one in enumerate(bodies)]
    sqs.send_message_batch(QueueUrl=lab.urls[queue or lab.q], Entries=entries)


def got(lab: Any) -> list[list[str]]:
    return [[one["body"] for one in event["Records"]] for event in lab.events()]


def left(lab: Any, queue: str | None = None) -> tuple[str, str]:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = lab.cloud.control("sqs").get_queue_attributes(
        QueueUrl=lab.urls[queue or lab.q], AttributeNames=names
    )["Attributes"]
    return found[names[0]], found[names[1]]


@pytest.fixture
def queued(lab: Any) -> Any:
    lab.q = lab.queue("work")
    lab.function(PICKY)
    lab.permit("sqs")
    return lab


def test_the_record_field_by_field(queued: Any) -> None:
    queued.map(queued.q)
    sent = queued.cloud.client("sqs").send_message(
        QueueUrl=queued.urls[queued.q], MessageBody="hello",
        MessageAttributes={"k": {"DataType": "String", "StringValue": "v"},
                           "b": {"DataType": "Binary", "BinaryValue": b"\x00"}},
    )  # fmt: skip
    (event,) = queued.events()
    (record,) = event["Records"]
    attributes = record.pop("attributes")
    assert record.pop("receiptHandle").startswith("AQEB")
    assert record == {
        "messageId": sent["MessageId"],
        "body": "hello",
        "messageAttributes": {
            "k": {"stringValue": "v", "stringListValues": [], "binaryListValues": [],
                  "dataType": "String"},
            "b": {"binaryValue": "AA==", "stringListValues": [], "binaryListValues": [],
                  "dataType": "Binary"},
        },
        "md5OfBody": "5d41402abc4b2a76b9719d911017c592",
        "eventSource": "aws:sqs",
        "eventSourceARN": queued.q,
        "awsRegion": "us-east-1",
    }  # fmt: skip
    assert set(attributes) == {"ApproximateReceiveCount", "SentTimestamp", "SenderId",
                               "ApproximateFirstReceiveTimestamp"}  # fmt: skip
    assert left(queued) == ("0", "0")


def test_batches_and_window(queued: Any) -> None:
    queued.map(queued.q, BatchSize=20, MaximumBatchingWindowInSeconds=5)
    send(queued, "a", "b")
    assert got(queued) == []
    queued.cloud.clock.advance(seconds=6)
    assert got(queued) == [["a", "b"]]


def test_a_failure_comes_back_after_the_visibility_timeout_and_goes_to_the_dead_letters(
    lab: Any,
) -> None:
    dead = lab.queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 2})
    lab.q = lab.queue("work", RedrivePolicy=redrive, VisibilityTimeout="60")
    lab.function(PICKY)
    lab.permit("sqs")
    lab.map(lab.q, BatchSize=1)
    send(lab, "fatal", "fine")
    assert got(lab) == [["fatal"], ["fine"]]
    lab.cloud.clock.advance(seconds=59)
    assert (len(got(lab)), left(lab)) == (2, ("0", "1"))
    lab.cloud.clock.advance(seconds=2)
    assert got(lab) == [["fatal"], ["fine"], ["fatal"]]
    lab.cloud.clock.advance(seconds=61)
    assert len(got(lab)) == 3
    (message,) = lab.messages(dead)
    assert (message["Body"], left(lab)) == ("fatal", ("0", "0"))
    assert lab.events()[2]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"


def test_partial_failures(queued: Any) -> None:
    queued.map(queued.q, FunctionResponseTypes=REPORTS)
    send(queued, "a", "bad", "c")
    assert (got(queued), left(queued)) == ([["a", "bad", "c"]], ("0", "1"))
    queued.cloud.clock.advance(seconds=31)
    assert got(queued)[1:] == [["bad"]]


def test_filtered_messages_are_deleted(queued: Any) -> None:
    queued.map(queued.q, filters=[{"body": {"kind": ["photo"]}}])
    send(queued, '{"kind": "photo"}', '{"kind": "text"}', "plain")
    assert got(queued) == [['{"kind": "photo"}']]
    assert left(queued) == ("0", "0")


def test_a_fifo_group_waits_for_its_failure(lab: Any) -> None:
    lab.q = lab.queue("work.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    lab.function(PICKY)
    lab.permit("sqs")
    lab.map(lab.q, BatchSize=1)
    send(lab, "fatal", "after", MessageGroupId="g")
    send(lab, "other", MessageGroupId="h")
    assert got(lab) == [["fatal"], ["other"]]
    attributes = lab.events()[0]["Records"][0]["attributes"]
    assert attributes["MessageGroupId"] == "g"
    assert len(attributes["SequenceNumber"]) == 20
    assert len(attributes["MessageDeduplicationId"]) == 64


def test_what_create_checks(lab: Any) -> None:
    q = lab.queue("work")
    lab.function(PICKY, Timeout=60)
    with pytest.raises(ClientError, match="permissions to call ReceiveMessage on SQS"):
        lab.map(q)
    lab.permit("sqs")
    with pytest.raises(
        ClientError, match="visibility timeout: 30 seconds is less than Function timeout: 60"
    ):
        lab.map(q)
    with pytest.raises(ClientError, match="specified queue does not exist"):
        lab.map(q + "x")
    with pytest.raises(ClientError, match="must be greater than 0 if maximum batch size"):
        lab.map(q, BatchSize=11)
    with pytest.raises(ClientError, match="Unsupported MaximumRetryAttempts"):
        lab.map(q, MaximumRetryAttempts=3)


def test_maximum_concurrency_is_kept(queued: Any) -> None:
    uuid = queued.map(queued.q, ScalingConfig={"MaximumConcurrency": 5})
    assert queued.state(uuid)["ScalingConfig"] == {"MaximumConcurrency": 5}
    with pytest.raises(ClientError, match="less than or equal to 1000"):
        queued.cloud.client("lambda").update_event_source_mapping(
            UUID=uuid, ScalingConfig={"MaximumConcurrency": 1001}
        )


def test_lambda_stops_a_loop_through_a_queue(lab: Any) -> None:
    lab.q = lab.queue("work")
    lab.function(
        f"""
        import boto3, json
        def handler(event, context):
            print("EVENT " + json.dumps(event))
            boto3.client("sqs").send_message(QueueUrl="{lab.urls[lab.q]}", MessageBody="again")
        """
    )
    lab.permit("sqs")
    lab.allow("sqs:SendMessage", name="send")
    lab.map(lab.q)
    mark = lab.cloud.trace.mark()
    send(lab, "start")
    assert len(got(lab)) == 16
    dropped = [h for h in lab.cloud.trace.since(mark) if h.error == "RecursiveInvocationException"]
    assert len(dropped) == 1
    found = lab.cloud.raw("cloudwatch").list_metrics(
        Namespace="AWS/Lambda", MetricName="RecursiveInvocationsDropped"
    )["Metrics"]
    assert [one["Dimensions"][0]["Value"] for one in found] == ["f"]


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()), ({}, set()), ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()), ("", set()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, None),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, None),
        ({"batchItemFailures": [{"bad": "a"}]}, None),
        ({"batchItemFailures": [{"itemIdentifier": "z"}]}, None),
        ("text", None),
    ],
)  # fmt: skip
def test_what_an_answer_means(answer: Any, failed: set[str] | None) -> None:
    payload = json.dumps(answer).encode()
    found = outcome(payload, None, ["a", "b"], reports_items=True)
    assert found.failed == (None if failed is None else frozenset(failed))
    assert outcome(payload, None, ["a"], reports_items=False) == SUCCESS
    assert outcome(payload, "Unhandled", ["a"], reports_items=True) == FAILURE


# -- Kinesis --------------------------------------------------------------------------------------


@pytest.fixture
def stream(lab: Any) -> str:
    kinesis = lab.cloud.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=2)
    lab.function()
    lab.permit("kinesis")
    return str(kinesis.describe_stream(StreamName="s")["StreamDescription"]["StreamARN"])


def feed(lab: Any, *values: str, key: str = "k") -> None:
    records = [{"Data": one.encode(), "PartitionKey": key} for one in values]
    lab.cloud.client("kinesis").put_records(StreamName="s", Records=records)


def test_a_kinesis_record(lab: Any, stream: str) -> None:
    lab.map(stream)
    feed(lab, "hello")
    (record,) = lab.events()[0]["Records"]
    at = record["kinesis"].pop("approximateArrivalTimestamp")
    assert abs(at - lab.cloud.clock.time()) < 60
    shard, _, number = record.pop("eventID").partition(":")
    assert shard.startswith("shardId-00000000000")
    assert record == {
        "kinesis": {
            "kinesisSchemaVersion": "1.0", "partitionKey": "k", "sequenceNumber": number,
            "data": "aGVsbG8=",
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": lab.role,
        "awsRegion": "us-east-1",
        "eventSourceARN": stream,
    }  # fmt: skip


def test_kinesis_shards_and_filters(lab: Any, stream: str) -> None:
    lab.map(stream, filters=[{"data": {"n": [{"numeric": [">", 1]}]}}])
    for n in range(4):
        feed(lab, json.dumps({"n": n}), key=str(n))
    feed(lab, "plain")
    found = [one["kinesis"]["partitionKey"] for e in lab.events() for one in e["Records"]]
    assert sorted(found) == ["2", "3"]


def test_kinesis_at_timestamp(lab: Any, stream: str) -> None:
    feed(lab, "early")
    lab.cloud.clock.advance(minutes=10)
    since = lab.cloud.clock.now() - datetime.timedelta(minutes=5)
    feed(lab, "late")
    with pytest.raises(ClientError, match="must not be null"):
        lab.map(stream, StartingPosition="AT_TIMESTAMP")
    lab.map(stream, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=since)
    assert [one["kinesis"]["data"] for e in lab.events() for one in e["Records"]] == ["bGF0ZQ=="]
