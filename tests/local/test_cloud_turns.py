"""Clients that act together: one at a time, in a fixed order, and every race is lost."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from archlib.local import LocalCloud
from archlib.local.turns import Turns

COUNTER = """
import os
import boto3

table = boto3.client("dynamodb")
KEY = {{"id": {{"S": "counter"}}}}

def handler(event, context):
    seen = table.get_item(TableName="counts", Key=KEY)["Item"]["n"]["N"]
    os.environ["SEEN"] = seen
    try:
        table.{write}
    except table.exceptions.ConditionalCheckFailedException:
        return "lost"
    print(event["who"], "saw", seen)
    return [event["who"], seen, os.environ["SEEN"]]
"""
BLIND = 'put_item(TableName="counts", Item={**KEY, "n": {"N": str(int(seen) + 1)}})'
CAREFUL = (
    'put_item(TableName="counts", Item={**KEY, "n": {"N": str(int(seen) + 1)}}, '
    'ConditionExpression="n = :seen", ExpressionAttributeValues={":seen": {"N": seen}})'
)


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as cloud:
        cloud.client("dynamodb").create_table(
            TableName="counts",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        cloud.client("dynamodb").put_item(
            TableName="counts", Item={"id": {"S": "counter"}, "n": {"N": "0"}}
        )
        yield cloud


def function(cloud: LocalCloud, write: str) -> Callable[[str], Any]:
    iam = cloud.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
             "Action": "sts:AssumeRole"}  # fmt: skip
    role = iam.create_role(
        RoleName="counter", AssumeRolePolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]  # fmt: skip
    allowed = {"Effect": "Allow", "Action": ["dynamodb:*", "logs:*"], "Resource": "*"}
    iam.put_role_policy(
        RoleName="counter", PolicyName="all",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )  # fmt: skip
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", COUNTER.format(write=write))
    client = cloud.client("lambda")
    client.create_function(
        FunctionName="count", Runtime="python3.12", Role=role, Handler="app.handler",
        Code={"ZipFile": code.getvalue()},
    )  # fmt: skip

    def invoke(who: str) -> Any:
        answer = client.invoke(FunctionName="count", Payload=json.dumps({"who": who}))
        return json.loads(answer["Payload"].read())

    return invoke


def count(cloud: LocalCloud) -> int:
    found = cloud.client("dynamodb").get_item(
        TableName="counts", Key={"id": {"S": "counter"}}, ConsistentRead=True
    )
    return int(found["Item"]["n"]["N"])


def both(cloud: LocalCloud, invoke: Callable[[str], Any]) -> list[Any]:
    return cloud.turns.together([lambda: invoke("ana"), lambda: invoke("ben")])


def test_one_after_the_other_nothing_is_lost(cloud: LocalCloud) -> None:
    invoke = function(cloud, BLIND)
    assert [invoke("ana")[1], invoke("ben")[1]] == ["0", "1"]
    assert count(cloud) == 2


def test_together_both_read_before_either_writes(cloud: LocalCloud) -> None:
    assert both(cloud, function(cloud, BLIND)) == [["ana", "0", "0"], ["ben", "0", "0"]]
    assert count(cloud) == 1


def test_together_a_condition_keeps_the_second_out(cloud: LocalCloud) -> None:
    assert both(cloud, function(cloud, CAREFUL)) == [["ana", "0", "0"], "lost"]
    assert count(cloud) == 1


def test_each_has_an_environment_and_a_log_of_its_own(cloud: LocalCloud) -> None:
    both(cloud, function(cloud, BLIND))
    logs = cloud.client("logs")
    streams = logs.describe_log_streams(logGroupName="/aws/lambda/count")["logStreams"]
    said = [
        [e["message"] for e in logs.get_log_events(
            logGroupName="/aws/lambda/count", logStreamName=s["logStreamName"])["events"]]
        for s in streams
    ]  # fmt: skip
    assert len(streams) == 2
    assert sorted(line.strip() for lines in said for line in lines if "saw" in line) == [
        "ana saw 0",
        "ben saw 0",
    ]


def test_hops_lie_below_the_call_that_caused_them(cloud: LocalCloud) -> None:
    mark = cloud.trace.mark()
    both(cloud, function(cloud, BLIND))
    hops = cloud.trace.since(mark)
    invocations = [h for h in hops if h.action == "lambda:InvokeFunction"]
    gets = [h for h in hops if h.action == "dynamodb:GetItem"]
    assert len(invocations) == len(gets) == 2
    assert len({h.parent for h in gets}) == 2


def test_the_process_is_the_hosts_again_afterwards(cloud: LocalCloud) -> None:
    import os
    import sys

    before = dict(os.environ), os.getcwd(), list(sys.path), sys.stdout, set(sys.modules)
    both(cloud, function(cloud, BLIND))
    after = dict(os.environ), os.getcwd(), list(sys.path), sys.stdout, set(sys.modules)
    assert after[:4] == before[:4]
    assert "app" not in after[4]


def test_every_run_is_the_same() -> None:
    def run() -> list[str]:
        with LocalCloud() as cloud:
            cloud.client("dynamodb").create_table(
                TableName="counts",
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
            cloud.client("dynamodb").put_item(
                TableName="counts", Item={"id": {"S": "counter"}, "n": {"N": "0"}}
            )
            both(cloud, function(cloud, BLIND))
            return [f"{h.parent} {h} {h.start} {h.duration}" for h in cloud.trace.hops]

    assert run() == run()


def test_results_keep_their_order_and_the_first_error_comes_out() -> None:
    def fail() -> int:
        raise ValueError("second")

    turns = Turns()
    assert turns.together([lambda: 1, lambda: 2, lambda: 3]) == [1, 2, 3]
    with pytest.raises(ValueError, match="second"):
        turns.together([lambda: 1, fail, lambda: 3])
    assert turns.together([]) == []
    assert not turns.taken


def test_no_thread_is_left() -> None:
    before = threading.active_count()
    Turns().together([lambda: None] * 5)
    assert threading.active_count() == before
