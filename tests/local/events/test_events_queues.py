"""SQS on the virtual clock."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def sqs(lab: Any) -> Any:
    return lab.cloud.client("sqs")


def receive(lab: Any, arn: str, **given: Any) -> list[Any]:
    given = {"MaxNumberOfMessages": 10, "AttributeNames": ["All"], **given}
    answer = lab.cloud.client("sqs").receive_message(QueueUrl=lab.urls[arn], **given)
    return list(answer.get("Messages", ()))


def bodies(found: list[Any]) -> list[str]:
    return [one["Body"] for one in found]


def test_visibility_timeout(lab: Any, sqs: Any) -> None:
    q = lab.queue(VisibilityTimeout="20")
    sqs.send_message(QueueUrl=lab.urls[q], MessageBody="m")
    (first,) = receive(lab, q)
    assert receive(lab, q) == []
    lab.cloud.clock.advance(seconds=19)
    assert receive(lab, q) == []
    lab.cloud.clock.advance(seconds=2)
    (second,) = receive(lab, q)
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"
    assert second["ReceiptHandle"] != first["ReceiptHandle"]
    sqs.delete_message(QueueUrl=lab.urls[q], ReceiptHandle=first["ReceiptHandle"])
    lab.cloud.clock.advance(seconds=21)
    (third,) = receive(lab, q)
    sqs.delete_message(QueueUrl=lab.urls[q], ReceiptHandle=third["ReceiptHandle"])
    sqs.delete_message(QueueUrl=lab.urls[q], ReceiptHandle=third["ReceiptHandle"])
    lab.cloud.clock.advance(seconds=60)
    assert receive(lab, q) == []
    with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
        sqs.delete_message(QueueUrl=lab.urls[q], ReceiptHandle="made up")


def test_change_visibility(lab: Any, sqs: Any) -> None:
    q = lab.queue()
    sqs.send_message(QueueUrl=lab.urls[q], MessageBody="m")
    (first,) = receive(lab, q)
    key = {"QueueUrl": lab.urls[q], "ReceiptHandle": first["ReceiptHandle"]}
    sqs.change_message_visibility(**key, VisibilityTimeout=100)
    lab.cloud.clock.advance(seconds=50)
    assert receive(lab, q) == []
    sqs.change_message_visibility(**key, VisibilityTimeout=0)
    assert bodies(receive(lab, q)) == ["m"]
    with pytest.raises(ClientError) as caught:
        sqs.change_message_visibility(**key, VisibilityTimeout=5)
    assert "MessageNotInflight" in caught.value.response["Error"]["Code"]
    assert receive(lab, q, VisibilityTimeout=0) == []


def test_zero_visibility_leaves_the_message(lab: Any, sqs: Any) -> None:
    q = lab.queue()
    sqs.send_message(QueueUrl=lab.urls[q], MessageBody="m")
    assert bodies(receive(lab, q, VisibilityTimeout=0)) == ["m"]
    assert bodies(receive(lab, q)) == ["m"]


def test_delays_and_counts(lab: Any, sqs: Any) -> None:
    q = lab.queue(DelaySeconds="10")
    sqs.send_message(QueueUrl=lab.urls[q], MessageBody="late")
    sqs.send_message(QueueUrl=lab.urls[q], MessageBody="now", DelaySeconds=0)
    assert bodies(receive(lab, q)) == ["now"]
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
             "ApproximateNumberOfMessagesDelayed")  # fmt: skip
    found = sqs.get_queue_attributes(QueueUrl=lab.urls[q], AttributeNames=["All"])["Attributes"]
    assert [found[name] for name in names] == ["0", "1", "1"]
    lab.cloud.clock.advance(seconds=10)
    assert bodies(receive(lab, q)) == ["late"]
    with pytest.raises(ClientError, match="DelaySeconds must be"):
        sqs.send_message(QueueUrl=lab.urls[q], MessageBody="m", DelaySeconds=901)


def test_redrive(lab: Any, sqs: Any) -> None:
    dead = lab.queue("dead")
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": "2"})
    q = lab.queue(RedrivePolicy=policy, VisibilityTimeout="5")
    sqs.send_message(QueueUrl=lab.urls[q], MessageBody="m")
    for _ in range(2):
        assert bodies(receive(lab, q)) == ["m"]
        assert receive(lab, dead) == []
        lab.cloud.clock.advance(seconds=6)
    assert receive(lab, q) == []
    (message,) = receive(lab, dead)
    assert message["Body"] == "m"
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == q


def test_retention(lab: Any, sqs: Any) -> None:
    q = lab.queue(MessageRetentionPeriod="60")
    sqs.send_message(QueueUrl=lab.urls[q], MessageBody="m")
    lab.cloud.clock.advance(seconds=61)
    assert receive(lab, q) == []


def test_long_polling_waits_in_virtual_time_only(lab: Any, sqs: Any) -> None:
    q = lab.queue()
    real, begun = time.perf_counter(), lab.cloud.clock.time()
    assert receive(lab, q, WaitTimeSeconds=20) == []
    assert 20 <= lab.cloud.clock.time() - begun < 21
    lab.cloud.clock.after(
        5, lambda: sqs.send_message(QueueUrl=lab.urls[q], MessageBody="m"), "sender"
    )
    begun = lab.cloud.clock.time()
    assert bodies(receive(lab, q, WaitTimeSeconds=20)) == ["m"]
    assert 5 <= lab.cloud.clock.time() - begun < 7
    assert time.perf_counter() - real < 5


def test_fifo_order_and_groups(lab: Any, sqs: Any) -> None:
    q = lab.queue("q.fifo", FifoQueue="true", ContentBasedDeduplication="true",
                  VisibilityTimeout="10")  # fmt: skip
    for body, group in (("a1", "a"), ("b1", "b"), ("a2", "a"), ("a3", "a")):
        sqs.send_message(QueueUrl=lab.urls[q], MessageBody=body, MessageGroupId=group)
    assert bodies(receive(lab, q, MaxNumberOfMessages=1)) == ["a1"]
    (b,) = receive(lab, q)
    assert b["Body"] == "b1"
    sqs.delete_message(QueueUrl=lab.urls[q], ReceiptHandle=b["ReceiptHandle"])
    lab.cloud.clock.advance(seconds=11)
    found = receive(lab, q)
    assert bodies(found) == ["a1", "a2", "a3"]
    numbers = [int(one["Attributes"]["SequenceNumber"]) for one in found]
    assert numbers == sorted(set(numbers))
    lab.cloud.clock.advance(seconds=11)
    with pytest.raises(ClientError, match="has expired"):
        sqs.delete_message(QueueUrl=lab.urls[q], ReceiptHandle=found[0]["ReceiptHandle"])


def test_fifo_deduplication_outlives_the_message(lab: Any, sqs: Any) -> None:
    q = lab.queue("q.fifo", FifoQueue="true")
    sent = {"QueueUrl": lab.urls[q], "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    first = sqs.send_message(MessageBody="m", **sent)
    assert len(lab.messages(q)) == 1
    again = sqs.send_message(MessageBody="other", **sent)
    assert (again["MessageId"], again["SequenceNumber"]) == (
        first["MessageId"], first["SequenceNumber"],
    )  # fmt: skip
    assert lab.messages(q) == []
    lab.cloud.clock.advance(minutes=5)
    sqs.send_message(MessageBody="later", **sent)
    assert bodies(lab.messages(q)) == ["later"]
    with pytest.raises(ClientError, match="MessageGroupId"):
        sqs.send_message(QueueUrl=lab.urls[q], MessageBody="m")
    with pytest.raises(ClientError, match="MessageDeduplicationId provided explicitly"):
        sqs.send_message(QueueUrl=lab.urls[q], MessageBody="m", MessageGroupId="g")


def test_purge(lab: Any, sqs: Any) -> None:
    q = lab.queue()
    sqs.send_message(QueueUrl=lab.urls[q], MessageBody="m")
    sqs.purge_queue(QueueUrl=lab.urls[q])
    assert receive(lab, q) == []
    with pytest.raises(ClientError, match="Only one PurgeQueue"):
        sqs.purge_queue(QueueUrl=lab.urls[q])


def test_the_message_size_is_in_bytes(lab: Any, sqs: Any) -> None:
    q = lab.queue(MaximumMessageSize="1024")
    sqs.send_message(QueueUrl=lab.urls[q], MessageBody="ä" * 512)
    with pytest.raises(ClientError, match="must be shorter than 1024 bytes"):
        sqs.send_message(QueueUrl=lab.urls[q], MessageBody="ä" * 513)


@pytest.mark.slow
def test_a_thousand_messages_are_quick(lab: Any, sqs: Any) -> None:
    q = lab.queue()
    begun = time.process_time()
    for n in range(1000):
        sqs.send_message(QueueUrl=lab.urls[q], MessageBody=str(n))
    sent = time.process_time()
    assert len(lab.messages(q)) == 1000
    assert sent - begun < 4
    assert time.process_time() - sent < 6


def test_moto_is_itself_again_afterwards() -> None:
    from moto.s3 import notifications
    from moto.sns.models import Topic
    from moto.sqs.models import SQSBackend

    from archlib.local.cloud import LocalCloud

    before = (SQSBackend.send_message, Topic.publish, notifications.send_event)
    with LocalCloud():
        assert before[0] is not SQSBackend.send_message
    assert before == (SQSBackend.send_message, Topic.publish, notifications.send_event)
