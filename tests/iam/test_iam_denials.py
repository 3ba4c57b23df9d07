"""The words of a refusal, service by service."""

from __future__ import annotations

from typing import Any

import pytest

from archlib.local.iam import Decision, Principal, StatementRef
from archlib.local.iam import principal as principals
from archlib.local.iam.denial import execute_api_message, message, refusal
from archlib.local.iam.evaluation import Effect, Layer

ANN = Principal("user", "arn:aws:iam::123456789012:user/ann", "123456789012")
SAYS = "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: "


def no(layer: Layer = "identity-based policy", effect: Effect = "implicit deny") -> Decision:
    ref = StatementRef(layer, "p", "0") if effect == "explicit deny" else None
    return Decision(False, effect, layer, "", ref)


@pytest.mark.parametrize(
    ("decision", "end"),
    [
        (no(), " because no identity-based policy allows the sqs:X action"),
        (no("resource-based policy"), " because no resource-based policy allows the sqs:X action"),
        (no("permissions boundary"), " because no permissions boundary allows the sqs:X action"),
        (no("session policy"), " because no session policy allows the sqs:X action"),
        (no("role trust policy"), " because no role trust policy allows the sqs:X action"),
        (no(effect="explicit deny"), " with an explicit deny in an identity-based policy"),
        (
            no("resource-based policy", "explicit deny"),
            " with an explicit deny in a resource-based policy",
        ),
        (
            no("permissions boundary", "explicit deny"),
            " with an explicit deny in a permissions boundary",
        ),
        (no("session policy", "explicit deny"), " with an explicit deny in a session policy"),
        (
            no("role trust policy", "explicit deny"),
            " with an explicit deny in the role trust policy",
        ),
        (
            no("service control policy", "explicit deny"),
            " with an explicit deny in a service control policy",
        ),
    ],
)
def test_the_reason_is_given(decision: Decision, end: str) -> None:
    assert message(ANN, "sqs:X", "*", decision) == f"{SAYS}sqs:X on resource: *{end}"


@pytest.mark.parametrize(
    ("service", "protocol", "code", "status"),
    [
        ("dynamodb", "json", "AccessDeniedException", 400),
        ("lambda", "rest-json", "AccessDeniedException", 403),
        ("apigateway", "rest-json", "AccessDeniedException", 403),
        ("iam", "query", "AccessDenied", 403),
        ("sts", "query", "AccessDenied", 403),
        ("cloudformation", "query", "AccessDenied", 403),
        ("sqs", "json", "AccessDenied", 403),
        ("sns", "query", "AuthorizationError", 403),
        ("ec2", "ec2", "UnauthorizedOperation", 403),
        ("s3", "rest-xml", "AccessDenied", 403),
    ],
)
def test_codes_and_statuses(service: str, protocol: str, code: str, status: int) -> None:
    found = refusal(service, "Do", protocol, ANN, f"{service}:Do", "*", no())
    assert (found.code, found.status) == (code, status)


def test_s3_quotes_the_resource_and_leaves_out_the_star() -> None:
    def said(resource: str, who: Principal = ANN) -> str:
        return refusal("s3", "GetObject", "rest-xml", who, "s3:GetObject", resource, no()).message

    assert ' on resource: "arn:aws:s3:::b/k" because' in said("arn:aws:s3:::b/k")
    assert "s3:GetObject because" in said("*")
    assert said("arn:aws:s3:::b/k", principals.ANONYMOUS) == "Access Denied"


def test_ec2_says_it_twice() -> None:
    found = refusal("ec2", "DescribeVpcs", "ec2", ANN, "ec2:DescribeVpcs", "*", no())
    assert found.message.startswith("You are not authorized to perform this operation. User: ")


def test_web_identities_are_not_told_why() -> None:
    who = principals.federated("cognito-identity.amazonaws.com")
    action = "sts:AssumeRoleWithWebIdentity"
    assert message(who, action, "arn:aws:iam::1:role/r", no("role trust policy")) == (
        "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    )


def test_api_gateway_masks_the_account() -> None:
    arn = "arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/todos"
    said = execute_api_message(ANN, arn, no())
    assert "arn:aws:execute-api:us-east-1:********9012:abc/prod/GET/todos because" in said
    assert said.startswith("User: arn:aws:iam::123456789012:user/ann is not")


@pytest.mark.parametrize("operation", ["HeadObject", "HeadBucket"])
def test_a_head_response_has_no_body(operation: str) -> None:
    found: Any = refusal("s3", operation, "rest-xml", ANN, "s3:GetObject", "*", no())
    assert (found.code, found.message, found.status) == ("403", "Forbidden", 403)
