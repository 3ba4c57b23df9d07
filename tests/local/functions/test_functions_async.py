"""Asynchronous invocations: queue, retries, ages, destinations, dead letters."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

FAILS = """
    tries = 0
    def handler(event, context):
        global tries
        tries += 1
        print("try", tries, context.aws_request_id)
        raise RuntimeError(f"no {event}")
"""
QUEUE = "arn:aws:sqs:us-east-1:123456789012:records"


def messages(lab: Any, name: str = "records") -> list[dict[str, Any]]:
    sqs = lab.cloud.raw("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    return list(answer.get("Messages", ()))


@pytest.fixture
def queued(guarded: Any) -> Any:
    """A guarded lab with a queue that the role may send to, and logs."""
    guarded.cloud.raw("sqs").create_queue(QueueName="records")
    guarded.allow("sqs:SendMessage", resource=QUEUE, name="send")
    guarded.allow("logs:*", name="logs")
    return guarded


def send(lab: Any, event: Any, name: str = "f") -> None:
    answer = lab.call(event, name, InvocationType="Event")
    assert answer["StatusCode"] == 202
    assert answer["Payload"].read() == b""


def test_an_event_runs_after_the_call_and_is_two_hops(lab: Any) -> None:
    lab.function("def handler(event, context): print('got', event)")
    mark = lab.cloud.trace.mark()
    send(lab, {"a": 1})
    assert "got {'a': 1}\n" in lab.lines()
    accepted, run = lab.cloud.trace.since(mark)
    assert (accepted.status, accepted.detail["invocation_type"]) == (202, "Event")
    assert (run.source, run.target, run.status) == ("client", lab.arn(), 200)
    assert run.detail["attempt"] == 1
    assert run.detail["cold"] is True


def test_invoke_async(lab: Any) -> None:
    lab.function("def handler(event, context): print('got', event)")
    assert lab.client.invoke_async(FunctionName="f", InvokeArgs=b'{"b": 2}')["Status"] == 202
    assert "got {'b': 2}\n" in lab.lines()
    with pytest.raises(ClientError, match="limit 262144"):
        lab.client.invoke_async(FunctionName="f", InvokeArgs=b'"' + b"x" * 262_144 + b'"')


def test_a_function_does_not_wait_for_the_event_it_sends(lab: Any) -> None:
    lab.function("def handler(e, c): print('second')", "second")
    lab.function("""
        import boto3
        def handler(e, c):
            boto3.client("lambda").invoke(FunctionName="second", InvocationType="Event")
            print("first goes on")
    """, "first")  # fmt: skip
    lab.invoke(name="first")
    targets = [h.target for h in lab.cloud.trace.hops if "cold" in h.detail]
    assert targets == [lab.arn("first"), lab.arn("second")]
    run = lab.cloud.trace.hops[-1]
    assert (run.source, run.target, run.parent) == (lab.arn("first"), lab.arn("second"), None)


def test_two_retries_after_one_and_two_minutes(queued: Any) -> None:
    lab = queued
    lab.function(FAILS)
    start = lab.cloud.clock.time()
    send(lab, "luck")
    clock = lab.cloud.clock
    runs = lambda: [h for h in lab.cloud.trace.hops if h.detail.get("attempt")]  # noqa: E731
    assert len(runs()) == 1
    clock.advance(seconds=59)
    assert len(runs()) == 1
    clock.advance(seconds=2)
    assert len(runs()) == 2
    clock.advance(seconds=119)
    assert len(runs()) == 2
    clock.advance(seconds=2)
    assert [h.detail["attempt"] for h in runs()] == [1, 2, 3]
    clock.advance(hours=7)
    assert len(runs()) == 3
    assert [round(h.start - start) for h in runs()] == [0, 60, 180]
    tries = [line.split() for line in lab.lines() if line.startswith("try")]
    assert [words[1] for words in tries] == ["1", "2", "3"]
    assert len({words[2] for words in tries}) == 1, "all attempts have one request id"


def test_a_failure_record_goes_to_its_destination(queued: Any) -> None:
    lab = queued
    lab.function(FAILS)
    lab.client.put_function_event_invoke_config(
        FunctionName="f", MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": QUEUE}},
    )  # fmt: skip
    send(lab, {"id": 7})
    assert messages(lab) == []
    lab.cloud.clock.advance(minutes=1)
    (message,) = messages(lab)
    record = json.loads(message["Body"])
    request_id = record["requestContext"]["requestId"]
    assert record == {
        "version": "1.0",
        "timestamp": record["timestamp"],
        "requestContext": {
            "requestId": request_id,
            "functionArn": lab.arn() + ":$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 2,
        },
        "requestPayload": {"id": 7},
        "responseContext": {
            "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled",
        },
        "responsePayload": {
            "errorMessage": "no {'id': 7}",
            "errorType": "RuntimeError",
            "requestId": request_id,
            "stackTrace": record["responsePayload"]["stackTrace"],
        },
    }  # fmt: skip
    hop = lab.cloud.trace.hops[-1]
    assert (hop.source, hop.target, hop.action) == (lab.arn(), QUEUE, "sqs:SendMessage")


def test_a_success_record(queued: Any) -> None:
    lab = queued
    lab.function("def handler(event, context): return [event]")
    lab.client.put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnSuccess": {"Destination": QUEUE}}
    )
    send(lab, 1)
    record = json.loads(messages(lab)[0]["Body"])
    assert record["requestContext"]["condition"] == "Success"
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert record["responsePayload"] == [1]


def test_destinations_of_every_kind(queued: Any) -> None:
    lab = queued
    topic = lab.cloud.raw("sns").create_topic(Name="t")["TopicArn"]
    lab.cloud.raw("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)
    lab.cloud.raw("s3").create_bucket(Bucket="bucket")
    bus = lab.cloud.raw("events").create_event_bus(Name="bus")["EventBusArn"]
    lab.cloud.raw("events").put_rule(
        Name="all", EventBusName="bus", EventPattern=json.dumps({"source": ["lambda"]})
    )
    lab.cloud.raw("events").put_targets(
        Rule="all", EventBusName="bus", Targets=[{"Id": "q", "Arn": QUEUE}]
    )
    lab.allow("sns:Publish", "events:PutEvents", "s3:PutObject", "lambda:InvokeFunction", name="d")
    lab.function("def handler(e, c): print('record', e['requestContext']['condition'])", "sink")
    lab.function("def handler(event, context): return 1 / event")

    def deliver(event: int, **destinations: str) -> None:
        lab.client.put_function_event_invoke_config(
            FunctionName="f", MaximumRetryAttempts=0,
            DestinationConfig={k: {"Destination": v} for k, v in destinations.items()},
        )  # fmt: skip
        send(lab, event)

    deliver(1, OnSuccess=topic)
    notification = json.loads(messages(lab)[0]["Body"])
    assert json.loads(notification["Message"])["requestContext"]["condition"] == "Success"
    deliver(0, OnFailure=lab.arn("sink"))
    assert "record RetriesExhausted\n" in lab.lines("sink")
    deliver(1, OnSuccess=bus)
    event = json.loads(messages(lab)[0]["Body"])
    assert event["detail-type"] == "Lambda Function Invocation Result - Success"
    assert event["resources"] == [lab.arn() + ":$LATEST", bus]
    assert event["detail"]["responsePayload"] == 1.0
    deliver(0, OnFailure="arn:aws:s3:::bucket")
    (stored,) = lab.cloud.raw("s3").list_objects_v2(Bucket="bucket")["Contents"]
    assert stored["Key"].startswith("aws/lambda/async/f/2026/01/05/2026-01-05T09.00.")
    with pytest.raises(ClientError, match="is invalid"):
        deliver(1, OnSuccess="arn:aws:s3:::bucket")


def test_a_dead_letter_has_its_attributes(queued: Any) -> None:
    lab = queued
    lab.function(FAILS, DeadLetterConfig={"TargetArn": QUEUE})
    lab.client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    send(lab, {"id": 7})
    (message,) = messages(lab)
    assert json.loads(message["Body"]) == {"id": 7}
    attributes = message["MessageAttributes"]
    assert attributes["ErrorCode"] == {"StringValue": "200", "DataType": "Number"}
    assert attributes["ErrorMessage"]["StringValue"] == "no {'id': 7}"
    assert len(attributes["RequestID"]["StringValue"]) == 36


def test_a_destination_needs_the_roles_permission(queued: Any) -> None:
    lab = queued
    lab.function("def handler(e, c): pass")
    config = {"OnSuccess": {"Destination": QUEUE}}
    lab.cloud.raw("iam").delete_role_policy(RoleName="role", PolicyName="send")
    with pytest.raises(ClientError, match="does not have permissions to call SendMessage"):
        lab.client.put_function_event_invoke_config(FunctionName="f", DestinationConfig=config)
    lab.allow("sqs:SendMessage", resource=QUEUE, name="send")
    lab.client.put_function_event_invoke_config(FunctionName="f", DestinationConfig=config)
    lab.cloud.raw("iam").delete_role_policy(RoleName="role", PolicyName="send")
    send(lab, 1)
    assert messages(lab) == []
    hop = lab.cloud.trace.hops[-1]
    assert (hop.source, hop.target, hop.status) == (lab.arn(), QUEUE, 403)
    metrics = lab.cloud.raw("cloudwatch").list_metrics(Namespace="AWS/Lambda")["Metrics"]
    assert [m["MetricName"] for m in metrics] == ["DestinationDeliveryFailures"]


def test_an_event_can_be_too_old(queued: Any) -> None:
    lab = queued
    lab.function(FAILS)
    lab.client.put_function_event_invoke_config(
        FunctionName="f", MaximumEventAgeInSeconds=100,
        DestinationConfig={"OnFailure": {"Destination": QUEUE}},
    )  # fmt: skip
    send(lab, 1)
    lab.cloud.clock.advance(minutes=10)
    record = json.loads(messages(lab)[0]["Body"])
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 2


def test_reserved_concurrency_zero_discards_without_retries(queued: Any) -> None:
    lab = queued
    lab.function(FAILS, DeadLetterConfig={"TargetArn": QUEUE})
    lab.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    send(lab, {"id": 1})
    (message,) = messages(lab)
    assert message["MessageAttributes"]["ErrorCode"]["StringValue"] == "429"
    assert not [h for h in lab.cloud.trace.hops if "cold" in h.detail]


def test_event_invoke_config_operations(lab: Any) -> None:
    lab.function("def handler(e, c): pass", Publish=True)
    client = lab.client
    client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    client.put_function_event_invoke_config(
        FunctionName="f", Qualifier="1", MaximumEventAgeInSeconds=60
    )
    client.update_function_event_invoke_config(FunctionName="f", MaximumEventAgeInSeconds=90)
    found = client.get_function_event_invoke_config(FunctionName="f")
    assert found["FunctionArn"] == lab.arn() + ":$LATEST"
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (0, 90)
    every = client.list_function_event_invoke_configs(FunctionName="f")
    assert [c["FunctionArn"].rsplit(":", 1)[1] for c in every["FunctionEventInvokeConfigs"]] == [
        "$LATEST", "1",
    ]  # fmt: skip
    with pytest.raises(ClientError, match="less than or equal to 2"):
        client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=3)
    client.delete_function_event_invoke_config(FunctionName="f")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_function_event_invoke_config(FunctionName="f")


def test_events_of_a_deleted_function_are_gone(lab: Any) -> None:
    lab.function(FAILS)
    send(lab, 1)
    lab.client.delete_function(FunctionName="f")
    mark = lab.cloud.trace.mark()
    lab.cloud.clock.advance(hours=1)
    assert lab.cloud.trace.since(mark) == ()
