"""Paid content as it is: every requirement met, its variants, and code that is not careful."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import archlib.scenarios.paid_content
from archlib.cli.verifying import row
from archlib.local.trace import Hop
from archlib.template import emit
from archlib.template.linting import lint
from archlib.verify import Outcome, Report, Scenario, verify
from archlib.verify.run import DEPLOYS, PICTURE

pytestmark = pytest.mark.slow

DESIGN = sys.modules["archlib.scenarios.paid_content.architecture"]


def hops(report: Report) -> list[Hop]:
    return [hop for flow in report.flows for hop in flow.hops]


def unmet(report: Report) -> dict[str, str]:
    return {v.requirement.id: v.reason for v in report.verdicts if v.outcome is not Outcome.MET}


def observed(report: Report, check: str) -> str:
    return report.finding(check).evidence.observed


def test_every_requirement_is_met(shop_report: Report) -> None:
    assert unmet(shop_report) == {}
    assert shop_report.met


def test_every_requirement_is_judged_by_a_check(shop_report: Report, shop: Scenario) -> None:
    judged = [verdict.requirement.id for verdict in shop_report.verdicts]
    ours = [requirement.id for requirement in shop.architecture().requirements]
    assert judged == [DEPLOYS.id, *ours, PICTURE.id]
    assert all(verdict.findings for verdict in shop_report.verdicts)
    assert {check.requirement for check in shop.checks} == set(ours)


def test_every_check_says_what_it_observed(shop_report: Report, shop: Scenario) -> None:
    for check in shop.checks:
        evidence = shop_report.finding(check.id).evidence
        assert evidence.observed, check.id
        assert "\n" not in evidence.observed, check.id


def test_every_flow_goes_to_its_end(shop_report: Report, shop: Scenario) -> None:
    assert {run.flow.name: run.error for run in shop_report.flows} == {
        flow.name: None for flow in shop.flows
    }


def test_every_arrow_is_taken_and_every_hop_drawn(shop_report: Report) -> None:
    assert shop_report.coverage is not None
    assert shop_report.coverage.missing == ()
    assert shop_report.coverage.undrawn == ()
    taken = shop_report.coverage.taken
    assert taken["Provider", "MemberApi", "calls"]
    assert taken["LinkFunction", "SigningKey", "fetches"]


def test_refusals_are_told_with_the_codes_of_the_edge(shop_report: Report) -> None:
    assert "403 MissingKey" in observed(shop_report, "edge-wants-a-signature")
    assert "outside the group: 403 InvalidKey" in observed(shop_report, "no-other-key")
    assert "5 minutes" not in observed(shop_report, "nothing-but-what-was-signed")


def test_a_crowd_is_served_from_the_edge(shop_report: Report) -> None:
    assert "20 signatures, 20 are hits (100%)" in observed(shop_report, "shared-at-the-edge")


def test_no_key_is_in_a_hop_or_in_evidence(shop_report: Report) -> None:
    told = [str(dict(h.detail)) for h in hops(shop_report)]
    told += [f.evidence.observed for v in shop_report.verdicts for f in v.findings]
    assert not [text for text in told if "PRIVATE KEY" in text]


def test_a_second_run_in_the_same_process_gives_the_same_report(
    shop_report: Report, shop: Scenario
) -> None:
    again = verify(shop)
    assert row(again) == row(shop_report)
    for before, after in zip(hops(shop_report), hops(again), strict=True):
        assert after == before


@pytest.mark.parametrize("variant", ["oac", "parameter"])
def test_the_variants_meet_what_they_share(variant: str, shop: Scenario) -> None:
    report = verify(shop, emit(shop.variants[variant]()).template)
    assert unmet(report) == {}


@pytest.mark.parametrize("variant", ["", "oac", "s3-links", "parameter"])
def test_every_variant_lints_clean(variant: str, shop: Scenario) -> None:
    build = shop.variants[variant] if variant else shop.architecture
    assert lint(emit(build()).template) == ()


# -- code that is not careful: the same template, another handler ---------------------------------


def _blind(code: str) -> str:
    """Look first, then write without a condition."""
    start = code.index("    failed = _transact(\n        _put_new(own),")
    end = code.index("    if failed is None:\n        return 201, _purchase(own)")
    blind = (
        '    failed = 0 if _get(own["pk"], own["sk"]) else None\n'
        "    if failed is None:\n"
        "        dynamodb.put_item(TableName=TABLE, Item=_item(own))\n"
    )
    return code[:start] + blind + code[end:]


def _forgetful(code: str) -> str:
    """Prolong premium for every payment told, known or not."""
    return code.replace("        _put_new(taken),\n", "")


def _gullible(code: str) -> str:
    """Give links without a look at what was bought."""
    found = 'if _item(f"USER#{sub}", f"VIDEO#{video}") is None:'
    assert found in code
    return code.replace(found, "if False:")


def _lasting(code: str) -> str:
    """Links that live as long as they like."""
    return code.replace("LIFETIME = 300\nKEY", "LIFETIME = 3_000\nKEY")


def _stale(code: str) -> str:
    """Keep the signer for ever."""
    return code.replace("KEY_LIFETIME = 300", "KEY_LIFETIME = 10**9")


def _talkative(code: str) -> str:
    """Write what was fetched into the log."""
    return code.replace("found = json.loads(_fetched())", "print(_fetched()); found = json.loads(_fetched())")  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(
    ("function", "change", "check"),
    [
        ("members", _blind, "counted-once"),
        ("members", _forgetful, "counted-once"),
        ("links", _gullible, "only-what-was-bought"),
        ("links", _lasting, "five-minutes"),
        ("links", _stale, "key-changes"),
        ("links", _talkative, "key-nowhere-else"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__.strip("_"),
)
def test_careless_code_is_noticed(
    function: str,
    change: Callable[[str], str],
    check: str,
    shop: Scenario,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    functions = tmp_path / "functions"
    shutil.copytree(DESIGN.FUNCTIONS, functions)
    file = functions / function / "app.py"
    before = file.read_text()
    file.write_text(change(before))
    assert file.read_text() != before
    monkeypatch.setattr(DESIGN, "FUNCTIONS", functions)
    evidence = verify(shop, only=[check]).finding(check).evidence
    assert evidence.outcome is Outcome.NOT_MET, evidence.observed


def test_the_scenario_is_the_one_of_its_name() -> None:
    assert archlib.scenarios.paid_content.SCENARIO.name == "paid-content"
