"""VPC endpoints lead only to services that there are, in a way that these offer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from archlib.errors import DeploymentError
from archlib.local import LocalCloud
from archlib.local.vpc.endpoint_services import endpoint_types
from archlib.local.vpc.reach import ENDPOINT_NAMES
from archlib.template.document import Template

HERE = "us-east-1"
BOTH, INTERFACE = ("Gateway", "Interface"), ("Interface",)


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as started:
        yield started


@pytest.fixture(scope="module")
def vpc(cloud: LocalCloud) -> str:
    made = cloud.control("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    return str(made["Vpc"]["VpcId"])


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("com.amazonaws.us-east-1.s3", BOTH),
        ("com.amazonaws.us-east-1.dynamodb", BOTH),
        ("com.amazonaws.us-east-1.sqs", INTERFACE),
        ("com.amazonaws.us-east-1.cognito-idp", INTERFACE),
        ("com.amazonaws.us-east-1.ecr.api", INTERFACE),
        ("aws.sagemaker.us-east-1.notebook", INTERFACE),
        ("com.amazonaws.iam", INTERFACE),
        ("com.amazonaws.us-west-2.s3", ()),
        ("com.amazonaws.us-east-1.nothing", ()),
        ("com.amazonaws.us-east-1.notebook", ()),
        ("com.amazonaws.s3", ()),
        ("s3", ()),
        ("", ()),
    ],
)
def test_services(name: str, types: tuple[str, ...]) -> None:
    assert endpoint_types(name, HERE) == types


@pytest.mark.parametrize("name", sorted(ENDPOINT_NAMES.values()))
def test_whatever_functions_can_reach_can_have_an_endpoint(name: str) -> None:
    assert endpoint_types(f"com.amazonaws.{HERE}.{name}", HERE)


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (
            {"ServiceName": "com.amazonaws.us-east-1.nothing"},
            "InvalidServiceName",
            "The Vpc Endpoint Service 'com.amazonaws.us-east-1.nothing' does not exist",
        ),
        (
            {"ServiceName": "com.amazonaws.us-east-1.sqs"},
            "InvalidParameter",
            "Endpoint type (Gateway) does not match available service types ([Interface]).",
        ),
        (
            {"ServiceName": "com.amazonaws.us-east-1.sqs", "VpcEndpointType": "Interface"}
            | {"RouteTableIds": ["rtb-1"]},
            "InvalidParameter",
            "Route table IDs are only supported for Gateway type VPC Endpoint.",
        ),
    ],
)
def test_refusals(cloud: LocalCloud, vpc: str, given: Any, code: str, message: str) -> None:
    ec2 = cloud.client("ec2")
    with pytest.raises(ClientError) as refusal:
        ec2.create_vpc_endpoint(VpcId=vpc, **given)
    error = refusal.value.response["Error"]
    assert (error["Code"], error["Message"]) == (code, message)
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def test_a_service_of_ones_own(cloud: LocalCloud, vpc: str) -> None:
    ec2, balancers = cloud.client("ec2"), cloud.client("elbv2")
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    arn = balancers.create_load_balancer(Name="own", Type="network", Subnets=[subnet])
    made = ec2.create_vpc_endpoint_service_configuration(
        NetworkLoadBalancerArns=[arn["LoadBalancers"][0]["LoadBalancerArn"]]
    )["ServiceConfiguration"]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=made["ServiceName"], VpcEndpointType="Interface"
    )["VpcEndpoint"]
    assert endpoint["ServiceName"] == made["ServiceName"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])


def test_a_stack_with_an_endpoint_to_nothing_fails(cloud: LocalCloud, vpc: str) -> None:
    text = f"""
Resources:
  Way:
    Type: AWS::EC2::VPCEndpoint
    Properties: {{VpcId: {vpc}, ServiceName: com.amazonaws.us-east-1.dynamo}}
"""
    with pytest.raises(DeploymentError, match="InvalidServiceName") as refusal:
        cloud.deploy(Template.parse(text), stack_name="way")
    assert "Way" in str(refusal.value)
