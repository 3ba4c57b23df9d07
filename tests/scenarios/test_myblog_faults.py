"""Every known damage to MyBlog is noticed by the check it names."""

from __future__ import annotations

import copy

import pytest
from judging import seen_by

from archlib.scenarios import scenario
from archlib.template import Template
from archlib.verify import Fault, Outcome, Report, Scenario, verify
from archlib.verify.faulty import damaged, judge, whole

FAULTS = scenario("myblog").faults

#: Faults -> checks that no fault names, and that notice these all the same.
ALSO = {
    "forgetful-edge": ["faster-from-the-edge", "new-edition", "every-cache-works"],
    "no-replica": ["last-writer-wins"],
    "may-not-send": ["once-though-twice", "only-the-welcome-function"],
    "mail-failures-lost": ["never-in-doubt", "nothing-unpermitted"],
    "no-acceleration": ["faster-from-far"],
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_caught_by_the_check_it_names(
    fault: Fault, blog: Scenario, blog_template: Template
) -> None:
    broken = damaged(whole(blog, fault, blog_template), fault)
    if fault.variant:
        evidence = judge(blog, fault, broken, blog_template).finding(fault.caught_by).evidence
    else:
        evidence = seen_by(fault.caught_by, blog, broken)
    assert evidence.outcome is Outcome.NOT_MET, evidence.observed
    assert evidence.observed
    assert "\n" not in evidence.observed


@pytest.mark.slow
@pytest.mark.parametrize("check", sorted({fault.caught_by for fault in FAULTS}))
def test_the_check_is_content_without_the_fault(check: str, blog_report: Report) -> None:
    assert blog_report.finding(check).evidence.outcome is Outcome.MET


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_changes_a_copy_and_only_that(
    fault: Fault, blog: Scenario, blog_template: Template
) -> None:
    damages = whole(blog, fault, blog_template)
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
def test_no_check_is_beyond_every_fault(blog: Scenario, blog_template: Template) -> None:
    """Those that no fault names are failed by the damage that concerns them, too."""
    named = {fault.caught_by for fault in FAULTS}
    by_name = {fault.name: fault for fault in FAULTS}
    for name, checks in ALSO.items():
        report = verify(blog, damaged(blog_template, by_name[name]), only=checks)
        for check in checks:
            assert report.finding(check).evidence.outcome is Outcome.NOT_MET, (name, check)
            named.add(check)
    assert named == {check.id for check in blog.checks}
