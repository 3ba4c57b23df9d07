"""Broken templates: the message names the place, and nothing is left deployed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from archlib.errors import ArchlibError, DeploymentError, TemplateError, Unsupported
from archlib.local import LocalCloud
from archlib.template import Template

if TYPE_CHECKING:
    from conftest import Archlib

MISSPELT = """\
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BilingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
"""
NESTED = """\
Resources:
  Other:
    Type: AWS::SNS::Topic
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - AttributeName: id
          AttributeTyp: S
      KeySchema: [{AttributeName: id, KeyType: HASH}]
"""
UNKNOWN = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
  Thing:
    Type: AWS::DynamoDB::Tabel
"""
UNSUPPORTED = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
  Job:
    Type: AWS::Glue::Job
"""
CIRCULAR = """\
Resources:
  First:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !GetAtt Second.QueueName
  Second:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !GetAtt First.QueueName
"""
BROKEN = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: [
"""
PARAMETER = """\
Parameters:
  Name:
    Type: String
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Ref Name
"""
WRONG_TYPE = """\
Resources:
  Topic:
    Type: AWS::SNS::Topic
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: soon
"""
DANGLING = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Ref Nowhere
"""
NO_ATTRIBUTE = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: !Sub "${Queue.QueueName}-of-${Queue.Size}"
"""
NULL = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: nothing
      Tags:
"""
METADATA = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Metadata: a queue
"""
NO_OUTPUT = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
Outputs:
  Name:
    Descriptin: the queue
    Value: !Ref Queue
"""
REFUSED_LATE = """\
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: first
  Policy:
    Type: AWS::IAM::ManagedPolicy
    DependsOn: Queue
    Properties:
      PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Perhaps}]}
"""
SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      CodeUri: ./code
"""

#: Name -> template, what the message begins with, and what else it says.
DEPLOYED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "misspelt": (
        MISSPELT,
        "t.yaml:5, stack archlib: Table: ",
        ("#/BilingMode: extraneous key [BilingMode] is not permitted", "did you mean BillingMode?"),
    ),
    "misspelt below": (
        NESTED,
        "t.yaml:9, stack archlib: Table: ",
        ("#/AttributeDefinitions/0/AttributeTyp: extraneous key", "AttributeType"),
    ),
    "unknown type": (
        UNKNOWN,
        "t.yaml:4, stack archlib: Template format error: Unrecognized resource types: ",
        ("[AWS::DynamoDB::Tabel]", "resource Thing", "did you mean AWS::DynamoDB::Table?"),
    ),
    "no type at all": (
        UNKNOWN.replace("AWS::DynamoDB::Tabel", "AWS::Foo::Bar"),
        "t.yaml:4, stack archlib: Template format error: Unrecognized resource types: "
        "[AWS::Foo::Bar] (resource Thing)",
        (),
    ),
    "unsupported type": (
        UNSUPPORTED,
        "t.yaml:4: resource Job: the local cloud has no resource type AWS::Glue::Job",
        ("docs/coverage.md",),
    ),
    "circular": (
        CIRCULAR,
        "t.yaml:2, stack archlib: Circular dependency between resources: [First, Second]",
        (),
    ),
    "missing parameter": (
        PARAMETER,
        "t.yaml:2, stack archlib: Parameters: [Name] must have values",
        ("--parameter KEY=VALUE",),
    ),
    "wrong type": (
        WRONG_TYPE,
        "t.yaml:7, stack archlib: Queue: ",
        ("#/VisibilityTimeout: expected type: Integer, found: String",),
    ),
    "dangling reference": (
        DANGLING,
        "t.yaml:5, stack archlib: Template format error: Unresolved resource dependencies "
        "[Nowhere]",
        (),
    ),
    "an attribute that is none": (
        NO_ATTRIBUTE,
        "t.yaml:7, stack archlib: Template error: resource Queue does not support attribute type "
        "Size in Fn::GetAtt",
        (),
    ),
    "nothing where something must be": (
        NULL,
        "t.yaml:6, stack archlib: Template format error: [/Resources/Queue/Properties/Tags] 'null'",
        (),
    ),
    "metadata that are none": (
        METADATA,
        "t.yaml:2, stack archlib: Template format error: [/Resources/Queue] Metadata must be an",
        (),
    ),
    "an output that is none": (
        NO_OUTPUT,
        "t.yaml:5, stack archlib: Invalid template output property 'Descriptin' [/Outputs/Name]",
        (),
    ),
    "refused by the service": (
        REFUSED_LATE,
        "t.yaml:6, stack archlib: Policy: ",
        ("MalformedPolicyDocument",),
    ),
}

#: What cannot even be read as a template.
UNREADABLE: dict[str, tuple[str, str]] = {
    "broken YAML": (BROKEN, "t.yaml:5:1: broken YAML: "),
    "code that is not there": (SAM, "t.yaml: Hello: CodeUri names the folder ./code, which is not"),
}


def file(folder: Path, text: str) -> str:
    (folder / "t.yaml").write_text(text)
    return "t.yaml"


@pytest.mark.parametrize("name", DEPLOYED)
def test_the_message_names_the_place(archlib: Archlib, folder: Path, name: str) -> None:
    text, beginning, more = DEPLOYED[name]
    ran = archlib("deploy", file(folder, text))
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith(f"error: {beginning}"), ran.err
    assert all(part in ran.err for part in more), ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_names_the_place(archlib: Archlib, folder: Path, name: str) -> None:
    text, beginning = UNREADABLE[name]
    ran = archlib("deploy", file(folder, text))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: {beginning}"), ran.err
    assert ran.err.count("\n") == 1


def test_one_resource_is_one(archlib: Archlib, folder: Path) -> None:
    ran = archlib("deploy", file(folder, "Resources: {Queue: {Type: AWS::SQS::Queue}}"))
    assert "archlib: 1 resource was created in the local cloud" in ran.out


def test_columns_stand_below_one_another(archlib: Archlib, folder: Path) -> None:
    kind = "AWS::CloudFront::CloudFrontOriginAccessIdentity"
    config = "{CloudFrontOriginAccessIdentityConfig: {Comment: me}}"
    text = f"Resources: {{Q: {{Type: AWS::SQS::Queue}}, I: {{Type: {kind}, Properties: {config}}}}}"
    ran = archlib("deploy", file(folder, text))
    rows = [line for line in ran.out.splitlines() if line.startswith("  AWS::")]
    assert len(rows) == 2
    assert len({len(row) - len(row.split(maxsplit=1)[1]) for row in rows}) == 1


def contents(cloud: LocalCloud) -> dict[str, Any]:
    """Everything that a stack of this module could have left."""
    sqs, sns = cloud.client("sqs"), cloud.client("sns")
    return {
        "stacks": [
            s["StackName"]
            for s in cloud.client("cloudformation").describe_stacks()["Stacks"]
            if s["StackStatus"] != "DELETE_COMPLETE"
        ],
        "queues": sqs.list_queues().get("QueueUrls", []),
        "topics": sns.list_topics()["Topics"],
        "tables": cloud.client("dynamodb").list_tables()["TableNames"],
        "policies": cloud.client("iam").list_policies(Scope="Local")["Policies"],
        "roles": cloud.client("iam").list_roles()["Roles"],
        "functions": cloud.client("lambda").list_functions()["Functions"],
    }


@pytest.mark.parametrize("name", DEPLOYED)
def test_nothing_is_left_deployed(name: str) -> None:
    template = Template.parse(DEPLOYED[name][0], "t.yaml")
    with LocalCloud() as cloud:
        before = contents(cloud)
        with pytest.raises((DeploymentError, Unsupported)):
            cloud.deploy(template, stack_name="archlib")
        assert contents(cloud) == before


@pytest.mark.parametrize("name", [*DEPLOYED, "broken YAML"])
def test_boto3_is_refused_or_the_stack_rolled_back(name: str) -> None:
    text = DEPLOYED[name][0] if name in DEPLOYED else BROKEN
    with LocalCloud() as cloud:
        before = contents(cloud)
        client = cloud.client("cloudformation")
        try:
            client.create_stack(StackName="s", TemplateBody=text, Capabilities=["CAPABILITY_IAM"])
        except (client.exceptions.ClientError, Unsupported) as error:
            refused: Exception | None = error
        else:
            refused = None
        if refused is not None:
            code = getattr(refused, "response", {"Error": {"Code": None}})["Error"]["Code"]
            assert code == ("ValidationError" if not isinstance(refused, Unsupported) else None)
            assert contents(cloud) == before
            return
        (stack,) = client.describe_stacks(StackName="s")["Stacks"]
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        failed = [
            event["ResourceStatusReason"]
            for event in client.describe_stack_events(StackName="s")["StackEvents"]
            if event["ResourceStatus"] == "CREATE_FAILED"
        ]
        assert failed
        assert all(part in " ".join(failed) for part in DEPLOYED[name][2][:1])
        client.delete_stack(StackName="s")
        assert contents(cloud) == before


@pytest.mark.slow
@pytest.mark.parametrize("name", ["misspelt", "unknown type", "circular"])
def test_verifying_a_broken_template_is_a_verdict(
    archlib: Archlib, folder: Path, name: str
) -> None:
    text, beginning, _ = DEPLOYED[name]
    ran = archlib("verify", "mytodolist", "--template", file(folder, text))
    assert ran.code == 1
    assert "NOT MET  DEPLOYS" in ran.out
    assert beginning.replace("stack archlib", "stack mytodolist") in ran.out


def test_a_sam_file_deploys_with_its_code(archlib: Archlib, folder: Path) -> None:
    (folder / "code").mkdir()
    (folder / "code" / "app.py").write_text("def handler(event, context):\n    return 1\n")
    ran = archlib("deploy", file(folder, SAM), "--json")
    assert ran.code == 0
    assert {r["type"] for r in ran.json["resources"]} == {"AWS::IAM::Role", "AWS::Lambda::Function"}


def test_a_sam_files_code_is_written_as_assets(archlib: Archlib, folder: Path) -> None:
    (folder / "code").mkdir()
    (folder / "code" / "app.py").write_text("def handler(event, context):\n    return 1\n")
    ran = archlib("template", file(folder, SAM), "--assets", "zips", "--json")
    assert ran.code == 0
    key = ran.json["Parameters"]["HelloCodeKey"]["Default"]
    assert [path.name for path in (folder / "zips").iterdir()] == [key]
    assert f"zips/{key}  (parameter HelloCodeKey)" in ran.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SAM.replace("Handler: app.handler", "Handlr: app.handler"), "t.yaml: .*Handlr"),
        (SAM.replace("Transform: AWS::Serverless-2016-10-31\n", "Globals: {}\n"), "Globals"),
    ],
)
def test_a_wrong_sam_file_is_told(folder: Path, text: str, message: str) -> None:
    (folder / "code").mkdir()
    (folder / "code" / "app.py").write_text("")
    with pytest.raises(TemplateError, match=message) as told:
        Template.read(file(folder, text))
    assert isinstance(told.value, ArchlibError)
