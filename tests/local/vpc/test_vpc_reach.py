from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from archlib.local import LocalCloud
from archlib.scenarios import scenario
from archlib.scenarios.accounts import newcomer
from archlib.scenarios.mytodolist.people import Answer, call
from archlib.template import emit
from archlib.verify import site
from archlib.verify.resources import of_type

Body = dict[str, Any]


def import_one(damage: Callable[[Body], None]) -> tuple[Answer, str | None]:
    """What a bulk import, which goes straight to the table, comes to; and why it got nowhere."""
    emitted = emit(scenario("mytodolist").architecture())
    body = copy.deepcopy(emitted.template.body)
    damage(body)
    with LocalCloud() as cloud:
        stack = cloud.deploy(
            replace(emitted.template, body=body), stack_name="s", assets=emitted.assets
        )
        token = newcomer(site(cloud, stack), "ana").id
        answer = call(
            site(cloud, stack), "POST", "/todos/import", token, {"todos": [{"title": "x"}]}
        )
        dropped = [h for h in cloud.trace.hops if h.error == "ConnectTimeout"]
        return answer, str(dropped[0].detail["network"]) if dropped else None


def nothing(body: Body) -> None:
    pass


def no_endpoint(body: Body) -> None:
    for name in of_type(body, "AWS::EC2::VPCEndpoint"):
        del body["Resources"][name]


def no_association(body: Body) -> None:
    for endpoint in of_type(body, "AWS::EC2::VPCEndpoint").values():
        endpoint["Properties"]["RouteTableIds"] = []


def no_egress(body: Body) -> None:
    for group in of_type(body, "AWS::EC2::SecurityGroup").values():
        for rule in group["Properties"].get("SecurityGroupEgress", ()):
            rule.update(FromPort=80, ToPort=80)


def closed_endpoint(body: Body) -> None:
    for endpoint in of_type(body, "AWS::EC2::VPCEndpoint").values():
        endpoint["Properties"]["PolicyDocument"] = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "dynamodb:GetItem",
                    "Resource": "*",
                }
            ],
        }


@pytest.mark.slow
def test_a_function_in_a_private_subnet_reaches_dynamodb_through_the_gateway_endpoint() -> None:
    answer, dropped = import_one(nothing)
    assert (answer.status, dropped) == (201, None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (no_endpoint, "no gateway endpoint for com.amazonaws.us-east-1.dynamodb"),
        (no_association, "no gateway endpoint for com.amazonaws.us-east-1.dynamodb"),
        (no_egress, "no outbound rule of"),
    ],
)
def test_without_a_way_the_packets_are_dropped_and_the_function_times_out(
    damage: Callable[[Body], None], reason: str
) -> None:
    answer, dropped = import_one(damage)
    assert answer.status == 502
    assert dropped is not None
    assert reason in dropped


@pytest.mark.slow
def test_the_endpoints_own_policy_must_allow_the_call_too() -> None:
    answer, dropped = import_one(closed_endpoint)
    assert (answer.status, dropped) == (502, None)
