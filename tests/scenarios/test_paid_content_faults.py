"""Every known damage to paid content is noticed by the check it names."""

from __future__ import annotations

import copy

import pytest
from judging import seen_by

from archlib.scenarios import scenario
from archlib.template import Template
from archlib.verify import Fault, Outcome, Report, Scenario
from archlib.verify.faulty import damaged

FAULTS = scenario("paid-content").faults


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_caught_by_the_check_it_names(
    fault: Fault, shop: Scenario, shop_template: Template
) -> None:
    evidence = seen_by(fault.caught_by, shop, damaged(shop_template, fault))
    assert evidence.outcome is Outcome.NOT_MET, evidence.observed
    assert evidence.observed
    assert "\n" not in evidence.observed


@pytest.mark.slow
@pytest.mark.parametrize("check", sorted({fault.caught_by for fault in FAULTS}))
def test_the_check_is_content_without_the_fault(check: str, shop_report: Report) -> None:
    assert shop_report.finding(check).evidence.outcome is Outcome.MET


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_changes_a_copy_and_only_that(fault: Fault, shop_template: Template) -> None:
    before = copy.deepcopy(shop_template.body)
    changed = damaged(shop_template, fault)
    assert shop_template.body == before
    assert changed.body != before
    assert fault.name in changed.name


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_that_finds_nothing_to_damage_says_so(fault: Fault) -> None:
    stranger = {"Type": "AWS::SNS::Topic", "Properties": {}}
    with pytest.raises(KeyError):
        fault.damage({"Resources": {"Topic": stranger}, "Outputs": {}})


def test_there_are_enough_faults() -> None:
    assert len(FAULTS) >= 20
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
