"""Deployments: what a flow sees of a stack; SAM; the template that the project emits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from archlib.errors import DeploymentError
from archlib.local.cloud import LocalCloud
from archlib.local.deploy import Deployment, Resource, coverage, deploy
from archlib.local.deploy.providers import TYPES
from archlib.template import Asset, Template

TEXT = """
Resources:
  Store:
    Type: AWS::S3::Bucket
    Metadata: {archlib: {component: Files}}
  Table:
    Type: AWS::DynamoDB::Table
    Metadata: {archlib: {component: Records}}
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: a, AttributeType: S}]
      KeySchema: [{AttributeName: a, KeyType: HASH}]
  Log:
    Type: AWS::Logs::LogGroup
    Metadata: {archlib: {component: Code}}
    Properties: {LogGroupName: /app/log}
  Role:
    Type: AWS::IAM::Role
    Metadata: {archlib: {component: Code}}
    Properties:
      Path: /team/
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}
  Queue: {Type: 'AWS::SQS::Queue'}
  Param: {Type: 'AWS::SSM::Parameter', Properties: {Type: String, Value: x, Name: /a/b}}
Outputs: {TableName: {Value: !Ref Table}}
"""


def template(text: str = TEXT) -> Template:
    return Template.parse(text, "app.yaml")


def test_deployment_reads_the_stack(site: Any) -> None:
    found = deploy(site.cloud, template(), "app", {}, ())
    assert isinstance(found, Deployment)
    assert found.outputs == {"TableName": site.ids()["Table"]}
    table = found.resources["Table"]
    assert table == Resource(
        "Table",
        "AWS::DynamoDB::Table",
        site.ids()["Table"],
        f"arn:aws:dynamodb:us-east-1:123456789012:table/{site.ids()['Table']}",
        "Records",
    )
    assert found.resources["Queue"].component is None


def test_arns_are_those_of_the_services(site: Any) -> None:
    found = deploy(site.cloud, template(), "app", {}, ())
    ids, cloud = site.ids(), site.cloud
    iam, sqs = cloud.raw("iam"), cloud.raw("sqs")
    assert found.arn_of("Role") == iam.get_role(RoleName=ids["Role"])["Role"]["Arn"]
    attributes = sqs.get_queue_attributes(QueueUrl=ids["Queue"], AttributeNames=["QueueArn"])
    assert found.arn_of("Queue") == attributes["Attributes"]["QueueArn"]
    parameter = cloud.control("ssm").get_parameter(Name="/a/b")["Parameter"]
    assert found.arn_of("Param") == parameter["ARN"]
    table = cloud.raw("dynamodb").describe_table(TableName=ids["Table"])["Table"]
    assert found.arn_of("Table") == table["TableArn"]
    with pytest.raises(DeploymentError, match="has no resource Nope"):
        found.arn_of("Nope")


@pytest.mark.parametrize(
    ("logical_id", "rest", "component"),
    [
        ("Store", "", "Files"),
        ("Store", "/private/x/y", "Files"),
        ("Table", "/index/by-date", "Records"),
        ("Table", "/stream/2026-01-01T00:00:00.000", "Records"),
        ("Log", ":log-stream:2026/01/01/[$LATEST]x", "Code"),
        ("Log", ":*", "Code"),
        ("Store", "-other", None),
        ("Queue", "", None),
    ],
)
def test_component_of_what_lies_within(logical_id: str, rest: str, component: str | None) -> None:
    resources = {
        "Store": Resource("Store", "AWS::S3::Bucket", "b", "arn:aws:s3:::b", "Files"),
        "Table": Resource("Table", "T", "t", "arn:aws:dynamodb:r:1:table/t", "Records"),
        "Log": Resource("Log", "L", "l", "arn:aws:logs:r:1:log-group:/a/l", "Code"),
        "Queue": Resource("Queue", "Q", "q", "arn:aws:sqs:r:1:q"),
    }
    found = Deployment("app", "id", {}, resources)
    assert found.component_of(found.arn_of(logical_id) + rest) == component


def test_role_sessions_belong_to_the_role(site: Any) -> None:
    found = deploy(site.cloud, template(), "app", {}, ())
    role = site.ids()["Role"]
    session = f"arn:aws:sts::123456789012:assumed-role/{role}/someone"
    assert found.component_of(session) == "Code"


def test_assets_are_uploaded_and_named(site: Any) -> None:
    text = """
Parameters:
  AssetsBucket: {Type: String}
  CodeKey: {Type: String}
Resources:
  P: {Type: 'AWS::SSM::Parameter', Properties: {Type: String, Value: !Sub '${AssetsBucket}/${CodeKey}'}}
"""  # noqa: E501
    asset = Asset("CodeKey", "code-1.zip", b"zip", "code")
    found = deploy(site.cloud, template(text), "app", {}, (asset,))
    value = site.cloud.control("ssm").get_parameter(Name=found.resources["P"].physical_id)
    bucket, key = value["Parameter"]["Value"].split("/")
    body = site.cloud.raw("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert body == b"zip"


def test_deploying_again_updates(site: Any) -> None:
    deploy(site.cloud, template(), "app", {}, ())
    deploy(site.cloud, template(), "app", {}, ())
    assert site.stack("app")["StackStatus"] == "CREATE_COMPLETE"
    deploy(site.cloud, template(TEXT.replace("Value: x", "Value: y")), "app", {}, ())
    assert site.stack("app")["StackStatus"] == "UPDATE_COMPLETE"


def test_large_templates_go_through_s3(site: Any) -> None:
    text = TEXT + "Metadata: {Filler: '" + "x" * 60_000 + "'}\n"
    assert set(deploy(site.cloud, template(text), "app", {}, ()).resources) == set(site.ids())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "Resources:\n  A:\n    Type: AWS::SQS::Queue\n    Properties:\n      DelaySecond: 5\n",
            ["A: Properties validation failed", "[template line 5]", "did you mean DelaySeconds?"],
        ),
        (
            "Resources: {A: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Ref B}}}",
            ["Unresolved resource dependencies [B]"],
        ),
        (
            "Resources: {A: {Type: 'AWS::SSM::Parameter', "
            "Properties: {Type: String, Value: !ImportValue none}}}",
            ["A: No export named none found."],
        ),
    ],
)
def test_a_failed_deployment_says_why_and_leaves_nothing(
    site: Any, text: str, words: list[str]
) -> None:
    with pytest.raises(DeploymentError) as error:
        deploy(site.cloud, template(text), "app", {}, ())
    assert re.match(r"app\.yaml(:\d+)?, stack app: ", str(error.value))
    for word in words:
        assert word in str(error.value)
    assert site.cfn.describe_stacks()["Stacks"] == []


def test_coverage_lists_every_type() -> None:
    found = coverage()
    assert [entry.type for entry in found] == sorted(TYPES)
    by_type = {entry.type: entry for entry in found}
    bucket = by_type["AWS::S3::Bucket"]
    assert "CorsConfiguration.CorsRules[].MaxAge" in bucket.properties
    assert "Arn" in bucket.attributes
    assert "Replication" in bucket.notes


SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Store:
    Type: AWS::Serverless::SimpleTable
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            return 1
      Policies: [DynamoDBReadPolicy: {TableName: !Ref Store}]
      Environment: {Variables: {TABLE: !Ref Store}}
"""


@pytest.mark.slow
def test_sam_is_expanded_and_deployed() -> None:
    with LocalCloud() as cloud:
        cfn = cloud.client("cloudformation")
        more = {"Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]}
        made = cfn.create_stack(StackName="sam", TemplateBody=SAM, **more)
        stack = cfn.describe_stacks(StackName=made["StackId"])["Stacks"][0]
        events = cfn.describe_stack_events(StackName=made["StackId"])["StackEvents"]
        reasons = [e.get("ResourceStatusReason") for e in events if "FAILED" in e["ResourceStatus"]]
        assert (stack["StackStatus"], reasons) == ("CREATE_COMPLETE", [])
        listed = cfn.list_stack_resources(StackName="sam")["StackResourceSummaries"]
        assert {r["LogicalResourceId"]: r["ResourceType"] for r in listed} == {
            "Store": "AWS::DynamoDB::Table",
            "Work": "AWS::Lambda::Function",
            "WorkRole": "AWS::IAM::Role",
        }
        processed = cfn.get_template(StackName="sam", TemplateStage="Processed")["TemplateBody"]
        assert processed["Resources"]["Work"]["Type"] == "AWS::Lambda::Function"
        cfn.delete_stack(StackName="sam")
        assert cloud.raw("lambda").list_functions()["Functions"] == []


@pytest.mark.parametrize(
    "text",
    [
        "{A: {Type: 'AWS::Serverless::Function', Properties: {Events: 5}}}",
        "{A: {Type: 'AWS::Serverless::Function', Properties: [1]}}",
        "{A: {Type: 'AWS::Serverless::Api', Properties: {StageName: [], Auth: x}}}",
        "{A: 5}",
    ],
)
def test_a_broken_sam_template_is_refused(site: Any, text: str) -> None:
    body = f"Transform: AWS::Serverless-2016-10-31\nResources: {text}"
    with pytest.raises(ClientError, match="ValidationError"):
        site.create(body, Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
    assert site.cfn.describe_stacks()["Stacks"] == []


ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_the_emitted_template_deploys_and_leaves_nothing() -> None:
    text = (ROOT / "cfn" / "mytodolist.yaml").read_text("utf-8")
    with LocalCloud() as cloud:
        s3, cfn = cloud.client("s3"), cloud.client("cloudformation")
        s3.create_bucket(Bucket="assets")
        for key in re.findall(r"Default: (\S+\.zip)", text):
            s3.put_object(Bucket="assets", Key=key, Body=_package())
        cfn.create_stack(
            StackName="todo",
            TemplateBody=text,
            Parameters=[{"ParameterKey": "AssetsBucket", "ParameterValue": "assets"}],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        assert cfn.describe_stacks(StackName="todo")["Stacks"][0]["StackStatus"] == (
            "CREATE_COMPLETE"
        )
        assert cloud.raw("dynamodb").list_tables()["TableNames"] != []
        cfn.delete_stack(StackName="todo")
        assert cloud.raw("dynamodb").list_tables()["TableNames"] == []
        assert cloud.raw("lambda").list_functions()["Functions"] == []
        assert cloud.raw("apigateway").get_rest_apis()["items"] == []
        assert cloud.raw("iam").list_roles()["Roles"] == []


def _package() -> bytes:
    from archlib.template.assets import packed

    return packed({"app.py": b"def handler(event, context):\n    return 1\n"})


@pytest.mark.parametrize(
    "told",
    [
        "text",
        ["component"],
        {"component": ["Queue"]},
        {"component": "Queue", "source": "Queue.StreamArn"},
        {"component": "Queue", "source": {"Fn::GetAtt": "Queue.StreamArn"}},
        {"component": "Queue", "source": {"Fn::GetAtt": [["Queue"], "StreamArn"]}},
        {"component": "Queue", "replicas": ["eu-west-1"]},
        {"component": "Queue", "replicas": {"There": {"Ref": ["x"]}, "Here": 1}},
    ],
    ids=str,
)
def test_whatever_somebody_elses_metadata_say_the_stack_can_be_read(told: object) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Metadata": {"archlib": told}}
    with LocalCloud() as cloud:
        made = cloud.deploy(Template({"Resources": {"Queue": queue}}), stack_name="app")
        assert made.resources["Queue"].component in ("Queue", None)
