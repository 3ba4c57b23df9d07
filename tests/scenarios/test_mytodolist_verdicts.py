"""The scenario as it is: every requirement met, and the same report every time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from archlib.cli.verifying import row
from archlib.local.trace import Hop
from archlib.verify import Outcome, Report, Scenario, verify
from archlib.verify.run import DEPLOYS, PICTURE

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def hops(report: Report) -> list[Hop]:
    return [hop for flow in report.flows for hop in flow.hops]


def test_every_requirement_is_met(report: Report) -> None:
    wrong = {v.requirement.id: v.reason for v in report.verdicts if v.outcome is not Outcome.MET}
    assert wrong == {}
    assert report.met


def test_every_requirement_is_judged_by_a_check(report: Report, todolist: Scenario) -> None:
    judged = [verdict.requirement.id for verdict in report.verdicts]
    ours = [requirement.id for requirement in todolist.architecture().requirements]
    assert judged == [DEPLOYS.id, *ours, PICTURE.id]
    assert all(verdict.findings for verdict in report.verdicts)
    assert {check.requirement for check in todolist.checks} == set(ours)


def test_every_check_says_what_it_observed(report: Report, todolist: Scenario) -> None:
    for check in todolist.checks:
        evidence = report.finding(check.id).evidence
        assert evidence.observed, check.id
        assert "\n" not in evidence.observed, check.id


def test_every_flow_goes_to_its_end(report: Report, todolist: Scenario) -> None:
    assert {run.flow.name: run.error for run in report.flows} == {
        flow.name: None for flow in todolist.flows
    }


def test_every_arrow_is_taken_and_every_hop_drawn(report: Report) -> None:
    assert report.coverage is not None
    assert report.coverage.missing == ()
    assert report.coverage.undrawn == ()
    assert sum(map(len, report.coverage.taken.values())) > 500


def test_there_are_enough_faults_and_each_names_a_check(todolist: Scenario) -> None:
    checks = {check.id for check in todolist.checks}
    assert len(todolist.faults) >= 12
    assert len({fault.name for fault in todolist.faults}) == len(todolist.faults)
    assert {fault.caught_by for fault in todolist.faults} <= checks


def test_a_second_run_in_the_same_process_gives_the_same_report(
    report: Report, todolist: Scenario
) -> None:
    again = verify(todolist)
    assert row(again) == row(report)
    assert [str(hop) for hop in hops(again)] == [str(hop) for hop in hops(report)]
    for before, after in zip(hops(report), hops(again), strict=True):
        assert after == before


_DUMP = """
import hashlib, json
from archlib.cli.verifying import row
from archlib.scenarios import scenario
from archlib.verify import verify
report = verify(scenario("mytodolist"))
hops = [hop for flow in report.flows for hop in flow.hops]
trace = hashlib.sha256(repr(hops).encode()).hexdigest()
print(json.dumps({"row": row(report), "hops": len(hops), "trace": trace}))
"""


def test_other_hash_seeds_and_time_zones_give_the_same_report(report: Report) -> None:
    answers = []
    for seed, zone in (("1", "UTC"), ("4242", "Asia/Kathmandu")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        made = subprocess.run(
            [sys.executable, "-c", _DUMP], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert made.returncode == 0, made.stderr
        answers.append(json.loads(made.stdout))
    assert answers[0] == answers[1]
    assert answers[0]["row"] == row(report)
    assert answers[0]["hops"] == len(hops(report))
