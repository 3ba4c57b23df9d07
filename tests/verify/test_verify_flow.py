"""Flows: steps, where they stop, and what a check makes of that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archlib.architecture import Architecture
from archlib.errors import Unsupported, VerificationError
from archlib.local.clock import Clock
from archlib.local.trace import Trace
from archlib.template import Template
from archlib.verify import (
    Check,
    Evidence,
    Flow,
    FlowRun,
    Outcome,
    Run,
    Site,
    judged,
    met,
    not_met,
    unknown,
)
from archlib.verify.check import StepMissing, checks_table
from archlib.verify.flow import perform, within

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


Cancelled = asyncio.CancelledError


class NoInbox:
    def latest_code(self, address: str) -> str:
        raise AssertionError(address)

    def to(self, address: str) -> tuple[()]:
        raise AssertionError(address)


def nowhere(*_: Any, **__: Any) -> Any:
    raise AssertionError("this flow calls nobody")


def site(trace: Trace | None = None) -> Site:
    return Site(
        outputs={"Region": "eu-west-1"},
        client=nowhere,
        operator=nowhere,
        inbox=NoInbox(),
        wait=nowhere,
        at=nowhere,
        trace=trace or Trace(Clock(START).time),
        together=nowhere,
    )


def performed(body: Callable[[Site], None], name: str = "flow") -> FlowRun:
    return perform(Flow(name, "A flow", body), site())


def run_of(*flows: FlowRun) -> Run:
    nothing = Architecture("none", "None", "Nothing", (), ())
    return Run(nothing, Template({"Resources": {}}), None, {f.flow.name: f for f in flows}, {})


def three_steps(failing: int | None = None, error: Exception | None = None) -> Any:
    def body(at: Site) -> None:
        for number in range(3):
            with at.step(f"step {number}") as step:
                if number == failing:
                    raise error or ValueError("no")
                step.result = number

    return body


def test_a_flow_goes_to_its_end() -> None:
    run = performed(three_steps())
    assert run.error is None
    assert [(s.name, s.result, s.error) for s in run.steps] == [
        ("step 0", 0, None),
        ("step 1", 1, None),
        ("step 2", 2, None),
    ]


@settings(deadline=None)
@given(failing=st.integers(0, 2), text=st.text(max_size=20))
def test_a_flow_stops_at_the_step_that_fails(failing: int, text: str) -> None:
    run = performed(three_steps(failing, KeyError(text)))
    assert len(run.steps) == failing + 1
    assert run.steps[-1].error == f"KeyError: {KeyError(text)}"
    assert run.error == f"stopped at step “step {failing}”: KeyError: {KeyError(text)}"
    assert not run.unsupported


def test_a_flow_that_fails_before_its_first_step_stops_at_its_start() -> None:
    def body(at: Site) -> None:
        raise RuntimeError("no door")

    run = performed(body)
    assert run.steps == ()
    assert run.error == "stopped at its start: RuntimeError: no door"


def test_what_the_local_cloud_cannot_do_is_no_failure_of_the_design() -> None:
    run = performed(three_steps(1, Unsupported("teleportation is not imitated")))
    assert run.unsupported
    with pytest.raises(StepMissing) as missing:
        run_of(run).step("flow", "step 1")
    assert missing.value.evidence.outcome is Outcome.UNKNOWN
    with pytest.raises(StepMissing) as missing:
        run_of(run).completed("flow")
    assert missing.value.evidence.outcome is Outcome.UNKNOWN


def test_a_keyboard_interrupt_is_not_swallowed() -> None:
    def body(at: Site) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        performed(body)


def test_a_failed_step_is_evidence_against() -> None:
    run = run_of(performed(three_steps(1)))
    with pytest.raises(StepMissing) as missing:
        run.step("flow", "step 1")
    assert missing.value.evidence == not_met("“step 1” failed: ValueError: no")


def test_a_step_after_the_failed_one_is_unknown() -> None:
    run = run_of(performed(three_steps(1)))
    assert run.step("flow", "step 0").result == 0
    with pytest.raises(StepMissing) as missing:
        run.step("flow", "step 2")
    assert missing.value.evidence.outcome is Outcome.UNKNOWN
    assert "“step 2” was not reached: flow “flow” stopped at step “step 1”" in str(missing.value)


def test_a_step_that_no_flow_has_is_the_checks_own_mistake() -> None:
    with pytest.raises(VerificationError, match="has no step “step 9”"):
        run_of(performed(three_steps())).step("flow", "step 9")


def test_a_flow_that_the_check_does_not_declare_is_its_own_mistake() -> None:
    with pytest.raises(VerificationError, match="“other” was not run"):
        run_of(performed(three_steps())).flow("other")


def test_a_completed_flow_is_handed_over_and_a_stopped_one_is_not() -> None:
    whole = performed(three_steps())
    assert run_of(whole).completed("flow") is whole
    with pytest.raises(StepMissing) as missing:
        run_of(performed(three_steps(2))).completed("flow")
    assert missing.value.evidence.outcome is Outcome.NOT_MET


def test_nothing_deployed_is_unknown() -> None:
    with pytest.raises(StepMissing) as missing:
        _ = run_of().deployment
    assert missing.value.evidence == unknown("nothing is deployed")


def test_a_check_turns_a_missing_step_into_its_evidence() -> None:
    def judge(run: Run) -> Evidence:
        return met(str(run.step("flow", "step 2").result))

    check = Check("c", "R", "Title", judge, ("flow",))
    assert check.evidence(run_of(performed(three_steps()))) == met("2")
    assert check.evidence(run_of(performed(three_steps(0)))).outcome is Outcome.UNKNOWN
    assert check.evidence(run_of(performed(three_steps(2)))).outcome is Outcome.NOT_MET


def test_a_check_that_is_broken_says_so_loudly() -> None:
    check = Check("c", "R", "Title", lambda run: met(str(1 // 0)))
    with pytest.raises(VerificationError, match=r"check “c”: .*ZeroDivisionError"):
        check.evidence(run_of())
    vague = Check("c", "R", "Title", lambda run: True)  # type: ignore[arg-type, return-value]
    with pytest.raises(VerificationError, match="returned no evidence but True"):
        vague.evidence(run_of())


def test_two_checks_may_not_have_one_name() -> None:
    check = Check("c", "R", "Title", lambda run: met("yes"))
    assert checks_table((check,)) == {"c": check}
    with pytest.raises(VerificationError, match="two checks are called c"):
        checks_table((check, check))


def test_hops_belong_to_the_step_that_caused_them() -> None:
    trace = Trace(Clock(START).time)

    def visit(target: str) -> None:
        with trace.hop(source="client", target=target, action="x:Get"):
            pass

    def body(at: Site) -> None:
        with at.step("one"):
            visit("arn:aws:s3:::bucket/key")
        visit("arn:aws:s3:::between")
        with at.step("two"):
            visit("arn:aws:s3:::bucket")
            visit("arn:aws:s3:::bucketful")

    run = perform(Flow("f", "F", body), site(trace))
    assert run.error is None
    one, two = run.steps
    assert [h.target for h in one.hops] == ["arn:aws:s3:::bucket/key"]
    assert [h.target for h in two.hops] == ["arn:aws:s3:::bucket", "arn:aws:s3:::bucketful"]
    assert len(two.hops_to("arn:aws:s3:::bucket")) == 1
    assert len(one.hops_to("arn:aws:s3:::bucket")) == 1
    assert [h.target.rsplit(":", 1)[1] for h in run.hops] == [
        "bucket/key", "between", "bucket", "bucketful",
    ]  # fmt: skip


@settings(deadline=None)
@given(outer=st.text("ab/:", min_size=1, max_size=6), rest=st.text("ab/:", max_size=4))
def test_within_means_itself_or_behind_a_separator(outer: str, rest: str) -> None:
    assert within(outer + rest, outer) == (rest == "" or rest[0] in "/:")
    assert within(outer, outer)


def test_judged_chooses_by_what_holds() -> None:
    assert judged(True, "yes", "no", resources=["A"]) == met("yes", resources=["A"])
    assert judged(False, "yes", "no", resources=["A"]) == not_met("no", resources=["A"])


@pytest.mark.parametrize("way_out", [SystemExit(0), GeneratorExit("gone"), Cancelled("late")])
def test_a_flow_cannot_end_the_process(way_out: BaseException) -> None:
    def body(at: Site) -> None:
        with at.step("leave"):
            raise way_out

    run = performed(body)
    assert run.error == f"stopped at step “leave”: {type(way_out).__name__}: {way_out}"
    assert run.steps[0].error == f"{type(way_out).__name__}: {way_out}"
    with pytest.raises(StepMissing) as missing:
        run_of(run).step("flow", "leave")
    assert missing.value.evidence.outcome is Outcome.NOT_MET


def test_of_nested_steps_the_innermost_is_the_one_that_failed() -> None:
    def body(at: Site) -> None:
        with at.step("outer"), at.step("inner"):
            raise ValueError("no")

    run = performed(body)
    assert run.error == "stopped at step “inner”: ValueError: no"
    assert [step.name for step in run.steps] == ["inner", "outer"]


def test_a_flow_may_stop_between_its_steps() -> None:
    def body(at: Site) -> None:
        with at.step("one") as step, at.step("two"):
            step.result = 1
        raise ValueError("no")

    run = performed(body)
    assert run.error == "stopped after step “one”: ValueError: no"
    assert run_of(run).step("flow", "one").result == 1


def test_two_steps_of_one_name_are_the_flows_own_mistake() -> None:
    def body(at: Site) -> None:
        for _ in range(2):
            with at.step("again"):
                pass

    with pytest.raises(VerificationError, match="flow “flow”: two steps are called “again”"):
        performed(body)


def test_a_missing_output_is_named_with_those_that_are_there() -> None:
    def opens(site: Site) -> None:
        assert site.outputs["Region"] == site.region == "eu-west-1"
        with site.step("open"):
            site.outputs["ApiUrl"]

    run = perform(Flow("f", "F", opens), site())
    assert run.error == (
        "stopped at step “open”: MissingOutput: the template has no output ApiUrl "
        "(its outputs: Region)"
    )
