"""AWS::DynamoDB::GlobalTable: deployed, changed, refused, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from archlib.local import LocalCloud

PLANES = ("archlib.local.iam:IamEnforcement", "archlib.local.dynamodb:DynamoDbPlane",
          "archlib.local.globaltables:GlobalTablesPlane",
          "archlib.local.deploy:CloudFormation")  # fmt: skip
HERE, THERE, FAR = "us-east-1", "eu-west-1", "ap-northeast-1"

TEMPLATE = """
Resources:
  Posts:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      TableName: Posts
      BillingMode: {billing}
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
{stream}
      TimeToLiveSpecification: {{AttributeName: ends, Enabled: true}}
      Replicas:
        - Region: {first}
          Tags: [{{Key: app, Value: blog}}]
{others}
Outputs:
  Arn: {{Value: !GetAtt Posts.Arn}}
  Stream: {{Value: !GetAtt Posts.StreamArn}}
"""
STREAM = "      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}"


def template(
    *others: str, stream: str = STREAM, billing: str = "PAY_PER_REQUEST", first: str = HERE
) -> str:
    more = "\n".join(f"        - Region: {region}" for region in others)
    return TEMPLATE.format(stream=stream, others=more, billing=billing, first=first)


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=PLANES) as cloud:
        yield cloud


def create(cloud: LocalCloud, text: str) -> str:
    cfn = cloud.client("cloudformation")
    cfn.create_stack(StackName="blog", TemplateBody=text)
    return str(cfn.describe_stacks(StackName="blog")["Stacks"][0]["StackStatus"])


def update(cloud: LocalCloud, text: str) -> str:
    cfn = cloud.client("cloudformation")
    cfn.update_stack(StackName="blog", TemplateBody=text)
    return str(cfn.describe_stacks(StackName="blog")["Stacks"][0]["StackStatus"])


def reasons(cloud: LocalCloud) -> str:
    events = cloud.client("cloudformation").describe_stack_events(StackName="blog")
    return " ".join(e.get("ResourceStatusReason", "") for e in events["StackEvents"])


def tables(cloud: LocalCloud) -> dict[str, Any]:
    return {
        region: cloud.raw("dynamodb", region=region).list_tables()["TableNames"]
        for region in (HERE, THERE, FAR)
    }


def test_it_stands_in_every_region_and_goes_from_all(cloud: LocalCloud) -> None:
    assert create(cloud, template(THERE, FAR)) == "CREATE_COMPLETE"
    assert tables(cloud) == {HERE: ["Posts"], THERE: ["Posts"], FAR: ["Posts"]}
    cloud.client("dynamodb", region=THERE).put_item(TableName="Posts", Item={"id": {"S": "1"}})
    cloud.clock.advance(seconds=1)
    assert cloud.client("dynamodb", region=FAR).scan(TableName="Posts")["Count"] == 1
    ttl = cloud.client("dynamodb", region=FAR).describe_time_to_live(TableName="Posts")
    assert ttl["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
    outputs = cloud.client("cloudformation").describe_stacks(StackName="blog")["Stacks"][0]
    found = {o["OutputKey"]: o["OutputValue"] for o in outputs["Outputs"]}
    assert found["Arn"] == "arn:aws:dynamodb:us-east-1:123456789012:table/Posts"
    assert found["Stream"].startswith(found["Arn"] + "/stream/")
    cloud.client("cloudformation").delete_stack(StackName="blog")
    assert tables(cloud) == {HERE: [], THERE: [], FAR: []}


def test_one_replica_comes_or_goes_per_update(cloud: LocalCloud) -> None:
    assert create(cloud, template()) == "CREATE_COMPLETE"
    assert update(cloud, template(THERE)) == "UPDATE_COMPLETE"
    assert tables(cloud)[THERE] == ["Posts"]
    assert update(cloud, template(FAR)) == "UPDATE_ROLLBACK_COMPLETE"
    assert "only add or remove a single replica" in reasons(cloud)
    assert update(cloud, template()) == "UPDATE_COMPLETE"
    assert tables(cloud) == {HERE: ["Posts"], THERE: [], FAR: []}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (template(THERE, stream=""), "StreamSpecification"),
        (
            template(THERE, stream="      StreamSpecification: {StreamViewType: KEYS_ONLY}"),
            "NEW_AND_OLD_IMAGES",
        ),
        (template(THERE, billing="PROVISIONED"), "auto scaling"),
        (template(THERE, THERE), "twice"),
        (template(first=THERE), "the region in which the stack is deployed"),
        (template(THERE + "\n          Tags: [{Key: a, Value: b}]"), "outside the stack's region"),
    ],
)
def test_what_cannot_be_deployed_says_why(cloud: LocalCloud, text: str, says: str) -> None:
    cfn = cloud.client("cloudformation")
    cfn.create_stack(StackName="blog", TemplateBody=text)
    status = cfn.describe_stacks(StackName="blog")["Stacks"][0]["StackStatus"]
    assert status in {"ROLLBACK_COMPLETE", "CREATE_FAILED"}
    assert says in reasons(cloud)
    assert tables(cloud) == {HERE: [], THERE: [], FAR: []}


def test_a_single_replica_needs_no_stream(cloud: LocalCloud) -> None:
    text = template(stream="").replace("  Stream: {Value: !GetAtt Posts.StreamArn}\n", "")
    assert create(cloud, text) == "CREATE_COMPLETE"
    described = cloud.client("dynamodb").describe_table(TableName="Posts")["Table"]
    assert "GlobalTableVersion" not in described
