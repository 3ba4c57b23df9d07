"""Attributes of queues: what SQS takes, refuses and tells."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def sqs(lab: Any) -> Any:
    return lab.cloud.client("sqs")


def refusal(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


BAD = [
    ("VisibilityTimeout", "43201"), ("VisibilityTimeout", "-1"), ("VisibilityTimeout", "ten"),
    ("DelaySeconds", "901"), ("MaximumMessageSize", "1023"), ("MaximumMessageSize", "1048577"),
    ("MessageRetentionPeriod", "59"), ("ReceiveMessageWaitTimeSeconds", "21"),
    ("KmsDataKeyReusePeriodSeconds", "59"), ("SqsManagedSseEnabled", "perhaps"),
    ("RedriveAllowPolicy", "[]"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), BAD)
def test_values_out_of_range(lab: Any, sqs: Any, name: str, value: str) -> None:
    url = lab.urls[lab.queue()]
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    code, message = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={name: value})
    assert code == "InvalidAttributeValue"
    assert name in message
    assert refusal(sqs.create_queue, QueueName="new", Attributes={name: value})[0] == code
    assert "new" not in str(sqs.list_queues())
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] == before


def test_unknown_attributes(lab: Any, sqs: Any) -> None:
    url = lab.urls[lab.queue()]
    for name in ("Nope", "QueueArn", "FifoQueue", "ContentBasedDeduplication"):
        expected = ("InvalidAttributeName", f"Unknown Attribute {name}.")
        assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={name: "1"}) == expected
    expected = ("InvalidAttributeName", "Unknown Attribute Nope.")
    assert refusal(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Nope"]) == expected


def test_what_is_set_stays_when_something_else_is_set(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="kept")["QueueUrl"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "s", "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage",
                       "Resource": "*"}],
    }  # fmt: skip
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert json.loads(told["Policy"])["Statement"] == policy["Statement"]
    assert told["VisibilityTimeout"] == "7"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert "Policy" not in told


def test_times_are_whole_seconds(lab: Any, sqs: Any) -> None:
    told = sqs.get_queue_attributes(QueueUrl=lab.urls[lab.queue()], AttributeNames=["All"])
    for name in ("CreatedTimestamp", "LastModifiedTimestamp"):
        assert int(told["Attributes"][name]) <= lab.cloud.clock.time()


def test_one_encryption_at_a_time(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="q", Attributes={"KmsMasterKeyId": "alias/aws/sqs"})[
        "QueueUrl"
    ]
    names = ["SqsManagedSseEnabled", "KmsMasterKeyId"]

    def told() -> Any:
        return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]

    assert told() == {"SqsManagedSseEnabled": "false", "KmsMasterKeyId": "alias/aws/sqs"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"SqsManagedSseEnabled": "true"})
    assert told() == {"SqsManagedSseEnabled": "true"}


def test_a_queue_that_is_there_already(lab: Any, sqs: Any) -> None:
    dead = lab.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": "3"})
    given = {"VisibilityTimeout": "7", "RedrivePolicy": redrive}
    url = sqs.create_queue(QueueName="same", Attributes=given)["QueueUrl"]
    assert sqs.create_queue(QueueName="same")["QueueUrl"] == url
    assert sqs.create_queue(QueueName="same", Attributes=given)["QueueUrl"] == url
    assert refusal(sqs.create_queue, QueueName="same", Attributes={"VisibilityTimeout": "8"}) == (
        "QueueAlreadyExists",
        "A queue already exists with the same name and a different value for attribute "
        "VisibilityTimeout",
    )


def test_redrive_policies(lab: Any, sqs: Any) -> None:
    source, dead = lab.queue("source"), lab.queue("dead")
    fifo = sqs.create_queue(QueueName="f.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    fifo_arn = sqs.get_queue_attributes(QueueUrl=fifo, AttributeNames=["QueueArn"])["Attributes"]

    def attempt(policy: Any) -> tuple[str, str]:
        text = policy if isinstance(policy, str) else json.dumps(policy)
        attributes = {"RedrivePolicy": text}
        return refusal(sqs.set_queue_attributes, QueueUrl=lab.urls[source], Attributes=attributes)

    for policy, reason in (
        ("{", "not a valid JSON map"),
        ({"deadLetterTargetArn": dead}, "mandatory attribute: maxReceiveCount"),
        ({"maxReceiveCount": 1}, "mandatory attribute: deadLetterTargetArn"),
        ({"deadLetterTargetArn": dead, "maxReceiveCount": 0}, "from 1 to 1000"),
        ({"deadLetterTargetArn": f"{dead}x", "maxReceiveCount": 1}, "does not exist"),
        ({"deadLetterTargetArn": fifo_arn["QueueArn"], "maxReceiveCount": 1}, "same type"),
    ):
        code, message = attempt(policy)
        assert code == "InvalidParameterValue"
        assert reason in message


def test_a_dead_letter_queue_chooses_its_sources(lab: Any, sqs: Any) -> None:
    source, other, dead = (lab.queue(name) for name in ("source", "other", "dead"))
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})}

    def admit(**policy: Any) -> None:
        attributes = {"RedriveAllowPolicy": json.dumps(policy)}
        sqs.set_queue_attributes(QueueUrl=lab.urls[dead], Attributes=attributes)

    admit(redrivePermission="denyAll")
    code, message = refusal(sqs.set_queue_attributes, QueueUrl=lab.urls[source], Attributes=redrive)
    assert code == "InvalidParameterValue"
    assert "RedriveAllowPolicy" in message
    admit(redrivePermission="byQueue", sourceQueueArns=[source])
    sqs.set_queue_attributes(QueueUrl=lab.urls[source], Attributes=redrive)
    refusal(sqs.set_queue_attributes, QueueUrl=lab.urls[other], Attributes=redrive)
    told = sqs.get_queue_attributes(QueueUrl=lab.urls[dead], AttributeNames=["RedriveAllowPolicy"])[
        "Attributes"
    ]
    assert json.loads(told["RedriveAllowPolicy"])["sourceQueueArns"] == [source]


def test_receiving_out_of_range(lab: Any, sqs: Any) -> None:
    url = lab.urls[lab.queue()]
    for name, value in (("MaxNumberOfMessages", 11), ("MaxNumberOfMessages", 0),
                        ("WaitTimeSeconds", 21), ("VisibilityTimeout", 43_201)):  # fmt: skip
        code, message = refusal(sqs.receive_message, QueueUrl=url, **{name: value})
        assert code == "InvalidParameterValue"
        assert message.startswith(f"Value {value} for parameter {name} is invalid. Reason: Must")
    code, message = refusal(sqs.receive_message, QueueUrl=url, AttributeNames=["Sender"])
    assert (code, message) == ("InvalidAttributeName", "Unknown Attribute Sender.")
