"""What a function leaves in CloudWatch Logs, and when it may not."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from archlib.local.functions import limits
from archlib.local.functions.journal import Report
from archlib.local.functions.output import Output

ID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def test_the_lines_of_an_invocation(lab: Any) -> None:
    lab.function("""
        import logging
        logger = logging.getLogger("app")
        logging.getLogger().setLevel("INFO")
        def handler(event, context):
            print("plain", "text")
            print("two\\nlines", end="")
            logger.info("one\\nrecord")
            logger.debug("not shown")
            print("no end", end="")
    """, MemorySize=256)  # fmt: skip
    lab.invoke()
    start, plain, two, lines, record, no_end, end, report = lab.lines()
    assert re.fullmatch(rf"START RequestId: {ID} Version: \$LATEST\n", start)
    assert (plain, two, lines) == ("plain text\n", "two\n", "lines\n")
    assert re.fullmatch(rf"\[INFO\]\t2026-01-05T09:00:00\.\d\d\dZ\t{ID}\tone\nrecord\n", record)
    assert no_end == "no end\n"
    assert re.fullmatch(rf"END RequestId: {ID}\n", end)
    assert re.fullmatch(
        rf"REPORT RequestId: {ID}\tDuration: 1\.00 ms\tBilled Duration: 251 ms\t"
        r"Memory Size: 256 MB\tInit Duration: 250\.00 ms\t\n",
        report,
    )


def test_one_stream_for_each_environment(lab: Any) -> None:
    lab.function("def handler(e, c): pass", Publish=True)
    lab.invoke()
    lab.invoke()
    lab.invoke(Qualifier="1")
    streams = lab.cloud.raw("logs").describe_log_streams(logGroupName="/aws/lambda/f")["logStreams"]
    names = sorted(stream["logStreamName"] for stream in streams)
    assert len(names) == 2
    assert re.fullmatch(r"2026/01/05/\[\$LATEST\][0-9a-f]{32}", names[0])
    assert re.fullmatch(r"2026/01/05/\[1\][0-9a-f]{32}", names[1])


def test_a_custom_log_group(lab: Any) -> None:
    lab.function("def handler(e, c): return c.log_group_name", LoggingConfig={"LogGroup": "/mine"})
    assert lab.invoke() == "/mine"
    groups = lab.cloud.raw("logs").describe_log_groups()["logGroups"]
    assert [group["logGroupName"] for group in groups] == ["/mine"]


def test_json_logs(lab: Any) -> None:
    lab.function("""
        import logging
        logger = logging.getLogger("app")
        def handler(event, context):
            logger.info("hidden")
            logger.warning("shown %s", 1, extra={"user": "u1"})
            raise ValueError("broken")
    """, LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "WARN"})  # fmt: skip
    lab.fail()
    start, record, error, report = map(json.loads, lab.lines())
    assert (start["type"], start["record"]["version"]) == ("platform.start", "$LATEST")
    assert record["level"] == "WARNING"
    assert (record["message"], record["user"], record["logger"]) == ("shown 1", "u1", "app")
    assert record["requestId"] == start["record"]["requestId"]
    assert (error["level"], error["errorType"], error["errorMessage"]) == (
        "ERROR", "ValueError", "broken",
    )  # fmt: skip
    assert report["type"] == "platform.report"
    assert report["record"]["status"] == "error"
    assert report["record"]["metrics"]["initDurationMs"] == 250.0


def test_active_tracing_is_reported(lab: Any) -> None:
    lab.function(
        "import os\ndef handler(e, c): return os.environ['_X_AMZN_TRACE_ID']",
        TracingConfig={"Mode": "Active"},
    )
    header = lab.invoke()
    root = re.fullmatch(r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24});Parent=[0-9a-f]{16};Sampled=1", header)
    assert root is not None
    assert f"XRAY TraceId: {root[1]}\tSampled: true" in lab.lines()[-1]
    assert lab.invoke() != header


@pytest.mark.parametrize(
    ("actions", "written"),
    [
        ((), False),
        (("logs:CreateLogStream", "logs:PutLogEvents"), False),
        (("logs:CreateLogGroup", "logs:CreateLogStream"), False),
        (("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"), True),
    ],
)
def test_logs_need_the_roles_permission(
    guarded: Any, actions: tuple[str, ...], written: bool
) -> None:
    if actions:
        guarded.allow(
            *actions,
            resource="arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/f:*",
        )
    guarded.function("def handler(e, c): print('hello'); return 1")
    assert guarded.invoke() == 1
    groups = guarded.cloud.raw("logs").describe_log_groups()["logGroups"]
    assert bool(groups and guarded.lines()) is written


def test_an_existing_group_needs_no_permission_to_create_one(guarded: Any) -> None:
    guarded.cloud.raw("logs").create_log_group(logGroupName="/aws/lambda/f")
    guarded.allow("logs:CreateLogStream", "logs:PutLogEvents")
    guarded.function("def handler(e, c): print('hello')")
    guarded.invoke()
    assert "hello\n" in guarded.lines()


def test_a_torrent_of_output_is_cut_off(lab: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "OUTPUT_CHARACTERS", 2_000)
    lab.function("def handler(e, c):\n    for _ in range(1000): print('x' * 99)")
    lab.invoke()
    lines = lab.lines()
    assert len(lines) < 30
    assert "archlib: more output was cut off\n" in lines
    assert lines[-1].startswith("REPORT")


def test_one_line_without_end_is_cut_off(lab: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "OUTPUT_CHARACTERS", 2_000)
    lab.function("def handler(e, c):\n    print('x' * 1_000_000)\n    print('y')")
    lab.invoke()
    lines = lab.lines()
    assert max(map(len, lines)) < 2_010
    assert "archlib: more output was cut off\n" in lines


def test_output_splits_lines_and_keeps_the_tail() -> None:
    output = Output(lambda: 1.5)
    output.write("a\nb")
    output.write("c\n")
    output.event("multi\nline")
    assert [event.message for event in output.events] == ["a\n", "bc\n", "multi\nline\n"]
    assert {event.timestamp for event in output.events} == {1500}
    assert output.tail() == b"a\nbc\nmulti\nline\n"


@pytest.mark.parametrize(
    ("duration", "init", "billed"), [(1.0, None, 1), (1.001, None, 2), (0.5, 250.0, 251), (0, 0, 0)]
)
def test_billing_rounds_up_and_includes_init(
    duration: float, init: float | None, billed: int
) -> None:
    assert Report("r", duration, 128, init).billed == billed
