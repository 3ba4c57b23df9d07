"""S3 notifications: shapes, kinds of events, filters, permissions."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from archlib.local.events import EventDelivery

S3 = "s3.amazonaws.com"
B = "arn:aws:s3:::box"


def rule(target: str, *events: str, prefix: str = "", suffix: str = "", **more: Any) -> Any:
    member = {"lambda": "LambdaFunctionArn", "sqs": "QueueArn", "sns": "TopicArn"}
    entry: dict[str, Any] = {
        member[target.split(":")[2]]: target, "Events": list(events or ["s3:ObjectCreated:*"]),
        **more,
    }  # fmt: skip
    rules = [{"Name": n, "Value": v} for n, v in (("prefix", prefix), ("suffix", suffix)) if v]
    if rules:
        entry["Filter"] = {"Key": {"FilterRules": rules}}
    return entry


@pytest.fixture
def queued(lab: Any) -> Any:
    """A bucket that tells a queue about everything."""
    lab.bucket()
    lab.q = lab.queue(principal=S3, source=B)
    lab.notify(
        QueueConfigurations=[
            rule(
                lab.q,
                "s3:ObjectCreated:*",
                "s3:ObjectRemoved:*",
                "s3:ObjectTagging:*",
                "s3:ObjectAcl:Put",
                Id="all",
            )
        ]
    )
    lab.test = lab.bodies(lab.q)
    return lab


def names(lab: Any) -> list[str]:
    return [body["Records"][0]["eventName"] for body in lab.bodies(lab.q)]


def test_the_record_field_by_field(queued: Any) -> None:
    put = queued.cloud.client("s3").put_object(Bucket="box", Key="in a/ä+b.jpg", Body=b"12345")
    ((record,),) = [body["Records"] for body in queued.bodies(queued.q)]
    elements = record.pop("responseElements")
    metadata = put["ResponseMetadata"]
    assert elements == {
        "x-amz-request-id": metadata["RequestId"],
        "x-amz-id-2": metadata["HostId"],
    }
    sequencer = record["s3"]["object"].pop("sequencer")
    assert int(sequencer, 16) > 0
    owner = record["s3"]["bucket"].pop("ownerIdentity")["principalId"]
    assert owner.startswith("A")
    assert record == {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": record["eventTime"],
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "AWS:AKIAARCHLIBADMIN0001"},
        "requestParameters": {"sourceIPAddress": "203.0.113.10"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "all",
            "bucket": {"name": "box", "arn": B},
            "object": {
                "key": "in+a/%C3%A4%2Bb.jpg", "size": 5, "eTag": put["ETag"].strip('"'),
            },
        },
    }  # fmt: skip
    assert record["eventTime"].startswith("2026-01-05T09:00:0")
    assert len(record["eventTime"]) == 24


def test_a_test_event_for_queues_and_topics(lab: Any) -> None:
    lab.bucket()
    queue = lab.queue(principal=S3, source=B)
    topic = lab.topic(principal=S3, source=B)
    heard = lab.queue("heard", "sns.amazonaws.com", topic)
    lab.cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=heard)
    lab.notify(
        QueueConfigurations=[rule(queue, prefix="q/")],
        TopicConfigurations=[rule(topic, prefix="t/")],
    )
    (body,) = lab.bodies(queue)
    assert set(body) == {"Service", "Event", "Time", "Bucket", "RequestId", "HostId"}
    assert (body["Service"], body["Event"], body["Bucket"]) == ("Amazon S3", "s3:TestEvent", "box")
    (told,) = lab.bodies(heard)
    assert told["Subject"] == "Amazon S3 Notification"
    assert json.loads(told["Message"])["Event"] == "s3:TestEvent"


def test_kinds_of_events(queued: Any) -> None:
    s3 = queued.cloud.client("s3")
    s3.put_object(Bucket="box", Key="a", Body=b"1", Tagging="x=y")
    s3.copy_object(Bucket="box", Key="c", CopySource="box/a")
    s3.put_object_tagging(Bucket="box", Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    s3.delete_object_tagging(Bucket="box", Key="a")
    s3.delete_object(Bucket="box", Key="a")
    s3.delete_objects(Bucket="box", Delete={"Objects": [{"Key": "c"}, {"Key": "never"}]})
    assert names(queued) == [
        "ObjectCreated:Put", "ObjectCreated:Copy", "ObjectTagging:Put", "ObjectTagging:Delete",
        "ObjectRemoved:Delete", "ObjectRemoved:Delete",
    ]  # fmt: skip


def test_a_multipart_upload_notifies_once(queued: Any) -> None:
    s3 = queued.cloud.client("s3")
    upload = s3.create_multipart_upload(Bucket="box", Key="big")["UploadId"]
    etag = s3.upload_part(
        Bucket="box", Key="big", UploadId=upload, PartNumber=1, Body=b"x" * 6_000_000
    )["ETag"]
    s3.complete_multipart_upload(
        Bucket="box", Key="big", UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]},
    )  # fmt: skip
    (body,) = queued.bodies(queued.q)
    record = body["Records"][0]
    assert record["eventName"] == "ObjectCreated:CompleteMultipartUpload"
    assert record["s3"]["object"]["size"] == 6_000_000
    assert record["s3"]["object"]["eTag"].endswith("-1")


def test_versions_and_delete_markers(lab: Any) -> None:
    lab.bucket(versioned=True)
    lab.q = lab.queue(principal=S3)
    lab.notify(QueueConfigurations=[rule(lab.q, "s3:ObjectCreated:*", "s3:ObjectRemoved:*")])
    lab.messages(lab.q)
    s3 = lab.cloud.client("s3")
    first = s3.put_object(Bucket="box", Key="a", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket="box", Key="a")["VersionId"]
    s3.delete_object(Bucket="box", Key="a", VersionId=first)
    records = [body["Records"][0] for body in lab.bodies(lab.q)]
    assert [
        (r["eventName"], r["s3"]["object"].get("versionId"), r["s3"]["object"].get("size"))
        for r in records
    ] == [
        ("ObjectCreated:Put", first, 1),
        ("ObjectRemoved:DeleteMarkerCreated", marker, None),
        ("ObjectRemoved:Delete", first, None),
    ]
    sequencers = [int(r["s3"]["object"]["sequencer"], 16) for r in records]
    assert sequencers == sorted(set(sequencers))


def test_filters(lab: Any) -> None:
    lab.bucket()
    lab.q = lab.queue(principal=S3)
    lab.notify(QueueConfigurations=[rule(lab.q, prefix="in/", suffix=".jpg")])
    lab.messages(lab.q)
    for key in ("in/a.jpg", "in/a.png", "out/a.jpg"):
        lab.cloud.client("s3").put_object(Bucket="box", Key=key, Body=b"")
    assert [b["Records"][0]["s3"]["object"]["key"] for b in lab.bodies(lab.q)] == ["in/a.jpg"]


def test_to_a_function_after_the_request(lab: Any) -> None:
    lab.bucket()
    arn = lab.function(principal=S3, of=B)
    lab.notify(LambdaFunctionConfigurations=[rule(arn)])
    mark = lab.cloud.trace.mark()
    lab.cloud.client("s3").put_object(Bucket="box", Key="a", Body=b"1")
    assert [e["Records"][0]["s3"]["object"]["key"] for e in lab.events()] == ["a"]
    put, run = lab.cloud.trace.since(mark)[:2]
    assert (put.source, put.action, put.parent) == ("client", "s3:PutObject", None)
    assert (run.source, run.target, run.principal) == (B, arn, S3)
    assert (run.action, run.parent) == ("lambda:InvokeFunction", None)


def test_hops_to_queue_and_topic(queued: Any) -> None:
    mark = queued.cloud.trace.mark()
    queued.cloud.client("s3").put_object(Bucket="box", Key="a", Body=b"1")
    hop = queued.cloud.trace.since(mark)[-1]
    assert (hop.source, hop.target, hop.action) == (B, queued.q, "sqs:SendMessage")


def test_unreachable_destinations_are_refused(lab: Any) -> None:
    lab.bucket()
    closed = lab.queue("closed")
    other = lab.queue("other", S3, "arn:aws:s3:::elsewhere")
    shut = lab.function()
    for target in (closed, other, shut, closed + "-missing", closed + ".fifo"):
        kind = {"sqs": "QueueConfigurations", "lambda": "LambdaFunctionConfigurations"}
        with pytest.raises(ClientError) as caught:
            lab.notify(**{kind[target.split(":")[2]]: [rule(target)]})
        assert caught.value.response["Error"]["Code"] == "InvalidArgument"
        assert (
            caught.value.response["Error"]["Message"]
            == "Unable to validate the following destination configurations"
        )
    with pytest.raises(ClientError, match="region is not valid"):
        lab.notify(QueueConfigurations=[rule(closed.replace("us-east-1", "eu-west-1"))])


@pytest.mark.parametrize(
    ("one", "other", "fine"),
    [
        ({"prefix": "a/"}, {"prefix": "b/"}, True),
        ({"prefix": "a/"}, {"prefix": "a/b"}, False),
        ({"prefix": "a/", "suffix": ".jpg"}, {"prefix": "a/", "suffix": ".png"}, True),
        ({"suffix": ".jpg"}, {"suffix": "x.jpg"}, False),
        ({}, {"prefix": "a"}, False),
    ],
)
def test_overlapping_filters(lab: Any, one: Any, other: Any, fine: bool) -> None:
    lab.bucket()
    q = lab.queue(principal=S3)
    wanted = [rule(q, "s3:ObjectCreated:*", **one), rule(q, "s3:ObjectCreated:Put", **other)]
    if fine:
        lab.notify(QueueConfigurations=wanted)
        got = lab.cloud.client("s3").get_bucket_notification_configuration(Bucket="box")
        assert len(got["QueueConfigurations"]) == 2
        return
    with pytest.raises(ClientError, match="ambiguously defined"):
        lab.notify(QueueConfigurations=wanted)
    lab.notify(QueueConfigurations=[wanted[0], rule(q, "s3:ObjectRemoved:*", **other)])


def test_permission_taken_away_later_loses_the_event(queued: Any) -> None:
    queued.cloud.control("sqs").set_queue_attributes(
        QueueUrl=queued.urls[queued.q], Attributes={"Policy": ""}
    )
    mark = queued.cloud.trace.mark()
    queued.cloud.client("s3").put_object(Bucket="box", Key="a", Body=b"1")
    hop = queued.cloud.trace.since(mark)[-1]
    assert (hop.target, hop.status, hop.error) == (queued.q, 403, "AccessDenied")
    assert queued.messages(queued.q) == []


def test_the_configuration_is_replaced_and_removed(queued: Any) -> None:
    s3 = queued.cloud.client("s3")
    queued.notify()
    answer = s3.get_bucket_notification_configuration(Bucket="box")
    assert not {key for key in answer if key != "ResponseMetadata"}
    s3.put_object(Bucket="box", Key="a", Body=b"1")
    assert queued.messages(queued.q) == []


def test_plain_http_notifies_and_names_the_sender(queued: Any) -> None:
    s3 = queued.cloud.client("s3")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "box", "Key": "web"})
    assert requests.put(url, data=b"123", timeout=5).status_code == 200
    (body,) = queued.bodies(queued.q)
    record = body["Records"][0]
    assert record["s3"]["object"]["key"] == "web"
    assert record["userIdentity"]["principalId"] == "AWS:AKIAARCHLIBADMIN0001"


def test_to_eventbridge(lab: Any) -> None:
    lab.bucket()
    events = lab.cloud.client("events")
    arn = events.put_rule(
        Name="r", EventPattern=json.dumps({"source": ["aws.s3"], "detail-type": ["Object Created"]})
    )["RuleArn"]
    q = lab.queue(principal="events.amazonaws.com", source=arn)
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": q}])
    lab.notify(EventBridgeConfiguration={})
    assert "EventBridgeConfiguration" in lab.cloud.client(
        "s3"
    ).get_bucket_notification_configuration(Bucket="box")
    lab.cloud.client("s3").put_object(Bucket="box", Key="a b", Body=b"123")
    lab.cloud.client("s3").delete_object(Bucket="box", Key="a b")
    (event,) = lab.bodies(q)
    assert list(event) == ["version", "id", "detail-type", "source", "account", "time", "region",
                           "resources", "detail"]  # fmt: skip
    assert (event["resources"], event["account"]) == ([B], "123456789012")
    assert len(event["time"]) == 20
    detail = event["detail"]
    assert detail["object"]["key"] == "a b"
    assert set(detail["object"]) == {"key", "size", "etag", "sequencer"}
    assert set(detail) == {"version", "bucket", "object", "request-id", "requester",
                           "source-ip-address", "reason"}  # fmt: skip
    assert detail["reason"] == "PutObject"


def test_twice(queued: Any) -> None:
    s3 = queued.cloud.client("s3")
    with queued.cloud.plane(EventDelivery).deliver_twice(B):
        s3.put_object(Bucket="box", Key="a", Body=b"1")
    s3.put_object(Bucket="box", Key="c", Body=b"1")
    first, again, other = (body["Records"][0]["s3"]["object"] for body in queued.bodies(queued.q))
    assert first == again
    assert other["key"] == "c"


def test_the_events_of_one_request_name_it_alike(queued: Any) -> None:
    s3 = queued.cloud.client("s3")
    for key in "ab":
        s3.put_object(Bucket="box", Key=key, Body=b"1")
    queued.messages(queued.q)
    s3.delete_objects(Bucket="box", Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    found = [one["Records"][0]["responseElements"] for one in queued.bodies(queued.q)]
    assert len(found) == 2
    assert found[0] == found[1]


def test_equal_seeds_give_equal_events(event_lab: Any) -> None:
    from archlib.local.cloud import LocalCloud

    def story() -> Any:
        with LocalCloud(seed=3) as cloud:
            lab = event_lab(cloud)
            lab.bucket()
            topic = lab.topic(principal=S3, source=B)
            q = lab.queue(principal="sns.amazonaws.com", source=topic)
            cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=q)
            lab.notify(TopicConfigurations=[rule(topic)])
            cloud.client("s3").put_object(Bucket="box", Key="a", Body=b"1")
            return lab.messages(q), cloud.trace.hops

    assert story() == story()


def test_a_function_is_named_as_the_sender(lab: Any) -> None:
    lab.bucket()
    q = lab.queue(principal=S3)
    lab.notify(QueueConfigurations=[rule(q)])
    lab.messages(q)
    lab.function(
        """
        import boto3
        def handler(event, context):
            boto3.client("s3").put_object(Bucket="box", Key="made", Body=b"1")
        """
    )
    lab.allow("s3:PutObject", name="put")
    lab.cloud.client("lambda").invoke(FunctionName="f")
    (body,) = lab.bodies(q)
    who = body["Records"][0]["userIdentity"]["principalId"]
    assert who.startswith("AWS:AROA")
    assert who.endswith(":f")
    assert body["Records"][0]["requestParameters"]["sourceIPAddress"] == "198.51.100.10"


def test_lambda_stops_a_loop_through_a_bucket(lab: Any) -> None:
    lab.bucket()
    arn = lab.function(
        """
        import boto3
        def handler(event, context):
            key = event["Records"][0]["s3"]["object"]["key"]
            boto3.client("s3").put_object(Bucket="box", Key=key + "x", Body=b"1")
        """,
        principal=S3,
    )
    lab.allow("s3:PutObject", name="put")
    lab.notify(LambdaFunctionConfigurations=[rule(arn)])
    mark = lab.cloud.trace.mark()
    lab.cloud.client("s3").put_object(Bucket="box", Key="a", Body=b"1")
    runs = [h for h in lab.cloud.trace.since(mark) if h.target == arn]
    assert [h.status for h in runs] == [200] * 16 + [429]
