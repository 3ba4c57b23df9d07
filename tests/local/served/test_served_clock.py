"""Virtual time that runs along with real time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archlib.local.served.wall_clock import LEAD, WallClock

START = datetime(2030, 1, 1, tzinfo=UTC)
BEGUN = START.timestamp()


class Real:
    """Real time, as far as the clock knows."""

    def __init__(self) -> None:
        self.now = BEGUN

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def real() -> Real:
    return Real()


@pytest.fixture
def clock(real: Real) -> WallClock:
    return WallClock(START, real=real)


def test_it_follows_real_time_and_runs_what_is_due_at_its_instant(
    real: Real, clock: WallClock
) -> None:
    seen: list[float] = []
    clock.after(10, lambda: seen.append(clock.time() - BEGUN), "ten")
    clock.after(20, lambda: seen.append(clock.time() - BEGUN), "twenty")
    real.now += 15
    assert clock.time() == BEGUN
    clock.catch_up()
    assert (clock.time(), seen) == (BEGUN + 15, [10])
    assert clock.reckoned() == 0


def test_an_advance_stays(real: Real, clock: WallClock) -> None:
    clock.advance(hours=1)
    real.now += 5
    clock.catch_up()
    assert clock.time() == BEGUN + 3605
    assert (clock.advanced, clock.reckoned()) == (3600, 3600)


def test_latencies_run_ahead_and_are_caught_up_with(real: Real, clock: WallClock) -> None:
    clock.spend(2)
    assert clock.time() == BEGUN + 2
    real.now += 1
    clock.catch_up()
    assert clock.time() == BEGUN + 2, "never back, never twice"
    real.now += 2
    clock.catch_up()
    assert clock.time() == BEGUN + 3


def test_many_latencies_do_not_add_up_to_hours(real: Real, clock: WallClock) -> None:
    for _ in range(10_000):
        clock.spend(0.1)
    assert clock.time() == pytest.approx(BEGUN + LEAD)
    # A duration is what was spent, all the same.
    assert clock.reckoned() == pytest.approx(1000)
    clock.sleep(300)
    assert clock.time() == pytest.approx(BEGUN + LEAD + 300)


def test_signatures_are_as_old_as_time_was_then(real: Real, clock: WallClock) -> None:
    before = real.now
    real.now += 10.5
    assert clock.until_next_second() == 0.5
    real.now += 0.5
    clock.advance(hours=2)
    real.now += 5
    assert clock.virtual_then(before) == before
    assert clock.virtual_then(before + 10) == before + 10
    assert clock.virtual_then(before + 11) == before + 11 + 7200
    # A request on its way has no age by an advance.
    assert clock.virtual_now(before + 10) == before + 10 + 7200


def test_a_clock_that_stood_still_goes_on_from_there(real: Real, clock: WallClock) -> None:
    clock.advance(hours=1)
    real.now += 10
    clock.catch_up()
    stood = clock.time()
    last = real.now
    real.now += 86_400
    clock.resume(last)
    clock.catch_up()
    assert clock.time() == stood
    real.now += 5
    clock.catch_up()
    assert clock.time() == stood + 5
    # A client that signs now signs now.
    assert clock.virtual_now(real.now) == clock.time()
    # What was signed before is as old as it was; what was signed meanwhile, not older than the end.
    assert clock.virtual_then(last - 5) == stood - 5
    assert clock.virtual_then(last + 3600) == stood
    assert clock.virtual_then(real.now) == stood + 5
