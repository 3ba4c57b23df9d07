"""Paid content's keys: what a rotation must wait for."""

from __future__ import annotations

import pytest

from archlib.scenarios import scenario
from archlib.verify import Outcome, verify

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report():
    return verify(scenario("paid-content"), only=["key-changes"])


def test_a_rotation_waits_for_the_links_that_the_old_key_signed_last(report):
    assert report.finding("key-changes").evidence.outcome is Outcome.MET
    (flow,) = report.flows
    steps = {step.name: step for step in flow.steps}
    last = steps["four minutes after the change"]
    assert f"Key-Pair-Id={key_of(steps['before the change'])}" in last.result
    # Not before that link has ended is the first key taken out of the group.
    alone = steps["without the first key"].hops[0].start
    assert alone - last.hops[0].start >= 300


def key_of(step):
    return step.result.partition("Key-Pair-Id=")[2].partition("&")[0]
