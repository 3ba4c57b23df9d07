"""A handler's time ends: on the virtual clock, or when it computes for too long."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from archlib.local.functions.watchdog import GRACE, TimedOut, Watch, Watchdog

SLEEPER = """
    import time
    count = 0
    def handler(event, context):
        global count
        count += 1
        try:
            time.sleep(event["seconds"])
        except Exception:
            return "swallowed"
        return [count, context.get_remaining_time_in_millis()]
"""


def test_sleep_spends_virtual_time_only(lab: Any) -> None:
    lab.function(SLEEPER, Timeout=900)
    began, real = lab.cloud.clock.time(), time.perf_counter()
    count, left = lab.invoke({"seconds": 600})
    assert (count, left) == (1, 299_999)
    assert lab.cloud.clock.time() - began == pytest.approx(600.256)
    assert time.perf_counter() - real < 1


def test_virtual_timeout_is_three_seconds_by_default(lab: Any) -> None:
    lab.function(SLEEPER)
    assert lab.invoke({"seconds": 2.9})[0] == 1
    error = lab.fail({"seconds": 3})
    request_id = error["errorMessage"].split()[1]
    assert error == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id} Error: Task timed out after 3.00 seconds",
    }
    *_, out, end, report = lab.lines()
    assert out == f"2026-01-05T09:00:06.161Z {request_id} Task timed out after 3.00 seconds\n"
    assert end.startswith("END")
    assert "Duration: 3000.00 ms\tBilled Duration: 3000 ms" in report
    assert report.rstrip().endswith("Status: timeout")
    assert lab.invoke({"seconds": 0})[0] == 1, "the environment was discarded"


def test_time_spent_in_calls_counts(lab: Any) -> None:
    lab.function("""
        import boto3
        logs = boto3.client("logs")
        def handler(event, context):
            made = 0
            while True:
                logs.describe_log_groups()
                made += 1
    """, Timeout=1)  # fmt: skip
    mark = lab.cloud.trace.mark()
    assert lab.fail()["errorType"] == "Sandbox.Timedout"
    calls = [hop for hop in lab.cloud.trace.since(mark) if hop.action == "logs:DescribeLogGroups"]
    assert 95 <= len(calls) <= 102


@pytest.mark.slow
def test_an_endless_loop_is_stopped(lab: Any) -> None:
    lab.function("def handler(e, c):\n    while True: pass", Timeout=1)
    real = time.perf_counter()
    assert lab.fail()["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert time.perf_counter() - real < 5
    assert lab.cloud.trace.hops[-1].duration == pytest.approx(1.255), "the virtual clock agrees"


@pytest.mark.slow
def test_an_endless_loop_in_another_thread_is_stopped(lab: Any) -> None:
    lab.function("def handler(e, c):\n    while True: pass", Timeout=1)
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(lab.fail()))
    thread.start()
    thread.join(10)
    assert found[0]["errorType"] == "Sandbox.Timedout"


def test_initialization_is_limited_to_ten_seconds_then_tried_again(lab: Any) -> None:
    lab.function("""
        import time, os
        time.sleep(11)
        def handler(e, c): return "late"
    """, Timeout=20)  # fmt: skip
    assert lab.invoke() == "late"
    assert any("Phase: init\tStatus: timeout" in line for line in lab.lines())


def test_initialization_that_never_ends(lab: Any) -> None:
    lab.function("import time\ntime.sleep(100)\ndef handler(e, c): pass", Timeout=5)
    assert lab.fail()["errorMessage"].endswith("Task timed out after 5.00 seconds")


def test_negative_sleep_is_pythons_error(lab: Any) -> None:
    lab.function(SLEEPER)
    assert lab.invoke({"seconds": -1}) == "swallowed"


def test_the_caller_of_a_slow_function_runs_out_of_time_too(lab: Any) -> None:
    lab.function("import time\ndef handler(e, c): time.sleep(8)", "slow", Timeout=10)
    lab.function("""
        import boto3
        def handler(e, c):
            boto3.client("lambda").invoke(FunctionName="slow")
            return "in time"
    """, "caller", Timeout=5)  # fmt: skip
    assert lab.fail(name="caller")["errorMessage"].endswith("after 5.00 seconds")
    inner = [h for h in lab.cloud.trace.hops if h.target == lab.arn("slow") and h.parent]
    assert [hop.error for hop in inner] == [None]


def test_a_watch_that_ended_never_fires_late() -> None:
    dog = Watchdog()
    try:
        for _ in range(40):
            watch = dog.arm(0.0)
            try:
                end = time.thread_time() + 0.002
                while time.thread_time() < end:
                    pass
            except TimedOut:
                pass
            dog.disarm(watch)
        end = time.perf_counter() + 0.15
        while time.perf_counter() < end:
            pass
    finally:
        dog.stop()


def test_who_waits_is_over_only_where_others_wait() -> None:
    watch = Watch(threading.get_ident(), 3.0)
    watch.passed = 3.0 + GRACE
    assert not watch.over(waiting_too=True), "not yet"
    watch.passed = 10.0
    assert watch.over(waiting_too=True)
    assert not watch.over(waiting_too=False)
    watch.begun -= 1.0
    assert not watch.over(waiting_too=True), "it has computed for a tenth of the time"
    watch.begun -= 2.1
    assert watch.over(waiting_too=False), "it has computed for longer than it may"


WAITER = """
    import queue, threading
    from concurrent.futures import ThreadPoolExecutor
    def handler(event, context):
        done, answers = threading.Event(), queue.Queue()
        def work():
            for number in range(event["count"]):
                answers.put(number)
            done.set()
        thread = threading.Thread(target=work)
        thread.start()
        got = [answers.get() for _ in range(event["count"])]
        assert done.wait() and done.wait(5)
        thread.join()
        thread.join(5)
        empty = threading.Event().wait(0.12)
        with ThreadPoolExecutor(2) as pool:
            return [got, thread.is_alive(), empty, list(pool.map(len, ["a", "bc"]))]
"""


def test_waiting_for_ones_own_threads_is_as_ever(lab: Any) -> None:
    lab.function(WAITER)
    wait, join = threading.Condition.wait, threading.Thread.join
    assert lab.invoke({"count": 500}) == [list(range(500)), False, False, [1, 2]]
    assert threading.Condition.wait is wait
    assert threading.Thread.join is join
