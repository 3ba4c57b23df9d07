"""The table of decisions derived from AWS's documentation (``cases/*.yaml``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from archlib.local.iam import Ceiling, Policies, Policy, Principal, Request, decide, policy
from archlib.local.iam import principal as principals
from archlib.local.iam.document import PolicyKind

CASES = Path(__file__).parent / "cases"
HOME, AWAY = "111122223333", "444455556666"
CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"

CALLERS = {
    "ann": Principal(
        "user", f"arn:aws:iam::{HOME}:user/ann", HOME, "AIDAANN", canonical_id=CANONICAL
    ),
    "worker": Principal(
        "assumed-role",
        f"arn:aws:sts::{HOME}:assumed-role/Worker/s1",
        HOME,
        "AROAWORKER:s1",
        f"arn:aws:iam::{HOME}:role/Worker",
    ),
    "root": Principal("root", f"arn:aws:iam::{HOME}:root", HOME, HOME),
    "fed": Principal(
        "federated-user",
        f"arn:aws:sts::{HOME}:federated-user/ann",
        HOME,
        f"{HOME}:ann",
        f"arn:aws:iam::{HOME}:user/ann",
    ),
    "anyone": principals.ANONYMOUS,
    "sns": principals.service("sns.amazonaws.com"),
    "lambda": principals.service("lambda.amazonaws.com"),
    "cognito": principals.federated("cognito-identity.amazonaws.com"),
    "stranger": Principal("user", f"arn:aws:iam::{AWAY}:user/eve", AWAY, "AIDAEVE"),
}


def cases(name: str) -> list[Any]:
    return [
        pytest.param(case, id=case["id"])
        for group in yaml.safe_load((CASES / f"{name}.yaml").read_text("utf-8"))
        for case in group["cases"]
    ]


def context_of(case: dict[str, Any]) -> dict[str, Any]:
    return {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in case.get("context", {}).items()
    }


def applies(case: dict[str, Any], statement: dict[str, Any]) -> bool:
    document: dict[str, Any] = {"Statement": {"Effect": "Allow", **statement}}
    version = case.get("version", "2012-10-17")
    if version is not None:
        document["Version"] = version
    request = Request(
        CALLERS["ann"],
        case.get("action", "s3:GetObject"),
        case.get("resource", "arn:aws:s3:::b/k"),
        context_of(case),
    )
    return decide(request, Policies((Policy("p", policy(document)),))).allowed


@pytest.mark.parametrize("case", cases("conditions"))
def test_condition(case: dict[str, Any]) -> None:
    statement = {"Action": "*", "Resource": "*", "Condition": case["condition"]}
    assert applies(case, statement) is case["holds"]


@pytest.mark.parametrize("case", cases("matching"))
def test_matching(case: dict[str, Any]) -> None:
    assert applies(case, case["statement"]) is case["matches"]


@pytest.mark.parametrize("case", cases("variables"))
def test_variables(case: dict[str, Any]) -> None:
    assert applies(case, {"Action": "*", **case["statement"]}) is case["matches"]


def attached(case: dict[str, Any], layer: str, kind: PolicyKind) -> tuple[Policy, ...]:
    statements = []
    for given in case.get(layer, ()):
        filled = {"Action": "s3:*", **({} if kind == "trust" else {"Resource": "*"}), **given}
        statements.append({key: value for key, value in filled.items() if value is not None})
    if not statements:
        return ()
    return (Policy(layer, policy({"Version": "2012-10-17", "Statement": statements}, kind)),)


@pytest.mark.parametrize("case", cases("evaluation"))
def test_evaluation(case: dict[str, Any]) -> None:
    trust = case.get("trust", False)
    policies = Policies(
        identity=attached(case, "identity", "identity"),
        resource=attached(case, "resource", "trust" if trust else "resource"),
        boundary=attached(case, "boundary", "identity") if "boundary" in case else None,
        session=attached(case, "session", "identity") if "session" in case else None,
        ceilings=(
            (Ceiling("service control policy", attached(case, "scp", "identity")),)
            if "scp" in case
            else ()
        ),
        resource_layer="role trust policy" if trust else "resource-based policy",
        resource_must_allow=trust,
    )
    default = f"arn:aws:iam::{HOME}:role/Target" if trust else "arn:aws:s3:::b/k"
    request = Request(
        CALLERS[case["who"]],
        case.get("action", "s3:GetObject"),
        case.get("resource_arn", default),
        context_of(case),
        HOME,
    )
    decision = decide(request, policies)
    assert decision.effect == case["expect"], decision.reason
    assert decision.allowed is (case["expect"] == "allow")
    if "layer" in case:
        assert decision.layer == case["layer"]
    if "statement" in case:
        assert decision.statement is not None
        assert decision.statement.statement == case["statement"]
        assert case["statement"] in decision.reason


def test_there_are_enough_cases_and_each_names_its_page() -> None:
    seen: list[str] = []
    for file in sorted(CASES.glob("*.yaml")):
        for group in yaml.safe_load(file.read_text("utf-8")):
            assert group["page"]
            seen += [case["id"] for case in group["cases"]]
    assert len(seen) >= 150
    assert len(seen) == len(set(seen))
