"""Every known damage is noticed by the check it names."""

from __future__ import annotations

import copy

import pytest

from archlib.scenarios import scenario
from archlib.template import Template
from archlib.verify import Fault, Outcome, Report, Scenario, verify
from archlib.verify.faulty import damaged, try_faults

FAULTS = scenario("mytodolist").faults


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_caught_by_the_check_it_names(
    fault: Fault, todolist: Scenario, template: Template
) -> None:
    report = verify(todolist, damaged(template, fault), only=[fault.caught_by])
    needs_flows = next(c.flows for c in todolist.checks if c.id == fault.caught_by)
    assert report.undeployed is None or not needs_flows
    evidence = report.finding(fault.caught_by).evidence
    assert evidence.outcome is Outcome.NOT_MET, evidence.observed
    assert evidence.observed


@pytest.mark.slow
def test_faults_are_tried_as_the_command_does_it(todolist: Scenario, template: Template) -> None:
    told: list[str] = []
    caught = try_faults(
        todolist, template, only=["a-server", "no-authorizer"], progress=told.append
    )
    assert [one.fault.name for one in caught] == ["a-server", "no-authorizer"]
    assert all(one.noticed for one in caught)
    assert str(caught[0]).startswith("  caught   a-server: there are servers: Server (AWS::EC2")
    assert "fault a-server" in told


@pytest.mark.slow
@pytest.mark.parametrize("check", sorted({fault.caught_by for fault in FAULTS}))
def test_the_check_is_content_without_the_fault(check: str, report: Report) -> None:
    assert report.finding(check).evidence.outcome is Outcome.MET


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_changes_a_copy_and_only_that(fault: Fault, template: Template) -> None:
    before = copy.deepcopy(template.body)
    changed = damaged(template, fault)
    assert template.body == before
    assert changed.body != before
    assert fault.name in changed.name


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_that_finds_nothing_to_damage_says_so(fault: Fault) -> None:
    if fault.name in ("a-server", "standing-keys"):
        pytest.skip("adds a resource, whatever is there")
    topic = {"Type": "AWS::SNS::Topic", "Properties": {}}
    with pytest.raises(KeyError):
        fault.damage({"Resources": {"Topic": topic}, "Outputs": {}})
