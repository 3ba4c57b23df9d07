"""Every scenario's flows against a served cloud, from another process: the same verdicts."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from archlib.scenarios import SCENARIOS, scenario
from archlib.verify import Outcome
from archlib.verify.faulty import try_faults
from archlib.verify.remote import Remotely

pytestmark = pytest.mark.slow

#: Seconds for one scenario; a quiet machine needs a tenth.
PATIENCE = 240


def verified(*words: str) -> tuple[int, list[dict[str, Any]], str]:
    """``archlib verify`` in a process of its own: exit code, reports, what it complained of."""
    done = subprocess.run(
        [sys.executable, "-m", "archlib.cli", "verify", "--json", *words],
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout or "[]"), done.stderr


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {f["check"]: f["outcome"] for v in report["verdicts"] for f in v["findings"]}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_flows_of_a_scenario_run_unchanged(own_server: Any, name: str) -> None:
    code, reports, errors = verified(name, "--at", own_server.endpoint)
    assert (code, errors) == (0, "")
    # In one process every check of every scenario is met (tests/scenarios).
    found = outcomes(reports[0])
    checks = [check.id for check in scenario(name).checks]
    assert set(found) == {"deploys", *checks, "flows-end", "arrows-taken", "no-undrawn-hop"}
    assert {check: outcome for check, outcome in found.items() if outcome != "met"} == {}
    requirements = [v["requirement"] for v in reports[0]["verdicts"]]
    assert requirements[0] == "DEPLOYS"
    assert requirements[-1] == "PICTURE"
    # The served cloud is as empty afterwards as it was before.
    assert own_server.client("cloudformation").describe_stacks()["Stacks"] == []


def test_damages_are_noticed_there_too(own_server: Any) -> None:
    found = try_faults(
        scenario("mytodolist"), only=["plain-http-files"], clouds=Remotely(own_server.endpoint)
    )
    assert [(one.noticed, one.evidence.outcome) for one in found] == [(True, Outcome.NOT_MET)]


def test_a_cloud_that_somebody_uses_is_left_alone(own_server: Any) -> None:
    own_server.client("s3").create_bucket(Bucket="somebodys")
    words = ("mytodolist", "--check", "no-server", "--at", own_server.endpoint)
    code, reports, errors = verified(*words)
    assert (code, reports) == (2, [])
    assert "has been used: s3:CreateBucket" in errors
    assert "--reset" in errors
    assert [b["Name"] for b in own_server.client("s3").list_buckets()["Buckets"]] == ["somebodys"]
    code, reports, errors = verified(*words, "--reset")
    assert (code, errors, outcomes(reports[0])) == (0, "", {"no-server": "met"})
    assert own_server.client("s3").list_buckets()["Buckets"] == []
