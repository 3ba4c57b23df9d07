"""EventBridge: rules, inputs, schedules, permissions, dead letters."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from archlib.errors import Unsupported
from archlib.local.events.bus.inputs import target_input

BUS = "events.amazonaws.com"
RULE = "arn:aws:events:us-east-1:123456789012:rule/r"


@pytest.fixture
def ruled(lab: Any) -> Any:
    """A rule for orders with a queue."""
    lab.events_client = lab.cloud.client("events")
    made = lab.events_client.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    assert made["RuleArn"] == RULE
    lab.q = lab.queue(principal=BUS, source=RULE)
    return lab


def target(lab: Any, arn: str, **more: Any) -> None:
    lab.events_client.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn, **more}])


def put(lab: Any, source: str = "shop", detail: Any = None, **more: Any) -> Any:
    entry = {"Source": source, "DetailType": "Order", "Detail": json.dumps(detail or {"n": 1})}
    return lab.events_client.put_events(Entries=[{**entry, **more}])


def test_the_event_field_by_field(ruled: Any) -> None:
    target(ruled, ruled.q)
    mark = ruled.cloud.trace.mark()
    sent = put(ruled, Resources=["arn:x"])
    put(ruled, "other")
    (event,) = ruled.bodies(ruled.q)
    assert event == {
        "version": "0", "id": sent["Entries"][0]["EventId"], "detail-type": "Order",
        "source": "shop", "account": "123456789012", "time": event["time"],
        "region": "us-east-1", "resources": ["arn:x"], "detail": {"n": 1},
    }  # fmt: skip
    assert event["time"].startswith("2026-01-05T09:00:0")
    assert event["time"].endswith("Z")
    hop = ruled.cloud.trace.since(mark)[1]
    assert (hop.source, hop.target, hop.principal) == (RULE, ruled.q, BUS)


def test_bad_entries(ruled: Any) -> None:
    answer = ruled.events_client.put_events(
        Entries=[
            {"DetailType": "d", "Detail": "{}"},
            {"Source": "shop", "DetailType": "d", "Detail": "[1]"},
            {"Source": "aws.s3", "DetailType": "d", "Detail": "{}"},
            {"Source": "shop", "DetailType": "d", "Detail": "{}"},
        ]
    )
    assert answer["FailedEntryCount"] == 3
    codes = [one.get("ErrorCode") for one in answer["Entries"]]
    assert codes == ["InvalidArgument", "MalformedDetail", "NotAuthorizedForSourceException", None]


def test_to_functions_and_topics(ruled: Any) -> None:
    function = ruled.function(principal=BUS, of=RULE)
    topic = ruled.topic(principal=BUS, source=RULE)
    heard = ruled.queue("heard", "sns.amazonaws.com")
    ruled.cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=heard)
    ruled.events_client.put_targets(
        Rule="r", Targets=[{"Id": "f", "Arn": function}, {"Id": "t", "Arn": topic}]
    )
    put(ruled)
    (event,) = ruled.events()
    (message,) = ruled.bodies(heard)
    assert json.loads(message["Message"]) == event


def test_disabled_and_changed_rules(ruled: Any) -> None:
    target(ruled, ruled.q)
    ruled.events_client.disable_rule(Name="r")
    put(ruled)
    ruled.events_client.enable_rule(Name="r")
    ruled.events_client.put_rule(
        Name="r", EventPattern='{"detail": {"n": [{"numeric": [">", 1]}]}}'
    )
    put(ruled)
    put(ruled, detail={"n": 2})
    assert [one["detail"]["n"] for one in ruled.bodies(ruled.q)] == [2]


EVENT = {"detail": {"name": 'Ann "A"', "n": 3, "list": [1, {"x": "y"}]}, "source": "shop"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"Input": '{"fixed": 1}'}, '{"fixed": 1}'),
        ({"InputPath": "$.detail.n"}, "3"),
        ({"InputPath": "$.detail.list[1].x"}, '"y"'),
        ({"InputPath": "$.absent"}, "{}"),
        ({"InputTransformer": {"InputPathsMap": {"a": "$.detail.name", "n": "$.detail.n"},
          "InputTemplate": '{"who": <a>, "text": "n is <n>, <a>", "n": <n>}'}},
         '{"who": "Ann \\"A\\"", "text": "n is 3, Ann \\"A\\"", "n": 3}'),
        ({"InputTransformer": {"InputPathsMap": {"l": "$.detail.list"},
          "InputTemplate": '{"l": <l>, "rule": "<aws.events.rule-name>"}'}},
         '{"l": [1,{"x":"y"}], "rule": "r"}'),
        ({"InputTransformer": {"InputPathsMap": {},
          "InputTemplate": '{"e": <aws.events.event.json>}'}},
         '{"e": ' + json.dumps(EVENT, separators=(",", ":")) + "}"),
        ({"InputTransformer": {"InputPathsMap": {"z": "$.nope"}, "InputTemplate": '"<z> and <b>"'}},
         '" and <b>"'),
    ],
)  # fmt: skip
def test_inputs(given: Any, expected: str) -> None:
    assert target_input(given, EVENT, RULE, 0.0) == expected


def test_schedules_run_on_the_virtual_clock(ruled: Any) -> None:
    ruled.events_client.put_rule(Name="r", ScheduleExpression="rate(10 minutes)")
    target(ruled, ruled.q)
    ruled.cloud.clock.advance(minutes=35)
    found = ruled.bodies(ruled.q)
    assert [(one["detail-type"], one["source"], one["resources"]) for one in found] == [
        ("Scheduled Event", "aws.events", [RULE])
    ] * 3
    assert [one["time"][14:16] for one in found] == ["10", "20", "30"]
    put(ruled, "anything")
    assert ruled.messages(ruled.q) == []
    ruled.events_client.disable_rule(Name="r")
    ruled.cloud.clock.advance(hours=2)
    assert ruled.messages(ruled.q) == []
    with pytest.raises(ClientError, match="ScheduleExpression is not valid"):
        ruled.events_client.put_rule(Name="x", ScheduleExpression="rate(1 minutes)")


def test_no_permission_goes_to_the_dead_letters(ruled: Any) -> None:
    shut, dead = ruled.queue("shut"), ruled.queue("dead", BUS, RULE)
    target(ruled, shut, DeadLetterConfig={"Arn": dead})
    put(ruled)
    (message,) = ruled.messages(dead)
    given = {name: one["StringValue"] for name, one in message["MessageAttributes"].items()}
    assert given.pop("ERROR_MESSAGE")
    assert given == {"RULE_ARN": RULE, "TARGET_ARN": shut, "ERROR_CODE": "NO_PERMISSIONS",
                     "RETRY_ATTEMPTS": "0"}  # fmt: skip
    assert json.loads(message["Body"])["source"] == "shop"


def test_patterns_are_checked_and_tested(ruled: Any) -> None:
    client = ruled.events_client
    with pytest.raises(ClientError, match="Event pattern is not valid") as caught:
        client.put_rule(Name="x", EventPattern='{"a": [{"like": "b"}]}')
    assert caught.value.response["Error"]["Code"] == "InvalidEventPatternException"
    event = json.dumps({"id": "1", "source": "shop", "detail": {"a": "b"}})
    for pattern, expected in (('{"source": ["shop"]}', True), ('{"source": ["x"]}', False)):
        assert client.test_event_pattern(EventPattern=pattern, Event=event)["Result"] is expected


def test_what_is_not_there_is_refused(ruled: Any) -> None:
    with pytest.raises(Unsupported, match="states"):
        target(ruled, "arn:aws:states:us-east-1:123456789012:stateMachine:m")
    with pytest.raises(Unsupported, match="RoleArn"):
        target(ruled, ruled.q, RoleArn="arn:aws:iam::123456789012:role/x")
    with pytest.raises(Unsupported, match="archives"):
        ruled.events_client.create_archive(ArchiveName="a", EventSourceArn="arn:aws:events:x")
    with pytest.raises(Unsupported, match="JSON path"):
        target(ruled, ruled.q, InputPath="$.detail[?(@.x)]")
    with pytest.raises(ClientError, match="Only one of"):
        target(ruled, ruled.q, InputPath="$.detail", Input="{}")


def test_another_bus(ruled: Any) -> None:
    client = ruled.events_client
    client.create_event_bus(Name="orders")
    arn = client.put_rule(Name="r", EventBusName="orders", EventPattern='{"source": ["shop"]}')
    q = ruled.queue("orders", BUS, arn["RuleArn"])
    client.put_targets(Rule="r", EventBusName="orders", Targets=[{"Id": "1", "Arn": q}])
    put(ruled)
    assert ruled.messages(q) == []
    put(ruled, EventBusName="orders")
    assert len(ruled.messages(q)) == 1
