"""A trace that is kept for long forgets its beginning, and nobody takes the rest for all."""

from __future__ import annotations

from typing import Any

import pytest

from archlib.errors import ArchlibError
from archlib.local import LocalCloud
from archlib.local.served.tail import Tail
from archlib.local.served.tenancy import doings
from archlib.local.trace import Trace
from archlib.verify.remote.views import RemoteTrace


def hop(trace: Trace, action: str) -> Any:
    return trace.hop(source="client", target="x", action=action)


def called(trace: Trace, count: int) -> None:
    for _ in range(count):
        with hop(trace, "call"):
            pass


def test_the_newest_are_kept_and_numbers_go_on() -> None:
    trace = Trace(lambda: 0.0, keep=100)
    called(trace, 1000)
    numbers = [one.number for one in trace.hops]
    assert numbers == list(range(trace.first, 1000))
    assert 100 <= len(numbers) <= 110
    mark = trace.mark()
    assert mark == trace.settled == 1000
    called(trace, 3)
    assert [one.number for one in trace.since(mark)] == [1000, 1001, 1002]
    assert trace.since(0) == trace.hops


def test_without_a_bound_nothing_is_dropped() -> None:
    trace = Trace(lambda: 0.0)
    called(trace, 1000)
    assert (trace.first, len(trace.hops)) == (0, 1000)


def test_what_is_under_way_stays_with_all_that_follows() -> None:
    trace = Trace(lambda: 0.0, keep=100)
    called(trace, 50)
    with hop(trace, "deploys"):
        called(trace, 500)
        assert (trace.first, trace.settled) == (50, 50)
    assert [one.action for one in trace.since(50)][:2] == ["deploys", "call"]
    assert len(trace.since(50)) == 501
    called(trace, 1)
    assert len(trace.hops) == 101


def test_who_follows_is_told_each_hop_once() -> None:
    trace = Trace(lambda: 0.0, keep=100)
    tail = Tail(lambda: trace, 0)
    told: list[int] = []
    for _ in range(40):
        called(trace, 25)
        told += [one.number for one in tail.fresh()]
    assert told == list(range(1000))


def test_a_cloud_whose_beginning_is_forgotten_counts_as_used() -> None:
    with LocalCloud(planes=(), keep_hops=100) as cloud:
        for _ in range(100):
            cloud.client("sts").get_caller_identity()
        assert doings(cloud) == ()
        for _ in range(100):
            cloud.client("sts").get_caller_identity()
        assert doings(cloud) == (f"{cloud.trace.first} calls before those that are remembered",)


class Surface:
    def get(self, path: str) -> Any:
        return {"first": 40, "mark": 140, "settled": 140, "hops": []}


def test_a_verification_is_not_judged_by_half_of_its_hops() -> None:
    trace = RemoteTrace(Surface())  # type: ignore[arg-type]
    assert trace.since(40) == ()
    with pytest.raises(ArchlibError, match="dropped 1 of the hops"):
        trace.since(39)
