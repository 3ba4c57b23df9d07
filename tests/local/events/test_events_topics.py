"""SNS: fan-out, envelopes, filters, confirmation, retries, dead letters."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from archlib.errors import Unsupported
from archlib.local.events import EventDelivery
from archlib.local.http import ConnectionRefused, HttpRequest, HttpResponse

SNS = "sns.amazonaws.com"
TOPIC = "arn:aws:sns:us-east-1:123456789012:t"


@pytest.fixture
def fed(lab: Any) -> Any:
    """A topic with one queue."""
    lab.topic()
    lab.q = lab.queue(principal=SNS, source=TOPIC)
    lab.sns = lab.cloud.client("sns")
    lab.sub = subscribe(lab, lab.q)
    return lab


def subscribe(lab: Any, endpoint: str, protocol: str = "sqs", **attributes: Any) -> str:
    given = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in attributes.items()
    }
    return str(
        lab.cloud.client("sns").subscribe(
            TopicArn=TOPIC, Protocol=protocol, Endpoint=endpoint, Attributes=given,
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
    )  # fmt: skip


def publish(lab: Any, message: str = "hello", **given: Any) -> Any:
    return lab.cloud.client("sns").publish(TopicArn=TOPIC, Message=message, **given)


def test_the_envelope_field_by_field(fed: Any) -> None:
    sent = publish(
        fed, Subject="S", MessageAttributes={"k": {"DataType": "String", "StringValue": "v"}}
    )
    (message,) = fed.messages(fed.q)
    body = json.loads(message["Body"])
    assert list(body) == ["Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp",
                          "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL",
                          "MessageAttributes"]  # fmt: skip
    assert (body["Type"], body["MessageId"], body["TopicArn"]) == (
        "Notification", sent["MessageId"], TOPIC,
    )  # fmt: skip
    assert body["MessageAttributes"] == {"k": {"Type": "String", "Value": "v"}}
    assert body["UnsubscribeURL"].endswith(f"SubscriptionArn={fed.sub}")
    assert re.fullmatch(r"2026-01-05T09:00:0\d\.\d{3}Z", body["Timestamp"])
    assert "MessageAttributes" not in message


def test_raw_delivery_is_yes_or_no_and_for_queues_and_web_servers(fed: Any) -> None:
    with pytest.raises(ClientError, match=r"Invalid value \[maybe\]. Must be true or false"):
        fed.sns.set_subscription_attributes(
            SubscriptionArn=fed.sub, AttributeName="RawMessageDelivery", AttributeValue="maybe"
        )
    for protocol, endpoint in (
        ("lambda", "arn:aws:lambda:us-east-1:123456789012:function:f"),
        ("email", "a@x.example"),
    ):
        with pytest.raises(ClientError, match="does not support raw message delivery"):
            subscribe(fed, endpoint, protocol, RawMessageDelivery="true")
    assert len(fed.sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]) == 1
    subscribe(fed, "a@x.example", "email", RawMessageDelivery="False")


@pytest.mark.parametrize("version", ["1", "2"])
def test_the_signature_verifies_against_the_served_certificate(fed: Any, version: str) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    fed.sns.set_topic_attributes(
        TopicArn=TOPIC, AttributeName="SignatureVersion", AttributeValue=version
    )
    publish(fed, Subject="S")
    (body,) = fed.bodies(fed.q)
    assert body["SignatureVersion"] == version
    pem = requests.get(body["SigningCertURL"], timeout=5).content
    names = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
    text = "".join(f"{name}\n{body[name]}\n" for name in names)
    key: Any = x509.load_pem_x509_certificate(pem).public_key()
    digest = hashes.SHA1() if version == "1" else hashes.SHA256()
    key.verify(base64.b64decode(body["Signature"]), text.encode(), padding.PKCS1v15(), digest)


def test_raw_delivery(fed: Any) -> None:
    fed.sns.set_subscription_attributes(
        SubscriptionArn=fed.sub, AttributeName="RawMessageDelivery", AttributeValue="true"
    )
    publish(fed, MessageAttributes={"k": {"DataType": "Number", "StringValue": "7"}})
    (message,) = fed.messages(fed.q)
    assert message["Body"] == "hello"
    assert message["MessageAttributes"] == {"k": {"StringValue": "7", "DataType": "Number"}}


def test_to_a_function(lab: Any) -> None:
    lab.topic()
    arn = lab.function(principal=SNS, of=TOPIC)
    sub = subscribe(lab, arn, "lambda")
    mark = lab.cloud.trace.mark()
    publish(lab)
    (event,) = lab.events()
    (record,) = event["Records"]
    assert (record["EventSource"], record["EventVersion"]) == ("aws:sns", "1.0")
    assert record["EventSubscriptionArn"] == sub
    assert set(record["Sns"]) == {
        "Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion",
        "Signature", "SigningCertUrl", "UnsubscribeUrl", "MessageAttributes",
    }  # fmt: skip
    assert record["Sns"]["Subject"] is None
    run = lab.cloud.trace.since(mark)[1]
    assert (run.source, run.target, run.principal) == (TOPIC, arn, SNS)


def test_filter_policies(fed: Any) -> None:
    other = fed.queue("other", SNS)
    subscribe(
        fed, other, FilterPolicyScope="MessageBody", FilterPolicy={"n": [{"numeric": [">", 1]}]}
    )
    fed.sns.set_subscription_attributes(
        SubscriptionArn=fed.sub, AttributeName="FilterPolicy",
        AttributeValue=json.dumps({"kind": [{"wildcard": "ph*o"}]}),
    )  # fmt: skip
    publish(
        fed, '{"n": 1}', MessageAttributes={"kind": {"DataType": "String", "StringValue": "photo"}}
    )
    publish(fed, '{"n": 2}')
    assert [one["Message"] for one in fed.bodies(fed.q)] == ['{"n": 1}']
    assert [one["Message"] for one in fed.bodies(other)] == ['{"n": 2}']
    with pytest.raises(ClientError, match="FilterPolicy") as caught:
        subscribe(fed, fed.queue("third"), FilterPolicy={"a": [{"like": "x"}]})
    assert caught.value.response["Error"]["Code"] == "InvalidParameter"


def test_a_message_for_each_protocol(fed: Any) -> None:
    publish(fed, json.dumps({"default": "d", "sqs": "for queues"}), MessageStructure="json")
    assert [one["Message"] for one in fed.bodies(fed.q)] == ["for queues"]
    with pytest.raises(ClientError, match="No default entry"):
        publish(fed, json.dumps({"sqs": "x"}), MessageStructure="json")


def test_the_queue_policy_decides_and_dead_letters_keep_what_it_refuses(fed: Any) -> None:
    shut = fed.queue("shut", SNS, TOPIC + "-other")
    dead = fed.queue("dead", SNS, TOPIC)
    subscribe(fed, shut, RedrivePolicy={"deadLetterTargetArn": dead})
    mark = fed.cloud.trace.mark()
    publish(fed)
    hops = [(h.source, h.target, h.status) for h in fed.cloud.trace.since(mark)[1:]]
    assert hops == [(TOPIC, fed.q, 200), (TOPIC, shut, 403), (TOPIC, dead, 200)]
    assert [one["Message"] for one in fed.bodies(dead)] == ["hello"]
    assert fed.messages(shut) == []


def test_mail_needs_a_confirmation(lab: Any) -> None:
    lab.topic()
    sns = lab.cloud.client("sns")
    answer = sns.subscribe(TopicArn=TOPIC, Protocol="email", Endpoint="a@example.com")
    assert answer["SubscriptionArn"] == "pending confirmation"
    publish(lab, "early")
    listed = sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]
    assert [one["SubscriptionArn"] for one in listed] == ["PendingConfirmation"]
    with pytest.raises(ClientError, match="Invalid token"):
        sns.confirm_subscription(TopicArn=TOPIC, Token="wrong")
    token = lab.cloud.outbox.latest_code("a@example.com")
    arn = sns.confirm_subscription(TopicArn=TOPIC, Token=token)["SubscriptionArn"]
    assert arn.startswith(TOPIC + ":")
    publish(lab, "later", Subject="News")
    mail = lab.cloud.outbox.to("a@example.com")[-1]
    assert (mail.subject, mail.body.splitlines()[0]) == ("News", "later")
    assert len(lab.cloud.outbox) == 2
    requests.get(re.findall(r"https://\S+", mail.body)[0], timeout=5)
    publish(lab, "last")
    assert len(lab.cloud.outbox) == 2


class Web:
    """An endpoint that answers as it is told."""

    def __init__(self, lab: Any) -> None:
        self.got: list[HttpRequest] = []
        self.status = 200
        lab.cloud.http.serve(r"hook\.example\.com", self)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.got.append(request)
        if self.status == 0:
            raise ConnectionRefused("nobody there")
        return HttpResponse(self.status)


def test_http_confirms_delivers_and_retries(lab: Any) -> None:
    lab.topic()
    web, dead = Web(lab), lab.queue("dead", SNS)
    subscribe(
        lab, "https://hook.example.com/x", "https", RedrivePolicy={"deadLetterTargetArn": dead}
    )
    (asked,) = web.got
    assert asked.header("x-amz-sns-message-type") == "SubscriptionConfirmation"
    requests.get(json.loads(asked.body)["SubscribeURL"], timeout=5)
    publish(lab)
    assert web.got[1].header("x-amz-sns-message-type") == "Notification"
    assert json.loads(web.got[1].body)["Message"] == "hello"
    web.status = 503
    publish(lab, "again")
    lab.cloud.clock.advance(seconds=19)
    assert len(web.got) == 3
    lab.cloud.clock.advance(minutes=5)
    assert len(web.got) == 3 + 3
    assert [one["Message"] for one in lab.bodies(dead)] == ["again"]
    web.status = 0
    publish(lab, "refused")
    web.status = 200
    lab.cloud.clock.advance(minutes=1)
    assert json.loads(web.got[-1].body)["Message"] == "refused"
    web.status = 404
    publish(lab, "never")
    assert [one["Message"] for one in lab.bodies(dead)] == ["never"]


def test_fifo_topics(lab: Any) -> None:
    topic = lab.topic("t.fifo", FifoTopic="true", ContentBasedDeduplication="true")
    q = lab.queue("q.fifo", SNS, FifoQueue="true")
    sns = lab.cloud.client("sns")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=q)
    first = sns.publish(TopicArn=topic, Message="a", MessageGroupId="g")
    again = sns.publish(TopicArn=topic, Message="a", MessageGroupId="g")
    second = sns.publish(TopicArn=topic, Message="b", MessageGroupId="g")
    assert again["MessageId"] == first["MessageId"]
    assert int(first["SequenceNumber"]) < int(second["SequenceNumber"])
    found = lab.messages(q)
    assert [json.loads(one["Body"])["Message"] for one in found] == ["a", "b"]
    assert found[0]["Attributes"]["MessageGroupId"] == "g"
    assert json.loads(found[0]["Body"])["SequenceNumber"] == first["SequenceNumber"]
    entries = [{"Id": str(n), "Message": str(n), "MessageGroupId": "g"} for n in range(2)]
    batch = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)["Successful"]
    numbers = [int(one["SequenceNumber"]) for one in batch]
    assert numbers == sorted(numbers)
    assert numbers[0] > int(second["SequenceNumber"])
    with pytest.raises(ClientError, match="MessageGroupId"):
        sns.publish(TopicArn=topic, Message="a")


def test_sms_and_what_is_not_there(lab: Any) -> None:
    lab.topic()
    lab.cloud.client("sns").publish(PhoneNumber="+15555550100", Message="hi")
    subscribe(lab, "+15555550101", "sms")
    publish(lab, "all")
    assert [(m.channel, m.to, m.body) for m in lab.cloud.outbox] == [
        ("sms", "+15555550100", "hi"), ("sms", "+15555550101", "all"),
    ]  # fmt: skip
    with pytest.raises(Unsupported, match="application"):
        subscribe(lab, "arn:aws:sns:us-east-1:123456789012:endpoint/x", "application")
    with pytest.raises(ClientError, match="SQS endpoint ARN"):
        subscribe(lab, "no-arn")


def test_twice(fed: Any) -> None:
    with fed.cloud.plane(EventDelivery).deliver_twice(TOPIC):
        publish(fed)
    first, again = fed.bodies(fed.q)
    assert first == again


def test_lambda_stops_a_loop_through_a_topic(lab: Any) -> None:
    lab.topic()
    dead = lab.queue("dead")
    lab.make_role()
    lab.allow("sqs:SendMessage", name="send")
    lab.function(
        f"""
        import boto3, json
        def handler(event, context):
            print("EVENT " + json.dumps(event))
            boto3.client("sns").publish(TopicArn="{TOPIC}", Message="again")
        """,
        principal=SNS,
        DeadLetterConfig={"TargetArn": dead},
    )
    lab.allow("sns:Publish", name="publish")
    subscribe(lab, "arn:aws:lambda:us-east-1:123456789012:function:f", "lambda")
    mark = lab.cloud.trace.mark()
    publish(lab)
    assert len(lab.events()) == 16
    (dropped,) = [h for h in lab.cloud.trace.since(mark) if h.status == 429]
    assert dropped.error == "RecursiveInvocationException"
    (message,) = lab.messages(dead)
    assert json.loads(message["Body"])["Records"][0]["Sns"]["Message"] == "again"
    assert (
        message["MessageAttributes"]["ErrorMessage"]["StringValue"]
        == "RecursiveInvocationException"
    )
