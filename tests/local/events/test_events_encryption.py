"""Queues and topics under keys of KMS: who may send, receive, and deliver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from key_roles import KMS, allow, client_of, key_policy, make_role, refused

from archlib.local.cloud import LocalCloud

PLANES = (
    *KMS,
    "archlib.local.functions:FunctionRuntime",
    "archlib.local.s3:S3Plane",
    "archlib.local.dynamodb:DynamoDbPlane",
    "archlib.local.events:EventDelivery",
    "archlib.local.streams:EventSourceMappings",
)
SNS, S3 = "sns.amazonaws.com", "s3.amazonaws.com"


@pytest.fixture
def lab(event_lab: Any) -> Iterator[Any]:
    with LocalCloud(planes=PLANES) as cloud:
        yield event_lab(cloud)


@pytest.fixture
def key(lab: Any) -> str:
    return str(lab.cloud.client("kms").create_key()["KeyMetadata"]["Arn"])


def open_to(lab: Any, key: str, service: str, source: str) -> None:
    """Let a service use a key for one of its resources."""
    use = allow(
        ["kms:GenerateDataKey", "kms:Decrypt"], Principal={"Service": service},
        Condition={"ArnEquals": {"aws:SourceArn": source}},
    )  # fmt: skip
    policy = key_policy(use)
    lab.cloud.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=policy)


def test_senders_and_receivers_of_a_queue(lab: Any, key: str) -> None:
    url = lab.urls[lab.queue("q", KmsMasterKeyId=key)]
    context = {"kms:EncryptionContext:aws:sqs:arn": f"arn:aws:sqs:us-east-1:{url.split('/')[3]}:q",
               "kms:ViaService": "sqs.us-east-1.amazonaws.com"}  # fmt: skip
    bound = {"Condition": {"StringEquals": context}}
    nobody, half, sender, receiver = (
        client_of(lab.cloud, make_role(lab.cloud, name, allow("sqs:*"), *more), "sqs")
        for name, more in {
            "nobody": (),
            "half": (allow("kms:GenerateDataKey", key, **bound),),
            "sender": (allow(["kms:GenerateDataKey", "kms:Decrypt"], key, **bound),),
            "receiver": (allow("kms:Decrypt", key, **bound),),
        }.items()
    )
    for wrong in (nobody, half, receiver):
        with pytest.raises(wrong.exceptions.KmsAccessDenied) as caught:
            wrong.send_message(QueueUrl=url, MessageBody="m")
        assert caught.value.response["Error"]["Code"] == "KMS.AccessDeniedException"
    entries = [{"Id": "1", "MessageBody": "m"}]
    assert refused(nobody.send_message_batch, QueueUrl=url, Entries=entries)[0].startswith("KMS.")
    assert "Messages" not in nobody.receive_message(QueueUrl=url)  # nothing to open
    sender.send_message(QueueUrl=url, MessageBody="m")
    assert refused(half.receive_message, QueueUrl=url)[0] == "KMS.AccessDeniedException"
    assert receiver.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "m"


def test_publishers_to_a_topic(lab: Any, key: str) -> None:
    topic = lab.topic("t", KmsMasterKeyId=key)
    roles = {
        "nobody": (),
        "sender": (allow(["kms:GenerateDataKey", "kms:Decrypt"], key),),
    }
    nobody, sender = (
        client_of(lab.cloud, make_role(lab.cloud, name, allow("sns:*"), *more), "sns")
        for name, more in roles.items()
    )
    assert refused(nobody.publish, TopicArn=topic, Message="m")[0] == "KMSAccessDenied"
    sender.publish(TopicArn=topic, Message="m")
    lab.cloud.client("kms").disable_key(KeyId=key)
    assert refused(sender.publish, TopicArn=topic, Message="m")[0] == "KMSDisabled"


@pytest.mark.parametrize("managed", [False, True], ids=["own key", "managed key"])
def test_fan_out_into_a_queue_under_a_key(lab: Any, key: str, managed: bool) -> None:
    topic = lab.topic("t")
    chosen = "alias/aws/sqs" if managed else key
    q = lab.queue("q", SNS, topic, KmsMasterKeyId=chosen)
    sns = lab.cloud.client("sns")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=q)
    sns.publish(TopicArn=topic, Message="lost")
    assert lab.messages(q) == []
    failed = [hop for hop in lab.cloud.trace.since(0) if hop.action == "sqs:SendMessage"][-1]
    assert (failed.source, failed.error) == (topic, "KMS.AccessDeniedException")
    if managed:
        return  # Nobody can open that key to a service: its policy is AWS's.
    open_to(lab, key, SNS, topic)
    sns.publish(TopicArn=topic, Message="found")
    assert len(lab.messages(q)) == 1


def test_a_bucket_notifies_a_queue_under_a_key(lab: Any, key: str) -> None:
    bucket = lab.bucket()
    q = lab.queue("q", S3, bucket, KmsMasterKeyId=key)
    rule = {"QueueArn": q, "Events": ["s3:ObjectCreated:*"]}
    with pytest.raises(ClientError, match="Unable to validate the following destination"):
        lab.notify(QueueConfigurations=[rule])
    open_to(lab, key, S3, bucket)
    lab.notify(QueueConfigurations=[rule])
    lab.messages(q)
    lab.cloud.client("s3").put_object(Bucket="box", Key="k", Body=b"x")
    assert len(lab.messages(q)) == 1


def test_a_mapping_reads_with_its_functions_role(lab: Any, key: str) -> None:
    q = lab.queue("q", KmsMasterKeyId=key)
    lab.function()
    lab.allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", name="sqs")
    client = lab.cloud.client("lambda")
    client.create_event_source_mapping(EventSourceArn=q, FunctionName="f")
    lab.cloud.client("sqs").send_message(QueueUrl=lab.urls[q], MessageBody="m")
    lab.cloud.clock.advance(seconds=1)
    last = [hop for hop in lab.cloud.trace.since(0) if hop.action == "kms:Decrypt"][-1]
    assert (last.source, last.error) == (q, "AccessDeniedException")
    assert lab.events() == []
    lab.allow("kms:Decrypt", resource=key, name="kms")
    lab.cloud.clock.advance(seconds=61)
    (event,) = lab.events()
    assert event["Records"][0]["body"] == "m"
