"""Findings make a verdict, verdicts make a report."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archlib.architecture import Requirement
from archlib.errors import UsageError
from archlib.scenarios import scenario
from archlib.template import Template, emit
from archlib.verify import Evidence, Finding, Outcome, Report, Verdict, verify
from archlib.verify.run import DEPLOYS, PICTURE

REQUIREMENT = Requirement("R-1", "Title", "Statement.", "source")

outcomes = st.lists(st.sampled_from(Outcome), max_size=6)


def verdict(found: list[Outcome]) -> Verdict:
    findings = tuple(
        Finding(f"c{number}", "Check", Evidence(outcome, f"{number} {outcome.value}"))
        for number, outcome in enumerate(found)
    )
    return Verdict(REQUIREMENT, findings)


@settings(deadline=None)
@given(outcomes)
def test_one_not_met_decides_and_unknown_is_never_met(found: list[Outcome]) -> None:
    outcome = verdict(found).outcome
    if Outcome.NOT_MET in found:
        assert outcome is Outcome.NOT_MET
    elif Outcome.UNKNOWN in found or not found:
        assert outcome is Outcome.UNKNOWN
    else:
        assert outcome is Outcome.MET


@settings(deadline=None)
@given(outcomes, st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(found: list[Outcome], random: object) -> None:
    import random as module

    assert isinstance(random, module.Random)
    shuffled = list(found)
    random.shuffle(shuffled)
    assert verdict(found).outcome is verdict(shuffled).outcome


@settings(deadline=None)
@given(outcomes, st.sampled_from(Outcome))
def test_another_finding_never_makes_a_verdict_better(found: list[Outcome], more: Outcome) -> None:
    order = [Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.MET]
    before, after = verdict(found).outcome, verdict([*found, more]).outcome
    assert not found or order.index(after) <= order.index(before)


@settings(deadline=None)
@given(outcomes.filter(bool))
def test_the_reason_is_of_the_finding_that_decides(found: list[Outcome]) -> None:
    one = verdict(found)
    assert one.reason.endswith(one.outcome.value)
    assert one.reason.startswith(str(found.index(one.outcome)))


def test_without_a_finding_the_reason_says_that_nothing_was_run() -> None:
    assert verdict([]).reason == "no check was run"


@settings(deadline=None)
@given(st.lists(outcomes, max_size=4))
def test_a_report_is_met_only_when_every_verdict_is(lists: list[list[Outcome]]) -> None:
    verdicts = tuple(verdict(found) for found in lists)
    report = Report("s", "t", verdicts, (), None)
    assert report.met == all(v.outcome is Outcome.MET for v in verdicts)


def test_a_report_is_asked_by_name() -> None:
    report = Report("s", "t", (verdict([Outcome.MET]),), (), None)
    assert report.finding("c0").evidence.observed == "0 met"
    assert report.verdict("R-1").outcome is Outcome.MET
    assert report.undeployed is None
    with pytest.raises(KeyError):
        report.finding("c1")
    with pytest.raises(KeyError):
        report.verdict("R-2")


def test_an_unknown_check_is_the_users_mistake() -> None:
    with pytest.raises(UsageError, match="mytodolist has no check called nonsense"):
        verify(scenario("mytodolist"), only=["nonsense"])


def test_a_template_that_does_not_deploy_is_still_judged_by_what_it_says() -> None:
    body = {"Resources": {"Server": {"Type": "AWS::EC2::Nonsense", "Properties": {}}}}
    report = verify(scenario("mytodolist"), Template(body, "bad.yaml"))
    assert not report.met
    assert report.undeployed is not None
    assert "AWS::EC2::Nonsense" in report.undeployed.observed
    assert report.flows == ()
    assert report.coverage is None
    assert report.finding("on-demand").evidence.outcome is Outcome.MET
    nothing = Evidence(Outcome.UNKNOWN, "nothing is deployed")
    assert report.finding("good-token").evidence == nothing
    assert {f.evidence for f in report.verdict(PICTURE.id).findings} == {nothing}
    ours = [requirement.id for requirement in scenario("mytodolist").architecture().requirements]
    assert [v.requirement.id for v in report.verdicts] == [DEPLOYS.id, *ours, PICTURE.id]


def test_a_template_of_another_scenario_is_recognised_by_its_code() -> None:
    stranger = emit(scenario("mytodolist").architecture()).template
    report = verify(scenario("myblog"), stranger, only=["nearest-edge"])
    assert report.undeployed is not None
    assert "NoSuchKey" in report.undeployed.observed
    assert report.undeployed.observed.endswith("is this one of another scenario?")


def test_only_some_checks_run_only_their_flows() -> None:
    told: list[str] = []
    report = verify(scenario("mytodolist"), only=["on-demand", "no-server"], progress=told.append)
    assert [v.requirement.id for v in report.verdicts] == ["TODO-02", "TODO-12"]
    assert report.met
    assert report.flows == ()
    assert told == ["deploy mytodolist", "judge"]
