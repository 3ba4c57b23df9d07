"""SQS as SDKs of before November 2023 speak to it: forms in, XML out."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
import requests
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
SPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"


class OldClient:
    """Signs forms as they came."""

    def __init__(self, server: Any, keys: dict[str, str] | None = None) -> None:
        self.endpoint = server.endpoint
        keys = keys or server.keys
        self._credentials = Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"])

    def post(self, action: str, path: str = "/", **given: str) -> tuple[int, ElementTree.Element]:
        body = urlencode({"Action": action, "Version": "2012-11-05", **given})
        request = AWSRequest("POST", f"{self.endpoint}{path}", dict(FORM), body)
        SigV4Auth(self._credentials, "sqs", "us-east-1").add_auth(request)
        answer = requests.post(request.url, data=body, headers=dict(request.headers), timeout=10)
        assert answer.headers["Content-Type"] == "text/xml"
        return answer.status_code, ElementTree.fromstring(answer.content)

    def ok(self, action: str, path: str = "/", **given: str) -> ElementTree.Element:
        status, document = self.post(action, path, **given)
        assert (status, document.tag) == (200, f"{SPACE}{action}Response"), texts(document)
        return document

    def refused(self, action: str, path: str = "/", **given: str) -> tuple[int, str]:
        status, document = self.post(action, path, **given)
        return status, texts(document)["Code"]


def texts(element: ElementTree.Element) -> dict[str, str]:
    """The leaves by name; of several the last."""
    return {one.tag.removeprefix(SPACE): one.text or "" for one in element.iter() if len(one) == 0}


def pairs(element: ElementTree.Element, name: str, key: str = "Name") -> dict[str, str]:
    found = element.iter(f"{SPACE}{name}")
    return {str(one.findtext(f"{SPACE}{key}")): str(one.findtext(f"{SPACE}Value")) for one in found}


@pytest.fixture(scope="module")
def old(server: Any) -> OldClient:
    return OldClient(server)


def path_of(old: OldClient, name: str, **given: str) -> str:
    url = texts(old.ok("CreateQueue", QueueName=name, **given))["QueueUrl"]
    return "/" + url.split("/", 3)[3]


def test_attributes_and_tags(old: OldClient) -> None:
    given = {
        "Attribute.1.Name": "VisibilityTimeout", "Attribute.1.Value": "7",
        "Attribute.2.Name": "DelaySeconds", "Attribute.2.Value": "0",
        "Tag.1.Key": "team", "Tag.1.Value": "blog",
    }  # fmt: skip
    path = path_of(old, "old-attributes", **given)
    asked = {"AttributeName.1": "VisibilityTimeout", "AttributeName.2": "DelaySeconds"}
    told = pairs(old.ok("GetQueueAttributes", path, **asked), "Attribute")
    assert told == {"VisibilityTimeout": "7", "DelaySeconds": "0"}
    assert pairs(old.ok("ListQueueTags", path), "Tag", "Key") == {"team": "blog"}
    old.ok("UntagQueue", path, **{"TagKey.1": "team"})
    assert pairs(old.ok("ListQueueTags", path), "Tag", "Key") == {}
    listed = old.ok("ListQueues", QueueNamePrefix="old-attributes").iter(f"{SPACE}QueueUrl")
    assert [url.text for url in listed] == [f"https://sqs.us-east-1.amazonaws.com{path}"]
    permission = {"Label": "l", "AWSAccountId.1": "123456789012", "ActionName.1": "SendMessage"}
    old.ok("AddPermission", path, **permission)
    policy = pairs(old.ok("GetQueueAttributes", path, **{"AttributeName.1": "Policy"}), "Attribute")
    assert json.loads(policy["Policy"])["Statement"][0]["Sid"] == "l"


def test_messages(server: Any, old: OldClient) -> None:
    path = path_of(old, "old-messages")
    given = {
        "MessageBody": "ü <&> \r\n",
        "MessageAttribute.1.Name": "n", "MessageAttribute.1.Value.DataType": "Number",
        "MessageAttribute.1.Value.StringValue": "3",
        "MessageAttribute.2.Name": "b", "MessageAttribute.2.Value.DataType": "Binary",
        "MessageAttribute.2.Value.BinaryValue": base64.b64encode(b"\0\1").decode(),
    }  # fmt: skip
    sent = texts(old.ok("SendMessage", path, **given))
    current = server.client("sqs")
    url = f"https://sqs.us-east-1.amazonaws.com{path}"
    same = current.receive_message(QueueUrl=url, MessageAttributeNames=["All"],
                                   VisibilityTimeout=0)["Messages"][0]  # fmt: skip
    assert same["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert same["MessageAttributes"]["b"]["BinaryValue"] == b"\0\1"
    asked = {"AttributeName.1": "All", "MessageAttributeName.1": "n"}
    got = old.ok("ReceiveMessage", path, **asked)
    (message,) = got.iter(f"{SPACE}Message")
    assert message.findtext(f"{SPACE}Body") == "ü <&> \r\n"
    assert message.findtext(f"{SPACE}MessageId") == sent["MessageId"]
    assert pairs(got, "Attribute")["ApproximateReceiveCount"] == "2"
    (attribute,) = got.iter(f"{SPACE}MessageAttribute")
    assert texts(attribute) == {"Name": "n", "DataType": "Number", "StringValue": "3"}
    old.ok("DeleteMessage", path, ReceiptHandle=texts(got)["ReceiptHandle"])
    assert "ReceiptHandle" not in texts(old.ok("ReceiveMessage", path))


def test_batches(old: OldClient) -> None:
    path = path_of(old, "old-batches")
    entry = "SendMessageBatchRequestEntry"
    given = {
        f"{entry}.1.Id": "one", f"{entry}.1.MessageBody": "1",
        f"{entry}.2.Id": "two", f"{entry}.2.MessageBody": "2", f"{entry}.2.DelaySeconds": "9000",
    }  # fmt: skip
    sent = old.ok("SendMessageBatch", path, **given)
    (good,) = sent.iter(f"{SPACE}SendMessageBatchResultEntry")
    (bad,) = sent.iter(f"{SPACE}BatchResultErrorEntry")
    assert (texts(good)["Id"], texts(bad)["Id"]) == ("one", "two")
    assert texts(bad)["SenderFault"] == "true"
    got = texts(old.ok("ReceiveMessage", path))
    entry = "DeleteMessageBatchRequestEntry"
    given = {f"{entry}.1.Id": "gone", f"{entry}.1.ReceiptHandle": got["ReceiptHandle"]}
    (gone,) = old.ok("DeleteMessageBatch", path, **given).iter(
        f"{SPACE}DeleteMessageBatchResultEntry"
    )
    assert texts(gone) == {"Id": "gone"}


def test_refusals(server: Any, old: OldClient) -> None:
    path = path_of(old, "old-refusals")
    absent = "AWS.SimpleQueueService.NonExistentQueue"
    assert old.refused("GetQueueUrl", QueueName="absent") == (400, absent)
    assert old.refused("ReceiveMessage", f"{path}-absent") == (400, absent)
    empty = "AWS.SimpleQueueService.EmptyBatchRequest"
    assert old.refused("SendMessageBatch", path) == (400, empty)
    assert old.refused("Nonsense", path) == (400, "InvalidAction")
    keys = {**server.keys, "aws_secret_access_key": "wrong"}
    assert OldClient(server, keys).refused("ListQueues") == (403, "SignatureDoesNotMatch")
    nobody = OldClient(server, server.user("old-nobody"))
    assert nobody.refused("ReceiveMessage", path) == (403, "AccessDenied")


def test_a_link_that_receives(server: Any, old: OldClient) -> None:
    path = path_of(old, "old-link")
    old.ok("SendMessage", path, MessageBody="by link")
    query = urlencode({"Action": "ReceiveMessage", "Version": "2012-11-05"})
    request = AWSRequest("GET", f"{server.endpoint}{path}?{query}")
    credentials = Credentials(
        server.keys["aws_access_key_id"], server.keys["aws_secret_access_key"]
    )
    SigV4QueryAuth(credentials, "sqs", "us-east-1").add_auth(request)
    answer = requests.get(request.url, timeout=10)
    assert answer.status_code == 200
    assert texts(ElementTree.fromstring(answer.content))["Body"] == "by link"
