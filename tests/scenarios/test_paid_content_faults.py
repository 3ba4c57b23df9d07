"""Every known damage to paid content is noticed by the check it names."""

from __future__ import annotations

import copy

import pytest
from judging import seen_by

from archlib.scenarios import scenario
from archlib.template import Template
from archlib.verify import Fault, Outcome, Report, Scenario, verify
from archlib.verify.faulty import damaged, judge, whole

FAULTS = scenario("paid-content").faults

#: Faults -> checks that no fault names, and that notice these all the same.
ALSO = {
    "unsigned": [
        "no-longer-than-premium", "nothing-but-what-was-signed", "no-other-key",
        "revoked-at-once", "withdrawn-key", "stream",
    ],
    "forgetful-edge": ["ranges"],
    "nobody-asks": ["both-apis-ask-who"],
    "no-conditions": ["many-to-many", "refunded"],
    "members-pay": ["payments-make-sense"],
    "strangers-group": ["key-changes", "faster-than-presigned"],
    "closed-shop": ["own-record", "malformed", "key-nowhere-else"],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_caught_by_the_check_it_names(
    fault: Fault, shop: Scenario, shop_template: Template
) -> None:
    broken = damaged(whole(shop, fault, shop_template), fault)
    if fault.variant:
        evidence = judge(shop, fault, broken, shop_template).finding(fault.caught_by).evidence
    else:
        evidence = seen_by(fault.caught_by, shop, broken)
    assert evidence.outcome is Outcome.NOT_MET, evidence.observed
    assert evidence.observed
    assert "\n" not in evidence.observed


@pytest.mark.slow
@pytest.mark.parametrize("check", sorted({fault.caught_by for fault in FAULTS}))
def test_the_check_is_content_without_the_fault(check: str, shop_report: Report) -> None:
    assert shop_report.finding(check).evidence.outcome is Outcome.MET


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_changes_a_copy_and_only_that(
    fault: Fault, shop: Scenario, shop_template: Template
) -> None:
    damages = whole(shop, fault, shop_template)
    before = copy.deepcopy(damages.body)
    changed = damaged(damages, fault)
    assert damages.body == before
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


@pytest.mark.slow
def test_no_check_is_beyond_every_fault(shop: Scenario, shop_template: Template) -> None:
    """Those that no fault names are failed by the damage that concerns them, too."""
    named = {fault.caught_by for fault in FAULTS}
    by_name = {fault.name: fault for fault in FAULTS}
    for name, checks in ALSO.items():
        report = verify(shop, damaged(shop_template, by_name[name]), only=checks)
        for check in checks:
            assert report.finding(check).evidence.outcome is Outcome.NOT_MET, (name, check)
            named.add(check)
    assert named == {check.id for check in shop.checks}
