"""MyBlog as it is: every requirement met, and the same report every time; its variants."""

from __future__ import annotations

import pytest

from archlib.cli.verifying import row
from archlib.local.trace import Hop
from archlib.scenarios.myblog.flows import MIX
from archlib.template import Template, emit
from archlib.template.linting import lint
from archlib.verify import Outcome, Report, Scenario, verify
from archlib.verify.faulty import damaged
from archlib.verify.run import DEPLOYS, PICTURE

pytestmark = pytest.mark.slow


def hops(report: Report) -> list[Hop]:
    return [hop for flow in report.flows for hop in flow.hops]


def unmet(report: Report) -> dict[str, str]:
    return {v.requirement.id: v.reason for v in report.verdicts if v.outcome is not Outcome.MET}


def observed(report: Report, check: str) -> str:
    return report.finding(check).evidence.observed


def test_every_requirement_is_met(blog_report: Report) -> None:
    assert unmet(blog_report) == {}
    assert blog_report.met


def test_every_requirement_is_judged_by_a_check(blog_report: Report, blog: Scenario) -> None:
    judged = [verdict.requirement.id for verdict in blog_report.verdicts]
    ours = [requirement.id for requirement in blog.architecture().requirements]
    assert judged == [DEPLOYS.id, *ours, PICTURE.id]
    assert all(verdict.findings for verdict in blog_report.verdicts)
    assert {check.requirement for check in blog.checks} == set(ours)


def test_every_check_says_what_it_observed(blog_report: Report, blog: Scenario) -> None:
    for check in blog.checks:
        evidence = blog_report.finding(check.id).evidence
        assert evidence.observed, check.id
        assert "\n" not in evidence.observed, check.id


def test_only_an_invalidation_brings_the_new_edition(
    blog: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archlib.local.edge.control.invalidations.SECONDS", 86_400.0)
    evidence = verify(blog, only=["new-edition"]).finding("new-edition").evidence
    assert evidence.outcome is Outcome.NOT_MET, evidence.observed


def test_every_flow_goes_to_its_end(blog_report: Report, blog: Scenario) -> None:
    assert {run.flow.name: run.error for run in blog_report.flows} == {
        flow.name: None for flow in blog.flows
    }


def test_every_arrow_is_taken_and_every_hop_drawn(blog_report: Report) -> None:
    assert blog_report.coverage is not None
    assert blog_report.coverage.missing == ()
    assert blog_report.coverage.undrawn == ()
    assert sum(map(len, blog_report.coverage.taken.values())) > 500


def test_each_cache_saves_what_it_says(blog_report: Report) -> None:
    said = observed(blog_report, "every-cache-works")
    assert "edge 43% of the 14 requests of a few readers (4 ms instead of" in said
    assert "ms instead of" in said
    assert f"of {len(MIX) - MIX.count('w')} reads" in said
    assert "units instead of" in said


@pytest.mark.parametrize("check", ["only-the-distribution", "oac-as-well"])
def test_the_ways_around_the_edge_are_named_with_their_refusals(
    check: str, blog_report: Report
) -> None:
    said = observed(blog_report, check)
    assert "through another distribution 403" in said
    assert "through another distribution that signs 403" in said
    assert "setting a public ACL AccessControlListNotSupported" in said
    assert "setting a public policy AccessDenied" in said
    assert " 200" not in said


def test_a_mail_is_sent_once_however_it_comes_about(blog_report: Report) -> None:
    sent = [h for h in hops(blog_report) if h.action == "sesv2:SendEmail" and h.status < 400]
    invoked = [
        h
        for h in hops(blog_report)
        if h.action == "lambda:InvokeFunction" and h.target.endswith("WelcomeFunction")
    ]
    # Ada, Bob, Cleo, Eve, Fay, Gus and Jan; Dan, Hal and Ida none.
    assert len(sent) == 7
    assert len(invoked) > 3 * len(sent)


def test_a_second_run_in_the_same_process_gives_the_same_report(
    blog_report: Report, blog: Scenario
) -> None:
    again = verify(blog)
    assert row(again) == row(blog_report)
    for before, after in zip(hops(blog_report), hops(again), strict=True):
        assert after == before


def test_with_oac_every_requirement_is_met_as_well(blog: Scenario) -> None:
    report = verify(blog, emit(blog.variants["oac"]()).template)
    assert unmet(report) == {}


def test_without_dax_only_what_dax_does_is_missing(blog: Scenario) -> None:
    template = emit(blog.variants["without-dax"]()).template
    report = verify(blog, template, only=["public-api", "dax-saves-reads", "one-mail-each"])
    assert set(unmet(report)) == {"BLOG-04"}
    assert "no read asked the cache" in observed(report, "dax-saves-reads")


def test_without_any_mail_it_is_said_that_there_was_none(
    blog: Scenario, blog_template: Template
) -> None:
    mute = damaged(blog_template, next(f for f in blog.faults if f.name == "may-not-send"))
    check = "only-the-welcome-function"
    assert observed(verify(blog, mute, only=[check]), check) == "no mail was sent at all"


@pytest.mark.parametrize("variant", ["", "oac", "without-dax", "aurora"])
def test_every_variant_lints_clean(variant: str, blog: Scenario) -> None:
    build = blog.variants[variant] if variant else blog.architecture
    assert lint(emit(build()).template) == ()


def test_the_aurora_variant_has_an_aurora_global_database(blog: Scenario) -> None:
    body = emit(blog.variants["aurora"]()).template.body
    kinds = {resource["Type"] for resource in body["Resources"].values()}
    assert {"AWS::RDS::GlobalCluster", "AWS::RDS::DBCluster"} <= kinds
    assert "AWS::DAX::Cluster" not in kinds
