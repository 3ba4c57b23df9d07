"""Stacks with event source mappings, rules and streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from archlib.local.cloud import LocalCloud

TEMPLATE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow,
        Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      Policies: [{PolicyName: p, PolicyDocument: {Version: '2012-10-17', Statement: [
        {Effect: Allow, Action: ['logs:*', 'dynamodb:*', 'sqs:*', 'kinesis:*'], Resource: '*'}]}}]
  F:
    Type: AWS::Lambda::Function
    Properties: {Role: !GetAtt Role.Arn, Runtime: python3.12, Handler: index.handler,
      Code: {ZipFile: 'def handler(event, context): print("got", len(event["Records"]))'}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties: {BillingMode: PAY_PER_REQUEST, KeySchema: [{AttributeName: id, KeyType: HASH}],
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}],
      StreamSpecification: {StreamViewType: NEW_IMAGE}}
  Q: {Type: AWS::SQS::Queue}
  S: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: <1|2>, RetentionPeriodHours: <48|24>}}
  OfTable:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref F, EventSourceArn: !GetAtt Table.StreamArn,
      StartingPosition: LATEST, <BatchSize: 7, MaximumRetryAttempts: 3|MaximumRetryAttempts: 4>}
  OfQueue:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !GetAtt F.Arn, EventSourceArn: !GetAtt Q.Arn, Enabled: <true|false>}
  OfStream:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref F, EventSourceArn: !GetAtt S.Arn, StartingPosition: LATEST}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: orders}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [<one|two>]}
      Targets: [{Id: a, Arn: !GetAtt Q.Arn, InputPath: $.detail}, {Id: <b|c>, Arn: !GetAtt F.Arn}]
  Tick:
    Type: AWS::Events::Rule
    Properties: {ScheduleExpression: rate(1 hour), State: <ENABLED|DISABLED>,
      Targets: [{Id: a, Arn: !GetAtt Q.Arn, Input: '"tick"'}]}
  Allow:
    Type: AWS::SQS::QueuePolicy
    Properties: {Queues: [!Ref Q], PolicyDocument: {Version: '2012-10-17', Statement: [
      {Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: 'sqs:SendMessage',
      Resource: !GetAtt Q.Arn}]}}
Outputs:
  Uuid: {Value: !GetAtt OfTable.Id}
  Arn: {Value: !GetAtt OfTable.EventSourceMappingArn}
  Rule: {Value: !GetAtt Rule.Arn}
  Name: {Value: !Ref Rule}
"""


def text(which: int) -> str:
    import re

    return re.sub(r"<([^<>]*)>", lambda found: found[1].split("|")[which], TEMPLATE)


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as cloud:
        yield cloud


def outputs(cloud: Any) -> dict[str, str]:
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName="s")["Stacks"]
    assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), stack
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def ids(cloud: Any) -> dict[str, str]:
    found = cloud.client("cloudformation").describe_stack_resources(StackName="s")
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found["StackResources"]}


def runs(cloud: Any, name: str) -> int:
    logs = cloud.raw("logs")
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return 0
    return sum(one["message"].startswith("got") for one in events)


def test_create_update_delete(cloud: Any) -> None:
    formation, functions = cloud.client("cloudformation"), cloud.client("lambda")
    formation.create_stack(StackName="s", TemplateBody=text(0), Capabilities=["CAPABILITY_IAM"])
    made, known = outputs(cloud), ids(cloud)
    assert made["Arn"].endswith(f":event-source-mapping:{made['Uuid']}")
    assert made["Name"].startswith("orders|s-Rule-")
    assert made["Rule"].endswith(":rule/orders/" + known["Rule"])
    mapping = functions.get_event_source_mapping(UUID=made["Uuid"])
    assert (mapping["BatchSize"], mapping["MaximumRetryAttempts"]) == (7, 3)
    cloud.client("dynamodb").put_item(TableName=known["Table"], Item={"id": {"S": "a"}})
    cloud.client("kinesis").put_record(StreamName=known["S"], Data=b"x", PartitionKey="k")
    assert runs(cloud, known["F"]) == 2
    cloud.clock.advance(hours=1)
    cloud.client("events").put_events(
        Entries=[{"Source": "one", "DetailType": "t", "Detail": "{}", "EventBusName": "orders"}]
    )
    assert runs(cloud, known["F"]) == 4
    kinesis = cloud.raw("kinesis")
    summary = kinesis.describe_stream_summary(StreamName=known["S"])["StreamDescriptionSummary"]
    assert (summary["OpenShardCount"], summary["RetentionPeriodHours"]) == (1, 48)

    formation.update_stack(StackName="s", TemplateBody=text(1), Capabilities=["CAPABILITY_IAM"])
    assert ids(cloud) == known
    mapping = functions.get_event_source_mapping(UUID=outputs(cloud)["Uuid"])
    assert (mapping["BatchSize"], mapping["MaximumRetryAttempts"]) == (100, 4)
    assert functions.get_event_source_mapping(UUID=known["OfQueue"])["State"] == "Disabled"
    events = cloud.client("events")
    rule = events.describe_rule(Name=known["Rule"], EventBusName="orders")
    assert rule["EventPattern"] == '{"source": ["two"]}'
    targets = events.list_targets_by_rule(Rule=known["Rule"], EventBusName="orders")["Targets"]
    assert sorted(one["Id"] for one in targets) == ["a", "c"]
    cloud.clock.advance(hours=3)
    assert runs(cloud, known["F"]) == 4
    summary = kinesis.describe_stream_summary(StreamName=known["S"])["StreamDescriptionSummary"]
    assert (summary["OpenShardCount"], summary["RetentionPeriodHours"]) == (2, 24)

    formation.delete_stack(StackName="s")
    assert functions.list_event_source_mappings()["EventSourceMappings"] == []
    assert [one["Name"] for one in events.list_event_buses()["EventBuses"]] == ["default"]
    assert events.list_rules()["Rules"] == []


def test_a_role_without_permission_rolls_back(cloud: Any) -> None:
    formation = cloud.client("cloudformation")
    without = text(0).replace("'dynamodb:*', ", "")
    formation.create_stack(StackName="s", TemplateBody=without, Capabilities=["CAPABILITY_IAM"])
    (stack,) = formation.describe_stacks(StackName="s")["Stacks"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reasons = [
        one.get("ResourceStatusReason", "")
        for one in formation.describe_stack_events(StackName="s")["StackEvents"]
    ]
    assert any("Please ensure the role can perform the GetRecords" in one for one in reasons)
