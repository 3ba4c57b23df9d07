"""Environments: cold and warm, what ends them, what the handler is given."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

COUNTER = """
    print("starting")
    count = 0
    def handler(event, context):
        global count
        count += 1
        return count
"""


def cold(lab: Any) -> list[Any]:
    return [hop.detail["cold"] for hop in lab.cloud.trace.hops if "cold" in hop.detail]


def test_initialized_once_then_warm(lab: Any) -> None:
    lab.function(COUNTER)
    assert [lab.invoke() for _ in range(3)] == [1, 2, 3]
    assert cold(lab) == [True, False, False]
    lines = lab.lines()
    assert lines.count("starting\n") == 1
    reports = [line for line in lines if line.startswith("REPORT")]
    assert ["Init Duration" in line for line in reports] == [True, False, False]


@pytest.mark.parametrize(
    "update",
    [
        {"Timeout": 5},
        {"Environment": {"Variables": {"A": "1"}}},
        {"MemorySize": 256},
        {"Description": "other"},
    ],
)
def test_a_configuration_update_starts_anew(lab: Any, update: dict[str, Any]) -> None:
    lab.function(COUNTER)
    lab.invoke()
    lab.client.update_function_configuration(FunctionName="f", **update)
    assert lab.invoke() == 1


def test_a_code_update_runs_the_new_code(lab: Any, zipped: Any) -> None:
    lab.function(COUNTER)
    lab.invoke()
    lab.client.update_function_code(
        FunctionName="f", ZipFile=zipped(app="def handler(e, c): return 'new'")
    )
    assert lab.invoke() == "new"
    assert cold(lab) == [True, True]


def test_versions_have_environments_of_their_own(lab: Any) -> None:
    lab.function(COUNTER, Publish=True)
    assert [lab.invoke(), lab.invoke(), lab.invoke(Qualifier="1")] == [1, 2, 1]


def test_environments_end_before_their_credentials(lab: Any) -> None:
    lab.function("""
        import boto3
        sts = boto3.client("sts")
        count = 0
        def handler(event, context):
            global count
            count += 1
            return [count, sts.get_caller_identity()["Arn"]]
    """)
    arn = "arn:aws:sts::123456789012:assumed-role/role/f"
    assert lab.invoke() == [1, arn]
    lab.cloud.clock.advance(hours=1)
    assert lab.invoke() == [2, arn]
    lab.cloud.clock.advance(hours=2)
    assert lab.invoke() == [1, arn]


def test_a_failing_handler_keeps_its_environment(lab: Any) -> None:
    lab.function("""
        count = 0
        def handler(event, context):
            global count
            count += 1
            if event: raise RuntimeError
            return count
    """)
    lab.invoke()
    lab.fail(1)
    assert lab.invoke() == 3


def test_recreating_a_function_forgets_the_old_one(lab: Any) -> None:
    lab.function(COUNTER)
    assert [lab.invoke(), lab.invoke()] == [1, 2]
    lab.client.delete_function(FunctionName="f")
    lab.function(COUNTER)
    assert lab.invoke() == 1


def test_a_function_that_invokes_itself_gets_a_second_environment(lab: Any) -> None:
    lab.function("""
        import boto3, json
        count = 0
        def handler(depth, context):
            global count
            count += 1
            below = []
            if depth:
                answer = boto3.client("lambda").invoke(
                    FunctionName=context.function_name, Payload=json.dumps(depth - 1))
                below = json.loads(answer["Payload"].read())
            return [count, *below]
    """)
    assert lab.invoke(2) == [1, 1, 1]
    assert lab.invoke(0) == [2]


def test_the_context_object(lab: Any) -> None:
    lab.function("""
        def handler(event, context):
            c = context.client_context
            return {
                "request": context.aws_request_id, "name": context.function_name,
                "version": context.function_version, "arn": context.invoked_function_arn,
                "memory": context.memory_limit_in_mb, "group": context.log_group_name,
                "stream": context.log_stream_name, "left": context.get_remaining_time_in_millis(),
                "identity": context.identity.cognito_identity_id,
                "custom": c and c.custom, "app": c and c.client.app_title,
                "repr": repr(context)[:15],
            }
    """, Publish=True, MemorySize=512, Timeout=10)  # fmt: skip
    given = base64.b64encode(
        json.dumps({"custom": {"a": 1}, "client": {"app_title": "Todo"}}).encode()
    ).decode()
    found = lab.invoke(Qualifier="1", ClientContext=given)
    assert found["request"] in lab.lines()[0]
    assert found["name"] == "f"
    assert found["version"] == "1"
    assert found["arn"] == lab.arn() + ":1"
    assert found["memory"] == "512"
    assert found["group"] == "/aws/lambda/f"
    assert found["stream"].startswith("2026/01/05/[1]")
    assert found["left"] == 9_999
    assert found["identity"] is None
    assert found["custom"] == {"a": 1}
    assert found["app"] == "Todo"
    assert found["repr"] == "LambdaContext(["
    plain = lab.invoke()
    assert plain["arn"] == lab.arn()
    assert plain["version"] == "$LATEST"
    assert plain["custom"] is None


def test_events_travel_as_json(lab: Any) -> None:
    lab.function("""
        def handler(event, context):
            event["seen"] = True
            return event
    """)
    event = {"a": [1, 2.5, None, "ü"], "b": {"c": False}}
    assert lab.invoke(event) == {**event, "seen": True}
    assert "seen" not in event
    lab.function("def handler(event, context): return event", "empty")
    assert json.loads(lab.client.invoke(FunctionName="empty")["Payload"].read()) == {}


def test_hops_nest_and_carry_the_function_as_source(lab: Any) -> None:
    lab.function("""
        import boto3
        def handler(e, c): return boto3.client("sts").get_caller_identity()["Account"]
    """)
    mark = lab.cloud.trace.mark()
    lab.invoke()
    lab.run()
    (client, first, gateway, second) = lab.cloud.trace.since(mark)
    assert (client.source, client.target, client.action) == (
        "client", lab.arn(), "lambda:InvokeFunction",
    )  # fmt: skip
    assert client.detail["cold"] is True
    assert client.detail["duration"] == 31.0
    assert first.parent == client.number
    assert first.source == second.source == lab.arn()
    assert gateway.source == "arn:aws:apigateway:us-east-1::/restapis/api"
    assert gateway.principal == "apigateway.amazonaws.com"
    assert gateway.detail["cold"] is False
    assert second.parent == gateway.number


def test_a_failed_invocation_is_seen_in_the_trace(lab: Any) -> None:
    lab.function("def handler(e, c): raise LookupError")
    lab.fail()
    hop = lab.cloud.trace.hops[-1]
    assert (hop.status, hop.error) == (200, "LookupError")


def test_two_clouds_give_the_same_run(lab: Any) -> None:
    def run() -> Any:
        lab.function("import uuid\ndef handler(e, c): return [str(uuid.uuid4()), c.aws_request_id]")
        return lab.invoke(), lab.lines(), [hop.start for hop in lab.cloud.trace.hops]

    first = run()
    lab.cloud.stop()
    lab.cloud.start()
    lab.role = lab.cloud.raw("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")[
        "Role"
    ]["Arn"]
    assert run() == first
