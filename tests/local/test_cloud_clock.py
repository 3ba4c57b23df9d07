from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlib.errors import ArchlibError
from archlib.local import clock as clock_module
from archlib.local.clock import Clock

START = datetime(2026, 1, 5, tzinfo=UTC)


def test_timers_run_in_order_at_their_own_instant() -> None:
    clock, seen = Clock(START), []
    clock.after(30, lambda: seen.append(("b", clock.now().second)), "b")
    clock.after(10, lambda: seen.append(("a", clock.now().second)), "a")
    clock.advance(seconds=20)
    assert seen == [("a", 10)]
    clock.advance(seconds=20)
    assert seen == [("a", 10), ("b", 30)]
    assert clock.now() == datetime(2026, 1, 5, 0, 0, 40, tzinfo=UTC)


def test_a_timer_may_set_another_one_within_the_same_advance() -> None:
    clock, seen = Clock(START), []
    clock.after(5, lambda: clock.after(5, lambda: seen.append(clock.now().second), "two"), "one")
    clock.advance(minutes=1)
    assert seen == [10]


def test_cancelled_timers_do_not_run() -> None:
    clock, seen = Clock(START), []
    clock.after(5, lambda: seen.append(1), "x").cancel()
    clock.advance(hours=1)
    assert seen == []
    assert clock.pending == ()


def test_ready_work_is_first_come_first_served_and_may_queue_more() -> None:
    clock, seen = Clock(START), []
    clock.soon(lambda: (seen.append(1), clock.soon(lambda: seen.append(3), "3"))[0], "1")
    clock.soon(lambda: seen.append(2), "2")
    clock.settle()
    assert seen == [1, 2, 3]


def test_time_cannot_run_backwards() -> None:
    clock = Clock(START)
    with pytest.raises(ArchlibError, match="backwards"):
        clock.advance(seconds=-1)
    with pytest.raises(ArchlibError, match="backwards"):
        clock.spend(-1)


def test_spending_leaves_timers_to_the_next_settling() -> None:
    clock, seen = Clock(START), []
    clock.after(1, lambda: seen.append(1), "x")
    clock.spend(2)
    assert seen == []
    clock.settle()
    assert seen == [1]


def test_work_that_feeds_itself_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_module, "SETTLE_LIMIT", 50)
    clock = Clock(START)

    def again() -> None:
        clock.soon(again, "thumbnail of a thumbnail")

    again()
    with pytest.raises(ArchlibError, match="thumbnail of a thumbnail"):
        clock.settle()


@given(st.lists(st.integers(1, 1000), max_size=20), st.lists(st.integers(0, 400), max_size=6))
def test_every_due_timer_runs_once_in_order(delays: list[int], strides: list[int]) -> None:
    clock, seen = Clock(START), []
    begin = clock.time()
    for delay in delays:
        clock.after(delay, lambda d=delay: seen.append((d, clock.time() - begin)), str(delay))
    for stride in strides:
        clock.advance(seconds=stride)
    assert [d for d, _ in seen] == sorted(d for d in delays if d <= sum(strides))
    assert all(d == at for d, at in seen)


def test_a_timer_is_due_at_its_instant_however_it_is_reached() -> None:
    for parts in (2, 4, 5, 7, 10, 14):
        clock, seen = Clock(START), []
        clock.after(0.7, lambda seen=seen: seen.append(1), "x")
        for _ in range(parts):
            clock.advance(seconds=0.7 / parts)
        assert seen == [1], parts


@pytest.mark.parametrize("span", [float("inf"), float("nan"), 1e12])
def test_time_ends_where_dates_do_and_the_clock_goes_on(span: float) -> None:
    clock = Clock(START)
    for move in (clock.spend, lambda s: clock.advance(seconds=s)):
        with pytest.raises(ArchlibError, match="year 9999"):
            move(span)
    clock.advance(days=365 * 1000)
    assert clock.now().year == 3025


def test_a_timer_that_fails_leaves_a_clock_that_works() -> None:
    clock, seen = Clock(START), []
    clock.after(1, lambda: seen.append(1 // 0), "broken")
    clock.after(2, lambda: seen.append(2), "sound")
    with pytest.raises(ZeroDivisionError):
        clock.advance(seconds=5)
    assert clock.now().second == 1
    clock.advance(seconds=5)
    assert (seen, clock.now().second) == ([2], 6)
