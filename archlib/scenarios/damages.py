"""Damages that mean the same in more than one scenario; each edits a template's body in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from archlib.verify.damage import Body, listed, need, resources
from archlib.verify.resources import of_type

#: The managed policy CachingDisabled (Amazon CloudFront Developer Guide, "Use managed cache
#: policies").
_CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"

_CLOUDFRONT = {"Service": "cloudfront.amazonaws.com"}


def distributions(body: Body) -> list[dict[str, Any]]:
    """The configuration of every distribution."""
    return [d["DistributionConfig"] for d in resources(body, "AWS::CloudFront::Distribution")]


def behaviors(body: Body) -> Iterator[dict[str, Any]]:
    """Every cache behavior of every distribution."""
    for distribution in distributions(body):
        yield distribution["DefaultCacheBehavior"]
        yield from distribution.get("CacheBehaviors", ())


def bucket_policies(body: Body, action: str) -> list[dict[str, Any]]:
    """Bucket policies with a statement that allows somebody an action."""
    found = [
        policy
        for policy in resources(body, "AWS::S3::BucketPolicy")
        if any(
            action in listed(s["Action"]) and s["Effect"] == "Allow"
            for s in policy["PolicyDocument"]["Statement"]
        )
    ]
    return need(found, f"a bucket policy that allows {action}")


def open_bucket(body: Body) -> None:
    """Buckets that a distribution reads answer everybody."""
    for bucket in resources(body, "AWS::S3::Bucket"):
        bucket["PublicAccessBlockConfiguration"] = dict.fromkeys(
            bucket["PublicAccessBlockConfiguration"], False
        )
    for policy in bucket_policies(body, "s3:GetObject"):
        everybody = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": {"Fn::Sub": f"arn:aws:s3:::${{{policy['Bucket']['Ref']}}}/*"},
        }
        policy["PolicyDocument"]["Statement"].append(everybody)


def nobody_admitted(body: Body) -> None:
    """Buckets do not know the distribution that reads them."""
    for policy in bucket_policies(body, "s3:GetObject"):
        document = policy["PolicyDocument"]
        document["Statement"] = [s for s in document["Statement"] if s["Effect"] != "Allow"]


def any_distribution(body: Body) -> None:
    """Bucket policies admit CloudFront as such, whichever distribution it works for."""
    admitting = [
        statement
        for policy in resources(body, "AWS::S3::BucketPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Principal"] == _CLOUDFRONT
    ]
    for statement in need(admitting, "a bucket policy that admits CloudFront as a service"):
        del statement["Condition"]


def no_public_access_block(body: Body) -> None:
    """Buckets do not block public access."""
    for bucket in resources(body, "AWS::S3::Bucket"):
        del bucket["PublicAccessBlockConfiguration"]


def forgetful_edge(body: Body) -> None:
    """Edge locations keep nothing."""
    for behavior in behaviors(body):
        behavior["CachePolicyId"] = _CACHING_DISABLED


def strangers_role(output: str) -> Callable[[Body], None]:
    """The role of an output trusts another account, and no longer the account's own users."""

    def damage(body: Body) -> None:
        role = body["Outputs"][output]["Value"]["Fn::GetAtt"][0]
        trust = body["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]
        for statement in trust["Statement"]:
            statement["Principal"] = {"AWS": "arn:aws:iam::999999999999:root"}

    return damage


def fixed_table(body: Body) -> None:
    """Tables have a fixed capacity."""
    for table in resources(body, "AWS::DynamoDB::Table"):
        table["BillingMode"] = "PROVISIONED"
        table["ProvisionedThroughput"] = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


def a_server(body: Body) -> None:
    """There is a server to look after."""
    need(of_type(body, "AWS::Lambda::Function"), "AWS::Lambda::Function")
    body["Resources"]["Server"] = {
        "Type": "AWS::EC2::Instance",
        "Properties": {"ImageId": "ami-0abcdef1234567890", "InstanceType": "m5.large"},
    }
